"""Moving cash between the exchange's shards."""

from __future__ import annotations

import msgspec

from engine.domain.units import CENTICENT_UD, MicroDollars
from engine.kalshi.budget_queue import Lane
from engine.kalshi.outcome import NotSent, NotSentCause, Outcome
from engine.kalshi.sender import Change, Sender, WithoutOrder
from engine.wire.portfolio import ShardTransfer, ShardTransferAccepted

_PATH = "/portfolio/intra_exchange_instance_transfer"
_EVENT_CONTRACTS = "event_contract"


class TransferWrites:
    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def between_shards(self, from_index: int, to_index: int, amount_ud: MicroDollars) -> Outcome[str]:
        """``POST /portfolio/intra_exchange_instance_transfer``; the value is the transfer's id.

        The exchange accepts now and moves the money some time after: read the balance. Nothing makes a second
        request harmless, so an unknown outcome must be settled by reading, never by sending again. An amount
        that is no whole number of hundredths of a cent above 0 is not sent.
        """
        amount, rest = divmod(amount_ud, CENTICENT_UD)
        if rest or amount <= 0:
            wanted = f"a multiple of {CENTICENT_UD} micro-dollars above 0"
            return NotSent(NotSentCause.REQUEST, f"amount: got {amount_ud}, wanted {wanted}")
        body = ShardTransfer(
            amount=amount,
            source_exchange_shard=from_index,
            destination_exchange_shard=to_index,
            source=_EVENT_CONTRACTS,
            destination=_EVENT_CONTRACTS,
        )
        change = Change("POST", _PATH, Lane.RECONCILE, body=msgspec.json.encode(body))
        return await self._sender.send(change, self._transfer_id)

    def _transfer_id(self, body: bytes) -> str:
        accepted = self._sender.decode(f"POST {_PATH}", body, ShardTransferAccepted)
        if not accepted.transfer_id:
            raise WithoutOrder("transfer id: got none")
        return accepted.transfer_id
