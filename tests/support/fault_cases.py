"""One cell of the fault matrix: an entry, an exit, a cancel and an amendment, and a fault that meets them."""

from __future__ import annotations

import asyncio
import time
from enum import StrEnum

import fault_effects
import msgspec
from fault_bench import PATIENCE_S, TIME_OUT_S, FaultBench
from fault_effects import PAUSES, STREAM_EFFECTS

from engine.core.denial import DenyCode
from engine.core.effects import Answer
from engine.domain.command import CancelAll, CancelOrder, ClosePosition, CommandBody, PlaceOrder
from engine.domain.order import Leg, OrderState, TimeInForce
from engine.domain.plan import PlanTerms, Retirement, Target
from engine.domain.units import SECOND_NS

ORDERS = "/portfolio/events/orders"
REST_EFFECTS = (
    *fault_effects.REST_EFFECTS,
    f"delay:{round(TIME_OUT_S * 250)}",
    f"delay:{round(TIME_OUT_S * 1_250)}",
)
EFFECTS = (*REST_EFFECTS, *STREAM_EFFECTS, *PAUSES)
_IOC, _GTC = TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.GOOD_TILL_CANCELED
GUARD = PlanTerms(take_profit=Target(4_000), hold_ns=SECOND_NS)
"""The profit rests and is never met; a second later the position has to go."""
_HOLD_MS = round(TIME_OUT_S * 600)
"""How long the exchange sits on a request so that something can go wrong behind it: not a time-out yet."""


class Moment(StrEnum):
    """When the fault comes: it meets the request itself, what follows while the request is under way, what
    follows its answer, or what a plan sends once the fill is there."""

    BEFORE_SEND = "before send"
    AFTER_SEND = "after send"
    AFTER_ACK = "after ack"
    AFTER_FILL = "after fill"


class Cell(msgspec.Struct, frozen=True):
    """What became of one cell. ``met`` is how often the fault was met, ``in_doubt`` how many of the three
    answers said unknown."""

    effect: str
    moment: Moment
    intents: int
    at_exchange: int
    most_for_one: int
    in_doubt: int
    resent: int
    absent: int
    met: int
    seconds: float


async def play(bench: FaultBench, effect: str, moment: Moment, number: int) -> Cell:
    """Ends once ledger and exchange agree; raises AssertionError if they do not."""
    if moment is Moment.AFTER_FILL:
        return await _play_plan(bench, effect, number)
    name = f"f{number}"
    known = set(bench.money.orders)
    entry, held, leaving, staying = await bench.markets(4)
    await _buy(bench, f"{name}-held", held)
    await _rest(bench, f"{name}-leaving", leaving)
    await _rest(bench, f"{name}-staying", staying)
    await bench.settled()

    rules = _rules(effect, moment)
    began = time.monotonic()
    if moment is Moment.BEFORE_SEND:
        await bench.rules(*rules)
        answers = await _act(bench, name, entry, held, leaving)
    elif moment is Moment.AFTER_SEND:
        await bench.rules(*_holding())
        acting = asyncio.create_task(_act(bench, name, entry, held, leaving))
        await bench.until_used(2, TIME_OUT_S / 2)
        await bench.rules(*rules)
        answers = await acting
    else:
        answers = await _act(bench, name, entry, held, leaving)
        await bench.rules(*rules)
    bench.look_again()
    await bench.until_used(len(rules), 2 * TIME_OUT_S)
    await bench.until_met([int(str(rule["times"])) for rule in rules], PATIENCE_S)
    left = await bench.left()
    await bench.rules()
    await bench.settled()
    seconds = time.monotonic() - began
    await bench.live.ask(CancelAll())
    await bench.settled()
    return await _cell(bench, effect, moment, known, answers, _met(rules, left), seconds)


async def _play_plan(bench: FaultBench, effect: str, number: int) -> Cell:
    """An entry fills, and the fault meets its take profit, the cancel of that, and the sale that ends it all
    when the plan's time is over; or the stream meanwhile. It is over when nothing is held."""
    known = set(bench.money.orders)
    (ticker,) = [name for name in await bench.markets(8) if not bench.engine.desk.held_c(name)][:1]
    rules = [*_letting_pass(), *_on_plan(effect)]
    began = time.monotonic()
    await bench.rules(*rules)
    order = msgspec.structs.replace(_entry(bench, f"f{number}-guarded", ticker), plan=GUARD)
    answer = await _taken(bench, order)
    if effect in PAUSES:
        await bench.until_used(len(rules), 2 * TIME_OUT_S)
        await bench.rules()
    await bench.live.until(lambda: _is_out(bench, ticker, order.client_order_id), seconds=30)
    left = await bench.left() if effect not in PAUSES else [0] * len(rules)
    await bench.rules()
    await bench.settled()
    assert bench.engine.desk.held_c(ticker) == 0
    plan = bench.money.plans[ticker]
    assert (plan.is_live, plan.retirement) == (False, Retirement.CLOSED), plan
    seconds = time.monotonic() - began
    return await _cell(bench, effect, Moment.AFTER_FILL, known, [answer], _met(rules, left) - 1, seconds)


def _is_out(bench: FaultBench, ticker: str, entry: str) -> bool:
    """The plan of this entry was there, and nothing is held or working any more."""
    plan = bench.money.plans.get(ticker)
    is_over = plan is not None and plan.entry == entry and not plan.is_live
    return is_over and not bench.engine.desk.held_c(ticker) and not bench.engine.desk.working(ticker)


def _letting_pass() -> list[dict[str, object]]:
    """The entry itself is let through."""
    return [{"effect": "delay:1", "method": "POST", "path": ORDERS, "times": 1}]


def _on_plan(effect: str) -> list[dict[str, object]]:
    if effect.startswith("ws_"):
        return _rules(effect, Moment.BEFORE_SEND)
    if effect in PAUSES:
        return [{"effect": effect, "method": "POST", "path": ORDERS, "times": 1}]
    return _on_requests(effect)[:2]


async def _act(
    bench: FaultBench, name: str, entry: str, held: str, leaving: str
) -> list[Answer | TimeoutError]:
    """All at once; an amendment comes by itself. What a pause holds back is answered when that is over."""
    found = await asyncio.gather(
        _asked(bench, _entry(bench, f"{name}-entry", entry)),
        _asked(bench, ClosePosition(f"{name}-exit", held)),
        _asked(bench, CancelOrder(f"{name}-leaving")),
        return_exceptions=True,
    )
    assert all(isinstance(one, Answer | TimeoutError) for one in found), found
    return [one for one in found if isinstance(one, Answer | TimeoutError)]


async def _asked(bench: FaultBench, body: CommandBody) -> Answer:
    async with asyncio.timeout(4 * TIME_OUT_S):
        return await bench.live.ask(body)


def _entry(bench: FaultBench, name: str, ticker: str) -> PlaceOrder:
    ask_bp = bench.engine.books[ticker].book.best_ask_bp or 9_900
    return PlaceOrder(
        name,
        ticker,
        Leg.YES,
        buys=True,
        price_bp=ask_bp,
        count_c=100,
        time_in_force=_IOC,
        again=True,
        far=True,
    )


async def _buy(bench: FaultBench, name: str, ticker: str) -> None:
    await _taken(bench, _entry(bench, name, ticker))


async def _rest(bench: FaultBench, name: str, ticker: str) -> None:
    await _taken(bench, _order(name, ticker, 100, _GTC))


async def _taken(bench: FaultBench, order: PlaceOrder) -> Answer:
    """The answer to an entry that goes out, once the pause of the cell before is over for the engine too."""
    while True:
        answer = await bench.live.ask(order)
        if answer.deny_code not in (DenyCode.EXCHANGE_PAUSED, DenyCode.SETTLING):
            assert answer.deny_code == "", answer
            return answer
        await asyncio.sleep(0.05)


def _order(name: str, ticker: str, price_bp: int, time_in_force: TimeInForce) -> PlaceOrder:
    return PlaceOrder(
        name,
        ticker,
        Leg.YES,
        buys=True,
        price_bp=price_bp,
        count_c=100,
        time_in_force=time_in_force,
        again=True,
        far=True,
    )


def _rules(effect: str, moment: Moment) -> list[dict[str, object]]:
    if effect == "ws_stale_snapshot":
        # Nobody sends a snapshot but to who has lost his place.
        gap: dict[str, object] = {"effect": "ws_gap", "channel": "orderbook_delta", "times": 1}
        return [gap, {"effect": effect, "times": 1}]
    if effect.startswith("ws_"):
        return [{"effect": effect, "times": 3}]
    if effect in PAUSES and moment is not Moment.BEFORE_SEND:
        return [{"effect": effect, "times": 1}]
    if moment is Moment.BEFORE_SEND:
        return _on_requests(effect)
    return [{"effect": effect, "method": "GET", "path": "**", "times": 4}, *_on_requests(effect)[1:]]


def _on_requests(effect: str) -> list[dict[str, object]]:
    return [
        {"effect": effect, "method": "POST", "path": ORDERS, "times": 2},
        {"effect": effect, "method": "DELETE", "path": f"{ORDERS}/*", "times": 1},
        {"effect": effect, "method": "POST", "path": f"{ORDERS}/*/amend", "times": 1},
    ]


def _holding() -> list[dict[str, object]]:
    return _on_requests(f"delay:{_HOLD_MS}")[:2]


def _met(rules: list[dict[str, object]], left: list[int]) -> int:
    return sum(int(str(rule["times"])) for rule in rules) - sum(left)


async def _cell(
    bench: FaultBench,
    effect: str,
    moment: Moment,
    known: set[str],
    answers: list[Answer | TimeoutError],
    met: int,
    seconds: float,
) -> Cell:
    truth = await asyncio.to_thread(bench.sandbox.side_door, "GET", "orders")
    there = truth["orders"]
    assert isinstance(there, list)
    names = [order["client_order_id"] for order in there]
    mine = {name: record for name, record in bench.money.orders.items() if name not in known}
    return Cell(
        effect=effect,
        moment=moment,
        intents=len(mine),
        at_exchange=sum(names.count(name) for name in mine),
        most_for_one=max(names.count(name) for name in mine),
        in_doubt=sum(
            isinstance(answer, TimeoutError) or answer.numbers.get("state") == OrderState.UNKNOWN.value
            for answer in answers
        ),
        resent=sum(record.sends > 1 for record in mine.values()),
        absent=sum(record.state is OrderState.ABSENT for record in mine.values()),
        met=met,
        seconds=seconds,
    )
