"""Journeys from frames as people have them: any library, any form of time, and what is wrong with them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest

from touchline import read_events
from touchline.errors import QuestionError

WHO, WHAT = ["b", "a", "a"], ["x", "y", "z"]
DAYS = [datetime(2026, 1, day, 10) for day in (1, 2, 3)]


def of(time: Any, **more: Any) -> dict[str, Any]:
    return {"customer": WHO, "event": WHAT, "time": time, **more}


def seen(frame: Any) -> dict[str, list[tuple[str, str]]]:
    """Who did what when, as ISO text in UTC."""
    held = read_events(frame).journeys
    events = held.coded("event").arrow().to_pylist()
    times = [datetime.fromtimestamp(at / 1e6, UTC).isoformat() for at in held.at.tolist()]
    return {
        name: list(zip(events[low:high], times[low:high], strict=True))
        for name, low, high in zip(held.names, held.starts[:-1], held.starts[1:], strict=True)
    }


EXPECTED = seen(pa.table(of(DAYS)))


def test_the_plain_case() -> None:
    assert EXPECTED == {
        "a": [("y", "2026-01-02T10:00:00+00:00"), ("z", "2026-01-03T10:00:00+00:00")],
        "b": [("x", "2026-01-01T10:00:00+00:00")],
    }


@pytest.mark.parametrize(
    "time",
    [
        ["2026-01-01 10:00", "2026-01-02 10:00", "2026-01-03 10:00"],
        ["2026-01-01T10:00:00+00:00", "2026-01-02T10:00:00+00:00", "2026-01-03T10:00:00+00:00"],
        ["2026-01-01T12:00:00+02:00", "2026-01-02T09:30:00-00:30", "2026-01-03T10:00:00Z"],
        ["2026-01-01T10:00:00.000Z", "2026-01-02T11:00:00.000+0100", "2026-01-03T10:00:00.000000Z"],
        ["2026-01-01 10:00", "2026-01-02T10:00:00Z", " 2026-01-03T11:00+01:00 "],
    ],
)
def test_text_with_and_without_offsets(time: list[str]) -> None:
    assert seen(pa.table(of(time))) == EXPECTED


@pytest.mark.parametrize("kind", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
def test_timestamps_of_every_unit_and_zone(kind: str, zone: str | None) -> None:
    made = pa.array([day.replace(tzinfo=UTC) if zone else day for day in DAYS], pa.timestamp(kind, zone))
    assert seen(pa.table(of(made))) == EXPECTED


@pytest.mark.parametrize(
    "time", [[date(2026, 1, day) for day in (1, 2, 3)], ["2026-01-01", "2026-01-02", "2026-01-03"]]
)
def test_a_date_is_its_midnight(time: list[Any]) -> None:
    found = seen(pa.table(of(time)))
    assert found == {name: [(what, at.replace("T10", "T00")) for what, at in mine] for name, mine in EXPECTED.items()}


class TestPandas:
    """Frames of pandas, with its own types."""

    @pytest.fixture
    def pd(self) -> Any:
        return pytest.importorskip("pandas")

    def test_its_types(self, pd: Any) -> None:
        frame = pd.DataFrame(of(pd.to_datetime(DAYS)))
        assert seen(frame) == EXPECTED
        assert seen(frame.astype({"customer": "category", "event": "category"})) == EXPECTED
        assert seen(frame.assign(time=frame["time"].dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo"))) == EXPECTED
        assert seen(frame.assign(time=frame["time"].astype("datetime64[ns]"))) == EXPECTED
        assert seen(frame.assign(time=pd.Categorical([day.isoformat() for day in DAYS]))) == EXPECTED
        assert seen(frame.set_index("customer")) == EXPECTED

    def test_an_unnamed_index_is_no_column(self, pd: Any) -> None:
        frame = pd.DataFrame(of(DAYS, value=[1.0, None, 3.0]), index=[7, 5, 3])
        assert sorted(read_events(frame).journeys.columns) == ["event", "step", "value"]

    def test_gaps_are_told_by_row(self, pd: Any) -> None:
        for column, gap in (("customer", None), ("event", None), ("time", pd.NaT)):
            frame = pd.DataFrame(of(pd.to_datetime(DAYS))).astype({"customer": object, "event": object})
            frame.loc[1, column] = gap
            with pytest.raises(QuestionError, match=f"row 2: 1 rows have no {column}"):
                read_events(frame)

    def test_a_column_of_two_types_is_told(self, pd: Any) -> None:
        frame = pd.DataFrame(of(DAYS)).astype({"customer": object})
        frame.loc[0, "customer"] = 7
        with pytest.raises(QuestionError, match="column customer"):
            read_events(frame)


class TestPolars:
    """Frames of Polars, where it is installed."""

    @pytest.fixture
    def pl(self) -> Any:
        return pytest.importorskip("polars")

    def test_its_types(self, pl: Any) -> None:
        frame = pl.DataFrame(of(DAYS))
        assert seen(frame) == EXPECTED
        assert seen(frame.with_columns(pl.col("customer", "event").cast(pl.Categorical))) == EXPECTED
        assert seen(frame.with_columns(pl.col("time").dt.to_string("%Y-%m-%dT%H:%M:%S+00:00"))) == EXPECTED

    def test_a_lazy_frame_is_to_be_collected(self, pl: Any) -> None:
        with pytest.raises(QuestionError, match="collected"):
            read_events(pl.DataFrame(of(DAYS)).lazy())


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        ([1, 2], "no table of events"),
        (pa.table({"customer": WHO, "event": WHAT}), "no column 'time'"),
        (pa.table(of(["2026-01-01", "soon", "2026-01-02"])), "row 2: .*'soon', which is no time"),
        (pa.table(of(["01.02.2026", "02.02.2026", "03.02.2026"])), "row 1: .*'01.02.2026'"),
        (pa.table(of([1767225600, 1767225601, 1767225602])), "holds int64, which may mean anything"),
        (pa.table(of([1.5, 2.5, 3.5])), "unit="),
    ],
)
def test_what_is_wrong_is_said(frame: Any, says: str) -> None:
    with pytest.raises(QuestionError, match=says):
        read_events(frame)


def test_an_empty_frame_has_no_journeys() -> None:
    assert read_events({"customer": [], "event": [], "time": []}).journeys.customers == 0
