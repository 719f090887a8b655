"""What a group makes together before it is a map: notes, heaps of them, dots, and how each step felt."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import models
from django.urls import reverse

_NAME: Final = 254
_DIGEST: Final = 64


class Workshop(models.Model):
    """A session in which people make a map.

    Attributes:
        workspace: The slug of the workspace.
        title: What people read.
        map: The id of the map that its notes become cards of.
        persona: Whose journey it is about.
        agenda: Of the kit, the agenda's id.
        at_item: Which line of the agenda is on: its number from 0, through all sessions.
        anonymous: Whether nobody sees who wrote what; then it is not kept either.
        dots: How many dots each person has per exercise.
        voting: Whether dots can be given now; the sum of them is shown when it is over.
        ends_at: When the time of this line is up; None where the clock stands.
        left: Seconds that were left when the clock was stopped; None where it was not started.
        version: One more with every change: pages fetch what is new by it.
        made_by: Who made it.
        made_at: When.
        closed_at: When it ended; None while it is on.
    """

    workspace = models.CharField(max_length=50)
    title = models.CharField(max_length=120)
    map = models.CharField(max_length=80)
    persona = models.CharField(max_length=120, blank=True)
    agenda = models.CharField(max_length=60)
    at_item = models.PositiveIntegerField(default=0)
    anonymous = models.BooleanField(default=True)
    dots = models.PositiveIntegerField(default=5)
    voting = models.BooleanField(default=False)
    ends_at = models.DateTimeField(null=True)
    left = models.PositiveIntegerField(null=True)
    version = models.PositiveIntegerField(default=1)
    made_by = models.CharField(max_length=_NAME)
    made_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        """The newest first."""

        ordering = ("-id",)
        indexes = (models.Index(fields=("workspace",), name="maps_workshops_of"),)

    def __str__(self) -> str:
        return self.title

    @property
    def href(self) -> str:
        """Its page's address."""
        return reverse("workshop", args=[self.workspace, self.pk])

    def seconds(self, now: datetime) -> int | None:
        """Return how many seconds are left on the clock; None where it was not started."""
        return self.left if self.ends_at is None else max(0, round((self.ends_at - now).total_seconds()))


class Heap(models.Model):
    """Notes that say the same, under one name."""

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="heaps")
    name = models.CharField(max_length=200)

    class Meta:
        """The oldest first."""

        ordering = ("id",)

    def __str__(self) -> str:
        return self.name


class Note(models.Model):
    """A sticky note.

    Attributes:
        workshop: Of which workshop.
        exercise: Of the kit, the exercise that it was written in.
        prompt: Which of the exercise's prompts it answers.
        step: The map's step that it is about; "" for none.
        text: The words.
        heap: With which others it stands.
        order: Its place in its column.
        who: A keyed digest of who wrote it, so that they can change it; it tells nobody their name.
        by: Who wrote it; "" where the workshop is anonymous.
        theme: The theme of the data that it came from; "" for none.
        at: When.
        card: The id of the card that it became; "" while it is none.
    """

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="notes")
    exercise = models.CharField(max_length=60)
    prompt = models.CharField(max_length=60)
    step = models.CharField(max_length=200, blank=True)
    text = models.CharField(max_length=400)
    heap = models.ForeignKey(Heap, on_delete=models.SET_NULL, null=True, related_name="notes")
    order = models.FloatField(default=0)
    who = models.CharField(max_length=_DIGEST)
    by = models.CharField(max_length=_NAME, blank=True)
    theme = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField(auto_now_add=True)
    card = models.CharField(max_length=200, blank=True)

    class Meta:
        """In the order of their columns."""

        ordering = ("order", "id")
        indexes = (models.Index(fields=("workshop", "exercise"), name="maps_notes_of"),)

    def __str__(self) -> str:
        return self.text


class Dot(models.Model):
    """A dot on a note, by somebody whose name is not kept."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="dots")
    who = models.CharField(max_length=_DIGEST)

    class Meta:
        """The oldest first."""

        ordering = ("id",)
        indexes = (models.Index(fields=("who",), name="maps_dots_by"),)

    def __str__(self) -> str:
        return str(self.note_id)


class Feeling(models.Model):
    """How somebody believes that a step feels: 1 (bad) to 5 (good)."""

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="feelings")
    step = models.CharField(max_length=200)
    who = models.CharField(max_length=_DIGEST)
    value = models.PositiveSmallIntegerField()

    class Meta:
        """A person says it once per step."""

        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("workshop", "step", "who"), name="maps_one_feeling"),)

    def __str__(self) -> str:
        return f"{self.step}: {self.value}"


class Door(models.Model):
    """A code by which people without a log-in take part in a workshop, for some hours.

    The code is kept as it is, so that whoever leads can show it to the room again; it opens one workshop's notes and
    votes, and ends with it.

    Attributes:
        workshop: Which.
        code: What guests type; unique among all that there ever were.
        by: Who opened it.
        at: When.
        expires_at: Until when it lets people in, and those who came in stay.
        closed_at: When it was closed; None while it was not.
    """

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="doors")
    code = models.CharField(max_length=16, unique=True)
    by = models.CharField(max_length=_NAME)
    at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        """The newest first."""

        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.workshop_id} until {self.expires_at:%Y-%m-%d %H:%M}"
