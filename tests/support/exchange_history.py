"""Random histories of an exchange: commands as data, so that they can be repeated and mirrored."""

from __future__ import annotations

import random
from typing import Any, TypeAlias

from exchange_world import CLOSE_NS, START_NS, limit, world

from engine.domain.fee import FeeRounding, FeeSchedule, FeeType
from engine.domain.market import MarketStatus
from engine.domain.order import BookSide, SelfTradePrevention, TimeInForce
from engine.domain.units import CENT_UD, CONTRACT_BP, SECOND_NS, complement
from engine.sandbox.core.day_window import STEP_NS, DayStep
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.lifecycle import LifecycleError
from engine.sandbox.core.orders import Order
from engine.sandbox.core.past import Past
from engine.sandbox.core.refusal import Refusal

Command: TypeAlias = tuple[str, dict[str, Any]]

CUSTOMERS = ("ann", "bob", "cat")
TICKERS = ("M", "N", "O")
TOLD = Past(
    START_NS,
    last_trade_bp=4_700,
    last_trade_c=300,
    volume_c=9_000,
    dollar_volume_ud=9_000 * 5_100,
    open_interest_c=4_100,
    day=(
        DayStep(START_NS // STEP_NS - 30, 700, (4_000, 4_300, 4_100)),
        DayStep(START_NS // STEP_NS, 500),
    ),
)
GTC, IOC, FOK = TimeInForce.GOOD_TILL_CANCELED, TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL


def new_world(rng: random.Random, *, exclusive: bool, cash_dollars: int) -> Exchange:
    """Three markets of one event, the second with a past from before the exchange ran, and three customers
    with little money, so that it runs out."""
    fees = FeeSchedule(
        rng.choice((FeeType.QUADRATIC, FeeType.QUADRATIC_WITH_MAKER_FEES)),
        rounding=rng.choice(list(FeeRounding)),
    )
    exchange = world(*TICKERS, exclusive=exclusive, fees=fees, cash_dollars=cash_dollars, accounts=CUSTOMERS)
    exchange.remember("N", TOLD)
    return exchange


def random_command(rng: random.Random) -> Command:
    """One command; prices are near the middle, so that about half of the orders trade."""
    roll = rng.random()
    if roll < 0.52:
        return "create", _order(rng)
    if roll < 0.60:
        return "amend", _pick(rng) | {"price_bp": _price(rng), "more_c": rng.randint(-300, 500)}
    if roll < 0.63:
        return "decrease", _pick(rng) | {"by_c": rng.randint(1, 400)}
    if roll < 0.67:
        return "cancel", _pick(rng)
    if roll < 0.78:
        return "quote", _quote(rng)
    if roll < 0.83:
        return "take", _taking(rng)
    if roll < 0.86:
        return "print", _taking(rng)
    return _rare_command(rng)


def _rare_command(rng: random.Random) -> Command:
    roll = rng.random()
    who = rng.choice(CUSTOMERS)
    if roll < 0.35:
        return "advance", {"by_ns": rng.choice((1, 5, 20, 70)) * SECOND_NS}
    if roll < 0.47:
        return "group", {"who": who, "limit_c": rng.randint(1, 8) * 100}
    if roll < 0.54:
        return "group_change", {
            "pick": rng.randrange(1000),
            "what": rng.choice(("reset", "trigger", "delete")),
        }
    if roll < 0.58:
        return "transfer", {"who": who, "amount_ud": rng.randint(1, 300) * CENT_UD}
    if roll < 0.64:
        return "pause", {"trading": rng.random() < 0.7}
    if roll < 0.67:
        return "cancel_all", {"who": who}
    if roll < 0.72:
        return "fees", {
            "fee_type": rng.choice(
                (None, FeeType.QUADRATIC, FeeType.QUADRATIC_WITH_MAKER_FEES, FeeType.FLAT)
            ),
            "multiplier": rng.choice((None, 0, 500_000, 3_000_000)),
        }
    return "settle", {"ticker": rng.choice("MNOOOOO"), "value_bp": rng.choice((0, 0, 10_000, 2_500, 3_333))}


def _price(rng: random.Random) -> int:
    return rng.randint(44, 56) * 100


def _pick(rng: random.Random) -> dict[str, Any]:
    return {"who": rng.choice(CUSTOMERS), "pick": rng.randrange(1000)}


def _taking(rng: random.Random) -> dict[str, Any]:
    return {
        "ticker": rng.choice("MMMNNNO"),
        "side": rng.choice(list(BookSide)),
        "price_bp": _price(rng),
        "count_c": rng.randint(1, 800),
    }


def _order(rng: random.Random) -> dict[str, Any]:
    time_in_force = rng.choice((GTC, GTC, GTC, IOC, FOK))
    command = _taking(rng) | {"who": rng.choice(CUSTOMERS), "time_in_force": time_in_force}
    command["prevention"] = rng.choice(list(SelfTradePrevention))
    command["client_order_id"] = rng.choice(("", str(rng.randrange(60))))
    if time_in_force is GTC:
        command["post_only"] = rng.random() < 0.1
        command["expires_in_ns"] = rng.choice((None, None, 10 * SECOND_NS))
        command["group"] = rng.choice((None, None, rng.randrange(1000)))
        command["cancel_on_pause"] = rng.random() < 0.2
    command["reduce_only"] = time_in_force is IOC and rng.random() < 0.3
    return command


def _quote(rng: random.Random) -> dict[str, Any]:
    middle = rng.randint(46, 54)
    return {
        "who": rng.choice(("maker-1", "maker-2")),
        "ticker": rng.choice("MMMNNNO"),
        "bids": [((middle - n) * 100, rng.randint(1, 500)) for n in range(1, rng.randint(1, 4))],
        "asks": [((middle + n) * 100, rng.randint(1, 500)) for n in range(1, rng.randint(1, 4))],
    }


def mirrored(command: Command) -> Command:
    """The same command with YES and NO exchanged."""
    name, given = command
    other = dict(given)
    if "side" in given:
        other["side"] = given["side"].opposite
    if "price_bp" in given:
        other["price_bp"] = complement(given["price_bp"])
    if name == "quote":
        other["bids"] = [(complement(price), count) for price, count in given["asks"]]
        other["asks"] = [(complement(price), count) for price, count in given["bids"]]
    if name == "settle":
        other["value_bp"] = complement(given["value_bp"])
    return name, other


def apply(exchange: Exchange, command: Command) -> Refusal | LifecycleError | None:
    """Carries a command out; returns its refusal if it was refused."""
    name, given = command
    try:
        _COMMANDS[name](exchange, **given)
    except (Refusal, LifecycleError) as refused:
        return refused
    return None


def _create(exchange: Exchange, **given: Any) -> None:
    exchange.create_order(given["who"], request_of(exchange, given))


def request_of(exchange: Exchange, given: dict[str, Any]) -> Any:
    """The order request of a create command, as it is now."""
    expires_in = given.get("expires_in_ns")
    groups = [g.order_group_id for g in exchange.groups.values() if g.account_id == given["who"]]
    wanted_group = given.get("group")
    return limit(
        given["side"],
        given["price_bp"],
        given["count_c"],
        given["ticker"],
        client_order_id=given["client_order_id"],
        time_in_force=given["time_in_force"],
        self_trade_prevention=given["prevention"],
        post_only=given.get("post_only", False),
        reduce_only=given["reduce_only"],
        cancel_on_pause=given.get("cancel_on_pause", False),
        expires_ns=None if expires_in is None else exchange.now_ns + expires_in,
        order_group_id=groups[wanted_group % len(groups)] if groups and wanted_group is not None else None,
    )


def picked(exchange: Exchange, given: dict[str, Any]) -> Order | None:
    """The order that a command means: one of the account's, resting or (now and then) ended."""
    own = [order for order in exchange.orders.values() if order.account_id == given["who"]]
    resting = [order for order in own if order.remaining_c]
    among = resting if resting and given["pick"] % 8 else own
    return among[given["pick"] % len(among)] if among else None


def _amend(exchange: Exchange, **given: Any) -> None:
    order = picked(exchange, given)
    if order is not None:
        count_c = order.filled_c + order.remaining_c + given["more_c"]
        price_bp = order.price_bp if given["pick"] % 3 == 0 else given["price_bp"]
        exchange.amend_order(given["who"], order.order_id, price_bp=price_bp, count_c=count_c)


def _decrease(exchange: Exchange, **given: Any) -> None:
    order = picked(exchange, given)
    if order is not None:
        exchange.decrease_order(given["who"], order.order_id, reduce_by_c=given["by_c"])


def _cancel(exchange: Exchange, **given: Any) -> None:
    order = picked(exchange, given)
    if order is not None:
        exchange.cancel_order(given["who"], order.order_id)


def _group_change(exchange: Exchange, **given: Any) -> None:
    groups = list(exchange.groups.values())
    if not groups:
        return
    group = groups[given["pick"] % len(groups)]
    method = getattr(exchange, f"{given['what']}_group")
    method(group.account_id, group.order_group_id)


def _pause(exchange: Exchange, *, trading: bool) -> None:
    """Pauses trading or the whole exchange for a second."""
    which = "trading_active" if trading else "exchange_active"
    exchange.set_active(**{which: False})
    exchange.advance(exchange.now_ns + SECOND_NS)
    exchange.set_active(**{which: True})


def _settle(exchange: Exchange, *, ticker: str, value_bp: int) -> None:
    """The next step on the way from trading to paid."""
    status = exchange.markets[ticker].market.status
    if status is MarketStatus.ACTIVE:
        exchange.close_now(ticker)
    elif status is MarketStatus.CLOSED:
        exchange.determine(ticker, value_bp)
    elif status is MarketStatus.DETERMINED:
        exchange.dispute(ticker)
    elif status is MarketStatus.DISPUTED:
        exchange.amend_result(ticker, value_bp)
    elif status is MarketStatus.AMENDED:
        exchange.settle_now(ticker)


def finish(exchange: Exchange, value_of: dict[str, int]) -> None:
    """Closes and settles everything that is not settled yet, an exclusive event within its dollar."""
    exchange.advance(max(CLOSE_NS + 5 * SECOND_NS, exchange.now_ns))
    for ticker, record in exchange.markets.items():
        if record.market.status is MarketStatus.CLOSED:
            siblings = exchange.markets_of(record.event_ticker)
            paid_bp = sum(other.market.settlement_bp or 0 for other in siblings)
            most_bp = CONTRACT_BP - paid_bp if record.is_exclusive else CONTRACT_BP
            exchange.determine(ticker, min(most_bp, value_of[ticker]))
    for ticker, record in exchange.markets.items():
        if record.market.status is not MarketStatus.FINALIZED:
            exchange.settle_now(ticker)


_COMMANDS: dict[str, Any] = {
    "create": _create,
    "amend": _amend,
    "decrease": _decrease,
    "cancel": _cancel,
    "cancel_all": lambda exchange, who: exchange.cancel_all(who),
    "quote": lambda exchange, who, ticker, bids, asks: exchange.quote(who, ticker, bids, asks),
    "take": lambda exchange, ticker, side, price_bp, count_c: exchange.take(
        "taker", ticker, side, price_bp, count_c
    ),
    "print": lambda exchange, ticker, side, price_bp, count_c: exchange.print_trade(
        ticker, price_bp, count_c, side
    ),
    "advance": lambda exchange, by_ns: exchange.advance(exchange.now_ns + by_ns),
    "group": lambda exchange, who, limit_c: exchange.create_group(who, limit_c),
    "group_change": _group_change,
    "transfer": lambda exchange, who, amount_ud: exchange.transfer(who, 0, 1, amount_ud),
    "pause": _pause,
    "settle": _settle,
    "fees": lambda exchange, fee_type, multiplier: exchange.update_event_fees("EV", fee_type, multiplier),
}

__all__ = ["START_NS", "Command", "apply", "finish", "mirrored", "new_world", "picked", "random_command"]
