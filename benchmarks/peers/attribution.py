"""Attribution beside ChannelAttribution (GPL) and marketing_attribution_models, where they are installed.

    pip install ChannelAttribution matplotlib marketing_attribution_models
    python -m benchmarks.peers.attribution [--rows 200000]

Neither is a dependency of Touchline. Prints each model's largest difference per name, in % of what the name gets, and
exits with 1 where one that should be equal is not. docs/journeys.md explains every difference of definition.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa

from touchline.sequences import Journey
from touchline.sequences.journey import read_events

CHANNELS = ("ads", "mail", "search", "social", "partner", "direct")
MODELS = ["first", "last", "linear", "time_decay", "position", "markov", "shapley"]


@dataclass(frozen=True)
class Compared:
    """One model of ours beside a peer's; the largest difference of a name in % of what it gets, and what is allowed."""

    peer: str
    model: str
    ours: dict[str, float]
    theirs: dict[str, float]
    at_most: float | None
    seconds: float

    @property
    def off(self) -> float:
        """The largest difference, in %."""
        return 100 * max(abs(self.theirs.get(n, 0.0) - value) / max(value, 1e-9) for n, value in self.ours.items())


def world(rows: int, seed: int = 7) -> pa.Table:
    """Touches, and orders that mail and search bring more often than others."""
    random = np.random.default_rng(seed)
    customers = rows // 5
    touches = random.geometric(0.25, customers)
    who = np.repeat(np.arange(customers), touches)
    channel = random.choice(len(CHANNELS), len(who), p=[0.3, 0.2, 0.2, 0.15, 0.05, 0.1])
    good = np.bincount(who, np.isin(channel, (1, 2)), customers)
    orders = np.flatnonzero(random.random(customers) < 0.1 + 0.1 * np.minimum(good, 5))
    day = 86_400_000_000
    at = np.concatenate([random.integers(0, 60 * day, len(who)), np.full(len(orders), 61 * day)])
    names = np.array([*CHANNELS, None], dtype=object)
    return pa.table(
        {
            "customer": np.concatenate([who, orders]),
            "event": ["visit"] * len(who) + ["order"] * len(orders),
            "channel": names[np.concatenate([channel, np.full(len(orders), len(CHANNELS))])],
            "time": pa.array(at, pa.timestamp("us")),
        }
    )


def ours(journey: Journey, order: int = 1) -> dict[str, dict[str, float]]:
    """What names get, by model."""
    found: dict[str, dict[str, float]] = {}
    models = MODELS if order == 1 else ["markov"]
    for row in journey.attribution("order", models=models, order=order, replicates=0).to_dicts():
        found.setdefault(row["model"], {})[row["name"]] = row["credit"]
        if row["model"] == "markov":
            found.setdefault("removal", {})[row["name"]] = row["removal"]
    return found


def path_lists(table: pa.Table) -> Any:
    """The same journeys as one row per customer: the form that peers want, of which the making is not timed."""
    frame = table.to_pandas().sort_values(["customer", "time"], kind="stable")
    orders = set(frame.loc[frame["event"] == "order", "customer"])
    frame = frame[frame["event"] == "visit"]
    grouped = frame.groupby("customer").agg(channels=("channel", list), times=("time", list)).reset_index()
    grouped["converts"] = grouped["customer"].isin(orders)
    end = np.datetime64("1970-01-01") + np.timedelta64(61, "D")
    hour = np.timedelta64(1, "h")
    grouped["hours"] = [[float((end - np.datetime64(t)) / hour) for t in times] for times in grouped["times"]]
    return grouped


def beside_channel_attribution(journey: Journey, lists: Any) -> list[Compared]:
    import ChannelAttribution
    import pandas as pd

    text = [" > ".join(names) for names in lists["channels"]]
    paths = pd.DataFrame({"path": text, "yes": lists["converts"].astype(int), "no": (~lists["converts"]).astype(int)})
    paths = paths.groupby("path", as_index=False)[["yes", "no"]].sum()
    mine, found = ours(journey), []
    started = perf_counter()
    theirs = ChannelAttribution.heuristic_models(paths, "path", "yes", flg_pro=False)
    took = perf_counter() - started
    for model in ("first", "last", "linear"):
        given = dict(zip(theirs["channel_name"], theirs[f"{model}_touch"], strict=True))
        found.append(Compared("ChannelAttribution", model, mine[model], given, 1e-6, took))
    for order in (1, 2, 3):
        started = perf_counter()
        theirs = ChannelAttribution.markov_model(
            paths, "path", "yes", var_null="no", order=order, conv_par=0.01, verbose=False, flg_pro=False
        )
        took = perf_counter() - started
        given = dict(zip(theirs["channel_name"], theirs["total_conversions"], strict=True))
        exact = ours(journey, order)["markov"]
        found.append(Compared("ChannelAttribution", f"markov, order {order} (simulated)", exact, given, 3.0, took))
    return found


def beside_mam(journey: Journey, lists: Any) -> list[Compared]:
    import polars as pl
    from mam.models import heuristics, markov, shapley

    frame = pl.DataFrame(
        {
            "journey_id": lists["customer"].astype(str).tolist(),
            "channels": lists["channels"].tolist(),
            "time_till_conv": lists["hours"].tolist(),
            "has_conversion": lists["converts"].tolist(),
            "weight": [1] * len(lists),
            "conversion_value": lists["converts"].astype(float).tolist(),
        }
    )
    mine, found = ours(journey), []
    for model, made in (
        ("first", heuristics.FirstClickModel()),
        ("last", heuristics.LastClickModel()),
        ("linear", heuristics.LinearModel()),
        ("time_decay", heuristics.TimeDecayModel(168)),
        ("position", heuristics.PositionBasedModel()),
    ):
        started = perf_counter()
        theirs = made.get_aggregated_results(frame)
        took = perf_counter() - started
        given = dict(zip(theirs["channels"], theirs["attribution"], strict=True))
        found.append(Compared("mam", model, mine[model], given, 1e-6, took))
    made = markov.MarkovModel()
    started = perf_counter()
    theirs = made.get_aggregated_results(frame)
    took = perf_counter() - started
    removal = made.removal_effect_df["removal_effect"].to_dict()
    found.append(Compared("mam", "markov: removal effects", mine["removal"], removal, 1e-6, took))
    given = dict(zip(theirs["channels"], theirs["attribution"], strict=True))
    found.append(Compared("mam", "markov: its totals (by journey)", mine["markov"], given, None, took))
    for column, note in (("conversions", "of counts"), ("conv_rate", "of rates")):
        started = perf_counter()
        theirs = shapley.ShapleyModel(max_size=None, value_column=column).get_aggregated_results(frame)
        took = perf_counter() - started
        given = dict(zip(theirs["channels"], theirs["attribution"], strict=True))
        found.append(Compared("mam", f"shapley {note} (another game)", mine["shapley"], given, None, took))
    return found


def main() -> int:
    """Compare, print, and say whether what should be equal is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    table = world(parser.parse_args().rows)
    journey = read_events(table)
    started = perf_counter()
    ours(journey)
    print(f"Touchline, all models: {perf_counter() - started:.3f} s over {len(table):,} rows")
    lists, found = path_lists(table), []
    for module, beside in (("ChannelAttribution", beside_channel_attribution), ("mam", beside_mam)):
        if importlib.util.find_spec(module) is None:
            print(f"{module} is not installed: skipped")
        else:
            found += beside(journey, lists)
    for one in found:
        wanted = "told, not compared" if one.at_most is None else f"at most {one.at_most:g} %"
        print(f"{one.peer:20}{one.model:38}{one.off:12.6f} %   {wanted:20}{one.seconds:8.3f} s")
    return int(any(one.at_most is not None and one.off > one.at_most for one in found))


if __name__ == "__main__":
    sys.exit(main())
