"""Workspaces for tests."""

from tests.workspaces import compiled_once, make

__all__ = ["compiled_once", "make"]
