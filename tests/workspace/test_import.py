"""What an import keeps, what it recognises, and what does not matter to it."""

from __future__ import annotations

import random

import pytest
from tests.files import answer, answers, contents, fingerprint, take_in, write_csv


def counts(imported) -> tuple[int, int, int, int]:
    return imported.stored, imported.duplicate, imported.revised, imported.quarantined


def test_a_second_import_changes_nothing(workspace, tmp_path):
    path = write_csv(tmp_path / "a.csv", answers(*range(40)))
    assert counts(take_in(workspace, path)) == (40, 0, 0, 0)
    before, status = fingerprint(workspace), workspace.status()
    assert counts(take_in(workspace, path)) == (0, 40, 0, 0)
    assert fingerprint(workspace) == before
    after = workspace.status()
    assert (after.interactions, after.customers, after.mentions, after.touches) == (
        status.interactions, status.customers, status.mentions, status.touches,
    )  # fmt: skip
    assert after.received == 80
    assert after.balanced


def test_a_changed_row_is_a_revision_and_the_latest_counts(workspace, tmp_path):
    take_in(workspace, write_csv(tmp_path / "a.csv", answers(1, 2, 3)))
    path = write_csv(tmp_path / "b.csv", [answer(1, nps=9), answer(2), answer(4)])
    assert counts(take_in(workspace, path)) == (1, 1, 1, 0)
    value = "SELECT value FROM answers WHERE interaction_id LIKE '%/a1'"
    assert workspace.warehouse.fetch(value)["value"].to_pylist() == [9]
    kept = "SELECT list_transform(answers, lambda x: x.value) AS v FROM revisions WHERE interaction_id LIKE '%/a1'"
    assert workspace.warehouse.fetch(kept)["v"].to_pylist() == [[1.0]]
    assert workspace.check() == []


def test_importing_the_older_export_again_does_not_undo_a_revision(workspace, tmp_path):
    old = write_csv(tmp_path / "a.csv", answers(1, 2, 3))
    take_in(workspace, old)
    take_in(workspace, write_csv(tmp_path / "b.csv", [answer(1, nps=9)]))
    before = fingerprint(workspace)
    assert counts(take_in(workspace, old)) == (0, 3, 0, 0)
    older = write_csv(tmp_path / "c.csv", answers(3, 1))  # the same rows, in a batch that the journal does not know
    assert counts(take_in(workspace, older)) == (0, 2, 0, 0)
    assert fingerprint(workspace) == before


def test_a_row_that_changes_its_customer_moves_with_all_that_hangs_on_it(workspace, tmp_path):
    take_in(workspace, write_csv(tmp_path / "a.csv", [answer(n, customer=c) for n, c in enumerate("ABC")]))
    take_in(workspace, write_csv(tmp_path / "b.csv", [answer(1, customer="A")]))
    assert workspace.check() == []
    assert workspace.status().customers == 2
    assert workspace.rebuild().equal


def test_rows_of_one_id_within_a_file_are_revisions_and_equal_ones_duplicates(workspace, tmp_path):
    rows = [answer(1), answer(2), answer(1), answer(1, nps=7), answer(1, nps=8), answer(2)]
    path = write_csv(tmp_path / "a.csv", rows)
    assert counts(take_in(workspace, path, overrides={"id": "id"})) == (2, 2, 2, 0)
    values = workspace.warehouse.fetch("SELECT value FROM answers ORDER BY 1")["value"].to_pylist()
    assert values == [2, 8]
    assert workspace.check() == []


def test_equal_anonymous_answers_all_survive(workspace, tmp_path):
    rows = [{"date": f"2026-01-{1 + n % 3:02d}", "nps": n % 11} for n in range(15_000)]
    path = write_csv(tmp_path / "kiosk.csv", rows)
    assert counts(take_in(workspace, path)) == (15_000, 0, 0, 0)
    assert workspace.status().anonymous == 15_000
    before = fingerprint(workspace)
    assert counts(take_in(workspace, path)) == (0, 15_000, 0, 0)
    assert fingerprint(workspace) == before
    total = workspace.warehouse.fetch("SELECT sum(value) AS v, count(*) AS n FROM answers").to_pylist()[0]
    assert total == {"v": sum(row["nps"] for row in rows), "n": 15_000}


def test_the_order_in_which_files_come_does_not_matter(make, tmp_path):
    rows = answers(*range(60))
    random.Random(1).shuffle(rows)
    paths = [write_csv(tmp_path / f"{n}.csv", rows[20 * n : 20 * n + 20]) for n in range(3)]
    there, back = make(), make()
    for path in paths:
        take_in(there, path)
    for path in reversed(paths):
        take_in(back, path)
    assert contents(there) == contents(back)
    assert len(contents(there)["touches"]) > 20


def test_rows_that_come_late_find_their_place_before_those_that_are_there(make, tmp_path):
    """An earlier complaint, imported last, begins the conversation that the later ones belong to."""
    rows = [
        answer(n, customer="C1", date=f"2026-01-{n:02d} 09:00", comment="Still waiting for my parcel", nps=n % 3)
        for n in range(1, 9)
    ]
    early, late = write_csv(tmp_path / "early.csv", rows[:4]), write_csv(tmp_path / "late.csv", rows[4:])
    there, back = make(), make()
    for path in (early, late):
        take_in(there, path)
    for path in (late, early):
        take_in(back, path)
    assert contents(there) == contents(back)


@pytest.mark.parametrize("cut", [1, 17, 39])
def test_a_file_split_in_two_equals_one_import(make, tmp_path, cut):
    rows = answers(*range(40))
    whole, split = make(), make()
    take_in(whole, write_csv(tmp_path / "all.csv", rows))
    take_in(split, write_csv(tmp_path / "first.csv", rows[:cut]))
    take_in(split, write_csv(tmp_path / "second.csv", rows[cut:]))
    assert contents(whole) == contents(split)


def test_a_file_of_several_chunks_is_stored_whole_and_redacted_throughout(workspace, tmp_path):
    """Chunks are slices of larger tables, which the parts that cut into nested columns must not stumble over."""
    path = tmp_path / "long.csv"
    with path.open("w") as file:
        file.write("id,customer,date,comment,region,note\n")
        for n in range(60_000):
            comment = "" if n % 7 else "ok"
            note = f"write to a{n}@example.com" if n % 50 == 0 else ""
            file.write(f"{n},C{n % 999},2026-01-{1 + n % 28:02d},{comment},{('', 'emea')[n % 2]},{note}\n")
    imported = take_in(workspace, path)
    assert counts(imported) == (60_000, 0, 0, 0)
    assert imported.redacted == 1_200
    assert workspace.warehouse.value("SELECT count(*) FROM interactions WHERE text LIKE '%@example.com%'") == 0
    assert workspace.status().journal_head > 1


def test_what_a_file_is_called_or_mapped_as_does_not_make_other_customers(workspace, tmp_path):
    first = write_csv(tmp_path / "a.csv", answers(1, 2))
    take_in(workspace, first, source="survey")
    take_in(
        workspace, write_csv(tmp_path / "b.csv", [{"id": 9, "customer": "C1", "date": "2026-02-01", "nps": 3}]), "desk"
    )
    assert workspace.status().customers == 2
