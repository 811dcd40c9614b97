"""The verdicts of strategies: each is stamped and kept, a TAKE as a fact beside its order.

A PASS is an effect that no fsync waits for; a TAKE that the gate refuses is a PASS with the gate's code.
"""

from __future__ import annotations

import msgspec

from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.effects import KeepDecision
from engine.core.facts.stance import DecisionTaken
from engine.core.stage_record import Stage
from engine.core.strategy import Judged
from engine.domain.decision import PASS, TAKE, DecisionRow, GateRow

_LONGEST_RUN_ID = 48


def dry(decision: Judged) -> DecisionRow:
    """As it would read, unless the gate refuses it."""
    return msgspec.structs.replace(decision.row, verdict=PASS if decision.enter is None else TAKE)


class Verdicts:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._minted = 0
        self._last_code: dict[tuple[str, str], str] = {}
        """Of each strategy and market, so that the log tells what is new."""

    def passed(self, strategy: str, stage: Stage, row: DecisionRow) -> None:
        self._keep(self._stamped(strategy, stage, msgspec.structs.replace(row, verdict=PASS)))

    def entered(
        self, strategy: str, stage: Stage, row: DecisionRow, client_order_id: str, denial: Denial | None
    ) -> None:
        """What became of an entry: sent, told in the shadow, or refused."""
        stamped = self._stamped(strategy, stage, row)
        if denial is None:
            taken = msgspec.structs.replace(stamped, verdict=TAKE, client_order_id=client_order_id)
            self._desk.record(DecisionTaken(taken, self._desk.at))
        elif denial.code is DenyCode.STAGE_SHADOW:
            taken = msgspec.structs.replace(stamped, verdict=TAKE)
        else:
            refused = GateRow(denial.code.value, False, denial.text)
            taken = msgspec.structs.replace(
                stamped, verdict=PASS, code=denial.code.value, text=denial.text, gates=(*row.gates, refused)
            )
        self._keep(taken)

    def _keep(self, row: DecisionRow) -> None:
        key = (row.strategy, row.ticker)
        said = row.code if row.verdict == PASS else TAKE
        is_news = self._last_code.get(key) != said
        self._last_code[key] = said
        # A market without a signal is no news; a TAKE with an order is told by its fact.
        is_told = is_news and row.leg is not None and not row.client_order_id
        self._desk.ask(KeepDecision(row, is_told))

    def _stamped(self, strategy: str, stage: Stage, row: DecisionRow) -> DecisionRow:
        self._minted += 1
        return msgspec.structs.replace(
            row,
            decision_id=f"{self._desk.run_id[:_LONGEST_RUN_ID]}-d{self._minted}",
            at_ns=self._desk.at,
            strategy=strategy,
            stage=stage.value,
        )
