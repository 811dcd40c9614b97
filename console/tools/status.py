"""``sparko status``: the engine, its exchange, and what is at stake, at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from console.tools.attach import Where, with_engine
from console.tools.options import ExchangeOption, HomeOption, JsonOption, VenueOption

if TYPE_CHECKING:
    from engine.control.client import ControlClient
    from engine.control.rows.account import CashRow
    from engine.control.rows.alerts import AlertRow
    from engine.control.rows.forecasts import ScanRow
    from engine.control.rows.status import ExchangeRow, FeedRow, StatusRow


def status(
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """The engine, its exchange, and what is at stake.

    \b
    Examples:
      sparko status
      sparko status --home ./desk --json
    """

    async def seen(client: ControlClient) -> tuple[StatusRow, CashRow | None, ScanRow]:
        desk = client.replica.desk
        assert desk.status is not None
        return desk.status, desk.cash, desk.scan

    row, cash, scan = with_engine(Where(home, venue, exchange), seen)
    if as_json:
        from console.tools.documents import status_document
        from console.tools.output import print_json
        from console.tools.scan_words import scan_document

        print_json({**status_document(row, cash), "forecaster": scan_document(scan)})
    else:
        _print_status(row, cash, scan)


def _print_status(row: StatusRow, cash: CashRow | None, scan: ScanRow) -> None:
    from console.tools.output import print_pairs, wrapped
    from console.tools.scan_words import scan_text
    from console.tools.source_words import source_text, source_trouble
    from console.tools.words import clock_text, dollars_text, duration

    exchange = row.exchange
    connection = "connected" if exchange.is_connected else "NOT CONNECTED"
    pairs = [
        ("venue", f"{row.venue}  {row.account}".rstrip()),
        ("mode", row.mode if row.is_ready else f"{row.mode}, NOT READY: entries wait for reconciliation"),
        ("engine", f"pid {row.pid}, up {duration(row.uptime_ns)}, rev {row.rev}"),
        ("exchange", f"{connection}, requests {exchange.rest or 'none yet'}"),
        *((("prices", _prices(exchange)),) if exchange.prices else ()),
        ("clock", clock_text(exchange.clock_offset_ns, exchange.clock_uncertainty_ns)),
        *((f"feed {feed.name}", _feed(feed)) for feed in row.feeds),
        *((f"feed {source.name}", source_text(source)) for source in row.sources),
        ("balance", "not known yet" if cash is None else dollars_text(cash.cash_ud)),
        ("positions", str(row.positions)),
        ("orders", f"{row.resting_orders} resting, {row.unknown_orders} unknown"),
        *((f"breaker {breaker.cause}", f"OPEN: {breaker.text}") for breaker in row.breakers),
        ("forecaster", scan_text(scan)),
        ("entries", f"NO: {row.entries_stopped}" if row.entries_stopped else "taken"),
        ("markets", f"{row.books_fresh} of {row.markets} books fresh"),
    ]
    print_pairs(pairs)
    for trouble in filter(None, map(source_trouble, row.sources)):
        typer.echo(wrapped(trouble, indent=2))
    if row.is_stopping:
        typer.echo("The engine is stopping.")
    if row.alerts:
        _print_alerts(row.alerts)


def _print_alerts(alerts: tuple[AlertRow, ...]) -> None:
    from console.tools.output import wrapped

    for alert in alerts:
        typer.echo(wrapped(f"{alert.level.upper()} #{alert.alert_id} {alert.code}: {alert.text}", indent=2))
    typer.echo("Nobody has acknowledged this; once you have seen it: sparko ack --all")


def _prices(exchange: ExchangeRow) -> str:
    from console.tools.words import duration

    age_ns = exchange.prices_age_ns
    return exchange.prices if age_ns is None else f"{exchange.prices}, heard {duration(age_ns)} ago"


def _feed(feed: FeedRow) -> str:
    from console.tools.words import duration

    return feed.state if feed.age_ns is None else f"{feed.state}, heard {duration(feed.age_ns)} ago"
