"""A selection of a folder, loaded: the timeline and all that its rows point to."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from engine.domain.market import Outcome
from engine.domain.price_grid import STRUCTURES, PriceGrid
from engine.domain.units import CONTRACT_BP, SECOND_NS, Nanoseconds, PriceBp
from engine.sandbox.core.feed import IndexValue
from engine.sandbox.sources.replay import rows
from engine.sandbox.sources.replay.books import RecordedBook
from engine.sandbox.sources.replay.catalog import RecordedFile
from engine.sandbox.sources.replay.error import RecordingError
from engine.sandbox.sources.replay.grids import structure_of
from engine.sandbox.sources.replay.listing import Listing, listing_of
from engine.sandbox.sources.replay.options import ReplayOptions
from engine.sandbox.sources.replay.price_reader import FileUse, PriceReader, files_to_read
from engine.sandbox.sources.replay.selection import ChosenMarket, Selection, select
from engine.sandbox.sources.replay.series_facts import facts_of
from engine.sandbox.sources.replay.spot import SpotValues, read_spot
from engine.sandbox.sources.replay.timeline import Kind, Row, Timeline, table_of_rows


class LeftOut(msgspec.Struct, frozen=True):
    """Rows that are not replayed."""

    crossed: int = 0
    """Bid at or over the ask: no exchange could show it."""
    after_close: int = 0
    """Recorded at or after the market's close: nothing trades on it."""
    booked: int = 0
    """Best prices of a second in which the whole book was captured too."""


class Recording(msgspec.Struct, frozen=True):
    """``markets`` and the listing's events are in the order that the rows' subjects count in."""

    options: ReplayOptions
    selection: Selection
    listing: Listing
    structure: str
    markets: tuple[ChosenMarket, ...]
    timeline: Timeline
    books: tuple[RecordedBook, ...]
    index_values: tuple[IndexValue, ...]
    spot: SpotValues
    candles: dict[int, list[tuple[RecordedFile, Any]]]
    """Recorded one-minute candlesticks by subject: files and their tables."""
    uses: tuple[FileUse, ...]
    left_out: LeftOut
    start_ns: Nanoseconds
    end_ns: Nanoseconds

    @property
    def grid(self) -> PriceGrid:
        return STRUCTURES[self.structure]

    def settlement_of(self, subject: int) -> tuple[PriceBp, str] | None:
        """What YES pays and the expiration value as text; None where no result was recorded."""
        row = self.markets[subject].row
        if row.outcome is Outcome.UNKNOWN:
            return None
        unit = facts_of(self.options.series).unit
        return (CONTRACT_BP if row.outcome is Outcome.YES else 0), _value_text(row.value, unit)


def load(options: ReplayOptions) -> Recording:
    """Reads what the options select. Raises RecordingError; see the readers for its causes."""
    selection = select(options)
    loaded = PriceReader(selection.markets)
    for file, tickers in files_to_read(selection.markets).items():
        loaded.read(file, tickers)
    structure = structure_of(loaded.prices())
    loaded.add_quotes_around_prints(STRUCTURES[structure])
    tables, left_out = _kept(loaded, selection.markets)
    start_ns = _first_price(options, tables)
    listing = listing_of(options, selection.markets, structure)
    results = _result_rows(options, selection.markets)
    end_ns = max((row.at_ns for row in results), default=0) + options.settlement_timer_s * SECOND_NS
    end_ns = max(end_ns, *(market.close_ns for market in selection.markets))
    spot = read_spot(options.folder, facts_of(options.series), start_ns, end_ns)
    planned = [*_listing_rows(listing), *results, *_index_rows(spot)]
    return Recording(
        options=options,
        selection=selection,
        listing=listing,
        structure=structure,
        markets=selection.markets,
        timeline=Timeline([*tables, table_of_rows(planned)]),
        books=tuple(loaded.books),
        index_values=spot.values,
        spot=spot,
        candles=loaded.candles,
        uses=tuple(loaded.uses),
        left_out=left_out,
        start_ns=start_ns,
        end_ns=end_ns,
    )


def _kept(loaded: PriceReader, markets: Sequence[ChosenMarket]) -> tuple[list[Any], LeftOut]:
    closes = pa.array([market.close_ns for market in markets], pa.int64())
    booked = _captures(loaded)
    kept: list[Any] = []
    counts = [0, 0, 0]
    for table in loaded.tables:
        in_time = table.filter(pc.less(table["at_ns"], closes.take(table["subject"].combine_chunks())))
        straight = _uncrossed(in_time, loaded.books)
        alone = straight.filter(pc.invert(_is_booked(straight, booked)))
        kept.append(alone)
        sizes = [len(table), len(in_time), len(straight), len(alone)]
        counts = [
            count + before - after for count, (before, after) in zip(counts, pairwise(sizes), strict=True)
        ]
    return kept, LeftOut(after_close=counts[0], crossed=counts[1], booked=counts[2])


def _captures(loaded: PriceReader) -> Any:
    """The market and second of every captured book, as one number each."""
    tables = [table.filter(pc.equal(table["kind"], int(Kind.BOOK))) for table in loaded.tables]
    return pa.concat_arrays([_capture(table).combine_chunks() for table in tables])


def _capture(table: Any) -> Any:
    return pc.add(pc.multiply(table["subject"], 1 << 33), pc.divide(table["at_ns"], SECOND_NS))


def _is_booked(table: Any, booked: Any) -> Any:
    """Whether a row is a quote stamped to the second in which its market's book was captured."""
    second = pc.multiply(pc.divide(table["at_ns"], SECOND_NS), SECOND_NS)
    coarse = pc.and_(pc.equal(table["kind"], int(Kind.QUOTE)), pc.equal(table["at_ns"], second))
    return pc.and_(coarse, pc.is_in(_capture(table), value_set=booked))


def _uncrossed(table: Any, books: Sequence[RecordedBook]) -> Any:
    kinds = set(pc.unique(table["kind"]).to_pylist())
    if kinds == {Kind.QUOTE}:
        return rows.uncrossed(table)
    if kinds == {Kind.BOOK}:
        straight = [not books[number].is_crossed for number in table["first"].to_pylist()]
        return table.filter(pa.array(straight, pa.bool_()))
    return table


def _first_price(options: ReplayOptions, tables: Sequence[Any]) -> Nanoseconds:
    """The first price on or after the first day."""
    first: list[int] = []
    for table in tables:
        later = table.filter(pc.greater_equal(table["at_ns"], options.day_start_ns))
        if len(later):
            first.append(pc.min(later["at_ns"]).as_py())
    if not first:
        raise RecordingError(
            str(options.folder),
            f"prices of {options.series} from {options.start} on",
            got="none before the markets close",
            wanted="at least one",
        )
    return min(first)


def _listing_rows(listing: Listing) -> list[Row]:
    return [Row(event.list_ns, Kind.LISTING, place) for place, event in enumerate(listing.events)]


def _result_rows(options: ReplayOptions, markets: Sequence[ChosenMarket]) -> list[Row]:
    delay_ns = options.result_delay_s * SECOND_NS
    return [
        Row(market.close_ns + delay_ns, Kind.RESULT, subject)
        for subject, market in enumerate(markets)
        if market.row.outcome is not Outcome.UNKNOWN
    ]


def _index_rows(spot: SpotValues) -> list[Row]:
    return [Row(value.at_ns, Kind.INDEX, 0, place) for place, value in enumerate(spot.values)]


def _value_text(value: Decimal | None, unit: str) -> str:
    """The settled value as the exchange prints it: two places for a price in dollars."""
    if value is None:
        return ""
    return f"{value:.2f}" if unit == "$" else f"{value:f}"
