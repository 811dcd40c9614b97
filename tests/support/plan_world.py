"""An engine with plans against the small exchange that loses, delays and repeats what it says."""

from __future__ import annotations

from typing import Any

from core_world import TICKERS, CoreWorld, SmallExchange

from engine.core.inputs import BookRead, Command
from engine.domain import command
from engine.domain.feed import BookFresh, FeedAlive
from engine.domain.fill import Fill
from engine.domain.order import Leg, OrderRequest, TimeInForce, VenueOrderStatus
from engine.domain.plan import PlanState, PlanTerms, Target
from engine.domain.units import SECOND_NS
from engine.domain.venue import VenueOrder

_IOC = TimeInForce.IMMEDIATE_OR_CANCEL


class StrictExchange(SmallExchange):
    """Remembers each order of a plan that turned a position over."""

    def __init__(self) -> None:
        super().__init__()
        self.flips: list[str] = []
        self.is_generous = False
        """Meets every order that asks."""

    def submit(self, request: OrderRequest, now: int, crosses_c: int) -> VenueOrder | None:
        return super().submit(request, now, request.count_c if self.is_generous else crosses_c)

    def trade(self, name: str, count_c: int, now: int) -> Fill | None:
        before_c = self.position_c(self.orders[name].ticker)
        fill = super().trade(name, count_c, now)
        if fill is not None and name.startswith("x"):
            after_c = before_c + fill.signed_count_c
            if before_c * after_c < 0 or abs(after_c) > abs(before_c):
                self.flips.append(f"{name}: {before_c} -> {after_c}")
        return fill


class PlanWorld(CoreWorld):
    """Everybody who enters brings a plan; positions are closed, plans changed and dropped, processes die."""

    def __init__(self, seed: int, faults: float = 0.25) -> None:
        self.strict = StrictExchange()
        super().__init__(seed, faults, has_strategy=False)
        self.wrong: list[str] = []

    @property
    def exchange(self) -> SmallExchange:
        return self.strict

    @exchange.setter
    def exchange(self, _: SmallExchange) -> None:
        """The strict one stays."""

    def act(self) -> None:
        self.take(FeedAlive())
        super().act()
        self.check()

    def run(self, seconds: float) -> None:
        """The feed is heard all the while."""
        left = seconds
        while left > 0:
            part = min(1.0, left)
            super().run(part)
            left -= part
            self.take(FeedAlive())

    def check(self) -> None:
        """What must hold between any two events."""
        money, desk = self.engine.money, self.engine.desk
        for ticker in TICKERS:
            plan, held_c = money.plans.get(ticker), desk.held_c(ticker)
            if plan is not None and plan.is_live and abs(held_c) != plan.count_c:
                self.wrong.append(f"{ticker}: plan guards {plan.count_c} of {held_c}")
            if plan is not None and plan.is_live and (held_c > 0) != (plan.leg is Leg.YES):
                self.wrong.append(f"{ticker}: plan of {plan.leg} with {held_c}")
            exits = [r for r in desk.working(ticker) if r.terms.exit_cause]
            if len([r for r in exits if r.terms.time_in_force is _IOC]) > 1:
                self.wrong.append(f"{ticker}: {len(exits)} exits at once")
        self.wrong += self.strict.flips
        self.strict.flips.clear()

    def _person(self) -> None:
        self._named += 1
        ticker = self.random.choice(TICKERS)
        body = self._wish(ticker)
        self.take(Command(f"q{self._named}", "dan", body))

    def _wish(self, ticker: str) -> command.CommandBody:
        kind, name = self.random.random(), f"c{self._named}"
        if kind < 0.6:
            leg = self.random.choice((Leg.YES, Leg.NO))
            return command.PlaceOrder(
                name, ticker, leg, True, self.random.randrange(46, 54) * 100,
                self.random.randrange(1, 1_500),
                self.random.choice((TimeInForce.GOOD_TILL_CANCELED, _IOC)),
                again=True, flip=self.random.random() < 0.2, plan=self._plan(),
            )  # fmt: skip
        if kind < 0.75:
            return command.ClosePosition(name, ticker, self.random.choice((0, 100)))
        if kind < 0.85:
            return command.SetPlan(ticker, self._plan() or PlanTerms(to_settlement=True))
        if kind < 0.9:
            return command.DropPlan(ticker)
        if kind < 0.97:
            names = list(self.engine.money.working) or ["none"]
            return command.CancelOrder(self.random.choice(names))
        return command.SetExits(self.random.random() < 0.7, "test")

    def _plan(self) -> PlanTerms | None:
        pick = self.random.choice
        terms = PlanTerms(
            take_profit=pick((None, Target(100), Target(300), Target(600))),
            stop_loss=pick((None, Target(-100), Target(-300))),
            disaster=pick((None, None, Target(-500))),
            trailing_bp=pick((None, None, 200)),
            hold_ns=pick((None, None, 20 * SECOND_NS)),
        )
        return None if terms.is_empty else terms

    def _carry_out(self, effect: object) -> None:
        if type(effect).__name__ == "ReadBook":
            ticker = getattr(effect, "ticker", "")
            view = self.engine.books[ticker]
            bids, asks = tuple(view.book.bids_down()), tuple(view.book.asks_up())
            self._post(BookRead(ticker, bids, asks), self._soon())
            return
        super()._carry_out(effect)

    def settle(self) -> None:
        """The way becomes sound: what was decided gets done."""
        self.faults = 0.0
        self.strict.is_generous = True
        for _ in range(6):
            self.run(15)
            for ticker in TICKERS:
                self.take(BookFresh(ticker, ((4_800, 10_000),), ((4_900, 10_000),), None))
            self.check()

    def unfinished(self) -> list[str]:
        """Exits that are under way although everything was answered, and profits that do not rest."""
        money, found = self.engine.money, []
        for ticker, plan in money.plans.items():
            if plan.is_live and plan.state is PlanState.EXITING:
                found.append(f"{ticker}: {plan}")
        return found

    def overhanging(self) -> list[str]:
        """Orders of plans that rest at the exchange and could turn a position over."""
        found = []
        for ticker in TICKERS:
            rests_c = sum(
                order.remaining_c
                for name, order in self.strict.orders.items()
                if order.ticker == ticker
                and name.startswith("x")
                and order.status is VenueOrderStatus.RESTING
            )
            if rests_c > abs(self.strict.position_c(ticker)):
                found.append(f"{ticker}: {rests_c} rest for {self.strict.position_c(ticker)}")
        return found


def run_plans(seed: int, actions: int = 60, faults: float = 0.25) -> PlanWorld:
    world = PlanWorld(seed, faults)
    for _ in range(actions):
        world.act()
    world.settle()
    return world


__all__: list[Any] = ["PlanWorld", "run_plans"]
