"""Cases, plays, monitors, the outbox and maps behave on PostgreSQL as they do on SQLite: the same tests, run there.

Chosen are those in which the database matters: rows that are locked, transactions that are undone, constraints that
keep something once, questions into JSON, threads that write at once.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.postgres import Server

ROOT = Path(__file__).parents[3]
CHOSEN = (
    "care/test_cases.py::test_two_who_edit_lose_nothing",
    "care/test_cases.py::test_what_is_late_is_escalated_once",
    "care/test_cases.py::test_views_hold_what_they_say",
    "care/test_cases.py::test_only_the_cases_of_ones_segments_are_seen",
    "care/test_cases.py::test_merged_cases_are_one",
    "plays/test_running.py::test_killed_in_the_middle_it_begins_again_where_it_was",
    "plays/test_buttons.py",
    "monitoring/test_watching.py::test_killed_in_the_middle_it_begins_again_and_comes_to_the_same",
    "monitoring/test_gating.py::test_accounts_are_held_told_once_and_released",
    "outbox/test_delivery.py::test_what_is_rolled_back_is_never_told_and_a_key_is_told_once",
    "outbox/test_delivery.py::test_what_fails_is_tried_again_by_the_schedule_with_the_same_id_and_keeps_the_order",
    "outbox/test_delivery.py::test_an_erased_customer_is_in_no_delivery",
    "outbox/test_delivery.py::test_one_that_hangs_keeps_nobody_else_waiting",
    "outbox/test_buttons.py::test_a_press_in_slack_acts_in_the_name_of_who_pressed_once_and_the_message_says_so",
    "outbox/test_buttons.py::test_a_link_is_opened_with_a_log_in_asks_once_more_and_does_it_once",
    "maps/test_keeping.py::test_two_who_do_different_things_both_get_through",
    "maps/test_keeping.py::test_who_would_overwrite_is_told_and_nothing_is_done",
    "maps/test_keeping.py::test_what_is_sent_twice_is_done_once",
    "maps/test_keeping.py::test_an_old_version_comes_back_as_a_new_one",
    "maps/test_keeping.py::test_two_at_the_same_moment_both_get_everything_through",
    "maps/test_erasing.py",
)


def test_what_people_work_with_behaves_on_postgresql(postgres: Server) -> None:
    environment = {**os.environ, "TOUCHLINE_DATABASE": postgres.database()}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly",
         *(f"{ROOT}/tests/server/{one}" for one in CHOSEN)],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:]
    assert "skipped" not in done.stdout
