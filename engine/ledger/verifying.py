"""Whether a ledger is what its journal says: every hash, no gap, and the fold equal to the projections."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec

from engine.core.changes import Change
from engine.core.money import fold
from engine.core.state_hash import state_hash
from engine.ledger.codec import GENESIS, chain_hash, decode_change
from engine.ledger.loading import read_state
from engine.ledger.opening import reading
from engine.ledger.schema import PROJECTION_VERSION


class Verification(msgspec.Struct, frozen=True):
    """``journal_hash`` is of the folded journal, ``live_hash`` of the projections; ``head`` is the chain's
    last hash in hex. ``fault`` is empty for a ledger that may be believed."""

    journal_hash: str
    live_hash: str
    seq: int
    head: str
    fault: str = ""

    @property
    def is_sound(self) -> bool:
        return not self.fault


class _Broken(Exception):
    """What was found where the chain ended."""


def verify_file(path: Path) -> Verification:
    """Reads all of the ledger at ``path`` in one snapshot; a running engine is not held up."""
    with reading(path) as connection:
        return verify(connection)


def verify(connection: sqlite3.Connection) -> Verification:
    """The same over a connection that sees one snapshot."""
    chain = _ChainReader(connection)
    live_hash = ""
    meta: dict[str, int] = {}
    try:
        meta = dict(connection.execute("SELECT name, value FROM meta"))
        if not _version_fault(meta):  # rows of another shape are not read
            live_hash = state_hash(read_state(connection))
        journal_hash = state_hash(fold(chain))
    except _Broken as broken:
        return Verification("", live_hash, chain.seq, chain.head.hex(), str(broken))
    except (msgspec.MsgspecError, sqlite3.DatabaseError) as error:
        return Verification("", live_hash, chain.seq, chain.head.hex(), f"a row that cannot be read: {error}")
    fault = _meta_fault(meta, chain.seq)
    if not fault and journal_hash != live_hash:
        fault = f"the journal folds to {journal_hash[:16]}, the projections hold {live_hash[:16]}"
    return Verification(journal_hash, live_hash, chain.seq, chain.head.hex(), fault)


def _meta_fault(meta: dict[str, int], seq: int) -> str:
    through = meta.get("projected_through", 0)
    if through != seq:
        return f"the journal ends at record {seq}, its projections at {through}"
    return _version_fault(meta)


def _version_fault(meta: dict[str, int]) -> str:
    version = meta.get("projection_version", 0)
    if version != PROJECTION_VERSION:
        return (
            f"its projections are of version {version}, this program keeps version {PROJECTION_VERSION}: "
            "start the engine once, which makes them anew, then verify"
        )
    return ""


class _ChainReader:
    """The journal's facts, each checked against its predecessor; ``seq``, ``head`` of the last good one."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.seq = 0
        self.head = GENESIS

    def __iter__(self) -> Iterator[Change]:
        rows = self._connection.execute(
            "SELECT seq, at, kind, subject, payload, hash FROM journal ORDER BY seq"
        )
        for seq, at, kind, subject, payload, stored in rows:
            if seq != self.seq + 1:
                raise _Broken(f"record {self.seq + 1} is missing: record {seq} follows {self.seq}")
            if chain_hash(self.head, seq, at, kind, subject, payload) != stored:
                raise _Broken(f"record {seq} is not what was written: its hash differs")
            self.seq, self.head = seq, stored
            yield decode_change(payload)
