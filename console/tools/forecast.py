"""``sparko forecast``: what the engine's forecaster says of the open markets of a series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from console.tools.attach import Where, with_engine
from console.tools.options import ExchangeOption, HomeOption, JsonOption, VenueOption

if TYPE_CHECKING:
    from console.tools.output import Json
    from engine.control.client import ControlClient
    from engine.control.rows.forecasts import ForecastRow, ScanRow
    from engine.domain.forecast import Forecast


def forecast(
    series: Annotated[str, typer.Argument(metavar="SERIES", help="For example KXHIGHNY.")],
    horizon: Annotated[
        int, typer.Option(min=1, max=128, help="Periods ahead; fewer where the close or the forecast ends.")
    ] = 12,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """The forecast of each open market of a series, as of the last scan: prices of YES in cents.

    NOW is the middle of the book, MOVE the way from there to the forecast, which is the median at the
    horizon; the band is its 10 to 90 %. The model stands under the table; a baseline is called one.

    \b
    Examples:
      sparko forecast KXHIGHNY
      sparko forecast KXBTCD --horizon 30 --json
    """

    async def asked(client: ControlClient) -> tuple[ScanRow, list[ForecastRow]]:
        return client.replica.scan, await _forecasts(client, series.upper())

    scan, found = with_engine(Where(home, venue, exchange), asked)
    if as_json:
        from console.tools.output import print_json

        print_json(_document(series.upper(), horizon, scan, found))
    else:
        _print(series.upper(), horizon, scan, found)


async def _forecasts(client: ControlClient, series: str) -> list[ForecastRow]:
    """By ticker."""
    from console.tools.pages import rows_of
    from engine.control.queries import ForecastsArgs

    rows: list[ForecastRow] = await rows_of(client, "forecasts", ForecastsArgs(series))
    return [row for row in rows if row.forecast is not None or row.status is not None]


def _kept(one: Forecast | None, horizon: int) -> tuple[int, int, int, int] | None:
    """Median, low, high and the periods ahead, at the horizon or the last step before it."""
    if one is None or not one.horizon:
        return None
    step = min(horizon, one.horizon) - 1
    low_bp, high_bp = one.band_bp(step)
    return one.median_bp(step), low_bp, high_bp, step + 1


def _status(row: ForecastRow) -> str:
    """Why there is nothing to be shown of it."""
    return "past its close" if row.status is None else row.status.value


def _print(series: str, horizon: int, scan: ScanRow, found: list[ForecastRow]) -> None:
    from console.tools.output import Column, number, print_empty, print_table

    if scan.state in ("down", "late"):
        typer.echo(f"The forecaster is {scan.state.upper()}: {scan.problem}")
    if not found:
        print_empty(f"No market of {series} is forecast.", "See which there are: sparko markets")
        return
    columns = [Column("TICKER"), number("NOW"), number("FORECAST"), number("LOW"), number("HIGH")]
    columns += [Column("CALL"), number("MOVE"), Column("STATUS", is_flexible=True)]
    print_table(columns, [_cells(row, horizon) for row in found])
    if scan.source is not None:
        hits = f", band held {scan.covered} of {scan.judged}" if scan.judged else ""
        ahead = ", ".join(sorted(_ahead(found, horizon))) or "nothing"
        typer.echo(f"{scan.source.label}{hits}; ahead: {ahead}; cents of YES")


def _cells(row: ForecastRow, horizon: int) -> list[str]:
    from console.tools.words import NOTHING, cents_text
    from engine.domain.forecast_signal import direction

    kept, one = _kept(row.forecast, horizon), row.forecast
    if kept is None or one is None:
        return [row.ticker, *[NOTHING] * 6, _status(row)]
    median_bp, low_bp, high_bp, _ = kept
    prices = [cents_text(bp) for bp in (row.now_bp, median_bp, low_bp, high_bp)]
    is_known = row.now_bp is not None
    call = direction(median_bp, row.now_bp).value if is_known else NOTHING
    move = _signed(median_bp - row.now_bp) if row.now_bp is not None else NOTHING
    return [row.ticker, *prices, call, move, f"filled {one.filled}" if one.filled else "ok"]


def _ahead(found: list[ForecastRow], horizon: int) -> set[str]:
    """How far the forecasts look, each length once."""
    spans = set()
    for row in found:
        kept = _kept(row.forecast, horizon)
        if kept is not None and row.forecast is not None:
            spans.add(f"{kept[3]} x {row.forecast.step_s // 60} min")
    return spans


def _signed(price_bp: int) -> str:
    from engine.domain.units import cents

    return f"{'+' if price_bp > 0 else ''}{cents(price_bp)}"


def _document(series: str, horizon: int, scan: ScanRow, found: list[ForecastRow]) -> dict[str, Json]:
    from console.tools.units import iso

    source = scan.source
    return {
        "series": series,
        "state": scan.state,
        "problem": scan.problem or None,
        "model": None if source is None else source.label,
        "is_baseline": None if source is None else source.is_baseline,
        "weights_sha256": None if source is None else source.weights_sha256,
        "scanned": iso(scan.at_ns) if scan.at_ns else None,
        "band_covered": scan.covered,
        "band_judged": scan.judged,
        "markets": [_market(row, horizon) for row in found],
    }


def _market(row: ForecastRow, horizon: int) -> dict[str, Json]:
    """``now_cents`` is the book's middle, ``seen_cents`` the last price that the model saw."""
    from console.tools.units import cents_number, iso
    from engine.domain.forecast_signal import direction

    kept, one = _kept(row.forecast, horizon), row.forecast
    if kept is None or one is None:
        status = "past_close" if row.status is None else row.status.value
        return {"ticker": row.ticker, "status": status, "median_cents": None}
    median_bp, low_bp, high_bp, steps = kept
    now_bp = row.now_bp
    return {
        "ticker": row.ticker,
        "status": "filled" if one.filled else "ok",
        "filled": one.filled,
        "made": iso(one.made_at_ns),
        "now_cents": cents_number(now_bp),
        "seen_cents": cents_number(one.last_bp),
        "median_cents": cents_number(median_bp),
        "low_cents": cents_number(low_bp),
        "high_cents": cents_number(high_bp),
        "direction": None if now_bp is None else direction(median_bp, now_bp).value,
        "move_cents": None if now_bp is None else cents_number(median_bp - now_bp),
        "steps": steps,
        "step_s": one.step_s,
        "ends": iso(one.end_s(steps - 1) * 10**9),
    }
