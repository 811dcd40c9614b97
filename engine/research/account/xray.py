"""XRAY: where an account's own money came from and went to, after fees, and whether its prices were right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from engine.domain.account_history import AccountHistory
from engine.domain.eastern import eastern
from engine.domain.order import Leg
from engine.domain.units import (
    CONTRACT_BP,
    DAY_NS,
    HOUR_NS,
    MINUTE_NS,
    CountC,
    MicroDollars,
    Nanoseconds,
    PriceBp,
    complement,
)
from engine.domain.xray import (
    LEAST_EVENTS,
    CalibrationRow,
    Xray,
    XrayGroup,
    XrayRow,
    XrayVerdict,
)
from engine.research.account.books import Books, books_of
from engine.research.account.clustered import Cluster, Interval, clustered_share, mean_interval
from engine.research.account.lots import ClosedLot

_BUCKET_BP: PriceBp = 1_000
_HOLDS: tuple[tuple[Nanoseconds, str], ...] = (
    (MINUTE_NS, "under 1 min"),
    (10 * MINUTE_NS, "1 to 10 min"),
    (HOUR_NS, "10 to 60 min"),
    (6 * HOUR_NS, "1 to 6 h"),
    (DAY_NS, "6 to 24 h"),
)
_LONGEST = "over 1 day"


class _Result(NamedTuple):
    """A closed lot with what every way to look at it asks for."""

    lot: ClosedLot
    event: str
    gain_ud: MicroDollars


def xray_of(history: AccountHistory) -> Xray:
    books = books_of(history)
    results = [_Result(lot, books.event_of(lot.ticker), lot.gain_ud) for lot in books.lots.closed]
    left = books.lots.still_open
    return Xray(
        account=str(history.name),
        complete_ns=history.complete_ns,
        first_ns=history.fills[0].at_ns if history.fills else None,
        last_ns=history.fills[-1].at_ns if history.fills else None,
        fills=len(history.fills),
        open_count_c=sum(lot.count_c for lot in left),
        open_cost_ud=sum(lot.cost_ud + lot.fee_ud for lot in left),
        overall=_row("all", results),
        groups=tuple(
            XrayGroup(name, _rows(results, label_of)) for name, label_of in _dimensions(books).items()
        ),
        calibration=_calibration(books, results),
        unpriced=books.unpriced,
    )


def _dimensions(books: Books) -> dict[str, Callable[[ClosedLot], tuple[int, str]]]:
    """Of each way to look at a lot its place among the rows and its label."""
    return {
        "series": lambda lot: (0, books.series_of(lot.ticker)),
        "entry price": lambda lot: _bucket(lot.open_price_bp),
        "entry hour ET": lambda lot: _hour(lot.opening.at_ns),
        "entry as": lambda lot: (int(lot.opening.is_taker), "taker" if lot.opening.is_taker else "maker"),
        "leg": lambda lot: (int(lot.leg is Leg.NO), lot.leg.value.upper()),
        "held": lambda lot: _held(lot.held_ns),
        "closed by": lambda lot: (0, lot.closed_by.value),
    }


def _bucket(price_bp: PriceBp) -> tuple[int, str]:
    first = min(price_bp // _BUCKET_BP, CONTRACT_BP // _BUCKET_BP - 1)
    return first, f"{first * 10} to {first * 10 + 10}c"


def _hour(at_ns: Nanoseconds) -> tuple[int, str]:
    hour = eastern(at_ns).hour
    return hour, f"{hour:02d}:00"


def _held(length_ns: Nanoseconds) -> tuple[int, str]:
    for place, (limit_ns, label) in enumerate(_HOLDS):
        if length_ns < limit_ns:
            return place, label
    return len(_HOLDS), _LONGEST


def _rows(
    results: Iterable[_Result], label_of: Callable[[ClosedLot], tuple[int, str]]
) -> tuple[XrayRow, ...]:
    by_label: dict[tuple[int, str], list[_Result]] = {}
    for result in results:
        by_label.setdefault(label_of(result.lot), []).append(result)
    return tuple(_row(label[1], by_label[label]) for label in sorted(by_label))


def _row(label: str, results: Sequence[_Result]) -> XrayRow:
    gains: dict[str, MicroDollars] = {}
    won: dict[str, CountC] = {}
    counts: dict[str, CountC] = {}
    for lot, event, gain_ud in results:
        gains[event] = gains.get(event, 0) + gain_ud
        counts[event] = counts.get(event, 0) + lot.count_c
        won[event] = won.get(event, 0) + (lot.count_c if gain_ud > 0 else 0)
    share, interval = _share([Cluster(won[event], counts[event]) for event in counts])
    spread = mean_interval(list(gains.values()))
    return XrayRow(
        label=label,
        lots=len(results),
        events=len(gains),
        count_c=sum(counts.values()),
        cost_ud=sum(result.lot.cost_ud for result in results),
        fees_ud=sum(result.lot.fees_ud for result in results),
        gain_ud=sum(gains.values()),
        won_bp=_bp(share),
        won_low_bp=_bp(interval.low),
        won_high_bp=_bp(interval.high),
        event_gain_low_ud=None if spread is None else round(spread.low),
        event_gain_high_ud=None if spread is None else round(spread.high),
        verdict=_verdict(len(gains), spread, 0),
    )


def _share(clusters: Sequence[Cluster]) -> tuple[float, Interval]:
    return clustered_share(clusters) if clusters else (0.0, Interval(0.0, 1.0))


def _verdict(events: int, interval: Interval | None, against: float) -> XrayVerdict:
    """What lies wholly on one side of ``against`` over enough events."""
    if interval is None or events < LEAST_EVENTS:
        return XrayVerdict.UNPROVEN
    if interval.low > against:
        return XrayVerdict.GAINS
    return XrayVerdict.LOSES if interval.high < against else XrayVerdict.UNPROVEN


class _Paid:
    """Contracts opened in one price bucket, with what they cost and what they were worth in the end."""

    def __init__(self) -> None:
        self.count_c: CountC = 0
        self.cost_ud: MicroDollars = 0
        self.fees_ud: MicroDollars = 0
        self.worth_ud: dict[str, MicroDollars] = {}
        self.by_event_c: dict[str, CountC] = {}

    def add(self, event: str, lot: ClosedLot, value_bp: PriceBp) -> None:
        self.count_c += lot.count_c
        self.cost_ud += lot.cost_ud
        self.fees_ud += lot.open_fee_ud
        self.worth_ud[event] = self.worth_ud.get(event, 0) + lot.count_c * value_bp
        self.by_event_c[event] = self.by_event_c.get(event, 0) + lot.count_c


def _calibration(books: Books, results: Iterable[_Result]) -> tuple[CalibrationRow, ...]:
    """Every contract opened in a market with a known result, whether it was held until then or sold before:
    what was right or wrong is the price at which it was bought."""
    buckets: dict[int, _Paid] = {}
    for lot, event, _ in results:
        payout = books.payouts.get(lot.ticker)
        if payout is not None:
            value_bp = payout.value_bp if lot.leg is Leg.YES else complement(payout.value_bp)
            paid = buckets.setdefault(_bucket(lot.open_price_bp)[0], _Paid())
            paid.add(event, lot, value_bp)
    return tuple(_calibration_row(first, buckets[first]) for first in sorted(buckets))


def _calibration_row(first: int, paid: _Paid) -> CalibrationRow:
    clusters = [
        Cluster(paid.worth_ud[event] / CONTRACT_BP, paid.by_event_c[event]) for event in paid.by_event_c
    ]
    share, interval = clustered_share(clusters)
    with_fee_bp = round((paid.cost_ud + paid.fees_ud) / paid.count_c)
    return CalibrationRow(
        from_bp=first * _BUCKET_BP,
        to_bp=(first + 1) * _BUCKET_BP,
        events=len(clusters),
        count_c=paid.count_c,
        paid_bp=round(paid.cost_ud / paid.count_c),
        paid_with_fee_bp=with_fee_bp,
        paid_out_bp=_bp(share),
        low_bp=_bp(interval.low),
        high_bp=_bp(interval.high),
        verdict=_verdict(len(clusters), interval, with_fee_bp / CONTRACT_BP),
    )


def _bp(share: float) -> int:
    return round(share * CONTRACT_BP)
