"""Boards that people saved."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.urls import reverse

WEEKLY: Final = "weekly"
MONTHLY: Final = "monthly"


class Board(models.Model):
    """A board report under a name: what stands in it, and when it is sent.

    Attributes:
        workspace: The slug of the workspace.
        owner: Who saved it, by e-mail address; it is sent with what they may see at that time.
        name: Its headline.
        sections: Of `touchline.report.chosen.SECTIONS`; empty for all.
        paper: Of `touchline.report.chosen.PAPERS`.
        query: Period, comparison and segments, as in an address.
        every: ``weekly``, ``monthly`` or empty: never.
        to: Names of the outbox's targets that are told.
        language: Which it is sent in: that of whoever scheduled it.
        next_at: When it is sent next; None where it is not.
        sent_at: When it was sent last.
        told: What became of the last sending.
        made_at: When it was saved first.
        changed_at: When it was changed last.
    """

    workspace = models.CharField(max_length=50)
    owner = models.CharField(max_length=254)
    name = models.CharField(max_length=120)
    sections = models.JSONField(default=list)
    paper = models.CharField(max_length=10, default="a4")
    query = models.TextField(blank=True, max_length=4000)
    every = models.CharField(max_length=10, blank=True)
    to = models.JSONField(default=list)
    language = models.CharField(max_length=10, blank=True)
    next_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    told = models.CharField(max_length=500, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        """By name."""

        ordering = ("name", "id")
        indexes = (models.Index(fields=("workspace", "next_at"), name="boards_due"),)

    def __str__(self) -> str:
        return self.name

    @property
    def href(self) -> str:
        """Its own address."""
        return reverse("board", args=[self.workspace, self.pk])
