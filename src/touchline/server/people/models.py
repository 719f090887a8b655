"""People, what they may do, what they hold, and what they did."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone

from touchline.server.people.roles import ROLE_NAMES, ROLES, Access, Segments, as_segments
from touchline.server.workspaces.facade import Workspace

_ROLE: Final = [(role, role.capitalize()) for role in ROLES]


class UserManager(BaseUserManager["User"]):
    """Makes users."""

    def create_user(self, email: str, password: str | None = None, **more: Any) -> User:
        """Make a user; without a password they can log in by the organisation's own log-in only."""
        user = self.model(email=email.strip().lower(), **more)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the user of an e-mail address."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person.

    Attributes:
        email: What they log in with; unique, in lower case.
        name: What others call them.
        is_active: Whether they may log in.
        created_at: When they were added.
        no_mail: About what they want no mails: names of `mails.ABOUT`.
        language: Which they chose to read; empty where they did not.
    """

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    no_mail = models.JSONField(default=list, blank=True)
    language = models.CharField(max_length=10, blank=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        """By address."""

        ordering = ("email",)

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with the address in lower case: it is compared as it is."""
        self.email = self.email.strip().lower()
        super().save(*args, **kwargs)


class Membership(models.Model):
    """A person's role in a workspace.

    Attributes:
        user: Who.
        workspace: Where.
        role: One of `roles.ROLES`.
        segments: What a restricted viewer may see: ``{"region": ["emea"]}``; everything if empty.
        created_at: Since when.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=_ROLE)
    segments = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """One role per person and workspace."""

        ordering = ("workspace_id", "user__email")
        constraints = (models.UniqueConstraint(fields=("user", "workspace"), name="people_one_role"),)

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} in {self.workspace_id}"

    @property
    def access(self) -> Access:
        """What the person may do there."""
        return Access(self.workspace.slug, self.user_id, None, self.user.email, self.role, ROLES[self.role], self.shown)

    @property
    def role_name(self) -> str:
        """The role, as people read it."""
        return ROLE_NAMES[self.role]

    @property
    def shown(self) -> Segments:
        """What the person may see there."""
        return as_segments(self.segments)


class Link(models.Model):
    """A one-time link that lets somebody in: the first administrator, one who is invited, one without their password.

    Attributes:
        kind: ``setup``, ``invitation`` or ``reset``.
        digest: SHA-256 of the link's token. The token itself is not kept.
        workspace: Where an invitation leads; None for the others.
        email: Whom it is for; empty for set-up.
        role: What an invited person becomes.
        segments: What they may see, as in `Membership`.
        made_by: Who made it; None for the command line.
        created_at: When.
        expires_at: Until when it can be used.
        used_at: When it was used.
        revoked_at: When it was taken back.
    """

    kind = models.CharField(max_length=10)
    digest = models.CharField(max_length=64, unique=True)
    workspace = models.ForeignKey(Workspace, models.CASCADE, null=True, related_name="links")
    email = models.EmailField(blank=True)
    role = models.CharField(max_length=10, choices=_ROLE, blank=True)
    segments = models.JSONField(default=dict, blank=True)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        """The newest first."""

        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.kind} for {self.email or 'the first administrator'}"

    @property
    def role_name(self) -> str:
        """What an invited person becomes, as people read it; empty for other links."""
        return ROLE_NAMES.get(self.role, "")

    @property
    def is_open(self) -> bool:
        """Whether it can still be used."""
        return self.used_at is None and self.revoked_at is None and self.expires_at > timezone.now()


class Key(models.Model):
    """An API key: ``tl_PREFIX_SECRET``, of which the secret is kept as a hash only.

    Attributes:
        workspace: The one workspace that it opens.
        prefix: Names the key, in the token and in the audit log.
        digest: SHA-256 of the token.
        old_digest: That of the token before the last rotation.
        old_until: Until when that one is good, too.
        name: What it is for.
        scopes: What it may do, of `roles.SCOPES`.
        segments: What it may see, as in `Membership`.
        made_by: Who made it; None for the command line.
        created_at: When.
        rotated_at: When it last got a new secret.
        expires_at: Until when it is good; None for ever.
        revoked_at: When it was taken back.
        used_at: When it was last used, to the minute.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="keys")
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    old_digest = models.CharField(max_length=64, blank=True)
    old_until = models.DateTimeField(null=True)
    name = models.CharField(max_length=100)
    scopes = models.JSONField(default=list)
    segments = models.JSONField(default=dict, blank=True)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    rotated_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        """The newest first."""

        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"

    @property
    def state(self) -> str:
        """``good``, ``revoked`` or ``expired``."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= timezone.now() else "good"


class Session(AbstractBaseSession):
    """Somebody's log-in on one device.

    ``session_key`` holds a hash of the cookie's value, so that what lies in the database, or in a copy of it, lets
    nobody in.

    Attributes:
        user: Who; None before the log-in.
        number: Names it in lists, without telling its key.
        created_at: When they logged in.
        seen_at: When they were last here, to the minute.
        address: From which IP address.
        agent: With which browser, as it says itself.
    """

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions")
    number = models.CharField(max_length=16, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=200, blank=True)

    class Meta(AbstractBaseSession.Meta):
        """The last seen first."""

        ordering = ("-seen_at",)

    @classmethod
    def get_session_store_class(cls) -> Any:
        """Return the store that keeps them."""
        from touchline.server.people.sessions import SessionStore

        return SessionStore

    @classmethod
    def alive(cls, idle: timedelta, longest: timedelta, now: datetime | None = None) -> models.QuerySet[Session]:
        """Return those that are neither too old nor unused for too long."""
        at = now or timezone.now()
        return cls.objects.filter(expire_date__gt=at, seen_at__gt=at - idle, created_at__gt=at - longest)


class Attempt(models.Model):
    """A try to log in. It is written before the password is looked at, so that tries at once are all counted.

    Attributes:
        account: HMAC of the address that was given.
        address: The IP address, or the /64 network, that it came from.
        at: When.
        succeeded: Whether it let them in.
    """

    account = models.CharField(max_length=64)
    address = models.CharField(max_length=45)
    at = models.DateTimeField(default=timezone.now)
    succeeded = models.BooleanField(default=False)

    class Meta:
        """Counted by account and by address."""

        indexes = (
            models.Index(fields=("account", "at"), name="people_by_account"),
            models.Index(fields=("address", "at"), name="people_by_address"),
        )

    def __str__(self) -> str:
        return f"{self.address} at {self.at:%H:%M:%S}"


class Lines(models.QuerySet["Entry"]):
    """The audit log's lines, which can be read and added."""

    def update(self, **_kwargs: Any) -> int:
        """Refuse.

        Raises:
            TypeError: Always.
        """
        raise TypeError("a line of the audit log cannot be changed")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refuse.

        Raises:
            TypeError: Always.
        """
        raise TypeError("a line of the audit log cannot be removed")


class Entry(models.Model):
    """A line of the audit log. It can be added, and nothing else: triggers of the database refuse the rest.

    Django does not manage the table (it would empty it where tests or `flush` empty the others); the migration makes
    it. Lines of one workspace form a chain: each hash is over the line and the hash before.

    Attributes:
        workspace: The slug of the workspace; empty for what concerns the server.
        number: 1, 2, 3, ... in the workspace.
        at: When, in UTC.
        user_id: Who; None if a key, or nobody known.
        key_id: Which key; empty if a person.
        name: What they were called then.
        action: What they did: ``key.created``.
        what: With what.
        ip: From which address.
        before: The hash of the line before; empty for the first.
        digest: SHA-256 over all of this.
    """

    workspace = models.CharField(max_length=50)
    number = models.BigIntegerField()
    at = models.DateTimeField()
    user_id = models.BigIntegerField(null=True)
    key_id = models.CharField(max_length=12, blank=True)
    name = models.CharField(max_length=254, blank=True)
    action = models.CharField(max_length=60)
    what = models.CharField(max_length=500, blank=True)
    ip = models.CharField(max_length=45, blank=True)
    before = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    objects: ClassVar[models.Manager[Entry]] = models.Manager.from_queryset(Lines)()

    class Meta:
        """In order."""

        managed = False
        db_table = "people_entry"
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("workspace", "number"), name="people_one_line"),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.name} {self.action} {self.what}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the line.

        Raises:
            TypeError: It was added before.
        """
        if self.pk is not None:
            raise TypeError("a line of the audit log cannot be changed")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse.

        Raises:
            TypeError: Always.
        """
        raise TypeError("a line of the audit log cannot be removed")
