"""Where the socket lies, who may open it, and what is said when nobody is there."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from control_desk import ControlDesk
from raw_control import hear, hear_end, raw_connect, say

from engine.control.client import ControlClient
from engine.control.endpoint import (
    LONGEST_PATH,
    RuntimeFolderUnsafe,
    pointer_of,
    runtime_folder,
    socket_to_listen,
    socket_to_reach,
)
from engine.control.errors import EngineBusy, EngineNotRunning, EngineSilent, NotAllowed, ProtocolMismatch
from engine.control.protocol import PROTOCOL, Hello, Refused, RefusedCode, Subscribe, encode

NOBODY = 65_534


def deep(folder: Path, length: int) -> Path:
    """A socket's path of so many bytes."""
    room = length - len(os.fsencode(folder)) - len("//engine.sock")
    home = folder / ("h" * room)
    home.mkdir()
    path = home / "engine.sock"
    assert len(os.fsencode(path)) == length
    return path


@pytest.fixture(autouse=True)
def runtime_dir(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """One with a short path, so that sockets fit in."""
    with TemporaryDirectory(prefix="sparko-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


def names(folder: Path, pattern: str = "*") -> list[str]:
    return sorted(path.name for path in folder.glob(pattern))


def is_socket(path: Path) -> bool:
    return path.exists() and stat.S_ISSOCK(path.stat().st_mode)


async def test_the_socket_is_its_owners_alone_and_goes_with_the_engine(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path) as desk:
        found = desk.path.stat()
        assert stat.S_ISSOCK(found.st_mode)
        assert stat.S_IMODE(found.st_mode) == 0o600
        assert names(tmp_path, "engine.sock*") == ["engine.sock"]
    assert not desk.path.exists()


async def test_a_path_of_one_hundred_bytes_is_used_as_it_is(tmp_path: Path) -> None:
    path = deep(tmp_path, LONGEST_PATH)
    async with ControlDesk(path.parent) as desk, await desk.connect() as client:
        assert is_socket(path)
        assert client.replica.desk.status is not None


async def test_a_longer_path_is_reached_through_its_pointer(tmp_path: Path, runtime_dir: Path) -> None:
    path = deep(tmp_path, LONGEST_PATH + 1)
    async with ControlDesk(path.parent) as desk:
        pointed = Path(pointer_of(path).read_text().strip())
        assert pointed.parent.parent == runtime_dir
        assert is_socket(pointed)
        assert not path.exists()
        os.environ.pop("XDG_RUNTIME_DIR")
        client = await desk.connect()
        assert client.replica.desk.status is not None
        await client.close()
    assert not is_socket(pointed)
    assert not pointer_of(path).exists()
    with pytest.raises(EngineNotRunning):
        await ControlClient.connect(path)


def test_homes_with_long_paths_do_not_share_a_socket(tmp_path: Path) -> None:
    one, other = deep(tmp_path, LONGEST_PATH + 1), deep(tmp_path, LONGEST_PATH + 2)
    assert socket_to_listen(one) != socket_to_listen(other)
    assert socket_to_reach(one) == socket_to_listen(one)


def test_a_runtime_folder_that_others_may_enter_is_refused(runtime_dir: Path) -> None:
    (runtime_dir / "sparko").mkdir(mode=0o700)
    (runtime_dir / "sparko").chmod(0o755)
    with pytest.raises(RuntimeFolderUnsafe, match="755"):
        runtime_folder()


def test_a_runtime_folder_that_is_a_link_is_refused(runtime_dir: Path, tmp_path: Path) -> None:
    (runtime_dir / "sparko").symlink_to(tmp_path)
    with pytest.raises(RuntimeFolderUnsafe):
        runtime_folder()


async def test_nobody_there_and_a_dead_engines_socket_are_told_apart_from_silence(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    with pytest.raises(EngineNotRunning):
        await ControlClient.connect(path)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with pytest.raises(EngineNotRunning, match=r"engine\.sock"):
        await ControlClient.connect(path)
    path.unlink()
    with socket.socket(socket.AF_UNIX) as wedged:
        wedged.bind(str(path))
        wedged.listen(1)
        with pytest.raises(EngineSilent, match=r"0\.2 s"):
            await ControlClient.connect(path, within_s=0.2)


async def test_a_dead_engines_socket_is_taken_over(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "engine.sock"))
    async with ControlDesk(tmp_path) as desk, await desk.connect() as client:
        assert client.replica.desk.status is not None


async def test_an_engine_leaves_the_socket_of_its_successor(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path) as desk:
        desk.path.unlink()
        desk.path.write_text("another engine's")
    assert desk.path.read_text() == "another engine's"


async def test_another_user_is_turned_away_even_with_an_open_mode(runtime_dir: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("another user: only root may become one")
    async with ControlDesk(runtime_dir) as desk:
        desk.path.chmod(0o666)
        program = (
            "import asyncio, os, sys\n"
            "from pathlib import Path\n"
            "import websockets.asyncio.client\n"  # before this user may not read our libraries any more
            "from engine.control.client import ControlClient\n"
            f"os.setgid({NOBODY}); os.setuid({NOBODY})\n"
            "async def main():\n"
            "    try:\n"
            f"        await ControlClient.connect(Path({str(desk.path)!r}))\n"
            "    except Exception as error:\n"
            "        print(type(error).__name__, error)\n"
            "asyncio.run(main())\n"
        )
        told = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        assert told.stdout.startswith(NotAllowed.__name__)
        assert "another user" in told.stdout
        desk.path.chmod(0o600)
        told = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        assert told.stdout.startswith(NotAllowed.__name__)
        assert desk.server.clients == 0


@pytest.mark.parametrize(("newest", "oldest"), [(PROTOCOL + 1, None), (PROTOCOL - 2, None)])
async def test_a_version_that_is_not_spoken_is_refused_clearly(
    tmp_path: Path, newest: int, oldest: int | None
) -> None:
    async with ControlDesk(tmp_path) as desk:
        client = await raw_connect(desk.path, greets=False)
        await say(client, Hello(newest, oldest=oldest))
        refused = await hear(client)
        assert isinstance(refused, Refused)
        assert refused.code is RefusedCode.PROTOCOL
        assert str(newest) in refused.text
        assert await hear_end(client) == 1008


async def test_the_client_says_which_versions_do_not_meet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ControlDesk(tmp_path) as desk:
        monkeypatch.setattr("engine.control.client.PROTOCOL", PROTOCOL + 3)
        monkeypatch.setattr("engine.control.client.OLDEST_PROTOCOL", PROTOCOL + 2)
        with pytest.raises(ProtocolMismatch, match="the engine is older: restart it") as refusal:
            await desk.connect()
        assert (refusal.value.ours, refusal.value.theirs) == (PROTOCOL + 3, PROTOCOL)


async def test_a_client_of_the_version_before_is_served(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path) as desk:
        client = await raw_connect(desk.path, greets=False)
        await client.send('{"t":"hello","protocol":0,"name":"old"}')
        welcome = await hear(client)
        assert b'"protocol":0' in encode(welcome)
        assert b'"client":"old-' in encode(welcome)
        assert b'"topic":"desk"' in encode(await hear(client))
        await client.close()


@pytest.mark.parametrize("first", [b"hello", encode(Subscribe("watch")), b"\x00"])
async def test_who_does_not_greet_is_sent_away(tmp_path: Path, first: bytes) -> None:
    async with ControlDesk(tmp_path) as desk:
        client = await raw_connect(desk.path, greets=False)
        await client.send(first)
        refused = await hear(client)
        assert isinstance(refused, Refused)
        assert refused.code is RefusedCode.BAD_HELLO
        assert await hear_end(client) == 1008


async def test_a_client_at_the_end_of_an_engine_is_told(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path) as desk:
        client = await desk.connect()
    lost = await client.wait_lost()
    assert "engine" in str(lost)
    assert client.replica.rev("desk") is None
    assert client.replica.desk.status is not None
    with pytest.raises((EngineNotRunning, EngineBusy)):
        await desk.connect()
