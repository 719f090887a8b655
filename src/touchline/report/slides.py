"""The report as slides: tables and charts that stay editable, a picture where a chart could not say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from touchline.figures.numbers import between, percent, period, plain, plus_minus
from touchline.report.board import without_words
from touchline.report.decks import EDGE, HEAD, Deck
from touchline.report.findings import advice, attention, complaining, costliest, headline
from touchline.report.heatmaps import metric_grid, segment_grid
from touchline.report.leaves import headlines, shown
from touchline.report.opening import about
from touchline.report.pictures import drawing
from touchline.words import joined, phrase, phrase_of

if TYPE_CHECKING:
    from touchline.report.asked import Asked, Row
    from touchline.report.chosen import Plan

_SIZES: Final = {"a4": (11.69, 8.27), "letter": (11.0, 8.5)}  # inches
_MOST: Final = 8


def deck(asked: Asked, plan: Plan) -> bytes:
    """Return the chosen sections as a PowerPoint deck.

    Raises:
        QuestionError: The extra that writes it is not installed.
    """
    return _Slides(asked if plan.words else without_words(asked), plan).made()


class _Slides:
    """Slides being made."""

    def __init__(self, asked: Asked, plan: Plan) -> None:
        self._asked, self._plan = asked, plan
        self._deck = Deck(asked.title, _SIZES[plan.paper])

    @property
    def _tall(self) -> float:
        return self._deck.tall

    def made(self) -> bytes:
        """Return the file."""
        self._cover()
        if not self._asked.empty:
            for section, add in (
                ("line", self._line), ("attention", self._attention), ("trend", self._trend), ("why", self._causes),
                ("friction", self._friction), ("segments", self._segments), ("metrics", self._metrics),
                ("stages", self._stages),
            ):  # fmt: skip
                if self._plan.has(section):
                    add()
        return self._deck.saved()

    # slides

    def _cover(self) -> None:
        first, *others = headline(self._asked) if self._plan.has("finding") else (self._asked.title,)
        slide = self._deck.blank()
        self._deck.text(slide, EDGE, 0.5, self._deck.room, 0.4, [(self._asked.title, 12, "muted", True)])
        self._deck.text(slide, EDGE, 0.9, self._deck.room, 1.5, [(first, 26, "ink", True)])
        self._deck.text(slide, EDGE, 2.55, self._deck.room, 1.2, [(joined(" ", others), 15, "ink", False)])
        self._deck.text(
            slide,
            EDGE,
            self._tall - 1.1,
            self._deck.room,
            0.6,
            [(joined(" · ", about(self._asked)), 10, "muted", False)],
        )
        if self._plan.has("headlines") and not self._asked.empty:
            leaf = headlines(self._asked)
            rows = [[shown(value, column.kind) for value, column in zip(row, leaf.columns, strict=True)]
                    for row in leaf.rows]  # fmt: skip
            self._deck.table(slide, [column.head for column in leaf.columns], rows, 4.0)

    def _line(self) -> None:
        slide = self._deck.titled(
            phrase("The journey line"), phrase("JSI by stage, 0 to 100, with half of its 95 % interval")
        )
        drawn = drawing(self._asked, self._plan, "journey-line")
        bottom = self._deck.picture(slide, drawn.svg, drawn.title, HEAD + 0.1)
        heads = [""]
        rows: list[list[str]] = [["JSI"], ["±"], [phrase_of("column", "Change")], [phrase("Comments")]]
        for row in self._asked.rows:
            heads.append(row["name"])
            change = "" if row["low_n"] or row["change"] is None else plain(row["change"], 1, signed=True)
            told = (plain(row["jsi"]), plus_minus(row["low"], row["high"]), change, plain(row["n"]))
            for line, value in zip(rows, told, strict=True):
                line.append(value)
        self._deck.table(slide, heads, rows, bottom + 0.15, size=9)

    def _attention(self) -> None:
        found = attention(self._asked)
        if not found:
            return
        slide = self._deck.titled(phrase("What needs attention"), "")
        wide = self._deck.room / len(found)
        for i, one in enumerate(found):
            tone = {"bad": "bad", "good": "good"}.get(one.tone, "ghost")
            left = EDGE + i * wide
            self._deck.rule(slide, left, HEAD + 0.2, wide - 0.3, tone)
            said = [(one.about, 16, "ink", True), (joined(" ", one.sentences), 13, "ink", False),
                    (one.known, 10, "muted", False)]  # fmt: skip
            self._deck.text(slide, left, HEAD + 0.35, wide - 0.3, 4.5, said)

    def _trend(self) -> None:
        rows = [row for row in self._asked.trend_of("all") if row["jsi"] is not None]
        if len(rows) < 2:
            return
        by = period(self._asked.trend.facts["by"])
        slide = self._deck.titled(
            phrase("The whole through time"), phrase("JSI by {by}, with its 95 % interval", by=by)
        )
        series = [
            (name, [round(row[key], 1) for row in rows])
            for name, key in (
                ("JSI", "jsi"),
                (phrase_of("column", "Low"), "low"),
                (phrase_of("column", "High"), "high"),
            )
        ]
        names = [row["period"].isoformat() for row in rows]
        chart = self._deck.chart(slide, "line", names, series, self._tall - HEAD - 0.9)
        for one, colour in zip(chart.plots[0].series, ("ink", "ghost", "ghost"), strict=True):
            self._deck.lined(one, colour, 2.25 if colour == "ink" else 1.0)
        chart.value_axis.minimum_scale, chart.value_axis.maximum_scale = 0, 100

    def _causes(self) -> None:
        worst = costliest(self._asked)
        rows = self._asked.of(self._asked.causes, worst["stage"])[:_MOST] if worst else []
        if worst is None or not rows:
            return
        if complaining(self._asked):
            rows = sorted(rows, key=lambda row: -float(row["prevalence"]))
            slide = self._deck.titled(
                phrase("What {name} is blamed for", name=worst["name"]),
                phrase("share of the complaints that carries each"),
            )
            values = [100 * row["prevalence"] for row in rows]
        else:
            slide = self._deck.titled(
                phrase("Why {name} hurts", name=worst["name"]),
                phrase("JSI points that come back if a probable cause goes"),
            )
            values = [row["impact"] for row in rows]
        self._deck.bars(slide, [row["name"] for row in rows], values)
        self._deck.table(
            slide,
            [phrase("Theme"), phrase("Points"), phrase("95 % interval"), phrase("Of comments"), phrase("Customers")],
            [
                [
                    row["name"],
                    plain(row["impact"], 1, signed=True),
                    between(row["low"], row["high"], 1),
                    percent(row["prevalence"]),
                    plain(row["customers"]),
                ]
                for row in rows
            ],
            HEAD + 3.4,
        )

    def _friction(self) -> None:
        rows = [row for row in self._asked.friction.to_dicts() if row["touchpoint"] is None and row["rank"] is not None]
        rows = [row for row in rows if not row["hidden"]][:_MOST]
        if not rows:
            return
        slide = self._deck.titled(
            phrase("Where the friction is"), phrase("weighted bad comments per 100 customers who were there")
        )
        self._deck.bars(slide, [row["name"] for row in rows], [row["per_100"] for row in rows])
        self._deck.table(
            slide, [phrase("Stage"), phrase("Per 100"), "±", phrase_of("column", "Share"), phrase("Were there")],
            [[row["name"], plain(row["per_100"]), plus_minus(row["low"], row["high"]), percent(row["share"]),
              plain(row["customers_there"])] for row in rows],
            HEAD + 3.4,
        )  # fmt: skip

    def _segments(self) -> None:
        grid = segment_grid(self._asked)
        if grid is not None and self._asked.across is not None:
            self._deck.heat(
                phrase("Stage × {name}", name=self._asked.across.name), "JSI and ±; grey: under 30 customers", *grid
            )

    def _metrics(self) -> None:
        about = "each in its own unit, with ±; grey: under 30 customers"
        self._deck.heat(phrase("Stage × metric"), about, *metric_grid(self._asked))

    def _stages(self) -> None:
        for row in self._asked.rows:
            if not row["hidden"]:
                self._stage(row)

    def _stage(self, row: Row) -> None:
        slide = self._deck.titled(
            row["name"], phrase("{n} comments, {customers} customers", n=row["n"], customers=row["customers"])
        )
        margin = plus_minus(row["low"], row["high"])
        half = self._deck.room / 2 - 0.2
        left = [(phrase("JSI {jsi} {margin}", jsi=plain(row["jsi"]), margin=margin), 24, "ink", True)]
        if row["negative"] is not None:
            shares = phrase(
                "{negative} negative, {positive} positive",
                negative=percent(row["negative"]),
                positive=percent(row["positive"]),
            )
            left.append((shares, 12, "muted", False))
        self._deck.text(slide, EDGE, HEAD + 0.2, half, 1.0, left)
        first, *others = advice(row, self._asked)
        right = [(phrase("What to do"), 12, "muted", True), (first, 14, "ink", True)]
        right += [(other, 11, "muted", False) for other in others]
        self._deck.text(slide, EDGE + half + 0.4, HEAD + 0.2, half, 1.6, right)
        rows = [one for one in self._asked.trend_of(row["stage"]) if one["jsi"] is not None]
        if len(rows) > 1:
            names = [one["period"].isoformat() for one in rows]
            series = [("JSI", [round(one["jsi"], 1) for one in rows])]
            chart = self._deck.chart(slide, "line", names, series, self._tall - HEAD - 2.6, top=HEAD + 2.0)
            self._deck.lined(chart.plots[0].series[0], "ink", 2.25)
            chart.value_axis.minimum_scale, chart.value_axis.maximum_scale = 0, 100
