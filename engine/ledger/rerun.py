"""Runs a recorded run again: the same inputs must give the same facts and the same money.

    python -m engine.ledger.rerun RECORDING [--ledger LEDGER]

prints one JSON document and exits 0, or one line and exits 1. A ledger is needed where the run did not begin
with an empty one; every fact is then compared with the one that its journal holds. A run that was killed may
have taken an input whose facts were not kept any more; these are made again and compared with nothing.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import msgspec

from engine.core.engine import Engine
from engine.core.facts.stance import RunStarted
from engine.core.money import MoneyState, fold
from engine.core.state_hash import state_hash
from engine.core.strategy import Strategy
from engine.ledger.codec import Chain, JournalRow
from engine.ledger.errors import LedgerError
from engine.ledger.loading import read_changes
from engine.ledger.opening import reading
from engine.ledger.recording import CorruptRecording, InputReader, RecordingHeader

_RUN_STARTED = RunStarted.__struct_config__.tag


class Rerun(msgspec.Struct, frozen=True):
    """What a re-run came to. ``head`` is the journal's chain hash (hex) after ``changes`` more facts;
    ``compared`` counts those that a ledger held too. ``cut_bytes`` of the recording were incomplete."""

    run_id: str
    inputs: int
    changes: int
    state_hash: str
    head: str
    compared: int
    cut_bytes: int


class Diverged(Exception):
    """The re-run made another fact than the run did."""

    def __init__(self, number: int, made: JournalRow) -> None:
        super().__init__(
            f"input {number}: made record {made.seq} ({made.kind} of {made.subject or 'the account'}), "
            "which is not the one in the journal"
        )
        self.number, self.made = number, made


class WrongStart(Exception):
    """The money state that a re-run would begin with is not the one that the run began with."""

    def __init__(self, header: RecordingHeader, found: str) -> None:
        super().__init__(
            f"run {header.run_id}: began at record {header.journal_seq} with money {header.money_hash[:16]}, "
            f"got {found[:16]}; give the ledger of that run"
        )


def rerun(folder: Path, ledger: Path | None = None, strategies: Sequence[Strategy] = ()) -> Rerun:
    """Feeds the recording at ``folder`` to a new core. ``strategies`` are those of the run, in its order.

    Raises CorruptRecording, WrongStart, Diverged, LedgerError and ValueError (other strategies).
    """
    reader = InputReader(folder)
    header = reader.header
    names = tuple(strategy.name for strategy in strategies)
    if names != header.strategies:
        raise ValueError(f"strategies: got {list(names)}, wanted {list(header.strategies)}")
    if ledger is None:
        return _run_again(reader, MoneyState(), (), strategies)
    with reading(ledger) as connection:
        money = fold(islice(read_changes(connection), header.journal_seq))
        return _run_again(reader, money, _of_one_run(connection, header.journal_seq), strategies)


def _of_one_run(connection: sqlite3.Connection, after_seq: int) -> Iterator[bytes]:
    """The hashes of what a run kept, up to where the next one begins."""
    rows = connection.execute("SELECT kind, hash FROM journal WHERE seq > ? ORDER BY seq", (after_seq,))
    starts = 0
    for kind, digest in rows:
        starts += kind == _RUN_STARTED
        if starts > 1:
            return
        yield digest


def _run_again(
    reader: InputReader, money: MoneyState, known: Iterable[bytes], strategies: Sequence[Strategy]
) -> Rerun:
    header = reader.header
    found = state_hash(money)
    if found != header.money_hash:
        raise WrongStart(header, found)
    engine = Engine(header.settings, money, strategies)
    chain = Chain(header.journal_seq, bytes.fromhex(header.journal_head))
    comparison = _Comparison(iter(known))
    for taken in reader:
        comparison.check(reader.inputs, chain.extend(engine.step(taken).changes))
    return Rerun(
        run_id=header.run_id,
        inputs=reader.inputs,
        changes=chain.seq - header.journal_seq,
        state_hash=state_hash(engine.money),
        head=chain.head.hex(),
        compared=comparison.compared,
        cut_bytes=reader.cut_bytes,
    )


class _Comparison:
    """Holds the facts made against those known, as far as those go."""

    def __init__(self, known: Iterator[bytes]) -> None:
        self._known = known
        self.compared = 0

    def check(self, number: int, made: Iterable[JournalRow]) -> None:
        for row in made:
            expected = next(self._known, None)
            if expected is None:
                continue
            if expected != row.hash:
                raise Diverged(number, row)
            self.compared += 1


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="rerun", description="Runs a recorded run of the engine again.")
    parser.add_argument("recording", type=Path, help="folder of segments")
    parser.add_argument("--ledger", type=Path, help="the ledger that the run wrote")
    given = parser.parse_args(arguments)
    try:
        result = rerun(given.recording, given.ledger)
    except (CorruptRecording, WrongStart, Diverged, LedgerError, OSError, ValueError) as error:
        print(f"rerun: {error}", file=sys.stderr)
        return 1
    print(msgspec.json.encode(result).decode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
