"""One event of the generated world: its markets, and what each is worth at any time of its life."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.domain.market import Event, Market, MarketStatus
from engine.domain.price_grid import STRUCTURES
from engine.domain.units import CONTRACT_BP, SECOND_NS
from engine.sandbox.sources.generator import ladder
from engine.sandbox.sources.generator.families import Family
from engine.sandbox.sources.generator.ladder import Rung
from engine.sandbox.sources.generator.outlook import Outlook
from engine.sandbox.sources.generator.prices import AveragedIndex
from engine.sandbox.sources.generator.slots import Slot
from engine.sandbox.sources.generator.wording import Words

_EXPECTED_AFTER_NS = 300 * SECOND_NS
_LATEST_AFTER_NS = 7 * 86_400 * SECOND_NS


class Plan(msgspec.Struct, frozen=True):
    """An event with its rungs; a pure function of the family and the slot."""

    family: Family
    slot: Slot
    event_ticker: str
    rungs: tuple[Rung, ...]
    spans: tuple[tuple[float, float], ...]

    @property
    def tickers(self) -> list[str]:
        return [f"{self.event_ticker}-{rung.label}" for rung in self.rungs]

    def outlook(self, at_s: int) -> Outlook:
        return self.family.underlying.outlook(self.slot, at_s)

    def fair(self, at_s: int) -> list[float]:
        """The probability of each market, in the order of the ladder; of an exclusive event they sum to 1."""
        return self.outlook(at_s).between(self.spans)

    def event(self) -> Event:
        words = self.family.event_words(self.slot)
        return Event(
            ticker=self.event_ticker,
            series_ticker=self.family.series.ticker,
            title=words.title,
            sub_title=words.sub_title,
            mutually_exclusive=self.family.is_exclusive,
            strike_ns=self.slot.close_s * SECOND_NS,
            exchange_index=self.family.series.exchange_index,
        )

    def markets(self) -> list[Market]:
        """As they are listed: nothing has happened to them yet."""
        return [self._market(rung) for rung in self.rungs]

    def words(self, rung: Rung) -> Words:
        return self.family.market_words(self.slot, rung.strike)

    def results(self) -> tuple[list[int], str]:
        """The settlement value of each market in basis points, and the expiration value of them all."""
        settlement = self.family.underlying.settlement(self.slot)
        paid = [CONTRACT_BP if rung.strike.holds(settlement.value) else 0 for rung in self.rungs]
        return paid, settlement.text

    def _market(self, rung: Rung) -> Market:
        family, slot = self.family, self.slot
        words = self.words(rung)
        close_ns = slot.close_s * SECOND_NS
        return Market(
            ticker=f"{self.event_ticker}-{rung.label}",
            event_ticker=self.event_ticker,
            series_ticker=family.series.ticker,
            title=words.title,
            yes_sub_title=words.yes_sub_title,
            no_sub_title=words.no_sub_title,
            rules_primary=words.rules,
            rules_secondary=family.rules_secondary,
            open_ns=slot.open_s * SECOND_NS,
            close_ns=close_ns,
            expected_expiration_ns=max(slot.determine_s * SECOND_NS, close_ns + _EXPECTED_AFTER_NS),
            latest_expiration_ns=close_ns + _LATEST_AFTER_NS,
            strike=rung.strike,
            price_level_structure=family.price_level_structure,
            grid=STRUCTURES[family.price_level_structure],
            fees=family.series.fees,
            settlement_timer_s=family.settlement_timer_s,
            exchange_index=family.series.exchange_index,
            created_ns=slot.list_s * SECOND_NS,
            updated_ns=slot.list_s * SECOND_NS,
        )


def plan_of(family: Family, slot: Slot) -> Plan:
    """The event of a slot, its strikes set around what is expected at its listing.

    An up-or-down event has its target only from the opening: see :func:`with_target`.
    """
    rungs = family.rungs(slot, family.underlying.outlook(slot, slot.list_s).centre)
    return _plan(family, slot, rungs)


def with_target(plan: Plan) -> Plan:
    """The same event after its opening, the target being the average of the minute before."""
    underlying = plan.family.underlying
    if not plan.family.has_target or not isinstance(underlying, AveragedIndex):
        return plan
    cents = underlying.path.closing_cents(plan.slot.open_s)
    price = Decimal(cents).scaleb(-2)
    return _plan(plan.family, plan.slot, ladder.target(plan.rungs[0].label, price))


def settled(market: Market, slot: Slot, settlement_bp: int, expiration_value: str) -> Market:
    """The market as it stands long after its end."""
    determined_ns = slot.determine_s * SECOND_NS
    settled_ns = determined_ns + market.settlement_timer_s * SECOND_NS
    return msgspec.structs.replace(
        market,
        status=MarketStatus.FINALIZED,
        settlement_bp=settlement_bp,
        expiration_value=expiration_value,
        determined_ns=determined_ns,
        settled_ns=settled_ns,
        updated_ns=settled_ns,
    )


def _plan(family: Family, slot: Slot, rungs: tuple[Rung, ...]) -> Plan:
    spans = tuple((rung.low, rung.high) for rung in rungs)
    return Plan(family, slot, f"{family.series.ticker}-{slot.stamp}", rungs, spans)
