"""A fill in one line, for people."""

from __future__ import annotations

from engine.core.facts.orders import OrderTerms
from engine.domain.fill import Fill
from engine.domain.order import BookSide, Leg
from engine.domain.units import cents, complement, contracts, dollars


def fill_line(fill: Fill, terms: OrderTerms) -> str:
    """In the price of the leg that was meant: ``bought 10 NO KXHIGHNY-... at 43 c, fee $0.17 (manual)``."""
    buys = (terms.leg is Leg.YES) == (fill.side is BookSide.BID)
    price_bp = fill.price_bp if terms.leg is Leg.YES else complement(fill.price_bp)
    who = f"{terms.owner}, {terms.exit_cause}" if terms.exit_cause else terms.owner
    return (
        f"{'bought' if buys else 'sold'} {contracts(fill.count_c)} {terms.leg.upper()} {fill.ticker} "
        f"at {cents(price_bp)} c, fee ${dollars(fill.fee_ud)} ({who})"
    )


def foreign_line(fill: Fill) -> str:
    """Of an order that is not ours, in prices of YES."""
    did = "bought" if fill.side is BookSide.BID else "sold"
    return f"not ours: {did} {contracts(fill.count_c)} YES {fill.ticker} at {cents(fill.price_bp)} c"
