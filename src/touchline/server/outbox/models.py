"""Where things are sent, what waits to be sent, and each try."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models

WAITING: Final = "waiting"
DELIVERED: Final = "delivered"
DEAD: Final = "dead"


class Target(models.Model):
    """A system, or a group of people, that is told.

    Attributes:
        workspace: The workspace's slug.
        name: How monitors and plays name it: ``[a-z0-9][a-z0-9_.-]*``.
        channel: How it is spoken to: ``webhook``, ``email``, ``slack``, ``zendesk`` ...
        sealed: Addresses and keys, encrypted.
        shown: What may be shown of where it leads: an origin, never a path.
        options: What is no secret: a Jira project, the recipients' language.
        wants: Kinds of things it is told without being named, as ``case.*``.
        inbound: Names the address at which its own webhooks arrive; empty where it has none.
        why_off: Why nothing is sent; empty while it is on.
        off_at: Since when.
        removed: Whether it was taken away; its deliveries stay to be seen.
        created_at: When it was made.
        rotated_at: When its secret was last replaced.
    """

    workspace = models.CharField(max_length=100)
    name = models.CharField(max_length=80)
    channel = models.CharField(max_length=20)
    sealed = models.TextField()
    shown = models.CharField(max_length=300, blank=True)
    options = models.JSONField(default=dict)
    wants = models.JSONField(default=list)
    inbound = models.CharField(max_length=64, blank=True, db_index=True)
    why_off = models.CharField(max_length=300, blank=True)
    off_at = models.DateTimeField(null=True)
    removed = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    rotated_at = models.DateTimeField(null=True)

    class Meta:
        """By name."""

        ordering = ("workspace", "name")
        constraints = (models.UniqueConstraint(fields=("workspace", "name"), name="outbox_one_target"),)

    def __str__(self) -> str:
        return f"{self.workspace}/{self.name}"


class Delivery(models.Model):
    """One thing for one target. Within a target they go in the order of their ids.

    Attributes:
        workspace: The workspace's slug.
        target: Where to.
        message: The id that the receiver sees; the same at every try.
        kind: What it is: ``case.opened``.
        key: Names it for whoever wrote it down; a second one of the same key changes nothing.
        body: What is told.
        state: ``waiting``, ``delivered`` or ``dead``.
        tries: How many there were.
        next_at: Not to be tried before.
        created_at: When it was written down.
        ended_at: When it was delivered, or given up.
        told: What the last try came to, in words.
    """

    workspace = models.CharField(max_length=100)
    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="deliveries")
    message = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    body = models.JSONField()
    state = models.CharField(max_length=10, default=WAITING)
    tries = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    told = models.CharField(max_length=300, blank=True)

    class Meta:
        """In the order in which they are sent."""

        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("target", "key"), name="outbox_once"),)
        indexes = (
            models.Index(fields=("state", "target", "id"), name="outbox_next"),
            models.Index(fields=("workspace", "-id"), name="outbox_newest"),
        )

    def __str__(self) -> str:
        return f"{self.message} {self.kind} {self.state}"


class Attempt(models.Model):
    """One try to deliver.

    Attributes:
        delivery: What.
        at: When it began.
        ms: How long it took, in milliseconds.
        status: The HTTP status of the answer; None where there was none.
        good: Whether it was delivered.
        told: What came of it, in words; never what was sent.
    """

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    ms = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True)
    good = models.BooleanField()
    told = models.CharField(max_length=300, blank=True)

    class Meta:
        """In order."""

        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.told}"


class Tie(models.Model):
    """What one of our cases is called in another system.

    Attributes:
        workspace: The workspace's slug.
        target: The other system.
        ours: Our name of it.
        theirs: Their id.
        state: As last heard of: ``open`` or ``closed``.
        changed_at: When that was.
    """

    workspace = models.CharField(max_length=100)
    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="ties")
    ours = models.CharField(max_length=200)
    theirs = models.CharField(max_length=200)
    state = models.CharField(max_length=10, default="open")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        """One of each on both sides."""

        constraints = (
            models.UniqueConstraint(fields=("target", "ours"), name="outbox_one_theirs"),
            models.UniqueConstraint(fields=("target", "theirs"), name="outbox_one_ours"),
        )

    def __str__(self) -> str:
        return f"{self.ours} = {self.theirs}"


class Handle(models.Model):
    """Who somebody of a chat is here, as they said themselves when they were logged in, or as an administrator did.

    Attributes:
        workspace: The workspace's slug.
        system: The chat: ``slack``.
        team: Where they are there, by its id.
        their: Who they are there, by their id.
        name: What they are called there.
        user: Who they are here.
        made_at: When it was said.
        made_by: By whom.
    """

    workspace = models.CharField(max_length=100)
    system = models.CharField(max_length=20)
    team = models.CharField(max_length=60)
    their = models.CharField(max_length=60)
    name = models.CharField(max_length=200, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.CharField(max_length=254)

    class Meta:
        """Each is one person here."""

        ordering = ("workspace", "system", "name", "id")
        constraints = (
            models.UniqueConstraint(fields=("workspace", "system", "team", "their"), name="outbox_one_person"),
        )

    def __str__(self) -> str:
        return f"{self.system} {self.name} is {self.user_id}"


class Press(models.Model):
    """A button that somebody pressed, and what came of it. What it stands for is done once.

    Attributes:
        workspace: The workspace's slug.
        target: Where the button was shown.
        key: Names the press: a call that comes again, or a link that was used, changes nothing.
        message: The delivery that the button was on.
        act: What it does.
        of: To which thing, by its id.
        team: Where they are in the chat; empty for a link.
        their: Who they are there.
        name: What they are called: there, or here once it is known.
        reply: Where the chat takes an answer, encrypted; empty once it was given.
        at: When it was pressed.
        state: ``waiting`` until it is worked on, ``done`` or ``refused`` then.
        told: What came of it, in words.
        tries: How often an answer was tried.
        next_at: When it is worked on, or answered, next; None when it is over.
    """

    workspace = models.CharField(max_length=100)
    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="presses")
    key = models.CharField(max_length=64, unique=True)
    message = models.CharField(max_length=40)
    act = models.CharField(max_length=60)
    of = models.CharField(max_length=100)
    team = models.CharField(max_length=60, blank=True)
    their = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=254, blank=True)
    reply = models.TextField(blank=True)
    at = models.DateTimeField()
    state = models.CharField(max_length=10, default=WAITING)
    told = models.CharField(max_length=300, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        """In the order in which they were pressed."""

        ordering = ("id",)
        indexes = (models.Index(fields=("message", "state"), name="outbox_of_message"),)

    def __str__(self) -> str:
        return f"{self.act} {self.of} {self.state}"
