"""``sparko sandbox`` as a user starts it: its one line, its errors, its end."""

from __future__ import annotations

import contextlib
import ctypes
import json
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from recorder import DAY, Recorder
from small_world import Signer

from engine.sandbox.server.wall import SystemWall

COMMAND = [sys.executable, "-m", "console.tools.app", "sandbox"]
FEW = ("--series", "KXHIGHNY")
"""A world of few markets starts fastest."""


class Started:
    """A sandbox that said it is ready."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *FEW, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        assert self.line, self.process.communicate(timeout=20)
        self.ready: dict[str, str] = json.loads(self.line)

    def get(self, path: str) -> httpx.Response:
        full = f"/trade-api/v2{path}"
        key = Path(self.ready["private_key_path"]).read_text()
        headers = Signer(SystemWall(), self.ready["key_id"], key).headers("GET", full)
        return httpx.get(self.ready["rest"] + path, headers=headers)

    def world_id(self) -> str:
        root = self.ready["rest"].removesuffix("/trade-api/v2")
        return str(httpx.get(f"{root}/sandbox/world").json()["world_id"])

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """Exit code, the rest of standard output, and standard error."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err


@pytest.fixture
def started() -> Iterator[list[Started]]:
    made: list[Started] = []
    yield made
    for one in made:
        if one.process.poll() is None:
            one.end(signal.SIGKILL)


def refused(*options: str, preexec_fn: Callable[[], None] | None = None) -> str:
    """The one line on standard error of a start that fails with 1 and says nothing else."""
    found = subprocess.run(
        [*COMMAND, *options], capture_output=True, text=True, timeout=60, check=False, preexec_fn=preexec_fn
    )
    assert (found.returncode, found.stdout) == (1, "")
    lines = found.stderr.splitlines()
    assert len(lines) == 1, found.stderr
    assert lines[0].startswith("error: ")
    return lines[0].removeprefix("error: ")


def test_one_line_when_ready_and_an_orderly_end(tmp_path: Path, started: list[Started]) -> None:
    one = Started("--key-out", str(tmp_path / "keys"), "--seed", "3")
    started.append(one)
    assert list(one.ready) == ["rest", "ws", "key_id", "private_key_path"]
    assert one.ready["rest"].startswith("http://127.0.0.1:")
    assert one.ready["ws"] == one.ready["rest"].replace("http://", "ws://").replace("/v2", "/ws/v2")
    path = Path(one.ready["private_key_path"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    assert one.get("/portfolio/balance").json()["balance_dollars"] == "20000.0000"
    code, out, err = one.end()
    assert (code, out) == (0, "")
    assert err.splitlines()[0].startswith("world ")
    assert "seed 3" in err
    assert len(err.splitlines()) == 1


def test_ends_on_interrupt_and_takes_its_own_key_away(started: list[Started]) -> None:
    one = Started()
    started.append(one)
    folder = Path(one.ready["private_key_path"]).parent
    assert folder.is_dir()
    assert one.end(signal.SIGINT)[0] == 0
    assert not folder.exists()


def test_a_state_is_resumed_with_its_world_key_and_account(tmp_path: Path, started: list[Started]) -> None:
    options = ("--state", str(tmp_path / "state"), "--seed", "5")
    first = Started(*options)
    started.append(first)
    world_id, balance = first.world_id(), first.get("/portfolio/balance").json()["balance_dollars"]
    assert "in use by another sandbox" in refused(*FEW, "--state", str(tmp_path / "state"))
    assert first.end()[0] == 0
    second = Started("--state", str(tmp_path / "state"))
    started.append(second)
    assert second.world_id() == world_id
    assert second.ready["key_id"] == first.ready["key_id"]
    assert second.get("/portfolio/balance").json()["balance_dollars"] == balance
    second.end()
    assert "--seed: got 6, wanted 5 as stored there" in refused(*FEW, *options[:2], "--seed", "6")


def test_a_key_from_before_serves_another_world(tmp_path: Path, started: list[Started]) -> None:
    first = Started("--key-out", str(tmp_path))
    started.append(first)
    key = (tmp_path / "sandbox.pem").read_bytes()
    first.end()
    second = Started("--key-out", str(tmp_path))
    started.append(second)
    assert (tmp_path / "sandbox.pem").read_bytes() == key
    assert second.get("/portfolio/balance").status_code == 200


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        folders = ("--state", str(tmp_path / "state"), "--key-out", str(tmp_path / "keys"))
        line = refused("--port", str(port), *folders)
    assert line == f"--port {port} on 127.0.0.1: Address already in use"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--speed", "0"), "--speed: got 0, wanted above 0 and at most 100000"),
        (("--speed", "nan"), "--speed: got nan, wanted above 0 and at most 100000"),
        (("--scenario", "stormy"), "--scenario: got 'stormy', wanted one of calm"),
        (("--series", "KXNONE"), "--series: got KXNONE, wanted any of KXBTC"),
        (("--ladders", "many"), "--ladders: got 'many', wanted a number of legs or full"),
        (("--ladders", "2"), "--ladders: got 2, wanted at least 6"),
        (("--start", "tomorrow"), "--start: got 'tomorrow', wanted a time such as"),
        (("--tier", "gold"), "--tier: got 'gold', wanted one of basic"),
        (("--host", "0.0.0.0"), "--host: got 0.0.0.0, wanted a loopback address (or --allow-remote)"),
        (("--host", "example"), "--host: got 'example', wanted an address such as 127.0.0.1"),
        (("--from", "2025-12-07"), "--from: needs --replay"),
        (("--faults", "/nonexistent.json"), "--faults /nonexistent.json: No such file or directory"),
        (("--replay", "/none", "--series", "A", "--from", "2025-12-07"), "--replay: no such folder"),
        (("--replay", ".", "--from", "2025-12-07"), "--series: got 0 with --replay, wanted one"),
        (("--replay", ".", "--series", "A"), "--from: got none with --replay, wanted a date"),
        (("--replay", ".", "--series", "A", "--from", "today"), "--from: no date: got 'today'"),
        (("--replay", ".", "--series", "A", "--seed", "1"), "--seed: does not go with --replay"),
    ],
)
def test_options_that_make_no_sense(tmp_path: Path, options: tuple[str, ...], line: str) -> None:
    folders = ("--state", str(tmp_path / "state"), "--key-out", str(tmp_path / "keys"))
    assert refused(*options, *folders).startswith(line)
    assert list(tmp_path.iterdir()) == []


def test_a_corrupt_recording_leaves_nothing_behind(tmp_path: Path) -> None:
    recording = tmp_path / "recording"
    recording.mkdir()
    (recording / "KXHIGHNY.parquet").write_bytes(b"PAR1 is where the likeness ends")
    options = ("--replay", str(recording), "--series", "KXHIGHNY", "--from", "2025-12-07")
    refused(*options, "--state", str(tmp_path / "state"), "--key-out", str(tmp_path / "keys"))
    assert [entry.name for entry in tmp_path.iterdir()] == ["recording"]


def _obey_modes() -> None:
    """Lets file modes hold for root too: what is started has no right to override them.

    The numbers are PR_CAPBSET_DROP, CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH of Linux; others need nothing.
    """
    for capability in (1, 2):
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="root's rights are dropped by a call of Linux")
@pytest.mark.parametrize("inside", [False, True])
def test_a_recording_that_may_not_be_read(tmp_path: Path, inside: bool) -> None:
    recording = tmp_path / "recording"
    recording.mkdir()
    (recording / "quotes_x.parquet").touch(mode=0o000)
    recording.chmod(0o755 if inside else 0o000)
    options = ("--replay", str(recording), "--series", "KXHIGHNY", "--from", "2025-12-07")
    folders = ("--state", str(tmp_path / "state"), "--key-out", str(tmp_path / "keys"))
    line = refused(*options, *folders, preexec_fn=_obey_modes)
    recording.chmod(0o755)
    if inside:
        assert line.startswith("quotes_x.parquet: not readable as Parquet") and "Permission denied" in line
    else:
        assert line == f"--replay: not readable: got {recording}, wanted a folder that you may list"
    assert [entry.name for entry in tmp_path.iterdir()] == ["recording"]


def test_what_a_replay_has_nothing_of_is_not_in_its_line(tmp_path: Path, started: list[Started]) -> None:
    recording = tmp_path / "recording"
    recording.mkdir()
    Recorder(recording).weather_day()
    one = Started("--replay", str(recording), "--from", DAY)
    started.append(one)
    (line,) = one.end()[2].splitlines()
    assert "series KXHIGHNY, " in line and "markets 3, " in line
    assert "index_values 0" in line
    assert not re.search(r"\w+ (,|$)", line), line


def _sqlite(path: Path, *statements: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (("CREATE TABLE notes (text)",), "got another program's database, wanted one of this sandbox"),
        (
            ("CREATE TABLE notes (text)", "PRAGMA application_id = 1397771096", "PRAGMA user_version = 7"),
            "got format 7, wanted 2",
        ),
        (
            ("CREATE TABLE notes (text)", "PRAGMA application_id = 1397771096", "PRAGMA user_version = 2"),
            "got a database without the table rows",
        ),
    ],
)
def test_a_state_that_is_another_database(tmp_path: Path, statements: tuple[str, ...], words: str) -> None:
    path = tmp_path / "exchange.sqlite"
    _sqlite(path, *statements)
    before = path.read_bytes()
    line = refused(*FEW, "--state", str(tmp_path), "--key-out", str(tmp_path / "keys"))
    assert line.startswith(f"state {path}: {words}")
    assert ([entry.name for entry in tmp_path.iterdir()], path.read_bytes()) == ([path.name], before)


def test_a_state_that_is_another_programs(tmp_path: Path) -> None:
    (tmp_path / "exchange.sqlite").write_bytes(b"not a database, sorry" * 400)
    line = refused(*FEW, "--state", str(tmp_path), "--key-out", str(tmp_path / "keys"))
    assert line.startswith(f"state {tmp_path}/exchange.sqlite: got a corrupt or foreign file")
    assert [entry.name for entry in tmp_path.iterdir()] == ["exchange.sqlite"]


def _public_key() -> bytes:
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _ec_key() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        (b"hello", 0o600, "private key: got no readable PEM"),
        (b"\xff\xfe", 0o600, "private key: got no text"),
        (_public_key(), 0o600, "private key: got a public key, wanted an RSA or Ed25519 private key"),
        (_ec_key(), 0o600, "private key: got ECPrivateKey, wanted RSA or Ed25519"),
        (b"", 0o644, "got mode 0644, wanted 0600"),
    ],
)
def test_a_key_of_the_wrong_kind_or_mode(tmp_path: Path, text: bytes, mode: int, words: str) -> None:
    path = tmp_path / "sandbox.pem"
    path.write_bytes(text)
    path.chmod(mode)
    assert words in refused(*FEW, "--key-out", str(tmp_path), "--state", str(tmp_path / "state"))
    assert (path.read_bytes(), [entry.name for entry in tmp_path.iterdir()]) == (text, [path.name])


def test_a_key_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert refused(*FEW, "--key-out", str(tmp_path / "file" / "keys")).endswith("Not a directory")


@pytest.mark.parametrize("options", [("--port", "70000"), ("--depth", "0"), ("--no-such",), ("--seed", "x")])
def test_wrong_usage_exits_with_2(options: tuple[str, ...]) -> None:
    found = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=60, check=False)
    assert (found.returncode, found.stdout) == (2, "")


def test_help_has_an_example_and_is_light() -> None:
    code = (
        "import sys; from console.tools.app import app; from typer.testing import CliRunner;"
        "r = CliRunner().invoke(app, ['sandbox', '--help']); assert r.exit_code == 0, r.output;"
        "assert 'sparko sandbox --replay' in r.output.replace('\\n', ' '), r.output;"
        "assert not [m for m in ('uvicorn', 'starlette', 'cryptography', 'pyarrow') if m in sys.modules]"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert found.returncode == 0, found.stderr
