"""The embedded exchange of a home: adopted, started, brought back, ended; and what a lying endpoint does."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from running_daemon import is_exchange
from running_sandbox import start_sandbox

from engine.sandbox.embedded import EmbeddedExchange, ExchangeError, world_at
from engine.sandbox.endpoint import FILE_NAME, SandboxEndpoint, leave_endpoint, read_endpoint
from engine.sandbox.server.process_options import EmbeddedOptions

Make = Callable[..., EmbeddedExchange]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "exchange"


@pytest.fixture
async def make(folder: Path) -> AsyncIterator[Make]:
    """Exchanges of one folder; the processes end with the test."""
    made: list[EmbeddedExchange] = []

    def exchange(**fields: object) -> EmbeddedExchange:
        options = EmbeddedOptions(
            **{"folder": str(folder), "series": ("KXHIGHNY",), "start": "2026-11-20T15:00:00Z", **fields}  # type: ignore[arg-type]
        )
        made.append(EmbeddedExchange(options, folder.parent / "exchange.log"))
        return made[-1]

    yield exchange
    for one in made:
        await one.stop()


@pytest.fixture
async def known(make: Make) -> SandboxEndpoint:
    """One that runs."""
    return await make().ensure()


async def until(holds: Callable[[], bool]) -> None:
    """Looks in a thread of its own, so that the loop may go on."""

    def look() -> None:
        deadline = time.monotonic() + 30
        while not holds():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    await asyncio.to_thread(look)


def test_an_endpoint_is_left_whole_and_for_its_user_alone(tmp_path: Path) -> None:
    endpoint = SandboxEndpoint("http://127.0.0.1:1/x", "ws://127.0.0.1:1/x", "key", "/k.pem", 7, "world")
    leave_endpoint(tmp_path, endpoint)
    assert read_endpoint(tmp_path) == endpoint
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"rest": 1}', b"\xff\xfe", b"null"])
def test_garbage_is_no_endpoint(tmp_path: Path, data: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(data)
    assert read_endpoint(tmp_path) is None


async def test_one_that_runs_is_adopted(make: Make, known: SandboxEndpoint) -> None:
    other = make()
    assert await other.ensure() == known
    assert not other.was_started
    await other.stop()
    assert not is_exchange(known.pid)


async def test_a_stale_endpoint_gives_the_port_and_nothing_else(make: Make, known: SandboxEndpoint) -> None:
    os.kill(known.pid, signal.SIGKILL)
    other = make()
    found = await other.ensure()
    assert other.was_started
    assert found.pid != known.pid
    assert (found.rest, found.world_id, found.key_id) == (known.rest, known.world_id, known.key_id)


async def test_a_garbage_endpoint_of_one_that_died(make: Make, known: SandboxEndpoint, folder: Path) -> None:
    os.kill(known.pid, signal.SIGKILL)
    (folder / FILE_NAME).write_bytes(b"{")
    assert (await make().ensure()).world_id == known.world_id


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.communicate(b"\n")


async def test_an_endpoint_with_the_number_of_another_process(
    make: Make, known: SandboxEndpoint, folder: Path, bystander: subprocess.Popen[bytes]
) -> None:
    """Whatever was given that number since is neither followed nor killed."""
    os.kill(known.pid, signal.SIGKILL)
    leave_endpoint(folder, msgspec.structs.replace(known, pid=bystander.pid))
    other = make()
    assert (await other.ensure()).pid != bystander.pid
    await other.stop()
    assert bystander.poll() is None


async def test_another_world_on_the_port_is_not_taken_for_ours(
    make: Make, known: SandboxEndpoint, tmp_path: Path
) -> None:
    os.kill(known.pid, signal.SIGKILL)
    port = known.rest.split(":")[2].split("/")[0]
    await until(lambda: not is_exchange(known.pid))
    squatter, running = await asyncio.to_thread(
        start_sandbox, tmp_path / "key", "--port", port, "--series", "KXHIGHCHI"
    )
    try:
        found = await make().ensure()
        assert found.world_id == known.world_id
        assert found.rest != running.rest
        strange = await world_at(running.rest)
        assert strange is not None
        assert strange.world_id != known.world_id
    finally:
        squatter.terminate()
        squatter.communicate(timeout=20)


async def test_two_engines_at_once_get_the_same_one(make: Make) -> None:
    """As when an engine is killed while its exchange is starting."""
    one, other = await asyncio.gather(make().ensure(), make().ensure())
    assert one == other


async def test_one_that_cannot_start_says_why(make: Make, folder: Path) -> None:
    with pytest.raises(ExchangeError, match=r"^--speed: got -1, wanted above 0 and at most 100000$"):
        await make(speed=-1.0).ensure()
    assert read_endpoint(folder) is None


async def test_one_that_hangs_is_ended_by_force(
    make: Make, known: SandboxEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.sandbox.embedded.ENDS_WITHIN_S", 0.2)
    monkeypatch.setattr("engine.sandbox.side_door_client.TIMEOUT_S", 0.2)
    other = make()
    await other.ensure()
    os.kill(known.pid, signal.SIGSTOP)
    await other.stop()
    await until(lambda: not is_exchange(known.pid))
    assert (await make().ensure()).pid != known.pid, "its folder is free for the next one"


async def test_it_ends_by_itself_when_nobody_comes(make: Make, tmp_path: Path) -> None:
    found = await make(idle_exit_s=1.0).ensure()
    await until(lambda: not is_exchange(found.pid))
    assert "sandbox: ends: no client for " in (tmp_path / "exchange.log").read_text()


async def test_it_ends_when_its_folder_is_gone(make: Make, known: SandboxEndpoint, folder: Path) -> None:
    away = await asyncio.to_thread(folder.rename, folder.with_name("away"))
    await until(lambda: not is_exchange(known.pid))
    log = (folder.parent / "exchange.log").read_text()
    assert f"sandbox: ends: its home {folder} is gone" in log
    names = [path.name for path in folder.parent.iterdir()]
    assert folder.name not in names
    assert away.name in names
