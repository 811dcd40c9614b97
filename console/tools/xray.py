"""``sparko xray``: what an account's own trades say about its trader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from console.tools.attach import Where
from console.tools.options import HomeOption, JsonOption, VenueOption

if TYPE_CHECKING:
    from console.tools.output import Json
    from engine.domain.xray import CalibrationRow, Xray, XrayGroup, XrayRow

_SAMPLE = (
    "Clustered by event, 95 %. Unproven: fewer than {least} events, or chance alone explains it as well; of "
    "twenty rows that chance alone made, about one looks proven."
)


def xray(
    by: Annotated[
        str,
        typer.Option("--by", metavar="NAME", help="Only that: series, price, hour, as, leg, held, closed."),
    ] = "",
    home: HomeOption = None,
    venue: VenueOption = None,
    as_json: JsonOption = False,
) -> None:
    """Gains after fees by series, entry price, hour, maker or taker, leg and time held; prices paid beside
    outcomes. Of what was imported (sparko import account); lots first in, first out.

    \b
    Examples:
      sparko xray
      sparko xray --by hour
      sparko xray --json
    """
    from console.tools.export import imported_history
    from console.tools.failure import WrongUsage, one_line_on_failure
    from engine.research.account.xray import xray_of

    with one_line_on_failure():
        found = xray_of(imported_history(Where(home, venue, None).folder()))
        groups = [group for group in found.groups if not by or by in group.name]
        if not groups:
            names = ", ".join(group.name for group in found.groups)
            raise WrongUsage(f"--by: got {by!r}, wanted a part of one of: {names}")
    if as_json:
        from console.tools.output import print_json

        print_json(_document(found, groups))
    else:
        _print(found, groups, with_calibration=not by)


def _print(found: Xray, groups: list[XrayGroup], *, with_calibration: bool) -> None:
    from console.tools.output import print_empty, wrapped
    from engine.domain.xray import LEAST_EVENTS

    _print_head(found)
    if not found.overall.lots:
        print_empty("Nothing was closed yet.", "Import again once something is: sparko import account")
        return
    for group in groups:
        typer.echo("")
        _print_group(group)
    if with_calibration:
        typer.echo("")
        _print_calibration(found.calibration)
    typer.echo(wrapped(_SAMPLE.format(least=LEAST_EVENTS)))
    if found.unpriced:
        typer.echo(wrapped(f"Settled at a value not told, left out: {', '.join(found.unpriced)}"))


def _print_head(found: Xray) -> None:
    from console.tools.output import print_pairs
    from console.tools.words import count_text, counted, dollars_text, eastern_dated

    row = found.overall
    closed = ", ".join(
        (counted(row.lots, "lot"), f"{count_text(row.count_c)} contracts", counted(row.events, "event"))
    )
    print_pairs(
        [
            ("account", found.account),
            ("fills", f"{found.fills}, {eastern_dated(found.first_ns)} to {eastern_dated(found.last_ns)} ET"),
            ("closed", closed),
            ("gain after fees", f"{dollars_text(row.gain_ud)}, {row.verdict.value}"),
            ("fees", dollars_text(row.fees_ud)),
            ("still open", f"{count_text(found.open_count_c)} contracts, {dollars_text(found.open_cost_ud)}"),
            _complete(found),
        ]
    )


def _complete(found: Xray) -> tuple[str, str]:
    """Of a part of the fills nothing here is right: what opened the others is not known."""
    from console.tools.words import eastern_dated

    if found.complete_ns is None:
        return "NOT COMPLETE", "these sums are of a part; finish it: sparko import account"
    return "complete up to", f"{eastern_dated(found.complete_ns)} ET"


def _print_group(group: XrayGroup) -> None:
    from console.tools.output import Column, number, print_table
    from console.tools.words import count_text, gain_text

    columns = [Column(group.name.upper(), is_flexible=True), *map(number, ("EVENTS", "COUNT", "FEES $"))]
    columns += [number("GAIN $"), number("WON %"), number("95 %"), Column("VERDICT")]
    print_table(
        columns,
        [
            [
                row.label,
                str(row.events),
                count_text(row.count_c),
                gain_text(row.fees_ud).removeprefix("+"),
                gain_text(row.gain_ud),
                percent(row.won_bp),
                f"{percent(row.won_low_bp)}-{percent(row.won_high_bp)}",
                row.verdict.value,
            ]
            for row in group.rows
        ],
    )


def _print_calibration(rows: tuple[CalibrationRow, ...]) -> None:
    from console.tools.output import Column, number, print_empty, print_table
    from console.tools.words import count_text

    if not rows:
        print_empty("No market that was traded has a result yet.", "Import again later.")
        return
    columns = [Column("PAID"), *map(number, ("EVENTS", "COUNT", "PAID c", "WITH FEE c", "WORTH c", "95 %"))]
    columns.append(Column("VERDICT"))
    print_table(
        columns,
        [
            [
                f"{row.from_bp // 100} to {row.to_bp // 100}c",
                str(row.events),
                count_text(row.count_c),
                percent(row.paid_bp),
                percent(row.paid_with_fee_bp),
                percent(row.paid_out_bp),
                f"{percent(row.low_bp)}-{percent(row.high_bp)}",
                row.verdict.value,
            ]
            for row in rows
        ],
    )


def percent(part_bp: int) -> str:
    """Of a whole, or cents of a dollar: 5720 -> ``57.2``."""
    tenths = (part_bp + 5) // 10
    return f"{tenths // 10}.{tenths % 10}"


def _document(found: Xray, groups: list[XrayGroup]) -> dict[str, Json]:
    from console.tools.units import count_number, iso
    from engine.domain.units import dollars
    from engine.domain.xray import LEAST_EVENTS

    return {
        "account": found.account,
        "complete_until": iso(found.complete_ns),
        "first_fill": iso(found.first_ns),
        "last_fill": iso(found.last_ns),
        "fills": found.fills,
        "open_count": count_number(found.open_count_c),
        "open_cost_dollars": dollars(found.open_cost_ud),
        "least_events": LEAST_EVENTS,
        "overall": _row_document(found.overall),
        "groups": {group.name: [_row_document(row) for row in group.rows] for group in groups},
        "calibration": [_calibration_document(row) for row in found.calibration],
        "unpriced_markets": list(found.unpriced),
    }


def _row_document(row: XrayRow) -> dict[str, Json]:
    from console.tools.units import count_number
    from engine.domain.units import dollars

    low_ud, high_ud = row.event_gain_low_ud, row.event_gain_high_ud
    return {
        "label": row.label,
        "lots": row.lots,
        "events": row.events,
        "count": count_number(row.count_c),
        "cost_dollars": dollars(row.cost_ud),
        "fees_dollars": dollars(row.fees_ud),
        "gain_dollars": dollars(row.gain_ud),
        "won_bp": row.won_bp,
        "won_low_bp": row.won_low_bp,
        "won_high_bp": row.won_high_bp,
        "event_gain_low_dollars": None if low_ud is None else dollars(low_ud),
        "event_gain_high_dollars": None if high_ud is None else dollars(high_ud),
        "verdict": row.verdict.value,
    }


def _calibration_document(row: CalibrationRow) -> dict[str, Json]:
    from console.tools.units import cents_number, count_number

    return {
        "from_cents": cents_number(row.from_bp),
        "to_cents": cents_number(row.to_bp),
        "events": row.events,
        "count": count_number(row.count_c),
        "paid_cents": cents_number(row.paid_bp),
        "paid_with_fee_cents": cents_number(row.paid_with_fee_bp),
        "worth_cents": cents_number(row.paid_out_bp),
        "low_cents": cents_number(row.low_bp),
        "high_cents": cents_number(row.high_bp),
        "verdict": row.verdict.value,
    }
