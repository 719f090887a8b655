"""`touchline staffing`: how many agents a target needs."""

from __future__ import annotations

from typing import Annotated

import typer

from touchline.cli.console import out
from touchline.cli.options import CsvOption, JsonOption
from touchline.cli.writing import write_figure
from touchline.errors import QuestionError


def staffing(
    calls: Annotated[float | None, typer.Option(help="Calls or chats per hour.")] = None,
    mails: Annotated[float | None, typer.Option(help="Messages per day, around the clock: the backlog model.")] = None,
    aht: Annotated[str, typer.Option(help="Average handle time: 240s, 4 min.")] = "300s",
    target: Annotated[
        str, typer.Option(help="Share in time: 80/20 is 80 % within 20 s; 90/24h for messages.")
    ] = "80/20",
    patience: Annotated[
        str | None, typer.Option(help="Mean time until a waiting caller gives up; without it nobody does.")
    ] = None,
    busy: Annotated[float, typer.Option(help="The most that agents may be busy, in %.", min=1, max=100)] = 100.0,
    abandoned: Annotated[float, typer.Option(help="The most callers that may give up, in %.", min=0, max=100)] = 100.0,
    shrinkage: Annotated[
        float, typer.Option(help="Paid time in which agents are not there, in %.", min=0, max=99)
    ] = 0.0,
    hours: Annotated[
        list[str] | None,
        typer.Option(help="Office hours for messages; may be repeated.", show_default="mon-fri 09:00-17:00"),
    ] = None,
    in_office: Annotated[bool, typer.Option("--office", help="The target of messages counts office hours.")] = False,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """How many agents a target needs: calls and chats by Erlang C or A, messages by a backlog model.

    [dim]touchline staffing --calls 200 --aht 240s --target 80/20 --patience 120s[/]
    """
    from touchline.cli.views import view
    from touchline.service.planning import plan_calls, plan_mail

    if (calls is None) == (mails is None):
        raise QuestionError("what comes: calls or messages?", todo="give --calls per hour or --mails per day")
    level, within = _target(target)
    handle = _span("--aht", aht)
    if mails is not None:
        found = plan_mail(mails, handle, level, within, _hours(hours), office=in_office, shrinkage=shrinkage / 100)
    else:
        found = plan_calls(
            calls or 0.0, handle, level, within,
            patience=None if patience is None else _span("--patience", patience),
            most_busy=busy / 100, most_abandoned=abandoned / 100, shrinkage=shrinkage / 100,
        )  # fmt: skip
    if not write_figure(found, as_json=as_json, as_csv=as_csv):
        out.print(view(found))


def _span(option: str, text: str) -> float:
    from touchline.settings.service import parse_seconds

    seconds = parse_seconds(text)
    if seconds is None:
        raise QuestionError(f"{option} {text!r} is no span of time", todo="write it as 240s, 4 min or 24 h")
    return seconds


def _target(text: str) -> tuple[float, float]:
    share, slash, within = text.partition("/")
    try:
        level = float(share.strip().rstrip("%")) / 100
    except ValueError:
        slash = ""
    if not slash:
        raise QuestionError(f"--target {text!r} is not SHARE/TIME", todo="write it as 80/20, 90/60s or 90/24h")
    return level, _span("--target", within)


def _hours(texts: list[str] | None) -> tuple[tuple[int, int] | None, ...]:
    from touchline.settings.service import parse_hours

    wrong: list[str] = []
    hours = parse_hours(texts or ["mon-fri 09:00-17:00"], wrong)
    if wrong:
        raise QuestionError(f"--hours: {wrong[0]}", todo="write it as 'mon-fri 09:00-17:30'")
    return hours
