"""Why an interaction counts as it does: its words, what each mention was read as and why, and the touches it made.

Nothing is remembered for this. The customer's interactions are placed once more, by the code that placed them, so that
what is told is what decided.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.errors import QuestionError
from touchline.placement.mentions import Mentions, place_mentions
from touchline.placement.output import PROXY_WEIGHT
from touchline.placement.rows import READS, Rows, arrange
from touchline.vocabulary.attributes import unpacked
from touchline.vocabulary.schemas import TEXTS, UNASSIGNED
from touchline.warehouse.duckdb.tables import quoted
from touchline.words import Number, phrase

if TYPE_CHECKING:
    import numpy.typing as npt

    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.workspace.workspace import Workspace

    Floats = npt.NDArray[np.float64]

#: Stages told of a mention, the likeliest first.
TOP: Final = 3
#: What of an interaction its context is made of.
_CONTEXT: Final = ("source", "channel", "programme", "stage", "touchpoint", "event", "kind")


@dataclass(frozen=True, slots=True)
class StageShare:
    """How likely a stage is, and what each part alone says: `probability` is their product, made to add up to 1.

    Attributes:
        words: What the words say.
        context: What source, channel, programme, touchpoint or a declared stage say.
        position: What the customer's place on the journey then says.
    """

    stage: str
    name: str
    probability: float
    words: float
    context: float
    position: float


@dataclass(frozen=True, slots=True)
class ExplainedMention:
    """One thing that the text says.

    Attributes:
        words: Cut out of the text by ``start`` and ``end``.
        stage_confidence: Of the stage (of the likeliest one, where it is unassigned).
        decided_by: Which part spoke loudest for it: ``words``, ``declared``, ``touchpoint``, ``programme``, ``source``,
            ``event``, ``channel``, ``position`` or ``none``.
        stages: The likeliest stages.
        confidence: Of the sentiment.
        phrases: The phrases that spoke, the heaviest first.
        touchpoint: Of that stage, where one is known; ``sub_stage`` is its own.
        touchpoint_by: What names the touchpoint: ``words``, ``declared`` or ``implied`` (by the programme, the source
            or the event); None without one.
        method: How it was read.
        model: The understander's version.
        understood: False for a language that is not: stored, never scored.
    """

    mention: int
    words: str
    start: int
    end: int
    stage: str
    stage_confidence: float
    decided_by: str
    stages: tuple[StageShare, ...]
    sentiment: int
    polarity: float
    confidence: float
    emotion: str
    effort: str
    resolution: str
    intent: str
    severity: float
    theme: str | None
    touchpoint: str | None
    touchpoint_by: str | None
    sub_stage: str | None
    phrases: tuple[str, ...]
    method: str
    model: str
    language: str
    understood: bool


@dataclass(frozen=True, slots=True)
class ExplainedAnswer:
    """One score that came with it; ``sign`` is None where its scale is not known."""

    question: str
    kind: str
    value: float
    low: float | None
    high: float | None
    sign: int | None
    stage: str


@dataclass(frozen=True, slots=True)
class ExplainedTouch:
    """A touch that the interaction is part of: what its conversation says about one stage.

    Attributes:
        s: -1, 0 or +1.
        weight: ``severity * role_weight * confidence``, and half of that for a behavioural proxy.
        formula: The same, spelled out.
        method: What decided ``s``.
        mentions: How many mentions of the conversation it gathers.
        contradiction: The score and the words point apart.
        opened: Whether this interaction is the customer's first on that stage in the conversation.
    """

    stage: str
    s: int
    weight: float
    severity: float
    role_weight: float
    confidence: float
    formula: str
    method: str
    mentions: int
    contradiction: bool
    opened: bool
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an interaction counts as it does.

    Attributes:
        text: Its words, as stored: redacted.
        context: What it came with: source, channel, programme, declared stage ...
        position: The progress stage that the customer held then.
        notes: Why something was not scored.
    """

    interaction_id: str
    text: str | None
    author: str
    occurred_at: datetime
    context: dict[str, str]
    position: str | None
    mentions: tuple[ExplainedMention, ...]
    answers: tuple[ExplainedAnswer, ...]
    touches: tuple[ExplainedTouch, ...]
    notes: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def explain(workspace: Workspace, interaction_id: str) -> Explanation:
    """Explain an interaction.

    Args:
        workspace: Open, and up to date.
        interaction_id: Its id, as stored: ``helpdesk/T-1042``, or the one that it was given at the door. Without its
            source, ``T-1042``, it will do where one source alone has it.

    Raises:
        QuestionError: There is none of that id, or several.
    """
    ask = workspace.warehouse.fetch
    row = _stored(workspace, interaction_id)
    interaction_id = row["interaction_id"]
    journey = ask("SELECT position, conversation_key FROM journey WHERE interaction_id = $id", id=interaction_id)
    here = journey.to_pylist()[0]
    mentions = _mentions(workspace, row)
    answers = _answers(workspace, interaction_id)
    stages = {m.stage for m in mentions if m.understood} | {a.stage for a in answers if a.sign is not None}
    return Explanation(
        interaction_id=interaction_id,
        text=row["text"],
        author=row["author"],
        occurred_at=row["occurred_at"],
        context={name: row[name] for name in _CONTEXT if row[name] is not None},
        position=here["position"],
        mentions=mentions,
        answers=answers,
        touches=_touches(workspace, interaction_id, here["conversation_key"], stages),
        notes=_notes(row, mentions),
    )


def _stored(workspace: Workspace, interaction_id: str) -> dict[str, Any]:
    """Return the interaction of an id, or the one that it is when its source is put before it."""
    found: list[dict[str, Any]] = workspace.warehouse.fetch(
        "SELECT * FROM interactions WHERE interaction_id = $id OR ends_with(interaction_id, $end)"
        " ORDER BY interaction_id <> $id, interaction_id LIMIT 4",
        id=interaction_id,
        end=f"/{interaction_id}",
    ).to_pylist()
    if not found:
        raise QuestionError(
            phrase("there is no interaction {interaction_id}", interaction_id=repr(interaction_id)),
            todo=phrase("`touchline show causes --json` has one beside each verbatim"),
        )
    if found[0]["interaction_id"] != interaction_id and len(found) > 1:
        names = " or ".join(repr(row["interaction_id"]) for row in found)
        raise QuestionError(
            phrase("several sources have an interaction {interaction_id}", interaction_id=repr(interaction_id)),
            todo=phrase("say which: {names}", names=str(names)),
        )
    return found[0]


def _mentions(workspace: Workspace, row: dict[str, Any]) -> tuple[ExplainedMention, ...]:
    """Return the stored mentions, each with its evidence and the stages that it might have been about."""
    ask, text = workspace.warehouse.fetch, row["text"]
    said = ask(
        "SELECT m.*, e.touchpoint AS named, e.phrases, e.method, e.model, e.language, e.understood"
        " FROM mentions m JOIN evidence e USING (interaction_id, mention)"
        " WHERE interaction_id = $id ORDER BY mention",
        id=row["interaction_id"],
    ).to_pylist()
    if not said:
        return ()
    shares, phrases = _shares(workspace, row), _phrases(workspace, row, len(said))
    made = ("words", "stages", "phrases", "touchpoint_by")
    taken = [f for f in ExplainedMention.__dataclass_fields__ if f not in made]
    return tuple(
        ExplainedMention(
            words=text[one["start"] : one["end"]],
            stages=shares[one["mention"]],
            phrases=tuple(one["phrases"] or phrases[one["mention"]]),
            touchpoint_by=_told_by(workspace.taxonomy, one["touchpoint"], one["named"], row["touchpoint"]),
            **{name: one[name] for name in taken},
        )
        for one in said
    )


def _told_by(taxonomy: Taxonomy, touchpoint: str | None, named: str | None, declared: str | None) -> str | None:
    """Return what names a mention's touchpoint: the words, the record's own touchpoint, or what implies one."""
    if touchpoint is None:
        return None
    if touchpoint == named:
        return "words"
    known = taxonomy.touchpoint(declared) if declared else None
    return "declared" if touchpoint == (known.id if known else declared) else "implied"


def _phrases(workspace: Workspace, row: dict[str, Any], mentions: int) -> list[list[str]]:
    """Return the phrases of every mention, read anew: most readers do not store them."""
    text = {name: row[name] for name in TEXTS.names}
    found = workspace.understander.explain(pa.Table.from_pylist([text], schema=TEXTS))["phrases"].to_pylist()
    return found if len(found) == mentions else [[]] * mentions


def _shares(workspace: Workspace, row: dict[str, Any]) -> dict[int, tuple[StageShare, ...]]:
    """Place the customer once more; return the likeliest stages of each mention of the interaction."""
    columns = ", ".join(
        "customer_ref IS NOT NULL AS identified" if name == "identified" else quoted(name) for name in READS
    )
    mine = "customer_key = $key"
    key = row["customer_key"]
    interactions = workspace.warehouse.fetch(f"SELECT {columns} FROM interactions WHERE {mine}", key=key)
    evidence = workspace.warehouse.fetch(
        f"SELECT * FROM evidence WHERE interaction_id IN (SELECT interaction_id FROM interactions WHERE {mine})",
        key=key,
    )
    at = interactions.schema.get_field_index("attributes")
    rows = arrange(
        interactions.set_column(at, "attributes", unpacked(interactions["attributes"])),
        workspace.taxonomy,
        workspace.settings,
        (),
    )
    placed = place_mentions(rows, evidence, workspace.taxonomy)
    which = pc.equal(placed.table["interaction_id"], row["interaction_id"])
    return {
        int(placed.table["mention"][i].as_py()): _likeliest(workspace.taxonomy, rows, placed, int(i))
        for i in np.flatnonzero(pc.fill_null(which, False).to_numpy(zero_copy_only=False))
    }


def _likeliest(taxonomy: Taxonomy, rows: Rows, placed: Mentions, mention: int) -> tuple[StageShare, ...]:
    posterior = placed.about.posterior[mention]
    words = _shared_out(np.array(placed.table["stage_evidence"][mention].as_py(), dtype=np.float64))
    context = _shared_out(rows.contexts.prior[rows.contexts.of_row[placed.row[mention]]])
    # what is neither of the words nor of the context is the position's
    position = _shared_out(np.log(posterior) - np.log(words) - np.log(context))
    best = np.argsort(-posterior, kind="stable")[:TOP]
    return tuple(
        StageShare(
            stage=taxonomy.ids[i],
            name=taxonomy.stage(taxonomy.ids[i]).name,
            **{
                name: round(float(part[i]), 4)
                for name, part in (
                    ("probability", posterior), ("words", words), ("context", context), ("position", position),
                )
            },
        )
        for i in best.tolist()
    )  # fmt: skip


def _shared_out(logs: Floats) -> Floats:
    """Return log-likelihoods as probabilities that add up to 1."""
    odds: Floats = np.exp(logs - logs.max())
    shares: Floats = np.maximum(odds / odds.sum(), np.finfo(np.float64).tiny)
    return shares


def _answers(workspace: Workspace, interaction_id: str) -> tuple[ExplainedAnswer, ...]:
    names = ", ".join(ExplainedAnswer.__dataclass_fields__)
    found = workspace.warehouse.fetch(
        f"SELECT {names} FROM answers WHERE interaction_id = $id ORDER BY question, kind, value", id=interaction_id
    )
    return tuple(ExplainedAnswer(**one) for one in found.to_pylist())


def _touches(
    workspace: Workspace, interaction_id: str, conversation: int, stages: set[str]
) -> tuple[ExplainedTouch, ...]:
    """Return the touches of its conversation on the stages that it speaks of, and those that it opened."""
    ids = (*workspace.taxonomy.ids, UNASSIGNED)
    with workspace.warehouse.given(spoken=pa.table({"stage": pa.array(sorted(stages), pa.string())})):
        found = workspace.warehouse.fetch(
            "SELECT stage, s, weight, severity, role_weight, confidence, method, mentions, contradiction,"
            " interaction_id = $id AS opened, occurred_at FROM touches WHERE conversation_key = $conversation"
            " AND (interaction_id = $id OR stage IN (SELECT stage FROM spoken))",
            id=interaction_id,
            conversation=conversation,
        ).to_pylist()
    found.sort(key=lambda one: ids.index(one["stage"]) if one["stage"] in ids else len(ids))
    return tuple(ExplainedTouch(formula=_formula(one), **one) for one in found)


def _formula(touch: dict[str, Any]) -> str:
    """Spell a weight out.

    >>> _formula({"severity": 2.0, "role_weight": 1.5, "confidence": 0.8, "weight": 2.4, "method": "rule"})
    '2 severity x 1.5 role x 0.8 confidence = 2.4'
    """
    half = (
        phrase(" x {proxy_weight} behaviour", proxy_weight=Number(f"{PROXY_WEIGHT:g}"))
        if touch["method"] == "proxy"
        else ""
    )
    return phrase(
        "{severity} severity x {role_weight} role x {confidence} confidence{half} = {weight}",
        severity=Number(f"{touch['severity']:g}"),
        role_weight=Number(f"{touch['role_weight']:g}"),
        confidence=Number(f"{touch['confidence']:.3g}"),
        half=half,
        weight=Number(f"{touch['weight']:.3g}"),
    )


def _notes(row: dict[str, Any], mentions: tuple[ExplainedMention, ...]) -> tuple[str, ...]:
    if row["text"] is None:
        return (phrase("It has no words."),)
    if row["author"] != "customer":
        return (phrase("The words are the {author}'s: they are kept, and never scored.", author=row["author"]),)
    if not any(mention.understood for mention in mentions):
        return (phrase("Its language is not understood: it is kept and counted, and not scored."),)
    return ()
