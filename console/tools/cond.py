"""``sparko cond``: orders that the engine sends when a price, an index or a time is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from console.tools.attach import Where, with_engine
from console.tools.commands import Commands
from console.tools.condition_words import condition_document, print_conditions, tell_condition
from console.tools.options import ExchangeOption, HomeOption, JsonOption, VenueOption
from console.tools.prepared import (
    ConfirmOption,
    DoOption,
    ExpiresOption,
    StopLossOption,
    TakeProfitOption,
    or_refusal,
    tell_refusal,
    told_soon,
    wants_json,
)

if TYPE_CHECKING:
    from engine.control.client import ControlClient
    from engine.control.replica import Replica
    from engine.control.rows.orders import ConditionRow
    from engine.domain.trigger import Trigger

_LEAST_BEGINNING = 4
"""Characters of an id that are taken for a condition."""

cond = Commands(no_args_is_help=True)
ConditionArgument = Annotated[str, typer.Argument(metavar="ID", help="A condition's id, or its beginning.")]


@cond.callback()
def group() -> None:
    """Orders that the engine sends by itself when a price, an index or a time is reached.

    A condition lives in the engine: it is kept over restarts, and fires once. What is true already is refused
    without --now. Each order passes the risk gate when it is sent; no engine in NO_NEW_ENTRIES sends any.

    \b
    Examples:
      sparko cond add KXHIGHNY-26NOV20-B54.5 --when "yes_bid<=42" --do "buy no 10 @ 60" --tp +20 --sl -10
      sparko cond add KXBTCD@now:atm --when "spot:BRTI>=76200" --do "buy yes 5 @ 55" --expires 2h
      sparko cond list
    """


@cond.command("add")
def add(
    ticker: Annotated[str, typer.Argument(metavar="TICKER", help="The order's market, or KXBTCD@now:atm.")],
    when: Annotated[
        str,
        typer.Option(
            "--when", metavar="TRIGGER", help="yes_bid<=42, no_ask>=57, mid, last, spot:BRTI, time>=15:30."
        ),
    ],
    do: DoOption,
    tp: TakeProfitOption = None,
    sl: StopLossOption = None,
    expires: ExpiresOption = None,
    oco: Annotated[
        list[str] | None,
        typer.Option("--oco", metavar="ID", help="One cancels other: ends with this one, and this with it."),
    ] = None,
    now: Annotated[bool, typer.Option("--now", help="Send at once if it is true already.")] = False,
    confirm: ConfirmOption = None,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Arms a condition. Prices are of the leg they name, in cents; a clock time is US Eastern, today.

    Exit codes: 0 armed (or fired), 1 refused, 2 wrong usage, 3 outcome unknown.

    \b
    Examples:
      sparko cond add KXHIGHNY-26NOV20-B54.5 --when "yes_bid<=42" --do "buy no 10 @ 60" --tp +20 --sl -10
      sparko cond add KXHIGHNY-26NOV20-B54.5 --when "time>=15:30" --do "sell yes 10 @ 5 ioc"
      sparko cond add KXBTCD@now:atm --when "mid>=60" --do "buy yes 5 @ 62" --oco 4b1c9a52 --json
    """
    from uuid import uuid4

    from console.tools.failure import one_line_on_failure
    from console.tools.prepared import asked, check_confirmed, expiry_of, ticket_of
    from console.tools.tickers import exchange_now_ns, fixed_ticker, rolling_name
    from engine.domain.command import AddCondition
    from engine.domain.trigger import ConditionTerms

    name = str(uuid4())
    with one_line_on_failure():
        rolling_name(ticker, "TICKER")
        ticket_of(ticker, do, tp, sl)
        _trigger(when, 0)
        expiry_of(expires, 0)

    async def armed(client: ControlClient) -> ConditionRow:
        check_confirmed(client, confirm)
        now_ns = exchange_now_ns(client)
        fixed = await fixed_ticker(client, ticker)
        trigger = await _fixed_trigger(client, _trigger(when, now_ns))
        others = [await _full_id(client, other) for other in oco or ()]
        ticket = ticket_of(fixed, do, tp, sl)
        terms = ConditionTerms(trigger, ticket, expiry_of(expires, now_ns), tuple(others))
        await asked(client, AddCondition(name, terms, now))
        return await _row(client, name)

    row = with_engine(Where(home, venue, exchange), lambda client: or_refusal(armed(client)))
    if isinstance(row, Exception):
        tell_refusal(row, "condition_id", name, as_json=as_json)
    tell_condition(row, as_json=as_json)


@cond.command("list")
def list_conditions(
    everything: Annotated[bool, typer.Option("--all", help="Those that ended lately, too.")] = False,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """The conditions of the engine, oldest first.

    \b
    Examples:
      sparko cond list
      sparko cond list --all --json
    """
    from console.tools.condition_sight import blind_conditions
    from console.tools.output import print_empty, print_json

    async def seen(client: ControlClient) -> list[tuple[ConditionRow, str]]:
        conditions = client.replica.desk.conditions.values()
        rows = [row for row in conditions if everything or row.state in ("armed", "disabled")]
        blind = await blind_conditions(client, rows)
        return [(row, blind.get(row.condition_id, "")) for row in rows]

    found = with_engine(Where(home, venue, exchange), seen)
    if as_json:
        print_json([condition_document(row, waits) for row, waits in found])
    elif found:
        print_conditions(found)
    else:
        print_empty("No condition is armed.", "Those that ended: sparko cond list --all")


@cond.command("rm")
def remove(
    condition: ConditionArgument,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Takes a condition away, whatever its state. Its order, if it has fired, stays.

    \b
    Examples:
      sparko cond rm 4b1c9a52
    """
    _change(condition, "remove", Where(home, venue, exchange), as_json=as_json)


@cond.command("enable")
def enable(
    condition: ConditionArgument,
    confirm: ConfirmOption = None,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Arms a disabled condition again; refused if it is true already.

    \b
    Examples:
      sparko cond enable 4b1c9a52
    """
    _change(condition, "enable", Where(home, venue, exchange), confirm, as_json=as_json)


@cond.command("disable")
def disable(
    condition: ConditionArgument,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keeps a condition from firing until it is enabled again.

    \b
    Examples:
      sparko cond disable 4b1c9a52
    """
    _change(condition, "disable", Where(home, venue, exchange), as_json=as_json)


def _trigger(when: str, now_ns: int) -> Trigger:
    from console.tools.prepared import read_text
    from engine.domain.trigger_text import parse_trigger

    return read_text(parse_trigger, when, now_ns)


async def _fixed_trigger(client: ControlClient, trigger: Trigger) -> Trigger:
    """With a ticker in place of a rolling name, and of an index that is heard. Raises Failure, WrongUsage."""
    import msgspec

    from console.tools.tickers import fixed_ticker
    from engine.domain.trigger import Source

    if trigger.source is Source.SPOT:
        await _check_index(client, trigger.key)
    if not trigger.ticker:
        return trigger
    fixed = await fixed_ticker(client, trigger.ticker, "--when")
    return msgspec.structs.replace(trigger, ticker=fixed)


async def _check_index(client: ControlClient, index_id: str) -> None:
    """A name that nobody sends would never fire. Raises WrongUsage."""
    from console.tools.failure import WrongUsage
    from engine.control.protocol import INDEX, OUTSIDE

    await client.subscribe(INDEX)
    await client.subscribe(OUTSIDE)
    if await told_soon(client, lambda replica: index_id in replica.levels()):
        return
    heard = ", ".join(sorted(client.replica.levels())) or "one that is heard: none is now"
    raise WrongUsage(f"--when: spot: got {index_id}, wanted {heard}")


async def _row(client: ControlClient, name: str) -> ConditionRow:
    """The condition as the engine tells it. Raises OutcomeUnknown."""
    from console.tools.failure import OutcomeUnknown

    if await told_soon(client, lambda replica: name in replica.desk.conditions):
        return client.replica.desk.conditions[name]
    raise OutcomeUnknown(f"condition {name}: was taken and is not told yet; see: sparko cond list --all")


async def _full_id(client: ControlClient, beginning: str) -> str:
    """The one condition whose id begins like this. Raises Failure."""
    from console.tools.failure import Failure

    names = list(client.replica.desk.conditions)
    if beginning in names:
        return beginning
    found = [name for name in names if len(beginning) >= _LEAST_BEGINNING and name.startswith(beginning)]
    if len(found) > 1:
        raise Failure(f"ID: got {beginning}, wanted more of the id; it may be {' or '.join(found)}")
    return found[0] if found else beginning


def _change(condition: str, change: str, where: Where, confirm: str | None = None, *, as_json: bool) -> None:
    from console.tools.output import print_json
    from console.tools.prepared import asked, check_confirmed
    from engine.domain.command import ChangeCondition

    async def changed(client: ControlClient) -> tuple[str, ConditionRow | None]:
        name = await _full_id(client, condition)
        if change == "enable":
            check_confirmed(client, confirm)
        await asked(client, ChangeCondition(name, change))
        wanted = {"enable": "armed", "disable": "disabled"}.get(change)
        await told_soon(client, lambda replica: _state(replica, name) == wanted)
        return name, client.replica.desk.conditions.get(name)

    result = with_engine(where, lambda client: or_refusal(changed(client)))
    if isinstance(result, Exception):
        tell_refusal(result, "condition_id", condition, as_json=as_json)
    name, row = result
    if row is not None:
        tell_condition(row, as_json=as_json)
    elif wants_json(as_json):
        print_json({"condition_id": name, "state": "removed"})
    else:
        typer.echo(f"REMOVED: {name}")


def _state(replica: Replica, name: str) -> str | None:
    row = replica.desk.conditions.get(name)
    return None if row is None else row.state.value
