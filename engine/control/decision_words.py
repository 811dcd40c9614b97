"""A verdict in one line."""

from __future__ import annotations

from engine.domain.decision import TAKE, DecisionRow
from engine.domain.units import cents, contracts, dollars


def decision_words(row: DecisionRow) -> str:
    """``timesfm-no: buy 7 NO at 41 c ($2.87), tp +20 c, sl -3 c`` or the code with its reason."""
    if row.verdict != TAKE:
        return f"{row.strategy}: {row.code}: {row.text}" if row.text else f"{row.strategy}: {row.code}"
    leg = "" if row.leg is None else row.leg.upper()
    price = "" if row.price_bp is None else f" at {cents(row.price_bp)} c"
    sent = "" if row.client_order_id else f" ({row.stage}, not sent)"
    return f"{row.strategy}: buy {contracts(row.count_c)} {leg}{price}, ${dollars(row.stake_ud)}{sent}"
