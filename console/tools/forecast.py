"""``sparko forecast``: what the engine's forecaster says of the open markets of a series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from console.tools.attach import Where, with_engine
from console.tools.options import ExchangeOption, HomeOption, JsonOption, VenueOption

if TYPE_CHECKING:
    from console.tools.output import Json
    from engine.control.client import ControlClient
    from engine.control.forecast_rows import ScanRow
    from engine.domain.forecast import Forecast, SeriesStatus


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

    The forecast is the median at the horizon, the band its 10 to 90 %. The model stands under the table; a
    baseline is called one.

    \b
    Examples:
      sparko forecast KXHIGHNY
      sparko forecast KXBTCD --horizon 30 --json
    """

    async def asked(client: ControlClient) -> tuple[ScanRow, list[tuple[str, Forecast | SeriesStatus]]]:
        return client.replica.scan, await _forecasts(client, series.upper())

    scan, found = with_engine(Where(home, venue, exchange), asked)
    if as_json:
        from console.tools.output import print_json

        print_json(_document(series.upper(), horizon, scan, found))
    else:
        _print(series.upper(), horizon, scan, found)


async def _forecasts(client: ControlClient, series: str) -> list[tuple[str, Forecast | SeriesStatus]]:
    """By ticker."""
    from console.tools.pages import rows_of
    from engine.control.queries import ForecastsArgs

    rows = await rows_of(client, "forecasts", ForecastsArgs(series))
    found: list[tuple[str, Forecast | SeriesStatus]] = []
    for row in rows:
        told = row.forecast or row.status
        if told is not None:
            found.append((row.ticker, told))
    return found


def _kept(one: Forecast, horizon: int) -> tuple[int, int, int, int] | None:
    """Median, low, high and the periods ahead, at the horizon or the last step before it."""
    if not one.horizon:
        return None
    step = min(horizon, one.horizon) - 1
    low_bp, high_bp = one.band_bp(step)
    return one.median_bp(step), low_bp, high_bp, step + 1


def _print(
    series: str, horizon: int, scan: ScanRow, found: list[tuple[str, Forecast | SeriesStatus]]
) -> None:
    from console.tools.output import Column, number, print_empty, print_table
    from console.tools.words import cents_text
    from engine.domain.forecast import Forecast
    from engine.domain.forecast_signal import direction

    if scan.state in ("down", "late"):
        typer.echo(f"The forecaster is {scan.state.upper()}: {scan.problem}")
    if not found:
        print_empty(f"No market of {series} is forecast.", "See which there are: sparko markets")
        return
    columns = [Column("TICKER"), number("NOW"), number("FORECAST"), number("LOW"), number("HIGH")]
    columns += [Column("CALL"), number("MOVE"), Column("STATUS", is_flexible=True)]
    ahead: set[str] = set()
    rows = []
    for ticker, one in found:
        kept = _kept(one, horizon) if isinstance(one, Forecast) else None
        if kept is None or not isinstance(one, Forecast):
            status = "past its close" if isinstance(one, Forecast) else one.value
            rows.append([ticker, "-", "-", "-", "-", "-", "-", status])
            continue
        median_bp, low_bp, high_bp, steps = kept
        move = "-" if one.last_bp is None else _signed(median_bp - one.last_bp)
        call = direction(median_bp, one.last_bp).value
        prices = [cents_text(bp) for bp in (one.last_bp, median_bp, low_bp, high_bp)]
        ahead.add(f"{steps} x {one.step_s // 60} min")
        rows.append([ticker, *prices, call, move, f"filled {one.filled}" if one.filled else "ok"])
    print_table(columns, rows)
    if scan.source is not None:
        hits = f", band held {scan.covered} of {scan.judged}" if scan.judged else ""
        typer.echo(f"{scan.source.label}{hits}; ahead: {', '.join(sorted(ahead)) or 'nothing'}; cents of YES")


def _signed(price_bp: int) -> str:
    from engine.domain.units import cents

    return f"{'+' if price_bp > 0 else ''}{cents(price_bp)}"


def _document(
    series: str, horizon: int, scan: ScanRow, found: list[tuple[str, Forecast | SeriesStatus]]
) -> dict[str, Json]:
    from console.tools.units import iso
    from engine.domain.forecast import Forecast

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
        "markets": [
            _market(ticker, one, horizon)
            if isinstance(one, Forecast)
            else {"ticker": ticker, "status": one.value, "median_cents": None}
            for ticker, one in found
        ],
    }


def _market(ticker: str, one: Forecast, horizon: int) -> dict[str, Json]:
    from console.tools.units import cents_number, iso
    from engine.domain.forecast_signal import direction

    kept = _kept(one, horizon)
    if kept is None:
        return {"ticker": ticker, "status": "past_close", "median_cents": None}
    median_bp, low_bp, high_bp, steps = kept
    return {
        "ticker": ticker,
        "status": "filled" if one.filled else "ok",
        "filled": one.filled,
        "made": iso(one.made_at_ns),
        "now_cents": cents_number(one.last_bp),
        "median_cents": cents_number(median_bp),
        "low_cents": cents_number(low_bp),
        "high_cents": cents_number(high_bp),
        "direction": direction(median_bp, one.last_bp).value,
        "move_cents": None if one.last_bp is None else cents_number(median_bp - one.last_bp),
        "steps": steps,
        "step_s": one.step_s,
        "ends": iso(one.end_s(steps - 1) * 10**9),
    }
