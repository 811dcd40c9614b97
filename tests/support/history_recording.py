"""Records the inputs of every life that a simulated engine has."""

from __future__ import annotations

from pathlib import Path

from history_checks import chain_of
from sim_engine import SimEngine

from engine.core.inputs import Input
from engine.core.money import MoneyState
from engine.core.state_hash import state_hash
from engine.ledger.recording import InputRecorder, RecordingHeader


class _Unbuffered:
    """Hands every input on at once: a crash must not take what the recorder held back."""

    def __init__(self, recorder: InputRecorder) -> None:
        self._recorder = recorder

    def record(self, given: Input) -> None:
        self._recorder.record(given)
        self._recorder.flush()


class Lives:
    """One recording for each start of the engine from now on; ``folders`` holds them in their order."""

    def __init__(self, engine: SimEngine, folder: Path) -> None:
        self.folders: list[Path] = []
        self._folder = folder
        self._recorders: list[InputRecorder] = []
        engine.make_recorder = self._begin

    def close(self) -> None:
        for recorder in self._recorders:
            recorder.close()

    def _begin(self, engine: SimEngine, money: MoneyState) -> _Unbuffered:
        chain = chain_of(engine.disk.changes())
        number = len(self.folders)
        header = RecordingHeader(
            run_id=f"life-{number}",
            settings=engine.settings,
            money_hash=state_hash(money),
            journal_seq=chain.seq,
            journal_head=chain.head.hex(),
        )
        self.folders.append(self._folder / f"life-{number:03d}")
        self._recorders.append(InputRecorder(self.folders[-1], header))
        return _Unbuffered(self._recorders[-1])
