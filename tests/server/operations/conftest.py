"""Django, set up for tests of this app alone."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.server_settings")
django.setup()
