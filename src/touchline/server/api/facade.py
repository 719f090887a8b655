"""What other apps may ask of the API: the document, the questions as data, and what a viewer may see of them."""

from __future__ import annotations

from touchline.server.api.api import api, document
from touchline.server.api.asking import ANSWERS
from touchline.server.api.catalogue import Option, Question, question_named
from touchline.server.api.errors import Missing
from touchline.server.api.parameters import Asked, filter_fields, filters_of, model_of, options_of, repeats, validated
from touchline.server.api.scope import sees_interaction, unrestricted, within
from touchline.server.api.scoped import scoped

__all__ = [
    "Asked", "Missing", "Option", "Question", "api", "document", "filter_fields", "filters_of", "forget_answers",
    "model_of", "options_of", "question_named", "repeats", "scoped", "sees_interaction",
    "unrestricted", "validated", "within",
]  # fmt: skip


def forget_answers() -> None:
    """Forget the answers that are kept: something changed that the data's own name does not tell."""
    ANSWERS.forget()
