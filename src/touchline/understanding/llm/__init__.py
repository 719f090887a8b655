"""Understanding by a language model: optional, off by default, asked over any endpoint of the OpenAI protocol.

Only redacted texts leave. Answers are checked against the taxonomy and the text, kept on disk under a keyed hash of
the text, and paid for within a daily budget; what cannot be read this way is read by the default understander.
"""

from __future__ import annotations

from touchline.understanding.llm.overview import Overview, overview
from touchline.understanding.llm.reader import LlmUnderstander, understander

__all__ = ["LlmUnderstander", "Overview", "overview", "understander"]
