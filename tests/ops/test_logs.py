"""The log: one JSON object a line, no secret in it, and standard error only while somebody watches."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.core.effects import Alert, AlertLevel
from engine.ops.logs import FILE_NAME, HIDDEN, start_logs
from engine.ops.notifier import LogNotifier

log = logging.getLogger("test")


@pytest.fixture(autouse=True)
def root_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / FILE_NAME).read_text().splitlines()]


def test_a_line_is_an_object_with_its_fields(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start_logs(tmp_path, is_watched=False)
    log.warning("clock of %s is off", "exchange", extra={"offset_ms": 7})
    (line,) = lines(tmp_path)
    assert (line["event"], line["level"], line["offset_ms"]) == ("clock of exchange is off", "warning", 7)
    assert line["logger"] == "test"
    assert line["timestamp"].endswith("Z")
    assert capsys.readouterr().err == ""


def test_who_watches_sees_it_until_the_last_line_is_due(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = start_logs(tmp_path, is_watched=True)
    log.info("seen")
    logs.only_the_file()
    log.info("not seen")
    said = capsys.readouterr().err
    assert "seen" in said
    assert "not seen" not in said
    assert [line["event"] for line in lines(tmp_path)] == ["seen", "not seen"]


def test_nothing_is_made_before_the_first_line(tmp_path: Path) -> None:
    start_logs(tmp_path, is_watched=False)
    assert not (tmp_path / FILE_NAME).exists()


@pytest.mark.parametrize(
    "name", ["private_key", "signature", "X_Token", "client_secret", "password", "Authorization"]
)
def test_what_is_named_like_a_secret_is_hidden(tmp_path: Path, name: str) -> None:
    start_logs(tmp_path, is_watched=False)
    log.info("asked", extra={name: "abc"})
    assert lines(tmp_path)[0][name] == HIDDEN


def test_a_key_is_hidden_wherever_it_stands(tmp_path: Path) -> None:
    start_logs(tmp_path, is_watched=False)
    pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"
    log.info("read %s", pem)
    log.info("read", extra={"text": pem})
    try:
        raise ValueError(pem)
    except ValueError:
        log.exception("failed")
    assert "MIIE" not in (tmp_path / FILE_NAME).read_text()


def test_alerts_are_lines_as_loud_as_they_are_urgent(tmp_path: Path) -> None:
    start_logs(tmp_path, is_watched=False)
    for level in (AlertLevel.URGENT, AlertLevel.WARNING, AlertLevel.NOTE):
        LogNotifier().notify(Alert(level, "CODE", f"text of {level}"))
    found = [(line["level"], line["code"]) for line in lines(tmp_path)]
    assert found == [("error", "CODE"), ("warning", "CODE"), ("info", "CODE")]
