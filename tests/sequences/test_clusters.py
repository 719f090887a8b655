"""Clusters: planted types are found again, named, and found by the rules that are proposed."""

from __future__ import annotations

import tomllib
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import touchline as tl
from touchline.errors import QuestionError
from touchline.questions import Local
from touchline.scores.rules import matching
from touchline.sequences import Journey
from touchline.sequences.clustering.kmeans import adjusted_rand, assign, distances, fit, silhouettes
from touchline.settings.rules import Rule
from touchline.simulation import simulate_to
from touchline.sources import open_export
from touchline.workspace import Workspace

#: Three types: what they do, how often, and how they feel.
TYPES = ((("visit", "order"), 8, 1), (("chat", "call", "chat"), 6, -1), (("visit",), 2, 0))


def planted(customers: int = 300, seed: int = 4, shuffle: int | None = None) -> tuple[Journey, dict[str, int]]:
    """Return journeys of three types, and the type of each customer."""
    rng = np.random.default_rng(seed)
    rows, truth = [], {}
    for number in range(customers):
        kind = int(rng.integers(len(TYPES)))
        what, mean, sign = TYPES[kind]
        name = f"c{number:04}"
        truth[name] = kind
        for place in range(1 + rng.poisson(mean)):
            event = what[place % len(what)] if rng.random() < 0.9 else str(rng.choice(["visit", "chat", "help"]))
            at = 1_760_000_000 + number * 1000 + place * 86_400
            rows.append((name, event, at, float(sign if rng.random() < 0.7 else rng.integers(-1, 2))))
    if shuffle is not None:
        np.random.default_rng(shuffle).shuffle(rows)
    table = pa.table({
        "customer": [str(row[0]) for row in rows],
        "event": [str(row[1]) for row in rows],
        "time": pa.array([int(row[2]) for row in rows], pa.timestamp("s", "UTC")),
        "s": [float(row[3]) for row in rows],
    })  # fmt: skip
    return tl.read_events(table), truth


def test_planted_types_are_found_and_named() -> None:
    made, truth = planted()
    figure = made.clusters(to="order")
    rows = figure.to_dicts()
    assert figure.facts["k"] == 3
    assert figure.facts["stability"] > 0.8
    labels = np.empty(len(truth), dtype=np.int64)
    for number in range(3):
        labels[figure.customers(number)] = number
    assert adjusted_rand(labels, np.array([truth[name] for name in made.journeys.names])) > 0.9
    by_name = {row["name"]: row for row in rows}
    unhappy = next(row for name, row in by_name.items() if "unhappy" in name)
    assert "call" in unhappy["name"] or "chat" in unhappy["name"]
    assert unhappy["jsi"] < 40
    assert sum(row["customers"] for row in rows) == len(truth)
    assert sum(row["share"] for row in rows) == pytest.approx(1)
    buyers = max(rows, key=lambda row: row["conversion"])
    assert buyers["conversion"] > 0.95
    assert "order" in buyers["apart"]
    assert len(by_name) == 3


def test_rules_find_the_clusters_and_can_be_pasted() -> None:
    made, _ = planted()
    figure = made.clusters(k=3)
    found = tomllib.loads(figure.facts["personas"])["personas"]
    assert [one["name"] for one in found] == [row["name"] for row in figure.to_dicts()]
    for row in figure.to_dicts():
        assert str(Rule.parse(row["rule"])) == row["rule"]
        assert 2 * row["precision"] * row["recall"] / (row["precision"] + row["recall"]) > 0.85


def test_the_same_journeys_give_the_same_clusters_in_any_order_of_rows() -> None:
    expected = planted()[0].clusters().table
    assert planted()[0].clusters().table.equals(expected)
    shuffled = planted(shuffle=9)[0].clusters().table
    assert shuffled.equals(expected)


def test_no_types_are_told_as_a_sketch() -> None:
    rng = np.random.default_rng(0)
    who = [f"c{i}" for i in range(400) for _ in range(5)]
    table = pa.table({
        "customer": who, "event": rng.choice(list("abcdef"), len(who)).tolist(),
        "time": pa.array(rng.integers(1_760_000_000, 1_765_000_000, len(who)), pa.timestamp("s")),
    })  # fmt: skip
    notes = " ".join(tl.read_events(table).clusters().notes)
    assert "run into each other" in notes


def test_rules_mean_in_a_workspace_what_they_were_judged_by(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("clusters")
    simulate_to(folder / "world", 150, seed=1)
    with Workspace.create(folder / "acme") as workspace:
        workspace.take_in(open_export(folder / "world" / "interactions.csv", taxonomy=workspace.taxonomy))
        figure = Local(workspace).clusters(k=3)
        end = workspace.journeys.observed[1]
        at = np.datetime64(end, "us").item()
        known = workspace.journeys.keys
        for number, row in enumerate(figure.to_dicts()):
            found = matching(
                workspace.warehouse, Rule.parse(row["rule"]), at, workspace.settings, taxonomy=workspace.taxonomy
            )
            keys = np.intersect1d(found["customer_key"].to_numpy(), known)
            right = len(np.intersect1d(keys, figure.customers(number)))
            assert right / len(keys) == pytest.approx(row["precision"])
            assert right / row["customers"] == pytest.approx(row["recall"])


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=30))
def test_adjusted_rand_is_what_pairs_say(pairs: list[tuple[int, int]]) -> None:
    one, other = (np.array([pair[side] for pair in pairs]) for side in (0, 1))
    both = rows = columns = 0
    for i, j in combinations(range(len(pairs)), 2):
        both += one[i] == one[j] and other[i] == other[j]
        rows += one[i] == one[j]
        columns += other[i] == other[j]
    whole = len(pairs) * (len(pairs) - 1) / 2
    chance, most = rows * columns / whole, (rows + columns) / 2
    expected = 1.0 if most == chance else (both - chance) / (most - chance)
    assert adjusted_rand(one, other) == pytest.approx(expected)


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 2)), min_size=3, max_size=20))
def test_silhouettes_are_what_loops_find(made: list[tuple[int, int]]) -> None:
    labels = np.unique([label for _, label in made], return_inverse=True)[1]
    points = [float(x) for x, _ in made]
    found = silhouettes(distances(np.array(points, dtype=np.float32)[:, None]), labels)
    for i, x in enumerate(points):
        means = {}
        for label in set(labels.tolist()):
            others = [abs(x - y) for j, y in enumerate(points) if labels[j] == label and j != i]
            if others:
                means[label] = sum(others) / len(others)
        own = means.pop(int(labels[i]), None)
        near = min(means.values(), default=None)
        expected = 0.0 if own is None or near is None or max(own, near) == 0 else (near - own) / max(own, near)
        assert found[i] == pytest.approx(expected, abs=1e-4)


def test_kmeans_ends_where_no_point_wants_to_move() -> None:
    points = np.random.default_rng(2).normal(size=(300, 3)).astype(np.float32)
    centres = fit(points, 4, seed=1)
    labels = assign(points, centres)
    for number in range(4):
        assert points[labels == number].mean(axis=0) == pytest.approx(centres[number], abs=0.05)
    assert len(fit(np.ones((20, 2), np.float32), 3, seed=0)) == 1


def test_bad_questions_say_what_to_do() -> None:
    made, _ = planted(60)
    with pytest.raises(QuestionError, match="no number of clusters"):
        made.clusters(k=1)
    with pytest.raises(QuestionError, match="too few to cluster"):
        planted(20)[0].clusters()
    with pytest.raises(QuestionError, match="there is no column"):
        made.clusters(of="evnt")
    with pytest.raises(QuestionError, match="did you mean 'order'"):
        made.clusters(to="ordr")
