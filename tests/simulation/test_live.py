"""What the demo's customers write while its server runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from touchline.simulation.live import complaints, customers
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
