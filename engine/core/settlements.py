"""Markets pay. The value paid is the exchange's number, never guessed from a result that may be missing."""

from __future__ import annotations

from engine.core.desk import Desk
from engine.core.effects import AlertLevel, ReadSettlements
from engine.core.facts.money import PositionAdopted, ReadThrough, SettlementBooked
from engine.core.inputs import SettlementsRead
from engine.domain.market import Outcome
from engine.domain.units import CONTRACT_BP, PriceBp
from engine.domain.venue import Settlement

SETTLEMENTS = "settlements"


class Settlements:
    """A settlement of another count than the ledger holds waits for the fills that explain it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._puzzling: dict[str, int] = {}
        self._unsaid: dict[str, None] = {}

    def ask(self) -> None:
        since = self._desk.money.read_through.get(SETTLEMENTS, 0)
        self._desk.ask(ReadSettlements(max(0, since - self._desk.timings.listing_overlap_ns)))

    def read(self, read: SettlementsRead) -> bool:
        """Books what is new; returns whether fills seem to be missing."""
        for settlement in sorted(read.settlements, key=lambda s: (s.settled_ns, s.ticker)):
            if settlement.ticker not in self._desk.money.settlements:
                self._book(settlement)
        newest = max((s.settled_ns for s in read.settlements), default=0)
        waits = bool(self._puzzling or self._unsaid)
        if read.is_complete and not waits and newest > self._desk.money.read_through.get(SETTLEMENTS, 0):
            self._desk.record(ReadThrough(SETTLEMENTS, newest))
        return bool(self._puzzling)

    def _book(self, settlement: Settlement) -> None:
        desk = self._desk
        ticker = settlement.ticker
        value_bp = self._value_bp(settlement)
        if value_bp is None:
            if ticker not in self._unsaid:
                self._unsaid[ticker] = None
                text = f"{ticker}: settled without a value; held until the exchange says it"
                desk.alert(AlertLevel.WARNING, "SETTLEMENT_WITHOUT_VALUE", text)
            return
        if self._is_puzzling(settlement):
            return
        self._puzzling.pop(ticker, None)
        self._unsaid.pop(ticker, None)
        desk.record(SettlementBooked(settlement, value_bp, desk.at))
        desk.cash_moved()
        desk.touch(ticker)

    def _is_puzzling(self, settlement: Settlement) -> bool:
        """Another count than ours: fills may be under way. The third time the exchange is believed."""
        desk = self._desk
        ticker = settlement.ticker
        held = desk.money.positions.get(ticker)
        paid_c = settlement.yes_c - settlement.no_c
        if held is None or held.position.count_c == paid_c:
            return False
        self._puzzling[ticker] = self._puzzling.get(ticker, 0) + 1
        if self._puzzling[ticker] < 3:
            return True
        cost_ud = settlement.yes_cost_ud if paid_c > 0 else settlement.no_cost_ud
        desk.record(PositionAdopted(ticker, paid_c, cost_ud if paid_c else 0, settlement.settled_ns))
        text = f"{ticker}: settled {paid_c} hundredths, the ledger held {held.position.count_c}; taken over"
        desk.alert(AlertLevel.URGENT, "SETTLEMENT_DISAGREES", text)
        return False

    def _value_bp(self, settlement: Settlement) -> PriceBp | None:
        """The payment's own value, the market's, or that of a plain result; never of a scalar one."""
        if settlement.value_bp is not None:
            return settlement.value_bp
        market = self._desk.markets.get(settlement.ticker)
        if market is not None and market.settlement_bp is not None:
            return market.settlement_bp
        plain = {Outcome.YES: CONTRACT_BP, Outcome.NO: 0}
        return None if settlement.result is None else plain.get(settlement.result)
