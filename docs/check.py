"""The documentation's checks: `make check` runs them; `python docs/check.py --write` renews the generated parts."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from checks import (
    changelog,
    commands,
    environment,
    examples,
    generated,
    layers,
    links,
    notebook,
    promises,
    scores,
    settings,
    taxonomy,
    wording,
)
from checks.pages import Page, read_pages

ROOT = Path(__file__).resolve().parents[1]

#: What is checked, in the order in which it is told. Each takes all pages and returns a line per problem.
CHECKS: tuple[Callable[[list[Page]], list[str]], ...] = (
    generated.check,
    commands.check,
    settings.check,
    environment.check,
    promises.check,
    taxonomy.check,
    layers.check,
    links.check,
    wording.check,
    scores.check,
    changelog.check,
    examples.check,
    notebook.check,
)


def main(arguments: list[str]) -> int:
    """Check, or write the generated parts; return the exit code."""
    pages = read_pages(ROOT)
    if arguments == ["--write"]:
        written = generated.write(pages)
        sys.stdout.write("".join(f"Wrote {page.name}\n" for page in written) or "All generated parts are up to date\n")
        return 0
    if arguments:
        sys.stderr.write("usage: python docs/check.py [--write]\n")
        return 2
    problems = [problem for check in CHECKS for problem in check(pages)]
    sys.stderr.write("".join(f"{problem}\n" for problem in problems))
    sys.stdout.write(f"Documentation: {len(pages)} pages, {len(problems) or 'no'} problems\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
