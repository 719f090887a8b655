"""When each periodic job ran last, and how it ended."""

from __future__ import annotations

from django.db import models


class Run(models.Model):
    """The last run of a job.

    Attributes:
        job: Its name.
        workspace: The slug of the workspace that it ran for; empty for the server as a whole.
        started_at: When it began.
        ended_at: When it ended; None while it runs.
        ok: How it ended; None while it runs.
        told: What it did, or what went wrong.
        next_at: When it is due again.
        failures: How many in a row went wrong.
    """

    job = models.CharField(max_length=50)
    workspace = models.CharField(max_length=50, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ok = models.BooleanField(null=True)
    told = models.TextField(blank=True)
    next_at = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0)

    class Meta:
        """One row per job and workspace."""

        ordering = ("job", "workspace")
        constraints = (models.UniqueConstraint(fields=("job", "workspace"), name="one_run"),)

    def __str__(self) -> str:
        return f"{self.job} {self.workspace}".strip()
