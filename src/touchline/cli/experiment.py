"""`touchline experiment size` and `read`: randomised tests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from touchline.cli.asking import Who, answer
from touchline.cli.console import out
from touchline.cli.options import CsvOption, JsonOption, Last, Segments, Since, Until, WorkspaceOption, filters
from touchline.cli.writing import write_figure

app = typer.Typer(help="Plan a randomised test, and read it.", no_args_is_help=True)


@app.command()
def size(
    lift: Annotated[float, typer.Option(help="The difference to be found: 0.02 for two percentage points.")],
    base: Annotated[float | None, typer.Option(help="The control's share, 0 to 1, for a test of shares.")] = None,
    sd: Annotated[float | None, typer.Option(help="Standard deviation of customers, for a test of means.")] = None,
    power: Annotated[float, typer.Option(help="How often the difference shall be found.")] = 0.80,
    alpha: Annotated[float, typer.Option(help="How often one may be found where there is none.")] = 0.05,
    ratio: Annotated[float, typer.Option(help="Treated customers per control.")] = 1.0,
    per_day: Annotated[float | None, typer.Option(help="Customers that come into the test a day.")] = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """How many customers a test takes, of shares or of means.

    [dim]touchline experiment size --base 0.10 --lift 0.02 --per-day 400[/]
    [dim]touchline experiment size --sd 40 --lift 5[/]
    """
    from touchline.cli.views import view
    from touchline.value.sizing import size as sized

    found = sized(base=base, lift=lift, sd=sd, alpha=alpha, power=power, ratio=ratio, per_day=per_day)
    if not write_figure(found, as_json=as_json, as_csv=as_csv):
        out.print(view(found))


@app.command()
def read(
    control: Annotated[str, typer.Option(help="Who are the control: variant=a, or a step.")],
    treated: Annotated[str, typer.Option(help="Who are the treated: variant=b, or a step.")],
    of: Annotated[str, typer.Option(help="A step that customers reach, revenue, or jsi.")],
    workspace: WorkspaceOption = Path(),
    window: Annotated[str, typer.Option(help="So long after a customer came in counts.")] = "14d",
    expect: Annotated[
        float | None, typer.Option(help="The difference that was expected, fixed before: 0.02.")
    ] = None,
    alpha: Annotated[float, typer.Option(help="How often one may be found where there is none.")] = 0.05,
    ratio: Annotated[float, typer.Option(help="Treated customers per control, as planned.")] = 1.0,
    since: Since = None, until: Until = None, last: Last = None, segment: Segments = None,
    as_json: JsonOption = False, as_csv: CsvOption = False, who: Who = None,
) -> None:  # fmt: skip
    """What a test has shown so far, with an interval that holds however often one looks.

    [dim]touchline experiment read --control variant=a --treated variant=b --of event:order --window 14d[/]
    """
    answer(
        workspace,
        lambda j, f, _: j.experiment(
            f, control=control, treated=treated, of=of, window=window, expect=expect, alpha=alpha, ratio=ratio
        ),
        filters(since, until, None, segment), last, as_json, as_csv, who,
    )  # fmt: skip
