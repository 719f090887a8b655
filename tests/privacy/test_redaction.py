"""What must be found, what must be left alone, and that a second time changes nothing."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.privacy.planted import CALLS, FRAMES, PLANTED

from touchline.privacy import KINDS, REDACTION, redact, redact_text
from touchline.privacy.checks import CARD_RANGES, is_card


@pytest.mark.parametrize("kind", PLANTED)
def test_planted_entities_are_found(kind: str) -> None:
    rnd = random.Random(kind)
    values = [PLANTED[kind](rnd) for _ in range(400)]
    texts = [rnd.choice(FRAMES).format(value) for value in values]
    clean, counts = redact(pa.array(texts))
    label = f"[{kind.upper()}"
    missed = [(v, c) for v, c in zip(values, clean.to_pylist(), strict=True) if label not in c or v in c]
    assert len(missed) <= 0.01 * len(values), missed[:10]
    assert counts[kind] >= 0.99 * len(values)


def test_numbers_without_a_shape_of_their_own_are_found_where_the_words_name_them() -> None:
    rnd = random.Random(3)
    for frame in CALLS:
        digits = str(rnd.randrange(4_100_000_000, 9_899_999_999))
        assert redact_text(frame.format(digits)) == frame.format("[PHONE_1]")


def clean_texts(rnd: random.Random) -> str:
    def digits(n: int) -> str:
        return str(rnd.randrange(1, 10)) + "".join(rnd.choices("0123456789", k=n - 1))

    day, month, year = rnd.randrange(1, 29), rnd.randrange(1, 13), rnd.randrange(1990, 2031)
    return rnd.choice(
        [
            f"My order {digits(9)} has not arrived.",
            f"Order number {digits(10)} is wrong",
            f"order #{digits(12)} came broken",
            f"Invoice INV-{year}-{digits(6)} was charged twice.",
            f"invoice no. {digits(8)}, please check",
            f"Booking reference {digits(10)} cancelled",
            f"tracking 1Z{digits(3)}AA{digits(10)} shows nothing",
            f"It cost ${digits(1)},{digits(3)},{digits(3)}.00 in all",
            f"I paid {digits(2)}.{digits(3)},{digits(2)} EUR",
            f"1 {digits(3)} {digits(3)} people saw it",
            f"It happened on {day:02d}.{month:02d}.{year} at 10:30",
            f"since {year}-{month:02d}-{day:02d} 14:30:05",
            f"between {day}/{month}/{year} and {day}/{month}/{year}",
            f"{month:02d}-{day:02d}-{year} 09:15 to 11:45",
            f"{year}{month:02d}{day:02d}T101500Z in the log",
            f"Flight BA{digits(4)} at 07:45, gate 12",
            f"LH {digits(3)} was cancelled for the 3rd time",
            f"I called {digits(1)} times in {digits(2)} days",
            f"Version {digits(1)}.{digits(2)}.0.1 crashes",
            f"iOS 17.{digits(1)}.1 on a phone from 2019",
            f"room {digits(3)}, floor {digits(1)}, {digits(4)} points left",
            f"my case {digits(8)} is open since {year}",
            f"the score was 10:20:30 and {digits(2)} %",
            f"serial {digits(14)} on the back",
            f"member {digits(9)} since {year}, 24/7 access",
            f"ISBN 978-3-16-{digits(6)}-0",
            f"in {year}-{year + 1} we paid 100-200 a month, 1000 - 2000 a year",
        ]
    )


def test_order_numbers_prices_dates_and_times_are_left_alone() -> None:
    rnd = random.Random(11)
    texts = [clean_texts(rnd) for _ in range(2000)]
    clean, _ = redact(pa.array(texts))
    touched = [(a, b) for a, b in zip(texts, clean.to_pylist(), strict=True) if a != b]
    assert len(touched) <= 0.01 * len(texts), touched[:10]


PIECES = st.one_of(
    st.text(max_size=12),
    st.text("0123456789 -.+()/:", max_size=30),
    st.sampled_from(
        [
            "ann@example.org",
            "[EMAIL_1]",
            "[PHONE_2]",
            "12 High Street",
            "+44 20 7946 0958",
            "4111 1111 1111 1111",
            "call ",
        ]
    ),
    st.integers(0, 2**31).map(lambda seed: PLANTED[sorted(PLANTED)[seed % len(PLANTED)]](random.Random(seed))),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=8).map("".join))
def test_redacting_again_changes_nothing(text: str) -> None:
    once = redact_text(text)
    assert redact_text(once) == once


def test_equal_values_share_a_placeholder_and_new_ones_follow_those_that_stand_there() -> None:
    text = "[EMAIL_1] wrote; a@b.org and A@B.org and c@d.org; +44 20 7946 0958 or +442079460958"
    assert redact_text(text) == "[EMAIL_1] wrote; [EMAIL_2] and [EMAIL_2] and [EMAIL_3]; [PHONE_1] or [PHONE_1]"


def test_chunks_nulls_and_empty_arrays_keep_their_shape() -> None:
    clean, counts = redact(pa.chunked_array([["a@b.org", None], ["fine"]]))
    assert clean.to_pylist() == ["[EMAIL_1]", None, "fine"]
    assert counts == dict.fromkeys(KINDS, 0) | {"email": 1}
    assert redact(pa.array([], pa.string()))[0].to_pylist() == []


@pytest.mark.parametrize(("low", "high", "lengths"), CARD_RANGES)
def test_every_card_scheme_has_a_number_that_is_recognised(low: str, high: str, lengths: tuple[int, ...]) -> None:
    for length in lengths:
        body = (high + "7" * length)[: length - 2]
        assert any(is_card(f"{body}{n:02d}") for n in range(100))


def test_digits_that_fail_their_check_are_no_card_and_no_iban() -> None:
    text = "ref 4111111111111112 and DE89370400440532013001"
    assert redact_text(text) == text


def test_rules_have_a_version() -> None:
    assert REDACTION == "r2"
