"""What intake keeps in the server's database: webhooks, and answers to be given again."""

from __future__ import annotations

from django.db import models


class Webhook(models.Model):
    """A system that sends us records, signed.

    Attributes:
        workspace: The workspace's slug.
        source: What its interactions call their source; its name in the URL.
        secrets: Its signing secrets, encrypted, newest first; two while one is being replaced.
        mapping: Which field plays which role, as TOML (`touchline.sources.mapping`).
        created_at: When it was made.
        rotated_at: When its secret was last replaced.
    """

    workspace = models.CharField(max_length=100)
    source = models.CharField(max_length=100)
    secrets = models.JSONField()
    mapping = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    rotated_at = models.DateTimeField(null=True)

    class Meta:
        """One per workspace and source."""

        ordering = ("workspace", "source")
        constraints = (models.UniqueConstraint(fields=("workspace", "source"), name="one_webhook_per_source"),)

    def __str__(self) -> str:
        return f"{self.workspace}/{self.source}"


class Reply(models.Model):
    """The first answer to a request with an ``Idempotency-Key``, to be given again.

    Attributes:
        scope: Keyed hash of workspace, caller and key: 32 bytes as hex.
        asked: SHA-256 of what was asked, as hex: another one under the same key is a mistake.
        status: Of the answer.
        body: Of the answer, compressed.
        created_at: When it was given.
    """

    scope = models.CharField(max_length=64, primary_key=True)
    asked = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.BinaryField()
    created_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.scope[:8]} {self.status}"
