"""Quarantine: nothing is dropped, records can be tried again, and the counts always add up."""

from __future__ import annotations

import pytest
from tests.journal.conftest import batch, rejected

from touchline.errors import InputError
from touchline.journal import Append


def ids(journal) -> list[int]:
    return [row["id"] for row in journal.quarantined(1000)]


def test_rejected_records_are_kept_with_their_bytes_and_counted_each_time(journal):
    journal.append(batch(1), rejected(2, 3))
    journal.append(batch(1), rejected(2, 3))
    held = journal.quarantined()
    assert len(held) == 2
    assert {row["raw"] for row in held} == {b"x,11"}
    assert {row["seen"] for row in held} == {2}
    counts = journal.counts()
    assert counts.balanced
    assert counts.received == 6
    assert counts.reasons == (("11 is over 10", 4),)


def test_equal_records_of_one_call_are_counted_each(journal):
    journal.append_many([Append(None, rejected(7, 7, 7), "api"), Append(None, rejected(7), "api")])
    (held,) = journal.quarantined()
    assert held["seen"] == 4
    assert journal.counts().quarantined == 4


def test_equal_bad_rows_of_one_file_are_all_kept(journal):
    journal.append(None, rejected(*range(1200)), origin="a.csv")
    assert len(journal.quarantined(limit=2000)) == 1200
    journal.append(None, rejected(*range(1200)), origin="a.csv")
    assert journal.counts().quarantined == 2400


def test_they_are_found_by_page_reason_file_and_column(journal):
    journal.append(None, rejected(1, 2, 3, reason="'%_\\' is no Time"), origin="a.csv")
    journal.append(None, rejected(4, 5, file="b.csv"), origin="b.csv")
    newest = journal.quarantined(2)
    assert [row["row"] for row in newest] == [5, 4]
    assert [row["row"] for row in journal.quarantined(2, newest[-1]["id"])] == [3, 2]
    assert [row["row"] for row in journal.quarantined(reason="NO time")] == [3, 2, 1]
    assert [row["row"] for row in journal.quarantined(reason="'%_\\'")] == [3, 2, 1]
    assert journal.quarantined(reason="'x_") == []
    assert [row["row"] for row in journal.quarantined(file="b.csv")] == [5, 4]
    assert len(journal.quarantined(column="nps", file="a.csv")) == 3
    assert journal.quarantined(column="csat") == []
    one = newest[0]["id"]
    assert journal.quarantined_row(one) == newest[0]
    assert journal.quarantined_row(one + 1) is None


def test_how_they_are_read_is_kept_with_them_and_let_go_of_with_the_last(journal, kept):
    journal.append_many([Append(None, rejected(n), "api", '{"source": "json"}') for n in (1, 2)])
    journal.append_many([Append(None, rejected(3), "api")])
    assert [row["reading"] for row in journal.quarantined()] == ["", '{"source": "json"}', '{"source": "json"}']
    assert kept.edit("SELECT count(*) FROM readings") == [(1,)]
    journal.requeue(ids(journal), batch(1))
    assert kept.edit("SELECT count(*) FROM readings") == [(0,)]


def test_what_was_mended_is_accepted_and_the_rest_stays_with_its_new_reason(journal):
    journal.append(None, rejected(2, 3, 4), origin="a.csv")
    three = journal.quarantined()
    receipt = journal.requeue([row["id"] for row in three], batch(2, 4), rejected(3, reason="still wrong"))
    assert receipt.offset == 1
    (held,) = journal.quarantined()
    assert (held["id"], held["row"], held["reason"]) == (three[1]["id"], 3, "still wrong")
    assert held["first_seen"] == three[1]["first_seen"]
    counts = journal.counts()
    assert (counts.received, counts.accepted, counts.repeated, counts.quarantined) == (3, 2, 0, 1)
    assert journal.verify() == []


def test_a_record_that_came_three_times_is_accepted_once(journal):
    for _ in range(3):
        journal.append(None, rejected(2), origin="a.csv")
    journal.requeue(ids(journal), batch(2))
    counts = journal.counts()
    assert (counts.received, counts.accepted, counts.repeated, counts.quarantined) == (3, 1, 2, 0)


def test_one_that_came_three_times_and_is_rejected_again_is_still_three(journal):
    for _ in range(3):
        journal.append(None, rejected(2), origin="a.csv")
    assert journal.requeue(ids(journal), None, rejected(2, reason="no")) is None
    counts = journal.counts()
    assert (counts.received, counts.accepted, counts.repeated, counts.quarantined) == (3, 0, 0, 3)
    assert journal.verify() == []


def test_what_is_accepted_already_is_repeated(journal):
    journal.append(batch(2), rejected(2))
    assert journal.requeue(ids(journal), batch(2)).repeated
    counts = journal.counts()
    assert (counts.received, counts.accepted, counts.repeated, counts.quarantined) == (2, 1, 1, 0)


def test_a_whole_file_that_becomes_many_records_counts_as_many(journal):
    journal.append(None, rejected(1), origin="a.csv")
    journal.requeue(ids(journal), batch(1, 2, 3), rejected(4, 5))
    counts = journal.counts()
    assert (counts.received, counts.accepted, counts.quarantined) == (5, 3, 2)
    assert journal.verify() == []


def test_one_that_is_gone_cannot_be_tried_again_and_nothing_is_changed(journal):
    journal.append(None, rejected(2, 3), origin="a.csv")
    one, other = ids(journal)
    journal.requeue([one], batch(1))
    with pytest.raises(InputError, match=f"no quarantined record {one}"):
        journal.requeue([one, other], batch(5))
    assert ids(journal) == [other]
    assert journal.head == 1


def test_ids_are_never_given_again(journal):
    journal.append(None, rejected(2), origin="a.csv")
    (first,) = ids(journal)
    journal.forget_quarantined(lambda row: True)
    journal.append(None, rejected(2), origin="a.csv")
    assert ids(journal) > [first]


def test_forgotten_records_stay_counted_as_erased(journal):
    journal.append(batch(1), rejected(2, 3, 4))
    journal.append(None, rejected(2), origin="a.csv")
    assert journal.forget_quarantined(lambda row: row["row"] < 4 and b"11" in row["raw"]) == 3
    assert [row["row"] for row in journal.quarantined()] == [4]
    counts = journal.counts()
    assert (counts.received, counts.quarantined, counts.expired, counts.erased) == (5, 1, 3, 3)
    assert journal.verify() == []
