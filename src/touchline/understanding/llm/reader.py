"""The understander that asks a language model, and has another one read what the model does not."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Final

import pyarrow as pa

from touchline.settings import Llm
from touchline.understanding.base import Understander
from touchline.understanding.llm import evidence
from touchline.understanding.llm.asking import Asker
from touchline.understanding.llm.budget import Budget, today
from touchline.understanding.llm.cache import Cache, text_key
from touchline.understanding.llm.client import Client
from touchline.understanding.llm.placeholders import back
from touchline.understanding.llm.prompt import Item, Prompt
from touchline.understanding.llm.validation import Answer, Checker, moved
from touchline.vocabulary.schemas import TEXTS, validate
from touchline.vocabulary.taxonomy import Taxonomy

METHOD: Final = "llm"
log = logging.getLogger("touchline.understanding.llm")


@dataclass(frozen=True, slots=True)
class LlmUnderstander:
    """Reads texts by asking a language model.

    Evidence of one version stays what it is: an answer is kept and never asked for again, and a text that fell back
    stays with the default understander until `Cache.next_round` makes it another version.

    Attributes:
        taxonomy: The stages.
        settings: Endpoint, model, budget.
        default: Reads what the model does not.
        prompt: The instructions.
        clean: Redacts a text, once more before it leaves.
        redaction: Names the rules by which it does.
        secret: The workspace's key.
        path: Where answers are kept.
        turn: How often what fell back was asked for again.
    """

    taxonomy: Taxonomy
    settings: Llm
    default: Understander
    prompt: Prompt
    clean: Callable[[str], str]
    redaction: str
    secret: bytes
    path: Path
    turn: int

    @property
    def method(self) -> str:
        """A language model: ``llm``; mentions that the default understander read carry its method."""
        return METHOD

    @property
    def scope(self) -> str:
        """What an answer depends on beside the text: model, prompt, taxonomy."""
        return scope(self.settings.model, self.prompt, self.taxonomy)

    @property
    def version(self) -> str:
        """Names model, prompt, taxonomy, the round, what is redacted and the default understander."""
        again = f"~{self.turn}" if self.turn else ""
        return f"{self.scope}{again}:{self.redaction}+{self.default.version}"

    def explain(self, texts: pa.Table) -> pa.Table:
        """Return the same: the model names its quotes with every answer."""
        return self.read(texts)

    def read(self, texts: pa.Table) -> pa.Table:
        """Return the EVIDENCE of a table of TEXTS, with the column READ_BY.

        See `touchline.understanding.base.Understander`. Texts that are known cost nothing and need no endpoint.

        Raises:
            SettingsError: The variable that holds the endpoint's key is not set, and there is something to ask.
            WorkspaceError: Answers cannot be kept.
        """
        validate(texts, TEXTS)
        ids, words, languages = (texts.column(name).to_pylist() for name in TEXTS.names)
        items = [self._item(text, language) for text, language in zip(words, languages, strict=True)]
        known = self._known({item.key: item for item in items if item})
        said: list[tuple[int, list[dict[str, object]]]] = []
        others: list[int] = []
        for number, (item, text) in enumerate(zip(items, words, strict=True)):
            answer = known[item.key] if item else None
            if item and isinstance(answer, Answer):
                placed = answer if item.text == text else moved(answer, back(text, item.text))
                said.append((number, evidence.rows(ids[number], text, placed, self.taxonomy.ids)))
            else:
                others.append(number)
        read = self.default.read(texts.take(pa.array(others, pa.int64())))
        return evidence.joined(said, others, read, method=METHOD, other=self.default.method)

    def _item(self, text: str, language: str | None) -> Item | None:
        """Return a text as it may be sent; None where there is nothing to read."""
        sent = self.clean(text)
        return Item(text_key(self.secret, sent, language), sent, language) if sent.strip() else None

    def _known(self, items: dict[bytes, Item]) -> dict[bytes, Answer | str]:
        """Return what is known of texts, asking for what is not."""
        with Cache(self.path, self.scope) as cache:
            known = cache.known(list(items), self.turn)
            waiting = [item for key, item in items.items() if key not in known]
            if not waiting:
                return known
            day = today()
            short = [item for item in waiting if len(item.text) <= self.settings.longest]
            budget = Budget(self.settings, cache)
            now = short[: budget.room()]
            fell = Counter[str]()

            def keep(outcomes: Iterable[tuple[bytes, Answer | str]]) -> None:
                rows = [(key, outcome) for key, outcome in outcomes if outcome != "stopped"]
                cache.keep(rows, self.turn, day)
                known.update(rows)
                fell.update(outcome for _, outcome in rows if isinstance(outcome, str))

            keep((item.key, "too long") for item in waiting if len(item.text) > self.settings.longest)
            client = Client(self.settings, Event(), budget.reserve, budget.settle)
            asker = Asker(client, self.prompt, Checker.of(self.taxonomy), self.settings)
            for outcomes in asker.ask(now):
                keep((item.key, outcome) for item, outcome in outcomes)
            keep((item.key, "budget") for item in short[len(now) :])
        self._tell(fell, len(waiting), asker.detail)
        return known

    def _tell(self, fell: Counter[str], asked: int, detail: str) -> None:
        """Say in the log how many texts were not read by the model, and why; never their words."""
        if fell:
            told = ", ".join(f"{reason} {count}" for reason, count in sorted(fell.items()))
            log.warning(
                "%s of %s new texts were read by the default understander instead of %s: %s%s. "
                "`touchline understanding --retry` asks again.",
                sum(fell.values()), asked, self.settings.model, told, f" ({detail})" if detail else "",
            )  # fmt: skip


def scope(model: str, prompt: Prompt, taxonomy: Taxonomy) -> str:
    """Name what an answer depends on beside its text."""
    return f"{METHOD}-{model}:{prompt.version}:{taxonomy.version}"


def understander(
    taxonomy: Taxonomy,
    settings: Llm,
    *,
    default: Understander,
    clean: Callable[[str], str],
    redaction: str,
    secret: bytes,
    path: Path,
) -> LlmUnderstander:
    """Return the understander of a workspace.

    Args:
        taxonomy: The stages.
        settings: Endpoint, model, budget.
        default: Reads what the model does not.
        clean: Redacts a text.
        redaction: Names the rules by which it does.
        secret: The workspace's key.
        path: The file that answers are kept in.

    Raises:
        WorkspaceError: The file is damaged.
    """
    prompt = Prompt.of(taxonomy)
    with Cache(path, scope(settings.model, prompt, taxonomy)) as cache:
        turn = cache.round
    return LlmUnderstander(taxonomy, settings, default, prompt, clean, redaction, secret, path, turn)
