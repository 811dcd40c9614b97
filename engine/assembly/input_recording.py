"""The recording of a run's inputs, where the configuration asks for it."""

from __future__ import annotations

import asyncio
import logging
import uuid

from engine.core.money import MoneyState
from engine.core.settings import EngineSettings
from engine.core.state_hash import state_hash
from engine.ledger.recording import InputRecorder, RecordingHeader
from engine.ledger.sqlite_ledger import SqliteLedger
from engine.ops.home import Home

_log = logging.getLogger(__name__)
_FLUSH_EACH_S = 1.0


def recorder_of(
    home: Home, settings: EngineSettings, money: MoneyState, ledger: SqliteLedger
) -> InputRecorder:
    """A recording of this run, in a folder of its own."""
    run_id = str(uuid.uuid4())
    header = RecordingHeader(
        run_id=run_id,
        settings=settings,
        money_hash=state_hash(money),
        journal_seq=ledger.appended,
        journal_head=ledger.head.hex(),
    )
    return InputRecorder(home.inputs / run_id, header)


async def flush_each_second(recorder: InputRecorder) -> None:
    """Hands what was recorded to the operating system each second; says so once if that fails."""
    while recorder.fault is None:
        await asyncio.sleep(_FLUSH_EACH_S)
        recorder.flush()
    _log.error("the recording of inputs has ended: %s", recorder.fault)
    await asyncio.Event().wait()
