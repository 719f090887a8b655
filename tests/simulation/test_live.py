"""What the demo's customers write while its server runs."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta

import httpx

from touchline.maps import library
from touchline.maps.reading import read
from touchline.maps.writing import write
from touchline.simulation import began
from touchline.simulation.live import bring_maps, complaints, customers
from touchline.vocabulary.schemas import RAW_INTERACTIONS

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_customers_of_accounts_write_first_and_no_one_twice(tmp_path):
    (tmp_path / "world").mkdir()
    rows = ["customer,account", "C3,", "C1,A2", "C2,A1", "C1,A2", "C4,", ",", "C2,"]
    (tmp_path / "world" / "interactions.csv").write_text("\n".join(rows))
    assert customers(tmp_path, 3) == [("C2", "A1"), ("C1", "A2"), ("C3", "")]


def test_they_complain_of_late_parcels_within_the_last_hour_and_score_so():
    made = list(complaints([(f"C{n}", "") for n in range(40)], NOW))
    assert len({one["interaction_id"] for one in made}) == 40
    for one in made:
        assert set(one) <= set(RAW_INTERACTIONS.names)
        assert NOW - timedelta(hours=1) <= datetime.fromisoformat(one["occurred_at"]) <= NOW
        assert one["answers"][0]["value"] <= 2
        assert one["text"]
    assert [one["text"] for one in made] == [one["text"] for one in complaints([(f"C{n}", "") for n in range(40)], NOW)]


class Wall:
    """A server that keeps maps."""

    def __init__(self):
        self.maps = {}

    def answer(self, request):
        if request.method == "POST":
            made = read(json.loads(request.content)["yaml"])
            self.maps[made.id] = made
            return httpx.Response(201, json={})
        return httpx.Response(200, json={"maps": [{"id": one} for one in self.maps]})


def _days(held):
    return [date.fromisoformat(day) for day in re.findall(r"(?:due|done): .?(\d{4}-\d\d-\d\d)", write(held))]


def test_the_company_s_maps_hang_on_its_server_once():
    wall = Wall()
    moved = began(datetime.now(UTC).date()) - date(2025, 11, 1)
    with httpx.Client(base_url="http://demo", transport=httpx.MockTransport(wall.answer)) as web:
        assert bring_maps(web) == 3
        (held,) = [one for one in library.demo() if one.id == "nordlicht"]
        assert _days(wall.maps["nordlicht"]) == [day + moved for day in _days(held)] != []
        wall.maps["nordlicht"] = "changed by somebody"
        assert bring_maps(web) == 0
    assert set(wall.maps) == {one.id for one in library.demo()}
    assert wall.maps["nordlicht"] == "changed by somebody"
