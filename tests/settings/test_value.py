"""`[value]` and `[value.health]`: defaults, what they read, and what is wrong with them."""

from __future__ import annotations

import re

import pytest

from touchline.errors import SettingsError
from touchline.settings import Health, Settings, Value, new_toml


def test_without_a_word_it_is_the_default() -> None:
    assert Settings.parse("").value == Value() == Settings.parse("[value]").value


def test_it_reads_what_is_said() -> None:
    found = Settings.parse(
        '[value]\ncurrency = "EUR"\nchurn = "inactivity"\ninactive = "8 w"\nactive = "login|order"\n'
        "[value.health]\nexperience = 1\ntrend = 0\nrecency = 3\nactivity = 0\ntrouble = 0"
    ).value
    assert (found.currency, found.churn, found.inactive, found.active) == ("EUR", "inactivity", 56.0, "login|order")
    assert found.health == Health(1, 0, 3, 0, 0)


def test_it_moves_no_derived_table() -> None:
    assert Settings.parse('[value]\nchurn = "contract"\nterm = "30 d"').version == Settings().version


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('churn = "contrakt"', "did you mean 'contract'?"),
        ('currency = "euro"', "'euro' is no currency"),
        ('term = "0 d"', "more than no time"),
        ("cost_missed = -1", "must be from 0"),
        ("inactiv = 3", "did you mean 'inactive'?"),
        ("[value.health]\nexperience=0\ntrend=0\nrecency=0\nactivity=0\ntrouble=0", "one weight at least"),
        ("[value.health]\nnps = 3", "unknown key"),
    ],
)
def test_what_is_wrong_is_told_at_its_key(text: str, told: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(told)):
        Settings.parse(f"[value]\n{text}")


def test_every_line_of_the_starter_can_be_uncommented() -> None:
    text = new_toml("Acme")
    lines = text[text.index("\n[value]") : text.index("\n[lifecycle]")].splitlines()
    said = "\n".join(line.removeprefix("# ") for line in lines if "=" in line or line.startswith(("[", "# [")))
    found = Settings.parse(said).value
    named = {"currency", "rates", "revenue", "active", "start", "renewal", "cancel", "contract_end"}
    for name in Value.__dataclass_fields__:
        assert (getattr(found, name) == getattr(Value(), name)) != (name in named), name
