"""``metrics.yaml``: read, with every problem named by its line."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from touchline.errors import InputError, QuestionError
from touchline.sequences.spans import microseconds
from touchline.value.own.metric import COUNTS, DIRECTIONS, KINDS, NATURES, SIGNALS, STATISTICS, Metric
from touchline.vocabulary.entry import Entry, Names
from touchline.vocabulary.problems import Problem, Report
from touchline.vocabulary.tree import read_tree

FILE: Final = "metrics.yaml"
KEYS: Final = (
    "id", "name", "about", "kind", "of", "without", "over", "within", "count", "column", "statistic", "from", "to",
    "each", "stage", "touchpoint", "direction", "target", "nature", "signal",
)  # fmt: skip
#: What each kind must have, and what it may have beside what all have.
NEEDS: Final = {"share": ("over",), "value": ("over",), "time": ("from", "to"), "trend": ("of", "within")}
MAY: Final = {
    "share": ("of", "without", "within", "count", "each"), "value": ("column", "statistic"),
    "time": ("count", "each"), "trend": (),
}  # fmt: skip
_OWN: Final = ("of", "without", "over", "within", "count", "column", "statistic", "from", "to", "each")
_LISTED: Final = 20


@cache
def shipped() -> tuple[Metric, ...]:
    """Return the metrics that ship."""
    text = (files("touchline.value.own") / "shipped.yaml").read_text(encoding="utf-8")
    return tuple(replace(metric, shipped=True) for metric in parse(text, "shipped.yaml"))


def load(path: Path) -> tuple[Metric, ...]:
    """Return a workspace's own metrics, and those that ship and that it does not declare anew.

    Args:
        path: ``metrics.yaml``; it need not be there.

    Raises:
        InputError: The file cannot be read, or is wrong: each problem with its line.
    """
    own: tuple[Metric, ...] = ()
    if path.exists():
        try:
            own = parse(path.read_text(encoding="utf-8-sig"), str(path))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"the metrics cannot be read ({error})", where=str(path), todo="restore the file"
            ) from error
    ids = {metric.id for metric in own}
    return (*own, *(metric for metric in shipped() if metric.id not in ids))


def parse(text: str, where: str = FILE) -> tuple[Metric, ...]:
    """Read metrics from text.

    Args:
        text: YAML.
        where: What to call it in errors.

    Raises:
        InputError: It is wrong: each problem with its line.

    >>> parse("metrics: [{id: basket, name: Basket, kind: value, over: 'event:order'}]")[0].column
    'value'
    """
    if all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines()):
        return ()
    tree = read_tree(text, where)
    report = Report(where)
    if isinstance(tree, Problem):
        raise _error([tree])
    top = Entry.of(tree, "file", ("metrics",), report)
    names = Names(report)
    found = tuple(_metric(entry, names, where) for entry in top.entries("metrics", "metric", KEYS))
    unique = {(p.line, p.what): p for p in report.problems}
    if unique:
        raise _error(sorted(unique.values(), key=lambda p: p.line))
    return found


def _metric(entry: Entry, names: Names, where: str) -> Metric:
    id_ = entry.identifier()
    names.claim(id_, entry, entry.label, "id", entry.line("id"))
    kind = entry.choice("kind", KINDS)
    if entry.node.kind == "mapping":
        _fits(entry, kind)
    return Metric(
        id=id_, name=entry.text("name", "name it as people say it"), kind=kind,
        of=entry.text("of") or entry.text("without"), over=entry.text("over"), without="without" in entry.fields,
        within=_span(entry), count=entry.choice("count", COUNTS, "customers"), column=entry.text("column") or "value",
        statistic=entry.choice("statistic", STATISTICS, "mean"), begin=entry.text("from"), end=entry.text("to"),
        each=entry.text("each"), stage=entry.text("stage"), touchpoint=entry.text("touchpoint"),
        direction=entry.choice("direction", DIRECTIONS, "up"), target=_target(entry),
        nature=entry.choice("nature", NATURES) if "nature" in entry.fields else "",
        signal=entry.choice("signal", SIGNALS) if "signal" in entry.fields else "",
        about=entry.text("about"), where=f"{where}:{entry.line('id')}",
    )  # fmt: skip


def _fits(entry: Entry, kind: str) -> None:
    """Note what a kind lacks, and what it has no use for."""
    for key in NEEDS[kind]:
        if not entry.text(key):
            entry.problem(key, f"a {kind} needs {key}", f"write {key}: {'28d' if key == 'within' else 'event:order'}")
    if kind == "share" and ("of" in entry.fields) == ("without" in entry.fields):
        entry.problem("of", "a share needs either of or without", "name the step that should, or should not, follow")
    for key in _OWN:
        if key in entry.fields and key not in (*NEEDS[kind], *MAY[kind]):
            entry.problem(key, f"a {kind} has no {key}", f"it has {', '.join((*NEEDS[kind], *MAY[kind]))}")


def _span(entry: Entry) -> int:
    text = entry.text("within")
    if not text:
        return 0
    try:
        return microseconds(text)
    except QuestionError as error:
        entry.problem("within", error.what, error.todo)
        return 0


def _target(entry: Entry) -> tuple[float, float]:
    """Read a band: ``[20, 40]``, or one end of it with ``~`` for the other."""
    node = entry.fields.get("target")
    nothing = float("nan")
    if node is None:
        return nothing, nothing
    members = list(node.members) if node.kind == "list" else []
    ends: list[float] = []
    for member in members:
        try:
            ends.append(nothing if member.kind == "nothing" else float(member.text))
        except ValueError:
            ends = []
            break
    if len(ends) != 2 or ends[0] > ends[1]:
        entry.problem(
            "target", "target must be a band of two numbers", "write target: [20, 40], or [20, ~] for at least 20"
        )
        return nothing, nothing
    return ends[0], ends[1]


def _error(problems: list[Problem]) -> InputError:
    if len(problems) == 1:
        return InputError(problems[0].what, where=problems[0].place, todo=problems[0].todo)
    lines = [f"{len(problems)} problems", *(f"  {problem}" for problem in problems[:_LISTED])]
    if len(problems) > _LISTED:
        lines.append(f"  and {len(problems) - _LISTED} more")
    return InputError("\n".join(lines), where=problems[0].where)
