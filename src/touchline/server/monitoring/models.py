"""What is watched, how far, and what was found. None of it names a customer but a gate's decisions."""

from __future__ import annotations

from typing import Final

from django.db import models

ORIGINS: Final = (("default", "made for a new workspace"), ("web", "a page"), ("api", "the API"), ("file", "a file"))


#: The position of a workspace that nobody has begun to watch.
BEGINS: Final = -1


class Watch(models.Model):
    """How far monitoring has read the journal of a workspace.

    Attributes:
        workspace: Its slug.
        position: The journal's offset up to which every live touch has entered the detectors; `BEGINS` before.
        derived: Names taxonomy, settings and model that the detectors' states were made with.
        budget: False alarms a month that all monitors together may raise.
        since: When watching began; what happened before is history.
    """

    workspace = models.CharField(max_length=50, unique=True)
    position = models.BigIntegerField(default=BEGINS)
    derived = models.CharField(max_length=500, blank=True)
    budget = models.FloatField(default=1.0)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.workspace} at {self.position}"


class Monitor(models.Model):
    """A standing check.

    Attributes:
        workspace: The slug of its workspace.
        name: Unique there.
        spec: What it watches and how (`touchline.server.monitoring.spec.Spec.as_dict`).
        origin: Where it was set.
        active: Whether it watches at all.
        muted_until: Until then its alerts are written down and told nobody.
        state: The detector's, by what is watched; empty where it has to learn its past first.
        looked_at: When it last looked.
        fired: How often it has fired.
        changed_at: When it was set.
        changed_by: By whom.
    """

    workspace = models.CharField(max_length=50)
    name = models.CharField(max_length=100)
    spec = models.JSONField()
    origin = models.CharField(max_length=10, choices=ORIGINS)
    active = models.BooleanField(default=True)
    muted_until = models.DateTimeField(null=True)
    state = models.JSONField(default=dict)
    looked_at = models.DateTimeField(null=True)
    fired = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.CharField(max_length=200, blank=True)

    class Meta:
        """By name."""

        ordering = ("workspace", "name")
        constraints = (models.UniqueConstraint(fields=("workspace", "name"), name="one_monitor"),)

    def __str__(self) -> str:
        return self.name


class Seen(models.Model):
    """A touch that has entered the detectors, by a number made of its conversation and stage; it enters once.

    Attributes:
        workspace: The slug.
        key: The number.
        at: When it entered; a conversation lasts 30 days at most, so that older ones are let go of.
    """

    workspace = models.CharField(max_length=50)
    key = models.BigIntegerField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        """One row each."""

        constraints = (models.UniqueConstraint(fields=("workspace", "key"), name="one_touch"),)

    def __str__(self) -> str:
        return f"{self.workspace} {self.key}"


class Alert(models.Model):
    """An incident: something changed somewhere. However many monitors notice, it is one.

    Attributes:
        workspace: The slug.
        place: Where it is: ``stage:delivery``, ``source:zendesk``, ``model``. One alert is open for each.
        stage: The stage; empty where it is about none.
        kind: Of the monitor that noticed first.
        metric: What it watches.
        opened_at: When it was noticed.
        since: Since when it has been so, by the detector's best guess.
        updated_at: When it was last noticed, or its story told anew.
        closed_at: When it ended; None while it is open.
        closed_why: ``recovered``, ``quiet`` (nothing was said any more) or ``person``.
        before: The level before, 0 to 100; None where there is no level.
        after: The level since.
        low: Of the 95 % interval of the level since.
        high: The same.
        how_sure: In words.
        n: How many touches say so.
        customers: How many customers are affected.
        story: What else is told: probable causes by name, without anybody's words.
        calm_at: When it is over, if nothing more is noticed until then.
        times: How often it was noticed.
        muted: Whether it is told nobody.
        owner: Who looks after it.
        told_at: When those who listen were told; None while the monitor's schedule says to wait.
        acknowledged_at: When somebody took it on.
        acknowledged_by: Who.
        escalated_at: When it was passed on, as nobody had.
    """

    workspace = models.CharField(max_length=50)
    place = models.CharField(max_length=200)
    stage = models.CharField(max_length=100, blank=True)
    kind = models.CharField(max_length=20)
    metric = models.CharField(max_length=100)
    opened_at = models.DateTimeField()
    since = models.DateTimeField()
    updated_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_why = models.CharField(max_length=20, blank=True)
    before = models.FloatField(null=True)
    after = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    how_sure = models.CharField(max_length=300, blank=True)
    n = models.PositiveIntegerField(default=0)
    customers = models.PositiveIntegerField(default=0)
    story = models.JSONField(default=dict)
    calm_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    muted = models.BooleanField(default=False)
    owner = models.CharField(max_length=200, blank=True)
    told_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=200, blank=True)
    escalated_at = models.DateTimeField(null=True)

    class Meta:
        """The latest first; one open alert per place."""

        ordering = ("-opened_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("workspace", "place"), condition=models.Q(closed_at__isnull=True), name="one_incident"
            ),
        )

    def __str__(self) -> str:
        return f"{self.place} since {self.since:%Y-%m-%d}"


class Firing(models.Model):
    """One alarm of one monitor, as part of an alert.

    Attributes:
        alert: The incident.
        monitor: The monitor's name.
        at: When it was noticed.
        detail: What the detector says.
    """

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="firings")
    monitor = models.CharField(max_length=100)
    at = models.DateTimeField()
    detail = models.JSONField(default=dict)

    class Meta:
        """In order of time."""

        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"{self.monitor} at {self.at:%Y-%m-%d %H:%M}"


class Gate(models.Model):
    """What a person or an account must meet to pass a stage.

    Attributes:
        workspace: The slug.
        stage: The stage's id; one gate each for persons and accounts.
        of: ``person`` or ``account``.
        spec: The minimum and the further conditions (`touchline.server.monitoring.gatespec.GateSpec.as_dict`).
        origin: Where it was set.
        active: Whether it is asked.
        changed_at: When it was set.
        changed_by: By whom.
    """

    workspace = models.CharField(max_length=50)
    stage = models.CharField(max_length=100)
    of = models.CharField(max_length=10)
    spec = models.JSONField()
    origin = models.CharField(max_length=10, choices=ORIGINS)
    active = models.BooleanField(default=True)
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.CharField(max_length=200, blank=True)

    class Meta:
        """By stage."""

        ordering = ("workspace", "stage", "of")
        constraints = (models.UniqueConstraint(fields=("workspace", "stage", "of"), name="one_gate"),)

    def __str__(self) -> str:
        return f"{self.stage} ({self.of})"


class Decision(models.Model):
    """What a gate last said of a person or an account, and what became of them.

    Attributes:
        gate: The gate.
        workspace: Its workspace's slug, so that an erasure finds the row.
        ref: The person's or account's reference.
        result: ``pass``, ``hold`` or ``unsure``.
        first_at: Since when the result has been the same.
        at: When it was last worked out.
        jsi: The standing JSI then; None without a touch.
        low: Of its 95 % interval.
        high: The same.
        without: Held, and let pass all the same by chance, so that the gate's effect can be measured.
        released_by: Who let a held one pass.
        released_at: When.
        why: What for.
    """

    gate = models.ForeignKey(Gate, models.CASCADE, related_name="decisions")
    workspace = models.CharField(max_length=50)
    ref = models.CharField(max_length=1000)
    result = models.CharField(max_length=10)
    first_at = models.DateTimeField()
    at = models.DateTimeField()
    jsi = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    without = models.BooleanField(default=False)
    released_by = models.CharField(max_length=200, blank=True)
    released_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=500, blank=True)

    class Meta:
        """The lowest first."""

        ordering = ("gate", "jsi", "ref")
        constraints = (models.UniqueConstraint(fields=("gate", "ref"), name="one_decision"),)

    def __str__(self) -> str:
        return f"{self.result} at {self.gate}"
