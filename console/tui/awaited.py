"""Rows and arguments of the queries by which a console learns what is not in the topics."""

from __future__ import annotations

from engine.control.queries import CandlesArgs, FactsArgs, TradesArgs
from engine.control.rows import FactsRow, IndexRow, TradeRow

__all__ = ["CandlesArgs", "FactsArgs", "FactsRow", "IndexRow", "TradeRow", "TradesArgs"]
