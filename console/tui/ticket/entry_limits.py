"""What the engine's risk gate asks of an order that adds risk, as far as the screen knows its numbers."""

from __future__ import annotations

from collections.abc import Iterator

from console.tui.panels.labels import status_word
from console.tui.ticket.bounds import DUPLICATE_NS, STALE_NS
from console.tui.ticket.figures import worst_loss_ud
from console.tui.ticket.scene import Scene
from console.tui.ticket.ticket import Ticket
from engine.domain.market import MarketStatus
from engine.domain.order import book_order
from engine.domain.units import SECOND_NS, cents, contracts, dollars

Found = Iterator[tuple[str, str]]
MIN_SIZE = "80x24"


def blocks(ticket: Ticket, scene: Scene) -> Found:
    """In the order in which the engine looks."""
    yield from _business(scene)
    yield from _market(scene)
    yield from _size(ticket, scene)
    yield from _book(scene)
    yield from _reach(ticket, scene)
    yield from _repetition(ticket, scene)
    yield from _cash(ticket, scene)
    if not scene.is_armed:
        yield "NOT_ARMED", _unarmed(scene)


def _unarmed(scene: Scene) -> str:
    if scene.armed_by:
        return f"keys: armed by {scene.armed_by}; disarm there, then A arms here"
    return "keys are locked: A arms, then Enter sends"


def _business(scene: Scene) -> Found:
    if not scene.is_roomy:
        yield "TOO_SMALL", f"terminal: too small for a whole review; wanted {MIN_SIZE} or more"
    if scene.is_attached and not scene.is_ready:
        yield "NOT_READY", "the engine is not ready yet; wait a moment"
    if scene.mode not in ("", "RUNNING"):
        yield "ENTRIES_OFF", f"mode: {scene.mode}; only closes and cancels until it is RUNNING again"
    elif scene.entries_stopped:
        yield "ENTRIES_OFF", f"entries are off: {scene.entries_stopped}; closes and cancels work"


def _market(scene: Scene) -> Found:
    if scene.status is None or scene.grid is None or scene.fees is None:
        yield "UNKNOWN_MARKET", f"{scene.ticker}: its facts are not here yet; wait a moment"
        return
    if scene.status is not MarketStatus.ACTIVE:
        yield "MARKET_NOT_ACTIVE", f"market: is {status_word(scene.status)}, wanted OPEN"
    if scene.close_ns is not None and scene.close_ns <= scene.now_ns:
        yield "MARKET_CLOSING", "market: its close has passed"


def _size(ticket: Ticket, scene: Scene) -> Found:
    most_c, most_ud = scene.bounds.order_count_c, scene.bounds.order_loss_ud
    if most_c is not None and ticket.count_c > most_c:
        yield "ORDER_COUNT", f"size: {contracts(ticket.count_c)}, the limit is {contracts(most_c)}"
    loss_ud = worst_loss_ud(ticket, scene.fees, ticket.count_c)
    if most_ud is not None and loss_ud is not None and loss_ud > most_ud:
        text = f"worst loss: ${dollars(loss_ud)} with fee, the limit is ${dollars(most_ud)}; 5 takes the most"
        yield "ORDER_DOLLARS", text


def _book(scene: Scene) -> Found:
    age_ns = scene.feed_age_ns
    if not scene.is_book_fresh:
        yield "STALE_BOOK", f"book: {scene.stale_reason or 'not current'}; wait until it is fresh"
    elif age_ns is None or age_ns > STALE_NS:
        age = "never heard" if age_ns is None else f"silent for {age_ns // SECOND_NS} s"
        yield "STALE_BOOK", f"book: the exchange's feed is {age}; wait until it is fresh"


def _reach(ticket: Ticket, scene: Scene) -> Found:
    """How far through the other side, and how near 0 or $1, in prices of the leg bought."""
    price_bp, bounds = ticket.price_bp, scene.bounds
    offers = scene.buying(ticket.leg)
    if price_bp is None:
        return
    if bounds.collar_bp is not None and offers and price_bp > offers[0][0] + bounds.collar_bp:
        most = cents(offers[0][0] + bounds.collar_bp)
        yield "COLLAR", f"price: {cents(price_bp)}, the ask is {cents(offers[0][0])}; at most {most}"
    low_bp, high_bp = bounds.near_low_bp, bounds.near_high_bp
    if low_bp is None or high_bp is None or ticket.far:
        return
    if not low_bp <= price_bp <= high_bp:
        near = f"{cents(low_bp)} to {cents(high_bp)}"
        yield "FAR_PRICE", f"price: {cents(price_bp)} is outside {near}; f sends it all the same"


def _repetition(ticket: Ticket, scene: Scene) -> Found:
    if ticket.again:
        return
    mine = (ticket.side, ticket.yes_price_bp, ticket.count_c)
    for order in scene.orders:
        side, price_bp = book_order(order.leg, buys=order.buys, price_bp=order.price_bp)
        ago_ns = scene.now_ns - order.intended_ns
        if order.opens and (side, price_bp, order.count_c) == mine and ago_ns < DUPLICATE_NS:
            text = f"the same order was sent {max(0, ago_ns) // SECOND_NS} s ago; g sends it once more"
            yield "LOOKS_DUPLICATE", text
            return


def _cash(ticket: Ticket, scene: Scene) -> Found:
    needed_ud = worst_loss_ud(ticket, scene.fees, ticket.count_c)
    if scene.cash is None:
        yield "NO_CASH_KNOWN", "cash: the balance is not known yet; wait a moment"
        return
    if needed_ud is None or scene.shard is None:
        return
    if needed_ud > scene.cash.cash_ud:
        text = f"cash: needs ${dollars(needed_ud)}, has ${dollars(scene.cash.cash_ud)}; take fewer"
        yield "INSUFFICIENT_BALANCE", text
        return
    there_ud = scene.cash.by_shard_ud.get(scene.shard, 0)
    if needed_ud > there_ud:
        where = f"cash on shard {scene.shard}"
        text = f"{where}: needs ${dollars(needed_ud)}, has ${dollars(there_ud)}; move cash or take fewer"
        yield "INSUFFICIENT_SHARD_CASH", text


def warnings(ticket: Ticket, scene: Scene) -> Found:
    owners = {order.owner for order in scene.orders if order.opens and order.remaining_c > 0}
    if scene.position is not None and scene.position.count_c:
        owners.add(scene.position.owner)
    others = sorted(owners - {"", "manual"})
    if others:
        yield "TAKES_OVER", f"takes the market over from {', '.join(others)}"
    if scene.bounds.order_count_c is None:
        yield "LIMITS_UNKNOWN", "the engine has not told its limits; it checks them when this is sent"
    if ticket.far:
        yield "FAR", "sent although the price may be near 0 or $1"
