"""The engine's rows as JSON documents. Keys and units are fixed; new keys may only be added at the end."""

from __future__ import annotations

from console.tools.limit_words import limit_document
from console.tools.output import Json
from console.tools.plan_options import plan_row_document
from console.tools.units import average_cents, cents_number, count_number, iso
from engine.control.rows.account import CashRow, FillRow, PositionRow
from engine.control.rows.markets import EventRow, LegRow, QuoteRow
from engine.control.rows.orders import OrderRow, PlanRow
from engine.control.rows.outside import SourceRow
from engine.control.rows.status import FeedRow, StatusRow
from engine.domain.order import Leg
from engine.domain.units import MILLISECOND_NS, SECOND_NS, Nanoseconds, PriceBp, complement, dollars

DENIED = "denied"
"""The status of an order that was never sent."""


def feed_document(feed: FeedRow | SourceRow) -> dict[str, Json]:
    """The exchange's stream, or a source of a collector, which alone has a rate, a note and restarts."""
    source = feed if isinstance(feed, SourceRow) else None
    return {
        "name": feed.name,
        "age_s": None if feed.age_ns is None else _seconds(feed.age_ns),
        "state": feed.state,
        "rate": None if source is None else source.rate,
        "note": (source.note or None) if source is not None else None,
        "restarts": None if source is None else source.restarts,
        "dropped": None if source is None else source.dropped,
    }


def status_document(status: StatusRow, cash: CashRow | None) -> dict[str, Json]:
    offset_ns, age_ns = status.exchange.clock_offset_ns, status.exchange.prices_age_ns
    return {
        "venue": status.venue,
        "mode": status.mode,
        "engine": {"pid": status.pid, "uptime_s": _seconds(status.uptime_ns), "rev": status.rev},
        "exchange": {
            "connected": status.exchange.is_connected,
            "rest": status.exchange.rest,
            "clock_offset_ms": None if offset_ns is None else round(offset_ns / MILLISECOND_NS, 3),
            "prices": status.exchange.prices or None,
            "prices_age_s": None if age_ns is None else _seconds(age_ns),
        },
        "feeds": [feed_document(feed) for feed in (*status.feeds, *status.sources)],
        "balance_dollars": None if cash is None else dollars(cash.cash_ud),
        "positions": status.positions,
        "resting_orders": status.resting_orders,
        "unknown_orders": status.unknown_orders,
        "limits": [limit_document(limit) for limit in status.limits],
        "entries_stopped": status.entries_stopped or None,
        "alerts": [
            {
                "id": alert.alert_id,
                "level": alert.level,
                "code": alert.code,
                "text": alert.text,
                "time": iso(alert.at_ns),
                "rounds": alert.times,
            }
            for alert in status.alerts
        ],
        "breakers": [
            {
                "cause": breaker.cause,
                "since": iso(breaker.since_ns),
                "text": breaker.text,
                "probe_time": iso(breaker.probe_ns),
            }
            for breaker in status.breakers
        ],
    }


def market_document(leg: LegRow) -> dict[str, Json]:
    market, quote = leg.market, leg.quote
    return {
        "ticker": market.ticker,
        "event_ticker": market.event_ticker,
        "series": market.series_ticker,
        "title": market.title,
        "status": market.status.value,
        "yes_bid_cents": cents_number(quote.bid_bp),
        "yes_ask_cents": cents_number(quote.ask_bp),
        "last_cents": cents_number(quote.last_bp),
        "volume": None if quote.volume_c is None else count_number(quote.volume_c),
        "close_time": iso(market.close_ns),
    }


def event_document(event: EventRow) -> dict[str, Json]:
    yes_asks = [leg.quote.ask_bp for leg in event.legs]
    no_asks = [no_ask_bp(leg.quote) for leg in event.legs]
    return {
        "event_ticker": event.ticker,
        "series": event.series_ticker,
        "title": event.title,
        "sub_title": event.sub_title,
        "mutually_exclusive": event.mutually_exclusive,
        "yes_ask_sum_cents": cents_number(sum_of(yes_asks)),
        "no_ask_sum_cents": cents_number(sum_of(no_asks)),
        "markets": [_leg_document(leg) for leg in event.legs],
    }


def _leg_document(leg: LegRow) -> dict[str, Json]:
    market, quote, held = leg.market, leg.quote, leg.position
    return {
        **market_document(leg),
        "sub_title": market.yes_sub_title,
        "no_bid_cents": cents_number(no_bid_bp(quote)),
        "no_ask_cents": cents_number(no_ask_bp(quote)),
        "yes_bid_count": count_number(quote.bid_c),
        "yes_ask_count": count_number(quote.ask_c),
        "is_fresh": quote.is_fresh,
        "held_side": None if held is None or held.leg is None else held.leg.value,
        "held_count": 0 if held is None else count_number(held.count_c),
    }


def no_bid_bp(quote: QuoteRow) -> PriceBp | None:
    """What a NO can be sold for: the complement of the lowest YES ask."""
    return None if quote.ask_bp is None else complement(quote.ask_bp)


def no_ask_bp(quote: QuoteRow) -> PriceBp | None:
    """What a NO costs: the complement of the highest YES bid."""
    return None if quote.bid_bp is None else complement(quote.bid_bp)


def sum_of(prices: list[PriceBp | None]) -> PriceBp | None:
    """The sum of all, or None if one is missing or there is none."""
    known = [price for price in prices if price is not None]
    return sum(known) if known and len(known) == len(prices) else None


def order_document(order: OrderRow, deny_code: str = "") -> dict[str, Json]:
    """``average_price_cents`` and ``fee_dollars`` are of the fills that are booked, in prices of the leg."""
    return {
        "client_order_id": order.client_order_id,
        "order_id": order.order_id or None,
        "status": order.state.value,
        "count": count_number(order.count_c),
        "filled": count_number(order.filled_c),
        "remaining": count_number(order.remaining_c),
        "average_price_cents": average_cents(order.booked_ud, order.booked_c),
        "fee_dollars": dollars(order.fees_ud),
        "deny_code": deny_code or None,
    }


def absent_order_document(
    status: str, *, client_order_id: str = "", count_c: int | None = None, deny_code: str = ""
) -> dict[str, Json]:
    """The same keys for an order of which the engine has no row: denied, or not answered in time."""
    return {
        "client_order_id": client_order_id or None,
        "order_id": None,
        "status": status,
        "count": None if count_c is None else count_number(count_c),
        "filled": 0,
        "remaining": 0,
        "average_price_cents": None,
        "fee_dollars": dollars(0),
        "deny_code": deny_code or None,
    }


def listed_order_document(order: OrderRow) -> dict[str, Json]:
    """An order in a list: what ``order`` prints, and what it is."""
    return {
        **order_document(order),
        "ticker": order.ticker,
        "side": order.leg.value,
        "action": action(order.buys),
        "price_cents": cents_number(order.price_bp),
        "tif": order.time_in_force.value,
        "owner": order.owner,
        "key": order.key or None,
        "cause": order.cause or None,
        "created_time": iso(order.intended_ns),
        "updated_time": iso(order.updated_ns),
        "expires_time": iso(order.expires_ns),
    }


def position_document(held: PositionRow, plan: PlanRow | None = None) -> dict[str, Json]:
    """``entry_cents`` and ``mark_cents`` are averages per contract of the leg held; the mark is what selling
    all of it into the book brings now, null while that cannot be said. ``plan`` is null where none guards
    it."""
    gain_ud = held.unrealised_ud
    return {
        "ticker": held.ticker,
        "side": None if held.leg is None else held.leg.value,
        "count": count_number(held.count_c),
        "entry_cents": average_cents(held.cost_ud, held.count_c),
        "mark_cents": None if held.exit_ud is None else average_cents(held.exit_ud, held.count_c),
        "unrealised_dollars": None if gain_ud is None else dollars(gain_ud),
        "realised_dollars": dollars(held.realised_ud),
        "fees_dollars": dollars(held.fees_ud),
        "take_profit_cents": None if plan is None else cents_number(plan.take_profit_bp),
        "stop_loss_cents": None if plan is None else cents_number(plan.stop_loss_bp),
        "plan": plan_row_document(plan),
        "owner": held.owner,
    }


def fill_document(fill: FillRow) -> dict[str, Json]:
    return {
        "trade_id": fill.trade_id,
        "order_id": fill.order_id,
        "client_order_id": fill.client_order_id or None,
        "ticker": fill.ticker,
        "side": fill.leg.value,
        "action": action(fill.buys),
        "count": count_number(fill.count_c),
        "price_cents": cents_number(fill.price_bp),
        "fee_dollars": dollars(fill.fee_ud),
        "is_taker": fill.is_taker,
        "owner": fill.owner,
        "time": iso(fill.at_ns),
    }


def cash_document(cash: CashRow) -> dict[str, Json]:
    return {
        "balance_dollars": dollars(cash.cash_ud),
        "portfolio_value_dollars": dollars(cash.portfolio_value_ud),
        "shards": [
            {"shard": shard, "balance_dollars": dollars(amount_ud)}
            for shard, amount_ud in sorted(cash.by_shard_ud.items())
        ],
        "updated_time": iso(cash.updated_ns),
    }


def action(buys: bool) -> str:
    return "buy" if buys else "sell"


def leg_word(leg: Leg | None) -> str:
    return "" if leg is None else leg.value.upper()


def _seconds(duration_ns: Nanoseconds) -> float:
    return round(duration_ns / SECOND_NS, 3)
