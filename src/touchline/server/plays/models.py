"""Plays, their runs and steps, and how far live data were read for them."""

from __future__ import annotations

from typing import Final

from django.db import models

TREATED: Final = "treated"
HELD_OUT: Final = "held out"
OPEN: Final = "open"


class Reader(models.Model):
    """How far plays have read the journal of a workspace.

    Attributes:
        workspace: Its slug.
        position: The offset up to which what is live has been looked at; -1 before the first look.
    """

    workspace = models.CharField(max_length=50, unique=True)
    position = models.BigIntegerField(default=-1)

    def __str__(self) -> str:
        return f"{self.workspace} at {self.position}"


class Play(models.Model):
    """A recipe of a workspace.

    Attributes:
        workspace: The workspace's slug.
        slug: Its name in addresses.
        text: The recipe, as YAML.
        active: Whether it starts runs.
        active_at: Since when; what happened before starts none.
        changed_at: When the recipe was changed last.
    """

    workspace = models.CharField(max_length=50)
    slug = models.CharField(max_length=80)
    text = models.TextField()
    active = models.BooleanField(default=False)
    active_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        """By name."""

        ordering = ("workspace", "slug")
        constraints = (models.UniqueConstraint(fields=("workspace", "slug"), name="plays_one"),)

    def __str__(self) -> str:
        return f"{self.workspace}/{self.slug}"


class Waiting(models.Model):
    """Something that an alert or a gate told, and that plays have to look at: written down in its transaction.

    Attributes:
        workspace: The workspace's slug.
        kind: ``alert`` or ``gate``.
        key: Names it.
        body: What was told.
        at: When.
    """

    workspace = models.CharField(max_length=50)
    kind = models.CharField(max_length=10)
    key = models.CharField(max_length=300)
    body = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        """In order."""

        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("workspace", "key"), name="plays_told_once"),)

    def __str__(self) -> str:
        return self.key


class Run(models.Model):
    """A play, started for a customer.

    Attributes:
        workspace: The workspace's slug.
        play: Which play.
        customer: The customer's reference.
        person: Their key, which stays when references change.
        key: Names what started it: the same starts nothing twice.
        arm: ``treated``, or ``held out``: nothing was done, to compare with.
        at: When it was started.
        why: In a sentence.
        stage: The stage that it was about; empty where it was about none.
        theme: The theme.
        segments: The customer's at that time: they decide which restricted viewers see it.
        language: The customer's; empty where nobody knows.
        jsi: Their standing JSI then; None without a touch.
        contact: Whether they may be written to.
        case: The case's number; None for those held out.
        owner: Who got the case.
        state: ``open`` until the case is resolved or closed, then ``done``.
        outcome: How the case ended.
        ended_at: When.
    """

    workspace = models.CharField(max_length=50)
    play = models.ForeignKey(Play, on_delete=models.CASCADE, related_name="runs")
    customer = models.CharField(max_length=1000)
    person = models.BigIntegerField()
    key = models.CharField(max_length=300)
    arm = models.CharField(max_length=10)
    at = models.DateTimeField()
    why = models.CharField(max_length=500)
    stage = models.CharField(max_length=100, blank=True)
    theme = models.CharField(max_length=200, blank=True)
    segments = models.JSONField(default=dict)
    language = models.CharField(max_length=10, blank=True)
    jsi = models.FloatField(null=True)
    contact = models.BooleanField(default=True)
    case = models.PositiveIntegerField(null=True)
    owner = models.CharField(max_length=254, blank=True)
    state = models.CharField(max_length=10, default=OPEN)
    outcome = models.CharField(max_length=14, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """The newest first."""

        ordering = ("-id",)
        constraints = (models.UniqueConstraint(fields=("play", "key"), name="plays_one_run"),)
        indexes = (
            models.Index(fields=("play", "person", "at"), name="plays_of_person"),
            models.Index(fields=("workspace", "case"), name="plays_of_case"),
        )

    def __str__(self) -> str:
        return f"{self.play.slug} {self.key}"


class Step(models.Model):
    """A step of a run.

    Attributes:
        run: Of which run.
        number: 1, 2, 3, ...
        do: What it is.
        words: What exactly.
        due_at: By when.
        message: What is drafted for the customer, in their language; empty without one.
        state: ``open``, ``done``, ``skipped`` (they do not want to be contacted, or the case is over).
        ended_at: When it was done or skipped.
        by: Who did it; empty for ourselves.
        late_at: When those concerned were told that it is late.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField()
    do = models.CharField(max_length=20)
    words = models.CharField(max_length=2000, blank=True)
    due_at = models.DateTimeField()
    message = models.TextField(blank=True)
    state = models.CharField(max_length=10, default=OPEN)
    ended_at = models.DateTimeField(null=True)
    by = models.CharField(max_length=254, blank=True)
    late_at = models.DateTimeField(null=True)

    class Meta:
        """In order."""

        ordering = ("run_id", "number")
        constraints = (models.UniqueConstraint(fields=("run", "number"), name="plays_one_step"),)
        indexes = (models.Index(fields=("state", "due_at"), name="plays_due"),)

    def __str__(self) -> str:
        return f"{self.number} {self.do}"
