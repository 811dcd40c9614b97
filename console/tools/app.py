"""``sparko``: the command line, one thin file per group of commands, imported when one of them is to run."""

from __future__ import annotations

import sys
from errno import EDQUOT, EFBIG, EIO, ENOSPC
from typing import NoReturn

from console.tools.commands import Commands, LazyGroup, Listed

COMMANDS = (
    Listed("status", "status:status", "The engine, its exchange, and what is at stake."),
    Listed(
        "markets",
        "markets:markets",
        "The markets that the engine follows, with bid, ask and last in cents of the YES leg.",
    ),
    Listed(
        "event", "markets:event", "One event: a row for each of its markets, both legs, and what is held."
    ),
    Listed(
        "orders",
        "portfolio:orders",
        "Orders that work or whose outcome is unknown; with --all also those that ended.",
    ),
    Listed("positions", "portfolio:positions", "What is held."),
    Listed("fills", "portfolio:fills", "What was traded, newest first."),
    Listed("cash", "portfolio:cash", "Cash that may be spent, all in all and on each shard of the exchange."),
    Listed("order", "order:order", "Buys YES or NO."),
    Listed("cancel", "cancel:cancel", "Cancels an order, or with --all every working one."),
    Listed(
        "close", "order:close", "Sells what is held at the book's price for that size, immediate or cancel."
    ),
    Listed(
        "plan",
        "plan:plan",
        "Guards what is held in a market, in place of what guarded it before; alone, shows its plan.",
    ),
    Listed(
        "alerts",
        "alerts:alerts",
        "Alerts that wait for somebody and those lately told, newest first, and how the sinks do.",
    ),
    Listed("ack", "ack:ack", "Acknowledges an urgent alert: it is not sent again."),
    Listed(
        "kill",
        "kill:kill",
        "Halts the home and cancels every resting entry; orders that get out of a position stay.",
    ),
    Listed("mode", "mode:mode", "Makes the engine's mode stricter."),
    Listed("resume", "mode:resume", "Back to RUNNING after a kill or another mode, with exits by plan on."),
    Listed(
        "stop",
        "stop:stop",
        "Ends the engine in order: no more entries, working ones canceled, the ledger closed.",
    ),
    Listed(
        "codes",
        "codes:codes",
        "Every code with which the engine refuses something or a strategy passes a market: what it means and "
        "what helps.",
    ),
    Listed(
        "doctor", "doctor:doctor", "Whether a home is well: folder, binding, configuration, disk and ledger."
    ),
    Listed(
        "sync",
        "sync:sync",
        "Takes over what the lakes of other nodes have: closed files only, each checked against its sha256.",
    ),
    Listed(
        "sandbox",
        "sandbox:sandbox",
        "Runs an exchange of our own that speaks Kalshi's wire, offline and with fake money.",
    ),
    Listed(
        "forecast-server",
        "forecast_server:forecast_server",
        "Forecasts prices over HTTP: GET /health, GET /metrics, POST /forecast, POST /signal.",
    ),
    Listed(
        "forecast",
        "forecast:forecast",
        "The forecast of each open market of a series, as of the last scan: prices of YES in cents.",
    ),
    Listed(
        "decisions",
        "decisions:decisions",
        "What strategies decided, newest first: each TAKE and each PASS with the gate that said no.",
    ),
    Listed(
        "why",
        "decisions:why",
        "Every gate of the last decisions on a market, or of the one behind an order: what it got and "
        "wanted.",
    ),
    Listed(
        "export",
        "export:export",
        "One year of what was imported (sparko import account), reconciled to the exchange's own totals.",
    ),
    Listed(
        "xray",
        "xray:xray",
        "Gains after fees by series, entry price, hour, maker or taker, leg and time held; prices paid "
        "beside outcomes.",
    ),
    Listed("collect", "collect:collect", "Collectors of data."),
    Listed(
        "cond",
        "cond:cond",
        "Orders that the engine sends by itself when a price, an index or a time is reached.",
    ),
    Listed("load", "load:load", "Nine slots for orders that are prepared calmly and sent by one word."),
    Listed("import", "import_account:imports", "Brings an account's past here."),
    Listed(
        "lake",
        "lake:lake",
        "Recorded data: what there is, whether it is sound, and making many small files few.",
    ),
    Listed("limits", "limits:limits", "What bounds entries, and what of it is used."),
    Listed("paper", "paper:paper", "Real prices, fake money."),
    Listed("report", "report:report", "Reports of a home."),
    Listed("strategies", "strategies:strategies", "What each strategy may do, and what speaks for it."),
)


class Sparko(LazyGroup):
    listed = COMMANDS


app = Commands(name="sparko", cls=Sparko, no_args_is_help=True)


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


def main() -> None:
    """The script entry. Exit codes: 0 done, 1 refused or failed with one line on stderr, 2 wrong usage, 3
    outcome unknown."""
    if sys.argv[1:2] == ["collect"]:
        from collectors.lean import stay_lean

        stay_lean()
    try:
        app()
    except OSError as error:
        _end_without_output(error)


def _end_without_output(error: OSError) -> NoReturn:
    """Nothing that a command itself does ends like this but writing to where nobody takes it."""
    from console.tools.output import forget_output

    if error.errno not in (ENOSPC, EIO, EDQUOT, EFBIG):
        raise error
    forget_output()
    print(f"error: standard output cannot be written: {error.strerror}", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
