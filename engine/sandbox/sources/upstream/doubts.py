"""Which fills of a paper exchange the real depth might not have given, and why."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from engine.domain.units import SECOND_NS, Nanoseconds, cents, contracts
from engine.sandbox.sources.upstream.evidence import FillEvidence
from engine.sandbox.sources.upstream.words import Mode

OLDEST_NS: dict[Mode, Nanoseconds] = {Mode.STREAMED: 3 * SECOND_NS, Mode.POLLED: 10 * SECOND_NS}
"""A book older than this at the fill says little about it."""


class DoubtCode(StrEnum):
    NO_BOOK = "NO_BOOK"
    STALE_BOOK = "STALE_BOOK"
    THIN = "THIN"
    GONE = "GONE"
    UNSEEN = "UNSEEN"
    NO_PRINT = "NO_PRINT"


class Doubt(msgspec.Struct, frozen=True):
    """``text`` carries the numbers."""

    code: DoubtCode
    text: str


def doubt_of(found: FillEvidence) -> Doubt | None:
    """None for a fill that live depth, or a live print, could have given."""
    return _of_taker(found) if found.is_taker else _of_maker(found)


def _of_taker(found: FillEvidence) -> Doubt | None:
    place = cents(found.price_bp)
    if found.level_c is None or found.book_age_ns is None:
        return Doubt(DoubtCode.NO_BOOK, "the mirrored book was not known")
    if found.book_age_ns > OLDEST_NS[found.mode]:
        return Doubt(DoubtCode.STALE_BOOK, f"the mirrored book was {_seconds(found.book_age_ns)} old")
    had_c = found.level_c - found.taken_c
    if had_c < found.count_c:
        return Doubt(
            DoubtCode.THIN,
            f"{contracts(found.level_c)} stood at {place}, {contracts(found.taken_c)} of it taken before",
        )
    if found.later_c is None or found.later_ns is None:
        return Doubt(DoubtCode.UNSEEN, "nobody looked at the book soon after")
    if found.later_c + found.printed_c < found.count_c + found.taken_c:
        return Doubt(
            DoubtCode.GONE,
            f"{contracts(found.level_c)} stood at {place} {_seconds(found.book_age_ns)} before,"
            f" {contracts(found.later_c)} there or better {_seconds(found.later_ns - found.at_ns)} after,"
            f" {contracts(found.printed_c)} printed",
        )
    return None


def _of_maker(found: FillEvidence) -> Doubt | None:
    if found.print_c < found.count_c:
        return Doubt(DoubtCode.NO_PRINT, f"a print of {contracts(found.print_c)} at the price or through it")
    return None


def _seconds(span_ns: Nanoseconds) -> str:
    return f"{span_ns / SECOND_NS:.1f} s"
