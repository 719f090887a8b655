"""Cases, what is said and attached, everything that ever happened to them, and whom a fix was told."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import models

from touchline.server.care.words import OPEN

_SLUG: Final = 50


class Case(models.Model):
    """One customer's recovery.

    Attributes:
        workspace: The workspace's slug.
        number: 1, 2, 3, ... in the workspace.
        key: Names what it was opened for; a second opening of the same key changes nothing.
        customer: Their reference.
        reason: Why it was opened, in a sentence.
        source: Who opened it: ``play``, ``alert``, ``gate``, ``person``, ``api``.
        play: The play that it is part of; empty without one.
        stage: The journey's stage that it is about.
        touchpoint: The touchpoint.
        theme: The theme that the customer raised.
        channel: Where they said it.
        excerpt: What they said.
        said_in: The interaction that this was copied from; empty where it was typed in.
        score: Their standing JSI when it was opened; None where there was none.
        sentiment: -1, 0 or 1: what they said it with.
        segments: The customer's segments when it was opened; they decide which restricted viewers see it.
        status: Of `words.STATUSES`.
        owner: Who looks after it.
        team: Which team does.
        priority: Of `words.PRIORITIES`.
        allowed: How long it may take, as `clocks.Length` reads it.
        pauses: When its clock stood: pairs of times, the last one's end None while it stands.
        due_at: When it is due; None while its clock stands, or without a deadline.
        opened_at: When it was opened, and its clock was started.
        touched_at: When somebody first did something about it.
        resolved_at: When it was resolved last.
        closed_at: When it was closed.
        changed_at: When anything last happened.
        escalated_at: When it was escalated for being late; None while it is not.
        root_cause: What was found to be the cause.
        outcome: Of `words.OUTCOMES`.
        resurvey: Whether the customer is to be asked again.
        merged_into: The case that this one is part of now.
        version: Rises with every change, so that two people who edit at once notice.
    """

    workspace = models.CharField(max_length=_SLUG)
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=300)
    customer = models.CharField(max_length=1000)
    reason = models.CharField(max_length=500)
    source = models.CharField(max_length=100)
    play = models.CharField(max_length=200, blank=True)
    stage = models.CharField(max_length=100, blank=True)
    touchpoint = models.CharField(max_length=200, blank=True)
    theme = models.CharField(max_length=200, blank=True)
    channel = models.CharField(max_length=100, blank=True)
    excerpt = models.TextField(blank=True)
    said_in = models.CharField(max_length=1000, blank=True)
    score = models.FloatField(null=True)
    sentiment = models.SmallIntegerField(null=True)
    segments = models.JSONField(default=dict)
    status = models.CharField(max_length=12, default="new")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="cases")
    team = models.CharField(max_length=100, blank=True)
    priority = models.CharField(max_length=8, default="normal")
    allowed = models.CharField(max_length=40, blank=True)
    pauses = models.JSONField(default=list)
    due_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    touched_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    escalated_at = models.DateTimeField(null=True)
    root_cause = models.CharField(max_length=300, blank=True)
    outcome = models.CharField(max_length=14, blank=True)
    resurvey = models.BooleanField(default=False)
    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, related_name="merged")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """What is due first, first."""

        ordering = (models.F("due_at").asc(nulls_last=True), "id")
        constraints = (
            models.UniqueConstraint(fields=("workspace", "number"), name="care_one_number"),
            models.UniqueConstraint(fields=("workspace", "key"), name="care_once"),
        )
        indexes = (
            models.Index(fields=("workspace", "status", "due_at"), name="care_by_status"),
            models.Index(fields=("workspace", "customer"), name="care_by_customer"),
        )

    def __str__(self) -> str:
        return f"{self.workspace} #{self.number}"

    @property
    def is_open(self) -> bool:
        """Whether it is worked on."""
        return self.status in OPEN

    def is_late(self, now: datetime) -> bool:
        """Tell whether its deadline has passed."""
        return self.is_open and self.due_at is not None and self.due_at < now


class Event(models.Model):
    """Something that happened to a case: who, when, and what stood there before and after. It is only ever added.

    Attributes:
        workspace: The workspace's slug.
        case: The case.
        at: When.
        by: The person; None for a key, a job or somebody who is gone.
        name: What they were called then.
        kind: Of `words.KINDS`.
        before: What was changed, as it was.
        after: What was changed, as it is since.
        note: What else is told.
        told_at: When the journey was told of it as an interaction; None while it is not, or need not be.
        tells: What the journey is told: ``case_resolved``; empty where it is told nothing.
    """

    workspace = models.CharField(max_length=_SLUG)
    case = models.ForeignKey(Case, models.CASCADE, related_name="events")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=254)
    kind = models.CharField(max_length=10)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    note = models.TextField(blank=True)
    tells = models.CharField(max_length=30, blank=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        """In order."""

        ordering = ("id",)
        indexes = (
            models.Index(
                fields=("workspace", "id"), condition=models.Q(told_at=None) & ~models.Q(tells=""), name="care_to_tell"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"


class Comment(models.Model):
    """What somebody wrote on a case.

    Attributes:
        workspace: The workspace's slug.
        case: The case.
        at: When.
        by: The person; None for a key, or somebody who is gone.
        name: What they were called then.
        internal: Among us; else to the customer.
        text: The words.
    """

    workspace = models.CharField(max_length=_SLUG)
    case = models.ForeignKey(Case, models.CASCADE, related_name="comments")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=254)
    internal = models.BooleanField(default=True)
    text = models.TextField()

    class Meta:
        """In order."""

        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M}"


class Mention(models.Model):
    """Somebody who is named in a comment.

    Attributes:
        comment: The comment.
        user: Who.
        seen_at: When they opened the case after it; None while they have not.
    """

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(null=True)

    class Meta:
        """Each once."""

        constraints = (models.UniqueConstraint(fields=("comment", "user"), name="care_one_mention"),)

    def __str__(self) -> str:
        return f"{self.user_id} in {self.comment_id}"


class Attachment(models.Model):
    """A file of a case. Its bytes lie under ``attachments/`` in the server's home, under a name that tells nothing.

    Attributes:
        workspace: The workspace's slug.
        case: The case.
        at: When it was attached.
        by: The person; None for a key, or somebody who is gone.
        name: What it was called.
        kind: Its media type, as its bytes tell it.
        size: In bytes.
        sha256: Of its bytes.
        place: The file's name on disk.
    """

    workspace = models.CharField(max_length=_SLUG)
    case = models.ForeignKey(Case, models.CASCADE, related_name="attachments")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    place = models.CharField(max_length=40, unique=True)

    class Meta:
        """In order."""

        ordering = ("id",)

    def __str__(self) -> str:
        return self.name


class View(models.Model):
    """A list of cases that somebody saved.

    Attributes:
        workspace: The workspace's slug.
        user: Whose.
        name: What they call it.
        query: Its filters, as the address has them.
    """

    workspace = models.CharField(max_length=_SLUG)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=1000)

    class Meta:
        """By name."""

        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("workspace", "user", "name"), name="care_one_view"),)

    def __str__(self) -> str:
        return self.name


class Fix(models.Model):
    """A cause that was put right, to be told to everybody who raised it.

    Attributes:
        workspace: The workspace's slug.
        number: 1, 2, 3, ... in the workspace.
        theme: The theme that customers raised.
        stage: Only where they raised it there; empty for anywhere.
        said: What they said, in our words.
        did: What we did.
        since: From when on they raised it; None for ever.
        fixed_at: When it was put right: whoever raised it before is told.
        hold_out: The share that is not told, so that telling can be measured.
        message: The draft: ``{customer}``, ``{said}`` and ``{did}`` are filled in.
        by: Who wrote it; None for a key, or somebody who is gone.
        name: What they were called then.
        made_at: When it was written down.
    """

    workspace = models.CharField(max_length=_SLUG)
    number = models.PositiveIntegerField()
    theme = models.CharField(max_length=200)
    stage = models.CharField(max_length=100, blank=True)
    said = models.CharField(max_length=300)
    did = models.CharField(max_length=500)
    since = models.DateTimeField(null=True)
    fixed_at = models.DateTimeField()
    hold_out = models.FloatField()
    message = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=254)
    made_at = models.DateTimeField()

    class Meta:
        """The latest first."""

        ordering = ("-id",)
        constraints = (models.UniqueConstraint(fields=("workspace", "number"), name="care_one_fix"),)

    def __str__(self) -> str:
        return f"{self.theme}: {self.did}"


class Told(models.Model):
    """A customer who raised what was put right, and whether they were told.

    Attributes:
        workspace: The workspace's slug.
        fix: What was put right.
        customer: Their reference.
        segments: Their segments, which decide which restricted viewers see the row.
        raised: How often they raised it.
        raised_at: When they last did.
        held_out: Whether they are not told, by chance, to be compared with.
        message: What they are told.
        sent_at: When the message was sent, or handed to the system that sends it; None while it is a draft.
        sent_by: By whom.
        target: Through which target of the outbox; empty where a person sent it themselves.
        why_not: Why they are not told: ``no consent``; empty otherwise.
        journal_at: When the journey was told that they were; None while it was not.
    """

    workspace = models.CharField(max_length=_SLUG)
    fix = models.ForeignKey(Fix, models.CASCADE, related_name="told")
    customer = models.CharField(max_length=1000)
    segments = models.JSONField(default=dict)
    raised = models.PositiveIntegerField()
    raised_at = models.DateTimeField()
    held_out = models.BooleanField(default=False)
    message = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    sent_by = models.CharField(max_length=254, blank=True)
    target = models.CharField(max_length=80, blank=True)
    why_not = models.CharField(max_length=40, blank=True)
    journal_at = models.DateTimeField(null=True)

    class Meta:
        """The latest to raise it first."""

        ordering = ("-raised_at", "id")
        constraints = (models.UniqueConstraint(fields=("fix", "customer"), name="care_told_once"),)

    def __str__(self) -> str:
        return f"{self.customer} of {self.fix_id}"


class Hint(models.Model):
    """Somebody is losing patience in a conversation that goes on.

    Attributes:
        workspace: The workspace's slug.
        key: Names the conversation: one hint each.
        customer: Their reference.
        at: When they said so.
        stage: The stage that it was about; empty where nobody knows.
        theme: The theme.
        emotion: ``anger`` or ``frustration``.
        channel: Where they talk.
        segments: Their segments, which decide which restricted viewers see it.
        taken_at: When somebody took it on.
        taken_by: Who.
    """

    workspace = models.CharField(max_length=_SLUG)
    key = models.CharField(max_length=100)
    customer = models.CharField(max_length=1000)
    at = models.DateTimeField()
    stage = models.CharField(max_length=100, blank=True)
    theme = models.CharField(max_length=200, blank=True)
    emotion = models.CharField(max_length=40)
    channel = models.CharField(max_length=40, blank=True)
    segments = models.JSONField(default=dict)
    taken_at = models.DateTimeField(null=True)
    taken_by = models.CharField(max_length=254, blank=True)

    class Meta:
        """The newest first."""

        ordering = ("-at", "-id")
        constraints = (models.UniqueConstraint(fields=("workspace", "key"), name="care_one_hint"),)

    def __str__(self) -> str:
        return f"{self.customer} at {self.at}"
