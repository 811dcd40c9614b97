"""Delivery through apprise to a service on this machine: down, slow, refusing, and a restart in between."""

from __future__ import annotations

import logging
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alert_server import PATIENCE_S, AlertServer

from engine.core.effects import Alert, AlertLevel
from engine.domain.units import MINUTE_NS, SECOND_NS
from engine.ops.alerts import store
from engine.ops.alerts.entries import SinkSpec
from engine.ops.alerts.keeper import AlertKeeper, Clocks, Picture
from engine.ops.alerts.places import AlertsConfig, SinkConfig, places_of
from engine.ops.alerts.sinks import AppriseSink, Outcome
from engine.ops.alerts.store import FILE_NAME, read_alerts
from engine.ops.logs import start_logs
from engine.ops.notifier import PeopleNotifier

NOTE, WARNING, URGENT = AlertLevel.NOTE, AlertLevel.WARNING, AlertLevel.URGENT
CANARIES = ("cAnArYuser", "cAnArYpass", "cAnArYpath", "cAnArYquery", "cAnArYheader")


class Keepers:
    """Keepers on one home, one after the other; their time stands still but for :meth:`pass_`."""

    def __init__(self, home: Path) -> None:
        self.path = home / FILE_NAME
        self.mono = SECOND_NS
        self.made: list[AlertKeeper] = []

    def open(self, *urls: str | SinkConfig) -> AlertKeeper:
        sinks = [AppriseSink(place) for place in places_of(AlertsConfig(urls), {}).sinks]
        for sink in sinks:
            # Mail leaves seconds between two messages.
            sink._service.request_rate_per_sec = 0
        keeper = AlertKeeper("sandbox", self.path, sinks, Clocks(lambda: self.mono, lambda: self.mono))
        self.made.append(keeper)
        keeper.start()
        return keeper

    def pass_(self, duration_ns: int) -> None:
        """Time goes on, and the keeper looks at it."""
        self.mono += duration_ns
        self.picture()

    def picture(self) -> Picture:
        """Once it is answered, what was told before is done."""
        return self.made[-1].picture().result(PATIENCE_S)

    def until(self, holds: Callable[[Picture], bool]) -> Picture:
        deadline = time.monotonic() + PATIENCE_S
        while not holds(picture := self.picture()):
            assert time.monotonic() < deadline, picture
        return picture


@pytest.fixture
def keepers(tmp_path: Path) -> Iterator[Keepers]:
    made = Keepers(tmp_path)
    yield made
    for keeper in made.made:
        keeper.close(PATIENCE_S)


def url(service: AlertServer) -> str:
    return f"json://127.0.0.1:{service.port}/"


def free_port() -> int:
    with socket.socket() as end:
        end.bind(("127.0.0.1", 0))
        return int(end.getsockname()[1])


def failing(times: int) -> Callable[[Picture], bool]:
    return lambda picture: picture.sinks[0].failures == times and not picture.sinks[0].is_busy


def test_an_alert_reaches_the_service(keepers: Keepers, service: AlertServer) -> None:
    keeper = keepers.open(url(service))
    keeper.tell(Alert(URGENT, "SL_BLOCKED", "no bid for KXT", "KXT"))
    got = service.next()
    assert got["title"] == "Sparko SANDBOX urgent: SL_BLOCKED"
    assert got["message"].startswith("SL_BLOCKED: no bid for KXT [#1]\n")
    assert got["type"] == "failure"


def test_a_service_that_is_down_gets_everything_when_it_is_back(keepers: Keepers, tmp_path: Path) -> None:
    keeper = keepers.open(f"json://127.0.0.1:{free_port()}/")
    keeper.tell(Alert(NOTE, "FILL", "one", "1"))
    picture = keepers.until(failing(1))
    assert picture.sinks[0].failure == "no connection, or no answer in time"
    keeper.close(PATIENCE_S)
    service = AlertServer()
    keepers.open(url(service)).tell(Alert(NOTE, "FILL", "two", "2"))
    messages = service.next()["message"]
    if "two" not in messages:
        messages += service.next()["message"]
    assert "FILL: one" in messages
    assert "FILL: two" in messages
    service.close()


@pytest.mark.parametrize(("status", "tried_after_s"), [(500, 2), (503, 2), (429, 2), (404, 2), (401, 2)])
def test_what_is_refused_waits_and_is_tried_again(
    keepers: Keepers, service: AlertServer, status: int, tried_after_s: int
) -> None:
    service.status = status
    keeper = keepers.open(url(service))
    keeper.tell(Alert(NOTE, "FILL", "one"))
    picture = keepers.until(failing(1))
    assert picture.sinks[0].failure == f"the service answered {status}"
    assert picture.entries[0].waiting == ["json"]
    service.status = 200
    keepers.pass_((tried_after_s * SECOND_NS) - 1)
    assert service.waiting == 0
    keepers.pass_(1)
    assert service.next()["message"] == "FILL: one"
    keepers.until(failing(0))
    assert service.refused == 1


def test_a_slow_service_delays_nobody(keepers: Keepers, service: AlertServer) -> None:
    other = AlertServer()
    service.release.clear()
    keeper = keepers.open(url(service), url(other))
    keeper.tell(Alert(NOTE, "FILL", "one", "first"))
    assert service.asked.wait(PATIENCE_S)
    threads = threading.active_count()
    for number in range(100):
        keeper.tell(Alert(NOTE, "FILL", f"more {number}", str(number)))
    heard = other.next()["message"]
    while "more 99" not in heard:
        heard += other.next()["message"]
    picture = keepers.picture()
    assert picture.sinks[0].is_busy, "and the slow one is still being waited for"
    assert sum(1 for entry in picture.entries if "json" in entry.waiting) == 101
    assert threading.active_count() <= threads + 2, "and no thread is made for a message"
    service.release.set()
    assert service.next()["message"] == "FILL: one"
    keepers.until(lambda picture: not any(entry.waiting for entry in picture.entries))
    other.close()


def test_telling_waits_for_no_thread_of_the_keeper(keepers: Keepers, service: AlertServer) -> None:
    """Told before it is started, an alert is only put where the keeper will find it."""
    sinks = [AppriseSink(place) for place in places_of(AlertsConfig((url(service),)), {}).sinks]
    keeper = AlertKeeper("live", keepers.path, sinks, Clocks(lambda: 1, lambda: 1))
    notifier = PeopleNotifier(keeper)
    notifier.notify(Alert(NOTE, "FILL", "early"))
    assert not keepers.path.exists()
    keepers.made.append(keeper)
    keeper.start()
    assert service.next()["title"] == "Sparko LIVE note: FILL"


def test_a_killed_engine_loses_nothing(keepers: Keepers, service: AlertServer) -> None:
    """The first keeper is left as it is, as a kill would: what it kept is on disk."""
    service.status = 500
    keeper = keepers.open(url(service))
    keeper.tell(Alert(URGENT, "UNKNOWN_LONG", "order c1", "c1"))
    keeper.tell(Alert(NOTE, "FILL", "one"))
    keepers.until(failing(1))
    kept = read_alerts(keepers.path)
    assert [entry.waiting for entry in kept] == [["json"], ["json"]]
    service.status = 200
    keepers.open(url(service))
    got = service.next()
    assert "UNKNOWN_LONG: order c1" in got["message"]
    assert "FILL: one" in got["message"]
    assert [entry.code for entry in keepers.made[-1].open] == ["UNKNOWN_LONG"]


def test_what_is_open_repeats_until_it_is_acknowledged(keepers: Keepers, service: AlertServer) -> None:
    keeper = keepers.open(url(service))
    keeper.tell(Alert(URGENT, "KILLED", "by me"))
    assert "again" not in service.next()["message"]
    for number in (1, 2):
        keepers.until(lambda picture, number=number: picture.sinks[0].sent == number)
        keepers.pass_(MINUTE_NS)
        assert service.next()["message"].startswith("KILLED: by me [#1, again]")
    keepers.until(lambda picture: picture.sinks[0].sent == 3)
    (row,) = keeper.open
    assert (row.times, row.is_open) == (3, True)
    (ended,) = keeper.acknowledge(None, "me").result(PATIENCE_S)
    assert (ended.acknowledged_by, ended.is_open) == ("me", False)
    for _ in range(10):
        keepers.pass_(5 * MINUTE_NS)
    keepers.until(lambda picture: not picture.sinks[0].is_busy)
    assert (service.rest(), keeper.open) == ([], ())
    keeper.close(PATIENCE_S)
    assert read_alerts(keepers.path)[0].acknowledged_by == "me"
    assert keepers.open(url(service)).open == ()


def test_the_end_gives_each_service_one_more_chance(keepers: Keepers, service: AlertServer) -> None:
    service.status = 500
    keeper = keepers.open(url(service), f"json://127.0.0.1:{free_port()}/")
    keeper.tell(Alert(NOTE, "FILL", "one"))
    keepers.until(lambda picture: all(sink.failures == 1 and not sink.is_busy for sink in picture.sinks))
    service.status = 200
    keeper.tell(Alert(NOTE, "ENGINE_STOPPED", "it was asked to"))
    keeper.close(PATIENCE_S)
    assert {line for got in service.rest() for line in got["message"].splitlines()} == {
        "FILL: one",
        "ENGINE_STOPPED: it was asked to",
    }
    assert [entry.waiting for entry in read_alerts(keepers.path)] == [["json-2"], ["json-2"]]


def test_the_end_does_not_wait_for_a_service_that_hangs(keepers: Keepers, service: AlertServer) -> None:
    service.release.clear()
    sinks = [AppriseSink(place) for place in places_of(AlertsConfig((url(service),)), {}).sinks]
    keeper = AlertKeeper("live", keepers.path, sinks, Clocks(time.monotonic_ns, time.time_ns))
    keeper.start()
    keeper.tell(Alert(NOTE, "FILL", "one"))
    assert service.asked.wait(PATIENCE_S)
    keeper.close(0.05)
    assert not keeper._thread.is_alive()
    assert read_alerts(keepers.path)[0].waiting == ["json"]


def test_a_test_says_what_came_of_each_sink(keepers: Keepers, service: AlertServer) -> None:
    refusing = AlertServer()
    refusing.status = 403
    keeper = keepers.open(url(service), url(refusing), f"json://127.0.0.1:{free_port()}/")
    assert keeper.test().result(PATIENCE_S) == {
        "json": "",
        "json-2": "the service answered 403",
        "json-3": "no connection, or no answer in time",
    }
    assert service.next()["title"] == "Sparko SANDBOX: test"
    assert keepers.picture().entries == ()
    refusing.close()


def test_no_sinks_and_still_everything_is_kept_for_the_console(keepers: Keepers) -> None:
    keeper = keepers.open()
    keeper.tell(Alert(URGENT, "SL_BLOCKED", "x"))
    keepers.picture()
    assert [entry.code for entry in keeper.open] == ["SL_BLOCKED"]
    assert keeper.test().result(PATIENCE_S) == {}


def test_only_the_newest_open_ones_are_shown(keepers: Keepers) -> None:
    keeper = keepers.open()
    for number in range(30):
        keeper.tell(Alert(URGENT, "SL_BLOCKED", str(number)))
    keepers.picture()
    assert [entry.text for entry in keeper.open] == [str(number) for number in range(10, 30)]
    shown = keeper.open
    keepers.picture()
    assert keeper.open is shown, "nothing changed, so nobody has to look again"


def test_a_file_that_cannot_be_written_stops_no_delivery(
    keepers: Keepers, service: AlertServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else holds the file: it is told, delivered from memory, and kept as soon as that is over."""
    monkeypatch.setattr(store, "_BUSY_MS", 10)
    keepers.open().close(PATIENCE_S)
    blocker = sqlite3.connect(keepers.path, isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    keeper = keepers.open(url(service))
    keeper.tell(Alert(NOTE, "FILL", "one"))
    heard = service.next()["message"]
    assert "FILL: one" in heard
    while "ALERT_STORE_FAILED" not in heard:
        heard += service.next()["message"]
    blocker.execute("ROLLBACK")
    blocker.close()
    keepers.pass_(MINUTE_NS)
    keepers.until(lambda picture: not any(entry.waiting for entry in picture.entries))
    keeper.close(PATIENCE_S)
    assert [entry.code for entry in read_alerts(keepers.path)] == ["FILL", "ALERT_STORE_FAILED"]


def secret_urls(service: AlertServer) -> tuple[str, ...]:
    """One that works, and one for each way to fail; secrets wherever an address may have them."""
    tail = "cAnArYpath?cAnArYquery=cAnArYquery&+X-Key=cAnArYheader"
    where = f"cAnArYuser:cAnArYpass@127.0.0.1:{service.port}/{tail}"
    return (
        f"json://{where}",
        f"xml://{where}",
        f"form://{where}",
        f"json://cAnArYuser:cAnArYpass@127.0.0.1:{free_port()}/{tail}",
        f"mailto://cAnArYuser:cAnArYpass@127.0.0.1:{free_port()}?mode=insecure&smtp=127.0.0.1"
        "&from=a@b.com&to=cAnArYpath@d.com",
    )


@pytest.mark.parametrize("status", [200, 302, 403, 500])
def test_secrets_of_addresses_are_nowhere(
    keepers: Keepers, service: AlertServer, status: int, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    """With every logger at its most talkative: not in the log, the file, the answers, or what is shown."""
    caplog.set_level(logging.DEBUG)
    service.status = status
    with caplog.at_level(1):
        keeper = keepers.open(*secret_urls(service))
        notifier = PeopleNotifier(keeper)
        notifier.notify(Alert(URGENT, "SL_BLOCKED", "x"))
        shown = repr(keeper.test().result(2 * PATIENCE_S))
        keepers.until(lambda picture: all(s.failures or s.sent for s in picture.sinks))
        for _ in range(6):
            keepers.pass_(MINUTE_NS)
            keepers.until(lambda picture: not any(sink.is_busy for sink in picture.sinks))
        shown += repr(keepers.picture()) + repr(keeper.open) + repr(vars(keeper)) + repr(keeper._sinks)
        keeper.close(PATIENCE_S)
    said = capfd.readouterr()
    files = b"".join(path.read_bytes() for path in keepers.path.parent.iterdir())
    assert b"SL_BLOCKED" in files
    everything = caplog.text + said.out + said.err + shown + files.decode("utf-8", "replace")
    assert [canary for canary in CANARIES if canary.lower() in everything.lower()] == []


def test_no_library_speaks_from_the_thread_of_a_sink(tmp_path: Path) -> None:
    """Whatever it is called: its lines do not reach the engine's log."""

    class Talkative:
        spec = SinkSpec("loud", NOTE)

        def send(self, title: str, body: str, level: AlertLevel) -> Outcome:
            logging.getLogger("some.library").error("POST https://%s", CANARIES[0])
            logging.getLogger("engine.alerts").error("ours")
            return Outcome()

    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        start_logs(tmp_path, is_watched=False)
        keeper = AlertKeeper("live", tmp_path / FILE_NAME, [Talkative()], Clocks(lambda: 1, lambda: 1))
        keeper.start()
        keeper.test().result(PATIENCE_S)
        keeper.close(PATIENCE_S)
        for handler in root.handlers:
            handler.close()
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    text = (tmp_path / "engine.jsonl").read_text()
    assert "ours" in text
    assert CANARIES[0] not in text
