"""An engine that tells people: start, fills, a kill, its own death, and its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alert_server import AlertServer
from running_daemon import SMALL_WORLD, RunningDaemon
from sparko_here import done

CANARY = "cAnArY77c0"


@pytest.fixture
def service() -> Iterator[AlertServer]:
    server = AlertServer()
    yield server
    server.close()


@pytest.fixture
def desk(tmp_path: Path, service: AlertServer) -> Iterator[RunningDaemon]:
    made = RunningDaemon(tmp_path / "home", SMALL_WORLD, PUSHOVER_TOKEN=CANARY)
    where = f"{CANARY}@127.0.0.1:{service.port}/{CANARY}"
    made.configure(
        f'{SMALL_WORLD}\n[alerts]\nurls = ["json://{where}", {{url = "json://{where}", name = "phone",'
        f' min_level = "urgent"}}]\nheartbeat_url = "http://127.0.0.1:{service.port}/beat/{CANARY}"\n'
    )
    yield made
    made.close()


def until(service: AlertServer, *words: str) -> dict[str, Any]:
    """The message that says this; those before it are passed over."""
    while True:
        got = service.next()
        if all(word in str(got) for word in words):
            return got


@pytest.mark.slow
def test_people_are_told_over_kills_and_deaths(desk: RunningDaemon, service: AlertServer) -> None:
    desk.start("--practice")
    told: list[str] = []
    while not all(any(word in text for text in told) for word in ("ENGINE_STARTED", "FILL", "/beat/")):
        told.append(str(service.next()))
    assert any("PUSHOVER_TOKEN is set but PUSHOVER_USER is not" in text for text in told)
    assert any("bought" in text and "YES" in text for text in told)

    done(desk.home, "kill", "--reason", "a test")
    assert until(service, "KILLED")["type"] == "failure"
    assert until(service, "KILLED")["type"] == "failure", "the phone hears it too"
    listed = done(desk.home, "alerts")
    assert listed["engine_runs"]
    assert [sink["name"] for sink in listed["sinks"]] == ["json", "phone"]
    still_open = [row for row in listed["alerts"] if row["open"]]
    assert "KILLED" in [row["code"] for row in still_open]

    service.status = 500
    done(desk.home, "resume", "--reason", "it was a test")
    desk.until(lambda: service.refused > 0, "no alert")
    desk.kill()
    service.status = 200
    service.rest()
    desk.start()
    text = ""
    while not ("MODE_SET" in text and "the run before did not end in order" in text):
        text += str(service.next())
    assert {row["id"] for row in done(desk.home, "status")["alerts"]} >= {row["id"] for row in still_open}
    assert done(desk.home, "ack", "--all")["acknowledged"] >= len(still_open)
    desk.until(lambda: done(desk.home, "status")["alerts"] == [], "still told as open")

    done(desk.home, "stop")
    assert "NOT GUARDED until it runs again: 5 YES KXHIGHNY" in until(service, "ENGINE_STOPPED")["message"]
    assert desk.wait() == 0

    leaks = [
        path.name
        for path in desk.home.rglob("*")
        if path.is_file() and path.name != "config.toml" and CANARY.encode() in path.read_bytes()
    ]
    assert (leaks, CANARY in desk.errors.read_text("utf-8", "replace")) == ([], False)
