"""``[service]``: what is read, and what is refused with its line."""

from __future__ import annotations

import pytest

from touchline.errors import SettingsError
from touchline.settings import Settings, new_toml
from touchline.settings.service import Measure, Service, Target


def test_nothing_declared_is_the_default_and_so_is_the_starter_file() -> None:
    assert Settings.parse("").service == Service() == Settings.parse(new_toml("Acme")).service


def test_everything_that_can_be_declared_is_read() -> None:
    found = Settings.parse(
        """
        [service]
        kinds = ["ticket"]
        stages = ["support"]
        fcr_window = "14 d"
        unanswered = "2 d"
        silence = "30 d"
        replies_reopen = true
        mark = "done"
        hours = ["fri-mon 09:00-17:30", "wed 10:00-12:00"]
        queue = ["wait in min", "queue_seconds"]
        [[service.targets]]
        channel = "chat"
        first_response = "90 s"
        [[service.targets]]
        resolution = "2 d"
        [service.events]
        closed = ["DONE"]
        """
    ).service
    assert (found.kinds, found.stages, found.mark) == (("ticket",), ("support",), ("done",))
    assert (found.fcr_window, found.unanswered, found.silence, found.replies_reopen) == (14.0, 2.0, 30.0, True)
    day = (9 * 3600, 17 * 3600 + 1800)
    assert found.hours == (day, None, (36_000, 43_200), None, day, day, day)
    assert found.queue == (Measure("wait", 60.0), Measure("queue_seconds", 1.0))
    assert found.targets == (Target("chat", 90.0, None), Target(None, None, 172_800.0))
    assert found.events.closed == ("done",)
    assert found.events.reopened == Service().events.reopened


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('hours = ["monday 9-5"]', "is not 'mon-fri 09:00-17:30'"),
        ('hours = ["mon-tue 09:00-17:00", "tue 08:00-09:00"]', "tue stands there twice"),
        ('hours = ["mon 17:00-09:00"]', "must end after it begins"),
        ('queue = ["wait"]', "in which unit is 'wait'"),
        ("fcr_window = 0", "expected more than no time"),
        ("windows = 1", "unknown key"),
        ('[[service.targets]]\nfirst_response = "soon"', "is no span of time"),
        ('[[service.targets]]\nchannel = "chat"\n[[service.targets]]\nchannel = "chat"', "more than one target"),
        ('[service.events]\nclosed = ["queued"]', "stands under queued too"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told) as error:
        Settings.parse(f"[service]\n{text}")
    assert "touchline.toml:" in str(error.value)


def test_derived_tables_do_not_depend_on_it() -> None:
    assert Settings.parse('[service]\nfcr_window = "14 d"').version == Settings.parse("").version
