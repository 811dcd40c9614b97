"""From a command to its engine: which home, venue and exchange, and what is said if there is none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from fake_control import FakeControl

from console.tools.attach import Where
from engine.ledger.lock import WriterLock

LOOKING = ("status", "markets", "orders", "positions", "fills", "cash", "stop")
ORDER = ("order", "KXA", "--side", "yes", "--count", "1", "--price", "50")
HEAVY = {"pandas", "pyarrow", "duckdb", "numpy", "httpx", "starlette", "uvicorn", "cryptography", "rich"}
HEAVY |= {"sqlite3", "engine.kalshi", "engine.sandbox", "engine.ledger", "engine.core.engine"}
EVERY = [(name,) for name in LOOKING] + [ORDER, ("close", "KXA"), ("cancel", "c1"), ("event", "KXA")]


@pytest.mark.parametrize("words", EVERY, ids=lambda words: words[0])
def test_without_an_engine_one_line_says_how_to_start_one(
    sparko: Any, tmp_path: Path, words: tuple[str, ...]
) -> None:
    ran = sparko(*words, "--json")
    assert (ran.code, ran.out) == (1, "")
    start = f"sparko-console --daemon --home {tmp_path}"
    assert ran.line == f"no engine is running in {tmp_path}; start one with: {start}"
    assert list(tmp_path.iterdir()) == []


def test_the_start_that_is_advised_is_of_the_same_home_and_venue(
    sparko: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other home"
    line = sparko("status", "--home", str(other), "--venue", "demo").line
    assert line.endswith(f"sparko-console --daemon --venue demo --home '{other}'")


def test_the_home_is_given_or_of_the_venue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert Where(None, None, None).folder() == tmp_path / "sparko" / "sandbox"
    assert Where(None, "live", None).folder() == tmp_path / "sparko" / "live"
    monkeypatch.chdir(tmp_path)
    assert Where(Path("desk"), "live", None).folder() == tmp_path / "desk"


def test_a_dead_socket_is_no_engine(sparko: Any, tmp_path: Path) -> None:
    with FakeControl(tmp_path):
        assert sparko("status").code == 0
    (tmp_path / "engine.sock").touch()
    assert sparko("status").line.startswith("no engine is running")


def test_another_venue_than_asked_for_is_refused(sparko: Any, engine: FakeControl, tmp_path: Path) -> None:
    for words in EVERY:
        ran = sparko(*words, "--home", str(tmp_path), "--venue", "live")
        assert (ran.code, ran.out) == (1, "")
        assert ran.line == f"--venue: got live, but the engine in {tmp_path} trades sandbox"
    assert engine.commands == []
    assert sparko("status", "--venue", "sandbox").code == 0


def test_a_file_is_no_home(sparko: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ran = sparko("status", "--home", str(tmp_path / "file"))
    assert ran.code == 1
    assert str(tmp_path / "file") in ran.line


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "console.tools.app", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def test_the_command_as_a_process(engine: FakeControl, tmp_path: Path) -> None:
    ran = run("status", "--json", SPARKO_HOME=str(tmp_path))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout)["venue"] == "sandbox"
    refused = run("status", SPARKO_HOME=str(tmp_path / "none"))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert len(refused.stderr.splitlines()) == 1
    assert run("status", "--nonsense").returncode == 2


def test_attaching_imports_nothing_heavy(engine: FakeControl, tmp_path: Path) -> None:
    engine.rows = {"orders": [], "positions": [], "markets": []}
    code = (
        "import sys\n"
        "from console.tools.app import app\n"
        "try:\n"
        "    app(sys.argv[1:])\n"
        "except SystemExit as end:\n"
        "    assert end.code == 0, end.code\n"
        f"found = sorted({HEAVY!r} & set(sys.modules))\n"
        "assert not found, found\n"
    )
    for words in (("status",), ("orders",), ("positions", "--json"), ("markets",), ("--help",)):
        ran = subprocess.run(
            [sys.executable, "-c", code, *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "SPARKO_HOME": str(tmp_path)},
        )
        assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("name", [words[0] for words in EVERY] + ["sandbox"])
def test_every_command_has_an_example(sparko: Any, name: str) -> None:
    ran = sparko(name, "--help")
    assert ran.code == 0
    assert "Examples:" in ran.out
    assert f"sparko {name}" in ran.out.split("Examples:")[1]
    assert max(len(line) for line in ran.out.splitlines()) <= 100


def test_without_words_there_is_help(sparko: Any) -> None:
    ran = sparko()
    assert ran.code == 2
    assert "sparko-console --daemon" in ran.out + ran.err


def test_an_engine_that_is_still_starting_is_waited_for(sparko: Any, tmp_path: Path) -> None:
    lock = WriterLock(tmp_path / "ledger.sqlite")
    late = FakeControl(tmp_path)
    opening = threading.Timer(0.3, late.__enter__)
    opening.start()
    ran = sparko("status", "--json")
    opening.join()
    late.__exit__(None, None, None)
    lock.release()
    assert (ran.code, ran.err) == (0, "")


def test_an_engine_that_never_listens(sparko: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.tools.attach.STARTS_WITHIN_S", 0.2)
    lock = WriterLock(tmp_path / "ledger.sqlite")
    said = sparko("status").line
    assert said.startswith(f"the engine in {tmp_path} is starting or ending; try again shortly")
    assert said.endswith(f"{tmp_path}/logs/engine.jsonl says why")
    lock.release()
    assert sparko("status").line.startswith("no engine is running")


HERE, ELSEWHERE = "http://127.0.0.1:8800", "http://127.0.0.1:8801"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("exchange.json", {"root": HERE}),
        ("exchange/endpoint.json", {"rest": f"{HERE}/trade-api/v2"}),
    ],
)
def test_the_exchange_that_is_meant(sparko: Any, tmp_path: Path, path: str, said: dict[str, str]) -> None:
    with FakeControl(tmp_path):
        assert "does not say where" in sparko("status", "--exchange", HERE).line
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(json.dumps(said))
        assert sparko("status", "--exchange", HERE).code == 0
        ran = sparko("status", "--exchange", ELSEWHERE)
        assert ran.code == 1
        assert ELSEWHERE in ran.line
        assert HERE in ran.line
