"""How a workspace's texts were read by a language model: for people who pay for it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from touchline.understanding.llm.budget import today
from touchline.understanding.llm.cache import Cache
from touchline.understanding.llm.reader import LlmUnderstander


@dataclass(frozen=True, slots=True)
class Overview:
    """What was asked, what fell back, what was spent.

    Attributes:
        model: The model.
        host: Where it is asked.
        round: How often what fell back was asked for again.
        answered: Texts with an answer of this model, prompt and taxonomy.
        fallen: Texts that the default understander reads instead, by reason.
        instructions: Tokens that the instructions of each request take, about.
        requests: Sent today (UTC), and how many may be.
        tokens: The same for tokens.
        texts: The same for texts.
    """

    model: str
    host: str
    round: int
    answered: int
    fallen: tuple[tuple[str, int], ...]
    instructions: int
    requests: tuple[int, int]
    tokens: tuple[int, int]
    texts: tuple[int, int]

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        spent = {name: getattr(self, name) for name in ("requests", "tokens", "texts")}
        today_ = {name: {"today": used, "a_day": most} for name, (used, most) in spent.items()}
        return asdict(self) | {"fallen": dict(self.fallen)} | today_


def overview(reader: LlmUnderstander) -> Overview:
    """Return how a workspace's texts were read."""
    with Cache(reader.path, reader.scope) as cache:
        requests, tokens, texts = cache.spent(today())
        limits = reader.settings
        return Overview(
            model=limits.model,
            host=urlsplit(limits.endpoint).netloc,
            round=cache.round,
            answered=cache.answered(),
            fallen=tuple(sorted(cache.reasons().items())),
            instructions=reader.prompt.tokens([]),
            requests=(requests, limits.requests_a_day),
            tokens=(tokens, limits.tokens_a_day),
            texts=(texts, limits.texts_a_day),
        )
