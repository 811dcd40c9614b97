"""Moving cash between the shards of one account: accepted at once, done at a later step of the clock."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from engine.domain.units import MicroDollars, Nanoseconds
from engine.sandbox.core.refusal import Reason, Refusal
from engine.sandbox.core.state import uuid_shaped
from engine.sandbox.server.store import ChangedRow, StoredRow

if TYPE_CHECKING:
    from engine.sandbox.core.exchange import Exchange

KIND = "shard_transfer"


class TransferStatus(StrEnum):
    PENDING = "pending"
    APPLIED = "applied"
    FAILED = "failed"


class ShardTransfer(msgspec.Struct, frozen=True):
    transfer_id: str
    number: int
    """The place among all transfers of the exchange."""
    account_id: str
    from_index: int
    to_index: int
    amount_ud: MicroDollars
    created_ns: Nanoseconds
    status: TransferStatus = TransferStatus.PENDING
    updated_ns: Nanoseconds = 0


class ShardTransfers:
    """Every transfer ever asked for, oldest first."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._transfers: dict[str, ShardTransfer] = {}
        self._by_account: dict[str, list[str]] = {}
        self._pending: list[str] = []
        self._unsaved: dict[str, None] = {}

    def accept(
        self, account_id: str, from_index: int, to_index: int, amount_ud: MicroDollars
    ) -> ShardTransfer:
        """Notes a transfer; it is carried out by :meth:`apply_due` in a later step."""
        number = len(self._transfers)
        now_ns = self._exchange.now_ns
        transfer = ShardTransfer(
            transfer_id=uuid_shaped(f"{self._exchange.world_id}:transfer:{number}"),
            number=number,
            account_id=account_id,
            from_index=from_index,
            to_index=to_index,
            amount_ud=amount_ud,
            created_ns=now_ns,
            updated_ns=now_ns,
        )
        self._put(transfer)
        self._unsaved[transfer.transfer_id] = None
        self._pending.append(transfer.transfer_id)
        return transfer

    def apply_due(self) -> None:
        """Carries out what is pending: a transfer that the account cannot cover any more fails, one between
        shards of which one is paused goes on waiting."""
        pending, self._pending = self._pending, []
        for transfer_id in pending:
            transfer = self._transfers[transfer_id]
            status = TransferStatus.APPLIED
            try:
                self._exchange.transfer(
                    transfer.account_id, transfer.from_index, transfer.to_index, transfer.amount_ud
                )
            except Refusal as refusal:
                if refusal.reason is Reason.EXCHANGE_PAUSED:
                    self._pending.append(transfer_id)
                    continue
                status = TransferStatus.FAILED
            self._transfers[transfer_id] = msgspec.structs.replace(
                transfer, status=status, updated_ns=self._exchange.now_ns
            )
            self._unsaved[transfer_id] = None

    def of(self, account_id: str) -> list[ShardTransfer]:
        """Oldest first."""
        return [self._transfers[transfer_id] for transfer_id in self._by_account.get(account_id, ())]

    def find(self, account_id: str, transfer_id: str) -> ShardTransfer | None:
        found = self._transfers.get(transfer_id)
        return found if found is not None and found.account_id == account_id else None

    def take_rows(self) -> list[ChangedRow]:
        """What to write down since the last call."""
        taken, self._unsaved = self._unsaved, {}
        return [(KIND, key, msgspec.msgpack.encode(self._transfers[key])) for key in taken]

    def restore(self, rows: Iterable[StoredRow]) -> None:
        """Takes back what :meth:`take_rows` offered. Raises msgspec.MsgspecError for other rows."""
        found = [msgspec.msgpack.decode(value, type=ShardTransfer) for _, _, value in rows]
        for transfer in sorted(found, key=lambda transfer: transfer.number):
            self._put(transfer)
            if transfer.status is TransferStatus.PENDING:
                self._pending.append(transfer.transfer_id)

    def _put(self, transfer: ShardTransfer) -> None:
        self._transfers[transfer.transfer_id] = transfer
        self._by_account.setdefault(transfer.account_id, []).append(transfer.transfer_id)
