"""``sparko forecast-server`` as a user starts it: its one line, its refusals, its end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

COMMAND = [sys.executable, "-m", "console.tools.app", "forecast-server"]


def _run(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *options],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
        check=False,
    )


def test_it_says_where_it_answers_and_ends_in_order() -> None:
    with subprocess.Popen(
        [*COMMAND, "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TIMESFM_REMOTE_TOKEN": "t"},
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        try:
            ready = json.loads(process.stdout.readline())
            assert (ready["model"], ready["is_baseline"]) == ("ewma", True)
            with httpx.Client(base_url=ready["url"], trust_env=False) as client:
                assert client.get("/health").json()["ok"] is True
                body = {"contexts": [[1, 2, 4]]}
                assert client.post("/forecast", json=body).status_code == 401
                answer = client.post("/forecast", json=body, headers={"X-TimesFM-Token": "t"}).json()
                assert answer["statuses"] == ["ok"] and answer["is_baseline"] is True
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
            assert "baseline server" in process.stderr.read()
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--host", "0.0.0.0"), "TIMESFM_REMOTE_TOKEN"),
        (("--baseline", "arima"), "arima"),
        (("--device", "cuda"), "baseline"),
        (("--download",), "--weights"),
    ],
)
def test_what_it_refuses_is_one_line_and_exit_1(options: tuple[str, ...], word: str) -> None:
    done = _run(*options)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1 and word in done.stderr


def test_without_the_extra_weights_are_refused_and_a_baseline_serves(tmp_path: Path) -> None:
    """The extra hidden: a module that cannot be imported, as on a machine without it."""
    (tmp_path / "torch.py").write_text("raise ImportError('not here')")
    folder = tmp_path / "weights"
    done = _run("--weights", str(folder), PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert "sparko-console[forecaster]" in done.stderr and done.stderr.count("\n") == 1
    hidden = {**os.environ, "PYTHONPATH": str(tmp_path)}
    with subprocess.Popen(
        [*COMMAND, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=hidden
    ) as process:
        assert process.stdout is not None
        try:
            assert json.loads(process.stdout.readline())["is_baseline"] is True
        finally:
            process.terminate()
            process.wait(20)
