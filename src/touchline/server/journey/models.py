"""What people keep of the journey's pages: views that they saved, what they say of causes, who looks after an issue."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_noop

#: The arms of a fishbone, in the order in which they are drawn, and what each asks.
BRANCHES: Final = (
    ("process", gettext_noop("Process")),
    ("people", gettext_noop("People")),
    ("product", gettext_noop("Product")),
    ("systems", gettext_noop("Systems")),
    ("policy", gettext_noop("Policy")),
    ("outside", gettext_noop("Outside")),
)


class SavedView(models.Model):
    """A page with its filters, under a name.

    Attributes:
        workspace: The slug of the workspace.
        owner: Who saved it, as the audit log names them.
        name: Of the view.
        slug: Its address, unique in the workspace.
        page: The page's path in the workspace: ``heatmap``, ``stages/delivery``; empty for the overview.
        query: Its filters, as in the address.
        shared: Whether everybody of the workspace sees it, or its owner alone.
        made_at: When it was saved first.
    """

    workspace = models.CharField(max_length=50)
    owner = models.CharField(max_length=254)
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=90)
    page = models.CharField(max_length=200, blank=True)
    query = models.TextField(blank=True, max_length=4000)
    shared = models.BooleanField(default=False)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """By name."""

        ordering = ("name", "id")
        constraints = (models.UniqueConstraint(fields=("workspace", "slug"), name="one_view_of_an_address"),)

    def __str__(self) -> str:
        return self.name

    @property
    def href(self) -> str:
        """Its own address."""
        return reverse("saved-view", args=[self.workspace, self.slug])

    @property
    def leads_to(self) -> str:
        """The page with its filters."""
        path = f"{reverse('overview', args=[self.workspace])}{self.page}"
        return f"{path}?{self.query}" if self.query else path


class Cause(models.Model):
    """A bone of a stage's fishbone: what people think makes customers unhappy there.

    Attributes:
        workspace: The slug of the workspace.
        stage: The stage's id.
        branch: The arm that it is on, one of `BRANCHES`.
        text: What it is.
        theme: The theme whose numbers speak for it; empty without one.
        by: Who wrote it.
        at: When.
        confirmed_by: Who confirmed it; empty while it is only probable.
        confirmed_at: When.
        evidence: What it was confirmed with.
    """

    workspace = models.CharField(max_length=50)
    stage = models.CharField(max_length=100)
    branch = models.CharField(max_length=20, choices=BRANCHES)
    text = models.CharField(max_length=200)
    theme = models.CharField(max_length=200, blank=True)
    by = models.CharField(max_length=254)
    at = models.DateTimeField()
    confirmed_by = models.CharField(max_length=254, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    evidence = models.CharField(max_length=500, blank=True)

    class Meta:
        """The oldest first."""

        ordering = ("id",)
        indexes = (models.Index(fields=("workspace", "stage"), name="causes_of_a_stage"),)

    def __str__(self) -> str:
        return self.text


class IssueOwner(models.Model):
    """Who looks after an issue.

    Attributes:
        workspace: The slug of the workspace.
        theme: The theme's id.
        owner: Who.
        by: Who said so.
        at: When.
    """

    workspace = models.CharField(max_length=50)
    theme = models.CharField(max_length=200)
    owner = models.CharField(max_length=200)
    by = models.CharField(max_length=254)
    at = models.DateTimeField()

    class Meta:
        """One owner an issue."""

        constraints = (models.UniqueConstraint(fields=("workspace", "theme"), name="one_owner_of_an_issue"),)

    def __str__(self) -> str:
        return f"{self.theme}: {self.owner}"
