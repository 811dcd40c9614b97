"""``sparko``: the command line, one thin file per group of commands."""

from __future__ import annotations

import typer

from console.tools.ack import ack
from console.tools.alerts import alerts
from console.tools.cancel import cancel
from console.tools.codes import codes
from console.tools.collect import collect
from console.tools.cond import cond
from console.tools.decisions import decisions, why
from console.tools.doctor import doctor
from console.tools.export import export
from console.tools.forecast import forecast
from console.tools.forecast_server import forecast_server
from console.tools.import_account import imports
from console.tools.kill import kill
from console.tools.lake import lake
from console.tools.limits import limits
from console.tools.load import load
from console.tools.markets import event, markets
from console.tools.mode import mode, resume
from console.tools.order import close, order
from console.tools.paper import paper
from console.tools.plan import plan
from console.tools.portfolio import cash, fills, orders, positions
from console.tools.report import report
from console.tools.sandbox import sandbox
from console.tools.status import status
from console.tools.stop import stop
from console.tools.strategies import strategies
from console.tools.sync import sync
from console.tools.xray import xray

app = typer.Typer(
    name="sparko",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def sparko() -> None:
    """Looks at a running engine and trades through it; runs an exchange to practise on.

    \b
    Examples:
      sparko-console --daemon                start an engine (sandbox, fake money)
      sparko markets                         what can be traded
      sparko order TICKER --side yes --count 1 --price 57
      sparko positions --json

    Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 outcome unknown.
    """


COMMANDS = (
    status,
    markets,
    event,
    orders,
    positions,
    fills,
    cash,
    order,
    cancel,
    close,
    plan,
    alerts,
    ack,
    kill,
    mode,
    resume,
    stop,
    codes,
    doctor,
    sync,
    sandbox,
    forecast_server,
    forecast,
    decisions,
    why,
    export,
    xray,
)
for command in COMMANDS:
    app.command()(command)
app.add_typer(collect, name="collect")
app.add_typer(cond, name="cond")
app.add_typer(load, name="load")
app.add_typer(imports, name="import")
app.add_typer(lake, name="lake")
app.add_typer(limits, name="limits")
app.add_typer(paper, name="paper")
app.add_typer(report, name="report")
app.add_typer(strategies, name="strategies")


def main() -> None:
    """The script entry. Exit codes: 0 done, 1 refused or failed with one line on stderr, 2 wrong usage, 3
    outcome unknown."""
    app()


if __name__ == "__main__":
    main()
