"""First contact resolution: what the record shows, beside what agents and customers say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from touchline.scores.base import Figure, Filters, by_english
from touchline.service.conversations import breakdown, conversations
from touchline.service.counting import kappa, share_of, shares
from touchline.service.measures import Cell, group_customers, hidden_rows, metric_cells, metric_table
from touchline.service.rows import THREAD, Scope, end_of, rows, scope
from touchline.words import Number, phrase

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.settings import Settings
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

_METRICS: Final = {
    "fcr": (phrase("Solved at first contact"), "share"),
    "agent": (phrase("Agents say solved"), "share"),
    "customer": (phrase("Customers say solved"), "share"),
    "agent_agrees": (phrase("Agent and record agree"), "share"),
    "customer_agrees": (phrase("Customer and record agree"), "share"),
    "both_agree": (phrase("Agent and customer agree"), "share"),
    "agent_kappa": (phrase("Kappa, agent and record"), phrase("kappa")),
    "customer_kappa": (phrase("Kappa, customer and record"), phrase("kappa")),
    "both_kappa": (phrase("Kappa, agent and customer"), phrase("kappa")),
}
_PAIRS: Final = {
    "agent": ("agent_agrees", "agent_kappa"),
    "customer": ("customer_agrees", "customer_kappa"),
    "both": ("both_agree", "both_kappa"),
}
_DAY: Final = 86_400


def fcr(
    warehouse: Warehouse, taxonomy: Taxonomy, settings: Settings, filters: Filters, *, by: str = "channel"
) -> Figure:
    """Return first contact resolution: closed, not opened again, no new contact on that theme, within the window.

    A new contact is another conversation of that customer, of any source, that begins after the close and shares a
    theme (where one has no theme, its stage stands in). A conversation that is still open after the window counts as
    not solved; one of which it is too early to tell counts neither way; anonymous ones never count, as nobody could
    tell whether they come again.

    Args:
        warehouse: The data.
        taxonomy: Names and orders the stages.
        settings: ``fcr_window``, events and marks of ``[service]``.
        filters: Which conversations: days are those on which they begin.
        by: channel, team, agent, week, stage, source, ``segment:NAME`` or ``all``.

    Returns:
        Rows with the columns of `touchline.service.measures.service`; metrics ``fcr``, ``agent`` (the agent's latest
        mark), ``customer`` (the latest resolution that the customer's words tell, there or in the conversation's
        survey), and for each pair the share that agrees and Cohen's kappa. Facts: ``by``, ``window`` (days), ``until``.

    Raises:
        QuestionError: An unknown filter or breakdown.
    """
    asked, by = scope(warehouse, taxonomy, settings, filters), breakdown(warehouse, by)
    told = warehouse.ask(("service fcr", asked, by), lambda: _judged(warehouse, asked, by))
    groups = told.column("grp").to_pylist()
    cells: list[Cell] = []
    found, whole = share_of(told, "fcr"), share_of(told, "fcr_all")
    cells += metric_cells(groups, "fcr", found, whole.n - found.n)
    for metric in ("agent", "customer"):
        cells += metric_cells(groups, metric, share_of(told, metric))
    for pair, (agrees, beyond) in _PAIRS.items():
        agreed = share_of(told, agrees)
        cells += metric_cells(groups, agrees, agreed)
        counts = [_hits(told, f"{pair}_{cell}") for cell in ("11", "10", "01", "00")]
        for i, value in enumerate(kappa(*counts)):
            if np.isfinite(value):
                cells.append(
                    Cell(groups[i], beyond, float(value), np.nan, np.nan, int(agreed.n[i]), int(agreed.customers[i]))
                )
    table = metric_table(taxonomy, asked, by, cells, _METRICS)
    window = asked.service.fcr_window
    return Figure(
        "fcr",
        table,
        phrase(
            "First contact resolution: conversations that were closed, not opened again and not "
            "followed by a new contact of that customer on that theme within {window} days, of "
            "all of which that can be told; beside it what agents marked and what customers "
            "said. Shares with the cluster-robust 95 % interval; kappa is agreement beyond "
            "chance.",
            window=Number(f"{window:g}"),
        ),
        asked.silent("closes") + hidden_rows(table),
        {"by": by, "window": window, "until": datetime.fromtimestamp(asked.end, UTC)},
        group_customers(warehouse, asked, by, table.column("group").to_pylist()),
        by_english(*(name for name, _unit in _METRICS.values())),
    )


def reasons_of(warehouse: Warehouse, asked: Scope) -> ir.Table:
    """Return the themes of every conversation of service, each once: ``_customer_key`` ..., ``theme``, ``stage``."""
    touches = warehouse.table("touches")
    t = touches.select("interaction_id", "theme", "stage")
    r = rows(warehouse, asked.service)
    r = r.select("interaction_id", "start", **{f"_{name}": r[name] for name in THREAD})
    return (
        r.inner_join(t, "interaction_id").select(*(f"_{name}" for name in THREAD), "start", "theme", "stage").distinct()
    )


def _judged(warehouse: Warehouse, asked: Scope, by: str) -> ir.Table:
    import ibis

    window, end = int(asked.service.fcr_window * _DAY), end_of(asked)
    c = conversations(warehouse, asked, by)
    keys = [f"_{name}" for name in THREAD]
    again = _followed(warehouse, asked, c, window)
    c = c.left_join(again, [c[name].identical_to(again[f"_{name}"]) for name in THREAD]).drop(*keys)
    says = _said(warehouse, c)
    c = c.left_join(says, [c[name].identical_to(says[f"_{name}"]) for name in THREAD]).drop(*keys)
    failed = (c.reopened_at <= c.first_close + window).fill_null(False) | c.followed.fill_null(False)
    closed = c.first_close.notnull()
    known = (closed & (failed | (c.first_close + window <= end))) | (~closed & (c.start + window < end))
    known = known & c.closes & c.identified
    solved = closed & ~failed
    yes = ibis.literal(True)
    told = {
        "fcr": (known, solved),
        "fcr_all": (c.closes & c.identified, yes),
        "agent": (c.marked.notnull(), c.marked == 1),
        "customer": (c.says.notnull(), c.says == 1),
    }
    pairs = {
        "agent": (known & c.marked.notnull(), solved, c.marked == 1),
        "customer": (known & c.says.notnull(), solved, c.says == 1),
        "both": (c.marked.notnull() & c.says.notnull(), c.marked == 1, c.says == 1),
    }
    for pair, (both, one, other) in pairs.items():
        told[_PAIRS[pair][0]] = (both, one == other)
        told |= {
            f"{pair}_11": (both, one & other),
            f"{pair}_10": (both, one & ~other),
            f"{pair}_01": (both, ~one & other),
            f"{pair}_00": (both, ~one & ~other),
        }
    return shares(c, told)


def _followed(warehouse: Warehouse, asked: Scope, c: ir.Table, window: int) -> ir.Table:
    """Return the conversations that a new contact of the same customer on the same theme followed."""
    import ibis

    about = reasons_of(warehouse, asked)
    about = about.mutate(reason=ibis.coalesce(about.theme, ibis.literal("stage:") + about.stage))
    mine = c.filter(c.first_close.notnull()).select(*THREAD, "first_close")
    mine = mine.inner_join(about, [mine[name].identical_to(about[f"_{name}"]) for name in THREAD])
    mine = mine.select(*THREAD, "first_close", "reason")
    later = about.select(_who=about["_customer_key"], _where=about["_source"], _which=about["_thread"],
                         _begins=about.start, _reason=about.reason)  # fmt: skip
    met = mine.inner_join(
        later,
        [
            mine.customer_key == later["_who"],
            mine.reason == later["_reason"],
            later["_begins"] > mine.first_close,
            later["_begins"] <= mine.first_close + window,
        ],
    )
    met = met.filter((met.source != met["_where"]) | (met.thread != met["_which"]))
    return met.select(**{f"_{name}": met[name] for name in THREAD}).distinct().mutate(followed=ibis.literal(True))


def _said(warehouse: Warehouse, c: ir.Table) -> ir.Table:
    """Return what customers' own words say of each conversation's resolution, the latest: 1 or 0."""
    import ibis

    m, i = warehouse.table("mentions"), warehouse.table("interactions")
    m = m.filter(m.resolution.isin(("resolved", "unresolved")))
    m = m.select("interaction_id", "mention", "family", "occurred_at", yes=(m.resolution == "resolved").cast("int64"))
    i = i.select(
        _id=i.interaction_id, _customer_key=i.customer_key, _from=i.source,
        _thread=ibis.coalesce(i.conversation_ref, i.interaction_id),
    )  # fmt: skip
    m = m.inner_join(i, m.interaction_id == i["_id"])
    mine = c.select(*THREAD)
    m = mine.inner_join(m, [mine.customer_key == m["_customer_key"], mine.thread == m["_thread"]])
    m = m.filter((m.source == m["_from"]) | (m.family == "survey"))
    order = ibis.window(
        group_by=list(THREAD), order_by=[m.occurred_at.desc(), m.interaction_id.desc(), m.mention.desc()]
    )
    m = m.mutate(_n=ibis.row_number().over(order))
    m = m.filter(m["_n"] == 0)
    return m.select(**{f"_{name}": m[name] for name in THREAD}, says=m.yes)


def _hits(told: Any, name: str) -> np.typing.NDArray[np.float64]:
    column: np.typing.NDArray[np.float64] = told.column(f"{name}_hits").to_numpy(zero_copy_only=False)
    return column.astype(np.float64)
