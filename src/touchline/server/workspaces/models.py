"""Which workspaces there are."""

from __future__ import annotations

from pathlib import Path

from django.db import models


class Workspace(models.Model):
    """A tenant.

    Attributes:
        slug: Its name in URLs; unique.
        name: What people call it.
        folder: Where its journal and its warehouse are.
        created_at: When it was added.
    """

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    folder = models.CharField(max_length=1000, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """In the order in which they were added."""

        ordering = ("id",)

    def __str__(self) -> str:
        return self.name

    @property
    def root(self) -> Path:
        """Its folder."""
        return Path(self.folder)
