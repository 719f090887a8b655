"""Messages, drafted in the customer's language. People send them, or the system that the play tells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_PLACE: Final = re.compile(r"\{(\w+)\}")


def drafted(template: str, values: Mapping[str, str]) -> str:
    """Return a template with its names filled in; a name without a value leaves nothing behind.

    What is filled in is not read again, so that a customer's word cannot name anything.

    >>> drafted("Sorry for {stage}. {owner}, {company}", {"stage": "delivery {owner}", "company": "Acme"})
    'Sorry for delivery {owner}. Acme'
    """
    text = _PLACE.sub(lambda found: values.get(found[1], ""), template)
    return re.sub(r"(^|(?<=\s)), ", "", re.sub(r"[ \t]{2,}", " ", text)).strip()
