"""Running ``sparko`` as its users do: words in, an exit code and two texts out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fake_control import FakeControl
from typer.testing import CliRunner

from console.tools.app import app


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)

    @property
    def line(self) -> str:
        """The one line on standard error."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        return lines[0].removeprefix("error: ")


Sparko = Callable[..., Ran]


@pytest.fixture
def sparko(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Sparko:
    """``sparko("order", ...)``, on the home of this test, 80 columns wide and without a terminal."""
    monkeypatch.setenv("SPARKO_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")

    def run(*words: str) -> Ran:
        result = CliRunner().invoke(app, list(words))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[FakeControl]:
    with FakeControl(tmp_path) as running:
        yield running
