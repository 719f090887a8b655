"""What is held of customers: what, where, what for, how long. Made from the schemas, the folder and the settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from touchline.journal.base import KINDS
from touchline.vocabulary import schemas
from touchline.warehouse import schema as warehouse
from touchline.words import Number, joined, phrase

if TYPE_CHECKING:
    import pyarrow as pa

    from touchline.settings import Settings

#: What a field tells of a person, by its name; what is not named tells of the matter.
CATEGORIES: Final = {
    "identity": ("customer_ref", "account_ref", "conversation_ref", "ref", "same_as", "interaction_id", "customer_key",
                 "account_key", "conversation_key", "person_key"),
    "words": ("text", "raw", "phrases", "value_text"),
    "place and time": ("location", "occurred_at", "at", "day", "week", "received_at"),
    "money": ("value", "currency"),
    "opinion and mood": ("answers", "sentiment", "polarity", "emotion", "effort", "s", "severity", "sign"),
    "free attributes": ("attributes",),
    "employees": ("agent", "team", "by"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Store:
    """One place where data of customers lie.

    Attributes:
        where: A file of the workspace's folder, or a table in one.
        what: What it holds.
        why: What for.
        kept: How long.
        categories: What kinds of personal data are among it.
        fields: Its columns with what each holds, where they are known.
    """

    where: str
    what: str
    why: str
    kept: str
    categories: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self) | {"categories": list(self.categories), "fields": [list(field) for field in self.fields]}


def stores(settings: Settings) -> tuple[Store, ...]:
    """Return every place where data of customers lie, in a workspace of these settings.

    >>> from touchline.settings import Settings
    >>> stores(Settings())[0].where
    '.touchline/journal.db: interactions'
    """
    kept = retention(settings)
    journal = phrase("until erased") if not settings.retention else kept
    found = [
        _store(".touchline/journal.db: interactions", schemas.INTERACTIONS, "what happened, as it came in, redacted",
               "the truth from which everything else is made", journal),
        _store(".touchline/journal.db: identity", schemas.CLAIMS, "which references are one person",
               "one journey per person", "until erased"),
        _store(".touchline/journal.db: consent", schemas.CONSENTS, "what customers agreed to",
               "to honour it, and to prove it", "until erased"),
        _store(".touchline/journal.db: correction", schemas.CORRECTIONS, "what was put right, and why",
               "rectification", "until erased"),
        _store(".touchline/journal.db: erasure", schemas.ERASURES, "receipts of erasures; nothing of the erased",
               "to prove them", "always"),
        _store(".touchline/journal.db: taxonomy", schemas.TAXONOMIES, "versions of the stages; nothing of customers",
               "to see what changed, and to go back", "always"),
        Store(".touchline/server/uploads/", "files that people chose in the browser, as they are: not redacted",
              "to show how they would be read, and to import them", "until imported, an hour at most",
              ("identity", "words", "opinion and mood", "free attributes")),
        _store(".touchline/journal.db: understood", schemas.EVIDENCE, "what was read in words that are no longer kept",
               "figures that stay when words go", "until erased"),
        _store(".touchline/journal.db: quarantine", schemas.QUARANTINE,
               "records that could not be accepted, as they were: not redacted", "to mend and retry them", "90 days"),
    ]  # fmt: skip
    tables = {"stored, revisions": warehouse.STORED, "evidence": warehouse.STORED_EVIDENCE, **warehouse.DERIVED}
    why = {"stored, revisions": "to be asked", "evidence": "what words say", "journey": "positions in the journey",
           "touches": "scores", "mentions": "themes and causes", "answers": "NPS, CSAT, CES"}  # fmt: skip
    found += [
        _store(f".touchline/warehouse: {name}", table, "made from the journal", why[name], "as the journal")
        for name, table in tables.items()
    ]
    found += [
        Store(".touchline/index", "journeys as arrays, by keyed hashes", "questions of order", "as the warehouse",
              ("identity", "place and time")),
        Store(".touchline/words.db", "which words are in which text", "to search", "as the warehouse", ("words",)),
        Store(".touchline/taught", "labelled texts, redacted", "the reader learns from them",
              "until forgotten or erased", ("words",)),
        Store(".touchline/understood.db", "what a language model answered, by keyed hashes of texts; no words",
              "nothing is paid for twice", "until erased", ("opinion and mood",)),
        Store(".touchline/tombstones", "keyed hashes of the references of erased people", "nothing brings them back",
              "always", ()),
        Store("backups, where you keep them", "what the journal held then, and the server's state", "restore",
              "as you decide; a restore applies the tombstones", ("identity", "words")),
    ]  # fmt: skip
    if settings.engine.engine != "duckdb":
        found.append(
            Store(settings.engine.warehouse, "a copy of the warehouse in Parquet", "questions on a cluster",
                  "two versions; copied again after an erasure", ("identity", "words"))
        )  # fmt: skip
    return tuple(found)


def retention(settings: Settings) -> str:
    r"""Return in words how long records are kept.

    >>> from touchline.settings import Settings
    >>> retention(Settings.parse("[[retention]]\ndays = 30\nkinds = ['call']"))
    'words 30 days (call)'
    """
    if not settings.retention:
        return phrase("until erased")
    told = []
    for rule in settings.retention:
        of = ", ".join((*rule.kinds, *rule.sources))
        days = Number(f"{rule.days:g}")
        plain = (
            phrase("words {days} days", days=days) if rule.what == "text" else phrase("records {days} days", days=days)
        )
        told.append(phrase("{told} ({of})", told=plain, of=of) if of else plain)
    return joined("; ", told)


def _store(where: str, schema: pa.Schema, what: str, why: str, kept: str) -> Store:
    fields = tuple((field.name, ((field.metadata or {}).get(b"about") or b"").decode()) for field in schema)
    names = {name for name, _ in fields}
    categories = tuple(name for name, members in CATEGORIES.items() if names.intersection(members))
    return Store(where, what, why, kept, categories, fields)


def table(found: Iterable[Store]) -> str:
    """Return stores as a table in Markdown."""
    lines = ["| where | what | what for | how long | kinds of data |", "|---|---|---|---|---|"]
    lines += [
        f"| `{one.where}` | {one.what} | {one.why} | {one.kept} | {', '.join(one.categories) or 'none'} |"
        for one in found
    ]
    return "\n".join(lines) + "\n"


def assessment(settings: Settings) -> str:
    """Return the template of a data protection impact assessment, filled in as far as code and settings know.

    What only the company knows is marked with ``____``.
    """
    asked = ", ".join(settings.privacy.ask_first) or "none"
    model = settings.understanding.use if settings.understanding.use else "fast"
    leaves = model == "llm"
    lines = [
        f"# Data protection impact assessment: {settings.workspace.name}",
        "",
        "Filled in by `touchline data-map --dpia`. Lines with ____ are yours to answer.",
        "",
        "## 1. What is done",
        "",
        "Customers' feedback and behaviour are placed on the stages of a journey and scored, to find where it breaks.",
        "",
        "- Controller: ____; data protection officer: ____",
        "- Sources, and how many people are concerned: ____",
        f"- Kinds of records that the journal can hold: {', '.join(KINDS)}",
        f"- Texts are read by: `{model}`" + (", outside this machine, by: ____" if leaves else ", on this machine"),
        "- No decision with legal effect is made by the software alone. Scores of persons are used for: ____",
        "",
        "## 2. What is held, where and how long",
        "",
        table(stores(settings)),
        "## 3. Lawfulness",
        "",
        "- Legal basis per purpose (analysis, contact, recording, profiling): ____",
        f"- Purposes for which nothing is done without a yes: {asked}",
        "- Others are done until the customer says no; it is honoured in processing (`touchline consent`).",
        "- Why less would not do: ____",
        "",
        "## 4. Rights",
        "",
        "- Access and portability: `touchline export-customer`. Rectification: `touchline correct`.",
        "- Erasure: `touchline erase-customer`, with a receipt.",
        "- Objection to scoring: `touchline consent --withdraw profiling`.",
        "- How people learn of them, and who answers within a month: ____",
        "",
        "## 5. Risks and what is done about them",
        "",
        "| risk | what the software does | what is left, and what you do |",
        "|---|---|---|",
        f"| names and numbers in free text | redaction before anything is stored (names of persons: "
        f"{settings.privacy.names or 'off'}) | ____ |",
        "| somebody reads who should not | roles, keys, segments, audit log | ____ |",
        "| data kept too long | " + retention(settings) + " | ____ |",
        "| people treated worse by a model | `touchline show fairness` compares outcomes by segment | ____ |",
        "| a lost disk or copy | the journal encrypted, with a key of the environment, if you say so | ____ |",
        "| a restored backup brings erased people back | tombstones, applied on restore | ____ |",
        "",
        "## 6. Decision",
        "",
        "- Remaining risk: ____; consulted: ____; decided by, on: ____",
        "",
    ]
    return "\n".join(lines)
