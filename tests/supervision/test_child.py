"""A supervised child, real processes: what it says is read, its ends are told in a line, it is begun anew."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import told_child

from collectors.observations import Message, Observation
from console.supervision.child import Child, Plan, Timings

ROOT = Path(told_child.__file__).parent.parent.parent
QUICK = Timings(silent_s=20, first_pause_s=0.01, most_pause_s=0.04, grace_s=0.2)


class Rig:
    """One child and what it said; ends it with the test."""

    def __init__(self, folder: Path, timings: Timings = QUICK, command: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.told: list[Message] = []
        environment = os.environ | {"TOLD_CHILD": str(folder), "PYTHONPATH": str(ROOT)}
        plan = Plan("spot", command or (sys.executable, told_child.__file__), environment, timings)
        self.child = Child(plan, self.told.append)
        self.problems: list[str] = []

    async def __aenter__(self) -> Rig:
        self._work = asyncio.create_task(self.child.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._work.cancel()
        await asyncio.gather(self._work, return_exceptions=True)

    def do(self, *words: str) -> None:
        (self.folder / "do").write_text(" ".join(words))

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not holds():
                assert not self._work.done(), self._work
                await asyncio.sleep(0.005)

    async def ends(self) -> str:
        """How its present run ends."""
        await self.until(lambda: bool(self.child.problem))
        return self.child.problem


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def values(told: list[Message]) -> list[str]:
    return [message.value for message in told if isinstance(message, Observation)]


async def test_what_a_child_says_is_taken_in_its_order_and_after_its_death_it_goes_on(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        rig.do("value=1", "value=2", "value=3")
        await rig.until(lambda: len(rig.told) == 3)
        assert values(rig.told) == ["1", "2", "3"]
        assert (rig.child.is_running, rig.child.restarts, rig.child.problem) == (True, 0, "")

        rig.do()
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
        assert await rig.ends() == "was killed by SIGKILL"

        rig.do("value=4")
        await rig.until(lambda: len(rig.told) == 4)
        assert (rig.child.restarts, rig.child.problem) == (1, "")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("end=3",), "ended with code 3"),
        (("say=no_key_is_configured", "end=1"), "ended with code 1: no key is configured"),
        (
            ("value=1", "garbage"),
            "was ended, for it wrote what is no message: "
            "frame: got b'Traceback (most recent c', wanted a length",
        ),
    ],
)
async def test_how_it_ended_is_said_in_a_line(tmp_path: Path, words: tuple[str, ...], problem: str) -> None:
    async with Rig(tmp_path) as rig:
        rig.do(*words)
        assert await rig.ends() == problem


async def test_one_that_says_nothing_is_taken_for_hung_and_need_not_want_to_end(tmp_path: Path) -> None:
    timings = Timings(silent_s=3, first_pause_s=0.01, most_pause_s=0.04, grace_s=0.1)
    async with Rig(tmp_path, timings) as rig:
        rig.do("deaf", "value=1")
        await rig.until(lambda: len(rig.told) == 1)
        pid = int((tmp_path / "pid").read_text())
        rig.do()
        assert await rig.ends() == "said nothing for 3 s and was ended"
        await rig.until(lambda: not is_there(pid))


async def test_a_flood_waits_in_the_pipe_and_is_read_at_its_pace(tmp_path: Path) -> None:
    """A thousand values are some 95 kB: at so many bytes a second they cannot all come in the first half."""
    timings = Timings(silent_s=20, bytes_each_s=400_000)
    async with Rig(tmp_path, timings) as rig:
        rig.do("flood=50")
        await rig.until(lambda: len(rig.told) >= 1_000)
        loop = asyncio.get_running_loop()
        began, had = loop.time(), len(rig.told)
        await rig.until(lambda: len(rig.told) >= had + 4_000)
        assert loop.time() - began > 0.5, "4,000 values take near a second at this pace"
        assert len(rig.told) < 50_000


async def test_a_program_that_is_not_there_is_said_and_tried_again(tmp_path: Path) -> None:
    async with Rig(tmp_path, command=("/nowhere/at-all",)) as rig:
        said = await rig.ends()
        assert said.startswith("ended with code 1")
        assert "/nowhere/at-all" in said or "No such file" in said
        await rig.until(lambda: rig.child.restarts >= 2)


async def test_it_ends_with_its_supervisor(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        rig.do("deaf", "value=1")
        await rig.until(lambda: len(rig.told) == 1)
        pid = int((tmp_path / "pid").read_text())
    assert not is_there(pid)
