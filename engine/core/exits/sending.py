"""Exit orders: their names, and how they go through the gate."""

from __future__ import annotations

from engine.core.denial import Denial
from engine.core.desk import Desk
from engine.core.exits.plan_record import PlanRecord
from engine.core.exposure import owner_of
from engine.core.facts.orders import EXTERNAL, MANUAL
from engine.core.placing import Placing
from engine.domain.plan import ExitCause
from engine.domain.units import CountC, PriceBp

_LONGEST_RUN_ID = 48


class ExitSender:
    def __init__(self, desk: Desk, placing: Placing) -> None:
        self._desk = desk
        self._placing = placing
        self._minted = 0

    def sell(
        self,
        record: PlanRecord,
        count_c: CountC,
        price_bp: PriceBp,
        *,
        cause: ExitCause,
        rests: bool = False,
        post_only: bool = False,
        why: dict[str, int | str] | None = None,
    ) -> str | Denial:
        """Sells ``count_c`` of the leg held at a price of it; returns the order's name, or why not.

        The order is of whoever holds the position, which late news of an earlier fill may have made somebody
        else than the plan's owner: the plan guards it all the same.
        """
        name = self._mint()
        holder = owner_of(self._desk, record.ticker) or record.owner
        owner = MANUAL if holder == EXTERNAL else holder
        denial = self._placing.leave(
            name,
            record.ticker,
            record.leg,
            price_bp,
            count_c,
            owner=owner,
            cause=cause.value,
            rests=rests,
            post_only=post_only,
            why=why or {},
        )
        return name if denial is None else denial

    def _mint(self) -> str:
        """A counter and the run's id: the same in a re-run, never the same in another run."""
        self._minted += 1
        return f"x{self._minted}-{self._desk.run_id[:_LONGEST_RUN_ID]}"
