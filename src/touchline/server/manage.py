"""Django's own commands, with our settings: ``python -m touchline.server.manage migrate``."""

from __future__ import annotations

import os
import sys


def main(arguments: list[str] | None = None) -> None:
    """Run one of Django's commands."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "touchline.server.config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["manage", *(sys.argv[1:] if arguments is None else arguments)])


if __name__ == "__main__":
    main()
