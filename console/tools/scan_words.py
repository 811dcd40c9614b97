"""The forecaster's last scan in words and as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.tools.output import Json
    from engine.control.rows.forecasts import ScanRow


def scan_text(scan: ScanRow) -> str:
    """Its state, who made it and of how many markets; why there is none first where it may not be used."""
    if scan.state == "none":
        return "no scan yet"
    made = "nobody" if scan.source is None else scan.source.label
    counts = f"{scan.forecasts} of {scan.markets} markets"
    if scan.state != "ok":
        return f"{scan.state.upper()}: {scan.problem} (last by {made})"
    hits = f", band held {scan.covered} of {scan.judged}" if scan.judged else ""
    return f"{made}, {counts}, in {scan.elapsed_ms:.0f} ms{hits}"


def scan_document(scan: ScanRow) -> dict[str, Json]:
    from console.tools.units import iso

    source = scan.source
    return {
        "state": scan.state,
        "problem": scan.problem or None,
        "model": None if source is None else source.label,
        "is_baseline": None if source is None else source.is_baseline,
        "weights_sha256": None if source is None else source.weights_sha256,
        "is_pinned": None if source is None else source.is_pinned,
        "scanned": iso(scan.at_ns) if scan.at_ns else None,
        "elapsed_ms": scan.elapsed_ms,
        "markets": scan.markets,
        "asked": scan.asked,
        "forecasts": scan.forecasts,
        "skipped": scan.skipped,
        "candle_requests": scan.candle_requests,
        "band_covered": scan.covered,
        "band_judged": scan.judged,
    }
