"""What people do in a history: orders around the touch, closes, cancels, drawn from a seed."""

from __future__ import annotations

from random import Random

from sim_engine import SimEngine

from engine.domain.command import CancelAll, CancelOrder, ClosePosition, CommandBody, PlaceOrder
from engine.domain.order import Leg, TimeInForce
from engine.domain.plan import PlanTerms, Target
from engine.domain.units import SECOND_NS

_GTC, _IOC = TimeInForce.GOOD_TILL_CANCELED, TimeInForce.IMMEDIATE_OR_CANCEL


class Trader:
    """Chooses by what the engine holds at the moment; ``prefix`` begins each order's id."""

    def __init__(self, engine: SimEngine, chance: Random, prefix: str) -> None:
        self._engine = engine
        self._chance = chance
        self._prefix = prefix
        self._chosen = 0

    def choose(self) -> CommandBody:
        money, chance = self._engine.money, self._chance
        self._chosen += 1
        kind = chance.random()
        if kind < 0.2 and money.working:
            return CancelOrder(chance.choice(list(money.working)))
        if kind < 0.3 and money.positions:
            return ClosePosition(self._id(), chance.choice(list(money.positions)))
        if kind < 0.33:
            return CancelAll()
        runtime = self._engine.runtime
        assert runtime is not None
        held = {ticker: record.position.count_c for ticker, record in money.positions.items()}
        if kind < 0.45 and any(held.values()):
            ticker = chance.choice([ticker for ticker, count_c in held.items() if count_c])
            return self._order(ticker, Leg.YES if held[ticker] > 0 else Leg.NO, buys=False)
        ticker = chance.choice(list(runtime.engine.markets) or ["NONE"])
        return self._order(ticker, chance.choice((Leg.YES, Leg.NO)), buys=chance.random() < 0.95)

    def _order(self, ticker: str, leg: Leg, *, buys: bool) -> PlaceOrder:
        chance = self._chance
        return PlaceOrder(
            client_order_id=self._id(),
            ticker=ticker,
            leg=leg,
            buys=buys,
            price_bp=self._price_bp(ticker, leg, buys),
            count_c=chance.choice((100, 200, 350, 500)),
            time_in_force=chance.choice((_GTC, _GTC, _IOC)),
            opens=buys,
            again=True,
            far=True,
            plan=self._plan() if buys and chance.random() < 0.6 else None,
        )

    def _plan(self) -> PlanTerms:
        """Near enough that something comes of it."""
        chance = self._chance
        profit = Target(100 * chance.choice((1, 1, 2, 4)))
        stop = Target(-100 * chance.choice((1, 2, 4)))
        return PlanTerms(
            take_profit=profit,
            takes=chance.random() < 0.5,
            stop_loss=chance.choice((None, stop, stop)),
            hold_ns=chance.choice((None, None, 12 * SECOND_NS)),
        )

    def _price_bp(self, ticker: str, leg: Leg, buys: bool) -> int:
        """Now and then anything; else within three cents of the price that would trade at once."""
        chance, runtime = self._chance, self._engine.runtime
        assert runtime is not None
        view = runtime.engine.books.get(ticker)
        best = None
        if view is not None:
            best = view.book.best_ask_bp if (leg is Leg.YES) == buys else view.book.best_bid_bp
        if best is None or chance.random() < 0.1:
            return 100 * chance.randint(1, 99)
        touch_bp = best if leg is Leg.YES else 10_000 - best
        return min(9_900, max(100, touch_bp + 100 * chance.randint(-3, 2)))

    def _id(self) -> str:
        return f"{self._prefix}-{self._chosen:04d}-{self._engine.ids.mint()}"
