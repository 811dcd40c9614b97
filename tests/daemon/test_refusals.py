"""An engine that cannot start says why in one line, ends with 1, and has changed nothing."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from running_daemon import RunningDaemon

from console.daemon import run_daemon
from engine.assembly.opening import Options
from engine.sandbox.endpoint import read_endpoint

CREDENTIALS = ("KALSHI_API_KEY_ID", "KALSHI_KEY_ID", "KALSHI_API_KEY", "KALSHI_PRIVATE_KEY_PATH")


@pytest.fixture(autouse=True)
def no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CREDENTIALS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[RunningDaemon]:
    """A home with a configuration and nothing else."""
    made = RunningDaemon(tmp_path / "home")
    yield made
    made.close()


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDaemon]:
    """A home whose engine has run and was stopped."""
    made = RunningDaemon(tmp_path_factory.mktemp("used") / "home")
    made.start()
    made.process.terminate()  # type: ignore[union-attr]
    assert made.wait() == 0
    yield made
    made.close()


def contents(root: Path) -> dict[str, str]:
    """Every file but the log with its hash, and every folder; of a ledger neither what SQLite shares nor a
    log in which nothing is left."""
    found = {}
    for path in sorted(root.rglob("*")):
        if path.name.endswith(("-shm", ".lock", ".jsonl")):
            continue
        if path.name.endswith("-wal") and not path.stat().st_size:
            continue
        name = str(path.relative_to(root))
        found[name] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    return found


def refused_unchanged(desk: RunningDaemon, *options: str) -> str:
    before = contents(desk.home)
    line = desk.refused(*options)
    assert contents(desk.home) == before
    return line


CHOICES = {
    "paper at an exchange of its own choice": (
        ("--venue", "paper", "--exchange", "http://127.0.0.1:8800"),
        "--exchange: got http://127.0.0.1:8800 with venue paper, wanted venue sandbox",
    ),
    "demo without a key": (("--venue", "demo"), "venue demo needs a key id: set KALSHI_API_KEY_ID, or"),
    "live without a key": (("--venue", "live"), "venue live needs a key id: set KALSHI_API_KEY_ID, or"),
    "an exchange beyond this machine": (
        ("--exchange", "http://10.1.2.3:8800"),
        "--exchange: got http://10.1.2.3:8800, wanted a sandbox on this machine",
    ),
    "an exchange by name": (
        ("--exchange", "https://api.elections.kalshi.com/trade-api/v2"),
        "exchange: got 'https://api.elections.kalshi.com/trade-api/v2', wanted an address such as",
    ),
    "an exchange with a password": (
        ("--exchange", "http://:secret@127.0.0.1:8800"),
        "exchange: got 'http://...@127.0.0.1:8800', wanted an address such as http://127.0.0.1:8800",
    ),
    "an exchange with a real venue": (
        ("--venue", "demo", "--exchange", "http://127.0.0.1:8800"),
        "--exchange: got http://127.0.0.1:8800 with venue demo, wanted venue sandbox",
    ),
}


@pytest.mark.parametrize("options, wanted", CHOICES.values(), ids=CHOICES)
def test_a_choice_that_cannot_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], wanted: str
) -> None:
    chosen = dict(zip(options[::2], options[1::2], strict=True))
    home = tmp_path / "home"
    assert (
        run_daemon(Options(home, chosen.get("--venue", "sandbox"), chosen.get("--exchange")), is_watched=True)
        == 1
    )
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert wanted in line
    assert not home.exists()


def test_nobody_listens_at_the_exchange_named(fresh: RunningDaemon) -> None:
    line = fresh.refused("--exchange", "http://127.0.0.1:9")
    assert line.startswith("exchange http://127.0.0.1:9: cannot be reached")
    assert not (fresh.home / "binding.json").exists()
    assert not (fresh.home / "exchange.pem").exists()


BAD_SANDBOX = {
    "speed = -1": "sandbox.speed: got -1, wanted above 0 and at most 100000",
    'scenario = "wild"': "sandbox.scenario: got",
    'series = ["KXNOPE"]': "sandbox.series: got",
    'start = "soon"': "sandbox.start: got 'soon', wanted a time such as 2026-11-20T14:30:00Z",
}


@pytest.mark.parametrize("setting, wanted", BAD_SANDBOX.items(), ids=BAD_SANDBOX)
def test_a_setting_that_only_the_exchange_understands(
    fresh: RunningDaemon, setting: str, wanted: str
) -> None:
    fresh.configure(f"[sandbox]\n{setting}\n")
    assert f"{fresh.home / 'config.toml'}: {wanted}" in fresh.refused()
    assert not (fresh.home / "binding.json").exists()
    assert read_endpoint(fresh.home / "exchange") is None


def test_a_configuration_that_cannot_be_used(fresh: RunningDaemon) -> None:
    fresh.configure("[sandbox]\nseed = 'seven'\n")
    assert refused_unchanged(fresh) == f"{fresh.home / 'config.toml'}: sandbox.seed: got str, wanted int"


def test_the_home_is_a_file(tmp_path: Path) -> None:
    desk = RunningDaemon(tmp_path / "home")
    desk.home = tmp_path / "taken"
    desk.home.write_text("mine")
    assert desk.refused() == f"home {desk.home}: got a file, wanted a folder"
    assert desk.home.read_text() == "mine"


def test_the_home_cannot_be_made(tmp_path: Path) -> None:
    desk = RunningDaemon(tmp_path / "home")
    desk.home = Path("/proc/self/sparko")
    assert desk.refused().startswith("home /proc/self/sparko: cannot be made: ")


def test_a_home_of_another_venue(used: RunningDaemon) -> None:
    line = refused_unchanged(used, "--venue", "demo")
    assert line.startswith(f"home {used.home}: bound to venue sandbox, exchange ")
    assert line.endswith("got --venue demo")


def test_a_home_that_has_an_exchange_of_its_own(used: RunningDaemon) -> None:
    line = refused_unchanged(used, "--exchange", "http://127.0.0.1:8800")
    assert line == (
        f"--exchange: got http://127.0.0.1:8800, but home {used.home} has an exchange of its own; leave it "
        "out, or take another home"
    )


def test_another_world_than_the_bound_one(used: RunningDaemon) -> None:
    """The seed belongs to the world that is there."""
    used.configure("[sandbox]\nseed = 99\n")
    try:
        line = used.refused()
    finally:
        used.configure("")
    assert "sandbox.seed: got 99, wanted none as stored there" in line


def test_the_world_of_the_home_is_gone(used: RunningDaemon) -> None:
    world = used.home / "exchange" / "exchange.sqlite"
    away = world.rename(used.home / "away")
    try:
        line = refused_unchanged(used)
    finally:
        away.rename(world)
    assert line.endswith(f"but {world} is gone")


def test_a_damaged_binding(used: RunningDaemon) -> None:
    binding = used.home / "binding.json"
    whole = binding.read_bytes()
    binding.write_bytes(whole[:20])
    try:
        line = refused_unchanged(used)
    finally:
        binding.write_bytes(whole)
    assert line.startswith(f"home {used.home}: binding.json cannot be read: ")


def with_other_ledger(used: RunningDaemon, tmp_path: Path, change: str) -> RunningDaemon:
    """A home like the used one, after a statement in its ledger."""
    made = RunningDaemon(tmp_path / "home", "")
    for name in ("binding.json", "ledger.sqlite", "ledger.sqlite-wal"):
        if (used.home / name).exists():
            (made.home / name).write_bytes((used.home / name).read_bytes())
    with sqlite3.connect(made.home / "ledger.sqlite") as connection:
        connection.execute(change)
    connection.close()
    return made


def test_a_ledger_of_a_newer_program(used: RunningDaemon, tmp_path: Path) -> None:
    desk = with_other_ledger(used, tmp_path, "PRAGMA user_version = 999")
    line = desk.refused()
    assert line.startswith(f"ledger {desk.home / 'ledger.sqlite'}: schema 999 is newer than ")
    assert not (desk.home / "exchange").exists()


def test_a_damaged_ledger(used: RunningDaemon, tmp_path: Path) -> None:
    desk = with_other_ledger(used, tmp_path, "PRAGMA wal_checkpoint(TRUNCATE)")
    ledger = desk.home / "ledger.sqlite"
    for name in ("-wal", "-shm"):
        ledger.with_name(ledger.name + name).unlink(missing_ok=True)
    data = bytearray(ledger.read_bytes())
    assert len(data) > 3 * 4096
    data[4096:] = bytes(byte ^ 0x55 for byte in data[4096:])
    ledger.write_bytes(data)
    line = desk.refused()
    assert line.startswith(f"ledger {ledger}: damaged (")
    assert ledger.read_bytes() == data
    assert not (desk.home / "exchange").exists()


def test_a_second_engine(fresh: RunningDaemon) -> None:
    fresh.start()
    line = fresh.refused()
    assert line == (
        f"ledger {fresh.home / 'ledger.sqlite'}: process {fresh.pid} writes it already; stop that one first"
    )
    events = fresh.events()
    assert (events[0], events[-1], len(events)) == ("engine starts", "engine is ready", 3)
    assert fresh.sparko("status")["engine"]["pid"] == fresh.pid
