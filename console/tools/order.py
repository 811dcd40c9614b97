"""``sparko order``, ``close`` and ``cancel``: sent once, told within ten seconds."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from console.tools.attach import CONFIRMED_VENUES, Where, with_engine
from console.tools.options import ExchangeOption, HomeOption, JsonOption, VenueOption
from console.tools.plan_options import (
    DisasterOption,
    HoldOption,
    SettlementOption,
    StopLossOption,
    TakeOption,
    TakeProfitOption,
    TrailOption,
)

if TYPE_CHECKING:
    from console.tools.sending import Told, Wanted
    from engine.control.client import ControlClient
    from engine.domain.command import PlaceOrder
    from engine.domain.plan import PlanTerms


class Side(StrEnum):
    YES = "yes"
    NO = "no"


class Tif(StrEnum):
    """How long an order lives; the exchange's words are longer."""

    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"


TickerArgument = Annotated[
    str, typer.Argument(metavar="TICKER", help="A market ticker, or a name such as KXBTCD@now:atm.")
]


def order(
    ticker: TickerArgument,
    side: Annotated[Side, typer.Option(help="The leg to buy.", case_sensitive=False)],
    count: Annotated[str, typer.Option(metavar="N", help="Contracts, at most two decimals.")],
    price: Annotated[
        str, typer.Option(metavar="CENTS", help="Limit in cents of the leg bought; 57.2 is fine.")
    ],
    tif: Annotated[
        Tif,
        typer.Option(help="Good till canceled, immediate or cancel, fill or kill.", case_sensitive=False),
    ] = Tif.GTC,
    key: Annotated[
        str | None,
        typer.Option(metavar="K", help="Makes the order one: asked again with K, no second one."),
    ] = None,
    far: Annotated[bool, typer.Option("--far", help="Although the price is outside 3 to 97 cents.")] = False,
    flip: Annotated[
        bool, typer.Option("--flip", help="Although it would turn what is held into the other leg.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Although it looks like a repetition of a recent order.")
    ] = False,
    confirm: Annotated[
        str | None, typer.Option(metavar="VENUE", help="Needed on demo and live: the venue's name.")
    ] = None,
    tp: TakeProfitOption = None,
    sl: StopLossOption = None,
    disaster: DisasterOption = None,
    trail: TrailOption = None,
    hold: HoldOption = None,
    to_settlement: SettlementOption = False,
    take: TakeOption = False,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Buys YES or NO. Ends on acknowledgement, denial, an unknown outcome, or after 10 s.

    Exit codes: 0 the exchange has it, 1 refused, 2 wrong usage, 3 outcome unknown.
    Prints JSON with --json, and whenever the output is not a terminal.

    \b
    Examples:
      sparko order KXHIGHNY-26NOV20-B54.5 --side yes --count 10 --price 57
      sparko order KXHIGHNY-26NOV20-B54.5 --side no --count 2.5 --price 43.5 --tif ioc
      sparko order KXHIGHNY-26NOV20-B54.5 --side yes --count 1 --price 57 --key morning --json
      sparko order KXHIGHNY-26NOV20-B54.5 --side yes --count 10 --price 57 --tp +20 --sl -10
    """
    from console.tools.plan_options import terms_of
    from console.tools.sending import denied_as_document, send, tell

    with denied_as_document(as_json=as_json):
        placed = _place(ticker, side, count, price, tif)
        plan = terms_of(tp, sl, disaster, trail, hold, to_settlement=to_settlement, take=take)
        body = _with_wishes(placed, key=key, far=far, flip=flip, again=again, plan=plan)

    async def sent(client: ControlClient) -> Told:
        refused = _unconfirmed(client.hello.venue, confirm, body.count_c)
        return refused or await send(client, await _with_fixed_ticker(client, body))

    tell(with_engine(Where(home, venue, exchange), sent), as_json=as_json)


def _place(ticker: str, side: Side, count: str, price: str, tif: Tif) -> PlaceOrder:
    from uuid import uuid4

    from console.tools.units import parse_count, parse_name, parse_price
    from engine.domain.command import PlaceOrder
    from engine.domain.order import Leg, TimeInForce

    lives = {
        Tif.GTC: TimeInForce.GOOD_TILL_CANCELED,
        Tif.IOC: TimeInForce.IMMEDIATE_OR_CANCEL,
        Tif.FOK: TimeInForce.FILL_OR_KILL,
    }
    return PlaceOrder(
        client_order_id=str(uuid4()),
        ticker=parse_name("TICKER", ticker),
        leg=Leg(side.value),
        buys=True,
        price_bp=parse_price("--price", price),
        count_c=parse_count("--count", count),
        time_in_force=lives[tif],
    )


def _with_wishes(
    body: PlaceOrder, *, key: str | None, far: bool, flip: bool, again: bool, plan: PlanTerms | None
) -> PlaceOrder:
    import msgspec

    from console.tools.units import parse_name

    if key is not None:
        key = parse_name("--key", key)
    return msgspec.structs.replace(body, key=key or "", far=far, flip=flip, again=again, plan=plan)


async def _with_fixed_ticker(client: ControlClient, body: Wanted) -> Wanted:
    """With the ticker that a name such as ``KXBTCD@now:atm`` means now."""
    import msgspec

    from console.tools.tickers import fixed_ticker

    return msgspec.structs.replace(body, ticker=await fixed_ticker(client, body.ticker))


def _unconfirmed(found: str, confirm: str | None, count_c: int) -> Told | None:
    """An entry on demo or live names its venue; a name that is given is always checked."""
    if confirm == found or (confirm is None and found not in CONFIRMED_VENUES):
        return None
    from console.tools.documents import DENIED, absent_order_document
    from console.tools.failure import REFUSED
    from console.tools.sending import Told

    got = "none" if confirm is None else confirm
    document = absent_order_document(DENIED, count_c=count_c, deny_code="NOT_CONFIRMED")
    line = f"--confirm: got {got}, wanted {found}, the venue of this engine (NOT_CONFIRMED)"
    return Told(document, problem=line, code=REFUSED)


def close(
    ticker: TickerArgument,
    count: Annotated[
        str | None, typer.Option(metavar="N", help="Contracts; all that is held unless given.")
    ] = None,
    price: Annotated[
        str | None, typer.Option(metavar="CENTS", help="Not for less than this, in cents of the leg held.")
    ] = None,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sells what is held at the book's price for that size, immediate or cancel. No limit stops it.

    Exit codes: 0 closed as asked, 1 refused or not all of it, 2 wrong usage, 3 outcome unknown.
    Prints JSON with --json, and whenever the output is not a terminal.

    \b
    Examples:
      sparko close KXHIGHNY-26NOV20-B54.5
      sparko close KXHIGHNY-26NOV20-B54.5 --count 5 --price 40
    """
    from uuid import uuid4

    from console.tools.failure import REFUSED
    from console.tools.sending import denied_as_document, send, tell
    from console.tools.units import parse_count, parse_name, parse_price
    from engine.domain.command import ClosePosition

    with denied_as_document(as_json=as_json):
        body = ClosePosition(
            client_order_id=str(uuid4()),
            ticker=parse_name("TICKER", ticker),
            count_c=0 if count is None else parse_count("--count", count),
            limit_bp=None if price is None else parse_price("--price", price),
        )

    async def sent(client: ControlClient) -> Told:
        told = await send(client, await _with_fixed_ticker(client, body))
        if told.code or not told.is_short:
            return told
        line = f"{ticker}: not all was sold ({told.sentence}); what is still held: sparko positions"
        return told._replace(problem=line, code=REFUSED)

    tell(with_engine(Where(home, venue, exchange), sent), as_json=as_json)
