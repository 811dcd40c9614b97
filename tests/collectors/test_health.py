"""How a source is told of: its age, its rate, what is wrong with it, and what is nobody's trouble."""

from __future__ import annotations

import pytest

from collectors.health import SourceHealth
from collectors.taking import Fault, FaultKind, Taken, nothing
from engine.domain.units import SECOND_NS


class Desk:
    def __init__(self) -> None:
        self.now_s, self.lines = 0.0, list[str]()
        self.health = SourceHealth("x", lambda: round(self.now_s * SECOND_NS), self.lines.append)


def test_age_and_rate_are_of_data_and_not_of_heartbeats() -> None:
    desk = Desk()
    for second in range(120):
        desk.now_s = float(second)
        desk.health.took(Taken() if second < 100 else nothing())
        desk.health.took(nothing())
    assert desk.health.age_s == pytest.approx(20)
    assert desk.health.rate == pytest.approx(40 / 60)


def test_a_drop_that_is_mended_at_once_is_nobodys_trouble() -> None:
    desk = Desk()
    assert not desk.health.is_up
    desk.health.connected()
    desk.health.disconnected()
    desk.now_s = 2.9
    assert desk.health.is_up
    desk.health.disconnected()
    desk.now_s = 3.1
    assert not desk.health.is_up


def test_a_fault_is_said_once_a_minute_and_so_is_its_end() -> None:
    desk = Desk()
    fault = Fault(FaultKind.SERVER, "HTTP 500")
    for _ in range(100):
        desk.health.fault(fault)
        desk.health.is_well()
        desk.now_s += 0.5
    assert desk.lines == ["x: server: HTTP 500"]
    assert desk.health.note == "server: HTTP 500"
    desk.now_s += 2
    desk.health.is_well()
    assert desk.lines[1:] == ["x: well again after server"]
    assert desk.health.note == ""
    desk.health.fault(Fault(FaultKind.REFUSED, "HTTP 403"))
    desk.now_s += 60
    desk.health.fault(fault)
    assert desk.lines[2:] == ["x: refused: HTTP 403", "x: server: HTTP 500"]
    assert desk.health.counts().faults == {"refused": 1, "server": 101}
