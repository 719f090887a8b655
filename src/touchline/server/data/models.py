"""What the app keeps in the server's database."""

from __future__ import annotations

from django.db import models


class Draft(models.Model):
    """Stages that somebody changes, until they are saved or let go of.

    Attributes:
        workspace: Of which workspace, by its slug.
        by: Who changes them: an e-mail address, or a key's name.
        text: The stages, as YAML; they may still be wrong.
        base: Names the version that they were begun from.
        moves: What saving would move, as `touchline.workspace.moving.moved` tells it; empty until it was asked.
        at: When they were changed last.
    """

    workspace = models.CharField(max_length=50)
    by = models.CharField(max_length=254)
    text = models.TextField()
    base = models.CharField(max_length=20)
    moves = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        """One for each who changes something."""

        constraints = (models.UniqueConstraint(fields=("workspace", "by"), name="one_draft_each"),)

    def __str__(self) -> str:
        return f"{self.workspace}: {self.by}"
