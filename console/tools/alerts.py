"""``sparko alerts``: what people were told, what still waits for them, and a test of every sink."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from console.tools.attach import Where, with_engine
from console.tools.options import ExchangeOption, HomeOption, JsonOption, VenueOption

if TYPE_CHECKING:
    from pathlib import Path

    from console.tools.output import Json
    from engine.control.client import ControlClient
    from engine.control.protocol import CommandAnswer
    from engine.control.rows.alerts import SinkRow, ToldRow

_TEST = "test"


def alerts(
    what: Annotated[str, typer.Argument(metavar="[test]", help="Send a test message to each sink.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 20,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Alerts that wait for somebody and those lately told, newest first, and how the sinks do.

    Works without an engine too. Where alerts go is said by [alerts] urls in the home's config.toml, or by
    SPARKO_ALERT_URLS, PUSHOVER_USER and PUSHOVER_TOKEN, TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID, or
    EMAIL_SENDER, EMAIL_RECIPIENT and SMTP_HOST.

    \b
    Examples:
      sparko alerts
      sparko alerts --json
      sparko alerts test
    """
    from console.tools.failure import WrongUsage, one_line_on_failure
    from console.tools.homes import is_taken

    where = Where(home, venue, exchange)
    with one_line_on_failure():
        if what not in ("", _TEST):
            raise WrongUsage(f"got {what!r}, wanted nothing or {_TEST}")
        folder = where.folder()
    if what == _TEST:
        tried = _tried_by_engine(where) if is_taken(folder) else _tried_here(folder)
        _tell_tried(tried, folder, as_json=as_json)
        return
    told, sinks = _from_engine(where, limit) if is_taken(folder) else (_from_file(folder, limit), None)
    if as_json:
        _print_document(told, sinks)
    else:
        _print_alerts(told, sinks)


def _from_engine(where: Where, limit: int) -> tuple[list[ToldRow], list[SinkRow] | None]:
    async def found(client: ControlClient) -> tuple[list[ToldRow], list[SinkRow]]:
        from console.tools.pages import rows_of
        from engine.control.queries import NoArgs

        return await rows_of(client, "alerts", NoArgs(), limit), await rows_of(client, "sinks", NoArgs())

    return with_engine(where, found)


def _from_file(folder: Path, limit: int) -> list[ToldRow]:
    """As the engine left them."""
    from console.tools.failure import Failure, one_line_on_failure
    from engine.assembly.told import told_row
    from engine.ops.alerts.store import FILE_NAME, StoreFailed, read_alerts

    with one_line_on_failure():
        try:
            kept = read_alerts(folder / FILE_NAME)
        except StoreFailed as error:
            raise Failure(str(error)) from None
    return [told_row(entry) for entry in reversed(kept[-limit:])]


def _print_document(told: list[ToldRow], sinks: list[SinkRow] | None) -> None:
    from console.tools.output import print_json

    print_json(
        {
            "engine_runs": sinks is not None,
            "alerts": [_alert_document(row) for row in told],
            "sinks": None if sinks is None else [_sink_document(row) for row in sinks],
        }
    )


def _alert_document(row: ToldRow) -> dict[str, Json]:
    from console.tools.units import iso

    return {
        "id": row.alert_id,
        "level": row.level,
        "code": row.code,
        "text": row.text,
        "open": row.is_open,
        "first_time": iso(row.first_ns),
        "last_time": iso(row.last_ns),
        "count": row.count,
        "rounds": row.times,
        "sent_to": list(row.sent),
        "waiting_for": list(row.waiting),
        "acknowledged_by": row.acknowledged_by or None,
        "acknowledged_time": iso(row.acknowledged_ns),
    }


def _sink_document(row: SinkRow) -> dict[str, Json]:
    from console.tools.units import iso

    return {
        "name": row.name,
        "min_level": row.min_level,
        "sent": row.sent,
        "last_sent_time": iso(row.last_sent_ns),
        "waiting": row.waiting,
        "failures": row.failures,
        "failure": row.failure or None,
    }


def _print_alerts(told: list[ToldRow], sinks: list[SinkRow] | None) -> None:
    from console.tools.output import print_empty

    if not told:
        print_empty("No alert yet.", "Try the ways that they take: sparko alerts test")
    for row in told:
        _print_alert(row)
    if sinks is None:
        typer.echo("No engine runs: nothing is sent until one does.")
        return
    for sink in sinks:
        typer.echo(_sink_line(sink))
    if not sinks:
        typer.echo("No sink is configured: alerts stay in the log, here and on the console.")
    if any(row.is_open for row in told):
        typer.echo("Open ones repeat until acknowledged: sparko ack ID, or sparko ack --all")


def _print_alert(row: ToldRow) -> None:
    """A line of what it is, and its text below."""
    from console.tools.output import wrapped
    from console.tools.words import eastern_seconds

    often = f" x{row.count}" if row.count > 1 else ""
    number, at = f"#{row.alert_id}".ljust(5), eastern_seconds(row.last_ns)
    typer.echo(f"{number} {at} ET  {row.level.ljust(7)}  {row.code}{often}  {_state(row)}")
    typer.echo(wrapped(f"{' ' * 6}{row.text}", indent=6))


def _state(row: ToldRow) -> str:
    if row.is_open:
        return "OPEN"
    if row.waiting:
        return f"waits for {', '.join(row.waiting)}"
    return f"seen by {row.acknowledged_by}" if row.acknowledged_by else "told" if row.sent else "kept"


def _sink_line(row: SinkRow) -> str:
    from console.tools.words import eastern_seconds

    text = f"sink {row.name} (from {row.min_level} on): {row.sent} messages sent"
    if row.last_sent_ns is not None:
        text += f", the last at {eastern_seconds(row.last_sent_ns)} ET"
    if row.waiting:
        text += f", {row.waiting} alerts wait"
    return f"{text}; FAILING, {row.failures} in a row: {row.failure}" if row.failure else text


def _tried_by_engine(where: Where) -> dict[str, str]:
    """As the engine reaches people: its own environment holds."""

    async def asked(client: ControlClient) -> CommandAnswer:
        from engine.domain.command import TryAlerts

        return await client.command(TryAlerts())

    from console.tools.failure import Failure, OutcomeUnknown, one_line_on_failure
    from engine.control.protocol import AnswerState

    answer = with_engine(where, asked)
    with one_line_on_failure():
        if answer.state is AnswerState.UNKNOWN:
            raise OutcomeUnknown(answer.text)
        if answer.state is not AnswerState.ACCEPTED:
            raise Failure(answer.text)
    return {name: str(failure) for name, failure in answer.numbers.items()}


def _tried_here(folder: Path) -> dict[str, str]:
    """With the home's configuration and this shell's environment."""
    import os

    from console.tools.failure import Failure, one_line_on_failure
    from engine.ops.alerts.trying import try_places
    from engine.ops.config import read_config
    from engine.ops.errors import OpsError
    from engine.ops.home import Home

    with one_line_on_failure():
        try:
            home = Home(folder)
            binding = home.binding()
            config = read_config(home.config).alerts
            tried = try_places("" if binding is None else binding.venue, config, os.environ)
        except OpsError as error:
            raise Failure(str(error)) from None
    return tried


def _tell_tried(tried: dict[str, str], folder: Path, *, as_json: bool) -> None:
    from console.tools.failure import Failure, one_line_on_failure
    from console.tools.output import print_json, print_pairs

    failed = [f"{name}: {failure}" for name, failure in tried.items() if failure]
    if as_json:
        print_json({"sinks": [{"name": name, "failure": why or None} for name, why in tried.items()]})
    elif tried:
        print_pairs([(name, failure or "took the test") for name, failure in tried.items()])
    with one_line_on_failure():
        if not tried:
            raise Failure(f"no sink is configured; set [alerts] urls in {folder / 'config.toml'}")
        if failed:
            raise Failure(f"{len(failed)} of {len(tried)} sinks did not take the test: {'; '.join(failed)}")
