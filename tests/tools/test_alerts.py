"""``sparko alerts`` and ``sparko ack``: what an engine left, a test of each sink, one clear line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alert_server import AlertServer
from fake_control import FakeControl

from engine.control.protocol import AnswerState, CommandAnswer
from engine.core.effects import AlertLevel
from engine.domain.command import Acknowledge
from engine.ops.alerts.entries import Entry
from engine.ops.alerts.store import FILE_NAME, AlertStore

NOON = 1_795_176_000_000_000_000
CANARY = "cAnArY91"


@pytest.fixture
def service() -> Iterator[AlertServer]:
    server = AlertServer()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SPARKO_ALERT_URLS", "PUSHOVER_USER", "TELEGRAM_BOT_TOKEN", "EMAIL_SENDER"):
        monkeypatch.delenv(name, raising=False)


def leave_alerts(home: Path) -> None:
    """As an engine would have."""
    store = AlertStore.open(home / FILE_NAME)
    urgent = AlertLevel.URGENT
    told = Entry(
        1, AlertLevel.NOTE, "FILL", "c1", "bought " * 20, NOON, NOON, count=5, sent_ns={"json": NOON}
    )
    still_open = Entry(2, urgent, "KILLED", "", "by me", NOON, NOON + 10**9, times=4, waiting=["phone"])
    seen = Entry(3, urgent, "KILLED", "", "old", NOON, NOON, acknowledged_by="me", acknowledged_ns=NOON)
    store.write([told, still_open, seen], [])
    store.close()


def test_what_an_engine_left_is_listed_without_it(sparko: Any, tmp_path: Path) -> None:
    leave_alerts(tmp_path)
    ran = sparko("alerts")
    assert max(map(len, ran.out.splitlines())) <= 80
    heads = [line for line in ran.out.splitlines() if line.startswith("#")]
    assert heads == [
        "#3    20 Nov 07:00:00 ET  urgent   KILLED  seen by me",
        "#2    20 Nov 07:00:01 ET  urgent   KILLED  OPEN",
        "#1    20 Nov 07:00:00 ET  note     FILL x5  told",
    ]
    assert ran.out.splitlines()[-1] == "No engine runs: nothing is sent until one does."


def test_the_list_as_json(sparko: Any, tmp_path: Path) -> None:
    leave_alerts(tmp_path)
    document = sparko("alerts", "--json", "--limit", "2").document
    assert (document["engine_runs"], document["sinks"]) == (False, None)
    assert [row["id"] for row in document["alerts"]] == ["3", "2"]
    assert document["alerts"][1] == {
        "id": "2",
        "level": "urgent",
        "code": "KILLED",
        "text": "by me",
        "open": True,
        "first_time": "2026-11-20T12:00:00Z",
        "last_time": "2026-11-20T12:00:01Z",
        "count": 1,
        "rounds": 4,
        "sent_to": [],
        "waiting_for": ["phone"],
        "acknowledged_by": None,
        "acknowledged_time": None,
    }


def test_nothing_was_ever_told(sparko: Any, tmp_path: Path) -> None:
    assert sparko("alerts").out.startswith("No alert yet. Try the ways that they take: sparko alerts test")
    assert not (tmp_path / FILE_NAME).exists()


def test_a_damaged_file_is_one_line(sparko: Any, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"x" * 5_000)
    ran = sparko("alerts")
    assert (ran.code, FILE_NAME in ran.line) == (1, True)


def test_a_test_reaches_each_sink(sparko: Any, tmp_path: Path, service: AlertServer) -> None:
    (tmp_path / "config.toml").write_text(f'[alerts]\nurls = ["json://127.0.0.1:{service.port}/{CANARY}"]\n')
    ran = sparko("alerts", "test")
    assert (ran.code, ran.out, ran.err) == (0, "json  took the test\n", "")
    assert service.next()["message"].startswith("A test.")


def test_a_sink_that_takes_no_test_is_named_without_its_address(
    sparko: Any, monkeypatch: pytest.MonkeyPatch, service: AlertServer
) -> None:
    service.status = 404
    monkeypatch.setenv("SPARKO_ALERT_URLS", f"json://x:{CANARY}@127.0.0.1:{service.port}/{CANARY}")
    monkeypatch.setenv("PUSHOVER_USER", CANARY)
    ran = sparko("alerts", "test", "--json")
    assert ran.code == 1
    assert ran.document == {
        "sinks": [
            {"name": "json", "failure": "the service answered 404"},
            {
                "name": "incomplete-1",
                "failure": "PUSHOVER_USER is set but PUSHOVER_TOKEN is not: no alerts go there",
            },
        ]
    }
    assert ran.line.startswith("2 of 2 sinks did not take the test: json: the service answered 404; ")
    assert CANARY not in ran.out + ran.err


def test_no_sink_is_a_failure_that_says_where_to_set_one(sparko: Any, tmp_path: Path) -> None:
    ran = sparko("alerts", "test")
    assert ran.code == 1
    assert ran.line == f"no sink is configured; set [alerts] urls in {tmp_path / 'config.toml'}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f'urls = ["pover://{CANARY}"]', "alerts.urls, entry 1: got an address that apprise does not know"),
        (f'urls = ["{CANARY}"]', "alerts.urls, entry 1: got no address such as pover://user@token"),
        (f'url = "{CANARY}"', "alerts.url: got a field unknown here"),
    ],
)
def test_a_mistake_in_the_configuration_is_one_line(
    sparko: Any, tmp_path: Path, text: str, says: str
) -> None:
    (tmp_path / "config.toml").write_text(f"[alerts]\n{text}\n")
    ran = sparko("alerts", "test")
    assert (ran.code, says in ran.line, CANARY in ran.err) == (1, True, False)


def test_another_word_is_wrong_usage(sparko: Any) -> None:
    ran = sparko("alerts", "tset")
    assert (ran.code, ran.line) == (2, "got 'tset', wanted nothing or test")


@pytest.mark.parametrize("words", [("ack",), ("ack", "3", "--all")])
def test_either_one_alert_or_all(sparko: Any, words: tuple[str, ...]) -> None:
    ran = sparko(*words)
    assert (ran.code, ran.line) == (2, "wanted either one ID or --all; see: sparko alerts")


def test_without_an_engine_nothing_repeats_and_nothing_is_acknowledged(sparko: Any) -> None:
    ran = sparko("ack", "3")
    assert ran.code == 1
    assert ran.line.startswith("no engine is running in ")


@pytest.mark.parametrize(("words", "alert_id"), [(("3",), "3"), (("#3",), "3"), (("--all",), "")])
def test_what_is_acknowledged(
    sparko: Any, engine: FakeControl, words: tuple[str, ...], alert_id: str
) -> None:
    engine.script = lambda request: [
        CommandAnswer(
            request.command_id,
            AnswerState.ACCEPTED,
            text="1 alert acknowledged",
            numbers={"alerts": 1},
        )
    ]
    ran = sparko("ack", *words)
    assert (ran.code, ran.out) == (0, "1 alert acknowledged.\n")
    assert sparko("ack", *words, "--json").document == {"acknowledged": 1}
    assert [request.body for request in engine.commands] == [Acknowledge(alert_id)] * 2
