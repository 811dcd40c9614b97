"""What a book gives for a whole position."""

from __future__ import annotations

from engine.domain.book import Book
from engine.domain.units import CountC, MicroDollars, complement


def exit_value_ud(book: Book, signed_count_c: CountC) -> MicroDollars | None:
    """What selling the whole position level by level brings, before fees; None if the book holds too little.

    YES is sold to the bids; selling NO is buying YES from the asks, each at the complement.
    """
    wanted = abs(signed_count_c)
    is_yes = signed_count_c > 0
    value = 0
    for price_bp, available in book.bids_down() if is_yes else book.asks_up():
        taken = min(wanted, available)
        value += taken * (price_bp if is_yes else complement(price_bp))
        wanted -= taken
        if wanted == 0:
            return value
    return None
