"""Maps as they are now, and every change that made them so."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.urls import reverse

from touchline.server.maps.workshop_models import Door, Dot, Feeling, Heap, Note, Workshop

__all__ = [
    "Change", "Door", "Dot", "Feeling", "Heap", "Named", "Note", "Picture", "Remark", "Share", "Sheet", "Workshop",
]  # fmt: skip

_NAME: Final = 254


class Sheet(models.Model):
    """A map as it is now.

    Attributes:
        workspace: The slug of the workspace.
        slug: The map's id; unique in the workspace, also among those that are put away.
        doc: The map, as `touchline.maps.plain.to_plain` gives it.
        version: 1 when it was made, one more with every change.
        created_by: Who made it: what the audit log calls them.
        created_at: When.
        updated_by: Who changed it last.
        updated_at: When.
        reviewed_by: Who looked last whether it still holds; "" for nobody yet.
        reviewed_at: When.
        reminded_at: When people were last told that somebody should look at it.
        archived_at: When it was put away; None while it is in use.
        seen_by: Who sees it: the `roles` and the `people` (addresses) of a circle; None for everybody.
        changed_by: Likewise who of them may change it; None for all who may change maps.
    """

    workspace = models.CharField(max_length=50)
    slug = models.CharField(max_length=80)
    doc = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    created_by = models.CharField(max_length=_NAME)
    created_at = models.DateTimeField()
    updated_by = models.CharField(max_length=_NAME)
    updated_at = models.DateTimeField()
    reviewed_by = models.CharField(max_length=_NAME, blank=True)
    reviewed_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)
    seen_by = models.JSONField(null=True)
    changed_by = models.JSONField(null=True)

    class Meta:
        """By id; a workspace has each once."""

        ordering = ("workspace", "slug")
        constraints = (models.UniqueConstraint(fields=("workspace", "slug"), name="maps_one_sheet"),)

    def __str__(self) -> str:
        return self.slug

    @property
    def href(self) -> str:
        """Its page's address."""
        return reverse("map", args=[self.workspace, self.slug])


class Change(models.Model):
    """What made one version of a map of the version before.

    Attributes:
        workspace: The slug of the workspace.
        sheet: Of which map.
        version: Which version it made. Version 1 has no edits.
        edits: What was done, as plain data.
        undo: What undoes it, in the order in which it is to be applied.
        by: Who did it.
        at: When.
        note: A few words, such as what was brought back or from which file it came.
        key: What the sender called the change; one sent again under the same key is not made twice.
    """

    workspace = models.CharField(max_length=50)
    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="changes")
    version = models.PositiveIntegerField()
    edits = models.JSONField(default=list)
    undo = models.JSONField(default=list)
    by = models.CharField(max_length=_NAME)
    at = models.DateTimeField()
    note = models.CharField(max_length=400, blank=True)
    key = models.CharField(max_length=64, blank=True)

    class Meta:
        """The oldest first; a map has each version, and each sender's key, once."""

        ordering = ("sheet_id", "version")
        constraints = (
            models.UniqueConstraint(fields=("sheet", "version"), name="maps_one_version"),
            models.UniqueConstraint(
                fields=("sheet", "by", "key"), condition=~models.Q(key=""), name="maps_one_sending"
            ),
        )

    def __str__(self) -> str:
        return f"{self.sheet_id}: {self.version}"


class Named(models.Model):
    """A version that somebody gave a name: ``agreed on 12 March``."""

    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="names")
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    by = models.CharField(max_length=_NAME)
    at = models.DateTimeField()

    class Meta:
        """The oldest version first; each has one name."""

        ordering = ("sheet_id", "version")
        constraints = (models.UniqueConstraint(fields=("sheet", "version"), name="maps_one_name"),)

    def __str__(self) -> str:
        return self.name


class Remark(models.Model):
    """A comment on a map or on one of its parts. It outlives the part, so that what was said is not lost.

    Attributes:
        workspace: The slug of the workspace.
        sheet: On which map.
        of: On what kind of part: ``map``, ``phase``, ``step``, ``lane``, ``card`` ...
        part: The part's id; "" for the map.
        text: The words.
        by: Who wrote it.
        at: When.
        mentions: The addresses of those whom it names.
        resolved_by: Who said that it is settled.
        resolved_at: When; None while it is open. Of a thread its first remark says it.
        reply_to: The first remark of its thread; None for that one.
    """

    workspace = models.CharField(max_length=50)
    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="remarks")
    of = models.CharField(max_length=12, default="map")
    part = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    by = models.CharField(max_length=_NAME)
    at = models.DateTimeField()
    mentions = models.JSONField(default=list)
    resolved_by = models.CharField(max_length=_NAME, blank=True)
    resolved_at = models.DateTimeField(null=True)
    reply_to = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="replies")

    class Meta:
        """The oldest first."""

        ordering = ("id",)
        indexes = (models.Index(fields=("sheet", "of", "part"), name="maps_remarks_on"),)

    def __str__(self) -> str:
        return self.text[:80]


class Share(models.Model):
    """A link by which whoever has it may look at a map, without what was measured and without a log-in.

    Attributes:
        sheet: Of which map.
        digest: Of the link's secret part, which only the one who made the link has seen.
        note: For whom it is.
        by: Who made it.
        at: When.
        expires_at: Until when it opens the map.
        revoked_at: When it was taken back; None while it was not.
        used_at: When it was last opened, to the hour.
    """

    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="shares")
    digest = models.CharField(max_length=64, unique=True)
    note = models.CharField(max_length=120, blank=True)
    by = models.CharField(max_length=_NAME)
    at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        """The newest first."""

        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.sheet_id} until {self.expires_at:%Y-%m-%d}"


class Picture(models.Model):
    """A picture that a map's cards show, or a persona's: its pixels, and nothing that its file told beside them.

    Attributes:
        workspace: The slug of the workspace.
        sheet: The map's; None where it is a persona's.
        persona: The persona's name; "" where it is a map's.
        name: What its file is called, made of its content: `touchline.maps.pictures.Picture`.
        data: Its bytes.
        wide: Pixels.
        tall: Pixels.
        by: Who brought it.
        at: When.
    """

    workspace = models.CharField(max_length=50)
    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, null=True, related_name="pictures")
    persona = models.CharField(max_length=120, blank=True)
    name = models.CharField(max_length=40)
    data = models.BinaryField()
    wide = models.PositiveIntegerField()
    tall = models.PositiveIntegerField()
    by = models.CharField(max_length=_NAME)
    at = models.DateTimeField()

    class Meta:
        """The oldest first; a map has each once, a persona one."""

        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("sheet", "name"), name="maps_one_picture"),
            models.UniqueConstraint(
                fields=("workspace", "persona"), condition=~models.Q(persona=""), name="maps_one_face"
            ),
        )

    def __str__(self) -> str:
        return self.name
