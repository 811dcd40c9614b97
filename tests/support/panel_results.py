"""The account's own results, for the tests of panels: gains somewhere, losses elsewhere, little proven."""

from __future__ import annotations

from typing import Any

import msgspec
from panel_events import NOW

from engine.domain.units import HOUR_NS
from engine.domain.xray import CalibrationRow, Xray, XrayGroup, XrayRow, XrayVerdict


def row(
    label: str, gain_ud: int, *, events: int = 12, verdict: XrayVerdict = XrayVerdict.UNPROVEN
) -> XrayRow:
    return XrayRow(
        label=label, lots=3 * events, events=events, count_c=events * 250, cost_ud=events * 1_310_000,
        fees_ud=events * 41_700, gain_ud=gain_ud, won_bp=5_230, won_low_bp=3_114, won_high_bp=7_265,
        event_gain_low_ud=-120_000, event_gain_high_ud=310_000, verdict=verdict,
    )  # fmt: skip


def results(**changes: Any) -> Xray:
    """Of 41 events, three hours after the last import."""
    groups = (
        XrayGroup(
            "series",
            (
                row("KXBTCD", 18_420_000, events=33, verdict=XrayVerdict.GAINS),
                row("KXHIGHNY", -4_135_000, events=8),
            ),
        ),
        XrayGroup(
            "entry price", (row("0 to 10c", -900_000, events=5), row("50 to 60c", 15_185_000, events=40))
        ),
        XrayGroup("entry hour ET", (row("09:00", 14_285_000, events=41),)),
        XrayGroup("entry as", (row("maker", 16_285_000), row("taker", -2_000_000, events=39))),
        XrayGroup("leg", (row("YES", 14_285_000, events=30), row("NO", 0, events=11))),
        XrayGroup("held", (row("1 to 10 min", 14_285_000), row("over 1 day", 0, events=1))),
        XrayGroup("closed by", (row("settlement", 14_285_000, events=41),)),
    )
    calibration = (
        CalibrationRow(0, 1_000, 5, 4_200, 712, 735, 400, 71, 1_936, XrayVerdict.UNPROVEN),
        CalibrationRow(5_000, 6_000, 40, 98_700, 5_480, 5_655, 6_812, 5_701, 7_790, XrayVerdict.GAINS),
    )
    found = Xray(
        account="venue sandbox, exchange w, account a",
        complete_ns=NOW - 3 * HOUR_NS,
        first_ns=NOW - 900 * HOUR_NS,
        last_ns=NOW - 5 * HOUR_NS,
        fills=211,
        open_count_c=300,
        open_cost_ud=1_420_000,
        overall=row("all", 14_285_000, events=41),
        groups=groups,
        calibration=calibration,
    )
    return msgspec.structs.replace(found, **changes)
