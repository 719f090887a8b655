"""Workspaces for tests."""

from tests.workspaces import compiled_once, make, workspace

__all__ = ["compiled_once", "make", "workspace"]
