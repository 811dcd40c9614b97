"""What the screen costs in a terminal of 120x40: bytes on the wire, processor time, and how late keys get.

    python -m pytest tests/benchmarks/test_paint.py -s -o addopts=--import-mode=importlib

runs it. Each screen is a process of its own in a pseudo terminal. The comparison with textual-plotext needs
the extra ``bench``; beside it stands one of the rows alone with Textual's DataTable.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pty_bench import Painted, in_terminal
from pytest_benchmark.fixture import BenchmarkFixture

ROOT = Path(__file__).parents[2]
SCREENS = ROOT / "tests" / "support" / "pty_screens.py"
SECONDS = 6.0


def painted(name: str, folder: Path, *, colours: str = "truecolor", seconds: float = SECONDS) -> Painted:
    with in_terminal([str(SCREENS), name], folder / f"{name}-{colours}.json", colours=colours) as terminal:
        return terminal.measure(seconds)


def note(benchmark: BenchmarkFixture, name: str, found: Painted) -> None:
    benchmark.extra_info[name] = (
        f"{found.kilobytes_each_flush:.2f} kB and {found.cpu_ms_each_flush:.2f} ms CPU a flush,"
        f" {found.told['flushes']:.0f} flushes and {found.frames} frames in {found.seconds:.1f} s,"
        f" {100 * found.share_of_a_core:.2f} % of a core, late p50 {found.told['late_p50_ms']:.1f} ms"
        f" p99 {found.told['late_p99_ms']:.1f} ms, {found.rss_bytes / 1e6:.0f} MB,"
        f" load {os.getloadavg()[0]:.1f}"
    )
    print(f"\n{name}: {benchmark.extra_info[name]}")


@pytest.fixture(autouse=True)
def own_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.mark.parametrize("colours", ["truecolor", ""], ids=["truecolor", "256"])
def test_a_hundred_cells_a_second(benchmark: BenchmarkFixture, tmp_path: Path, colours: str) -> None:
    found = benchmark.pedantic(lambda: painted("composite", tmp_path, colours=colours), rounds=1)
    note(benchmark, f"composite {colours or '256'}", found)
    assert found.told["cells"] > 0.9 * 100 * found.seconds
    assert found.frames > 0.9 * found.flushes
    assert found.kilobytes_each_flush < 5
    assert found.cpu_ms_each_flush < 9
    assert found.told["late_p99_ms"] < 15


def test_beside_textuals_own_tables(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """Watch list, ladder and tape alone; the whole screen with its chart is told, too."""

    def each() -> tuple[Painted, Painted, Painted]:
        return painted("rows", tmp_path), painted("tables", tmp_path), painted("composite", tmp_path)

    ours, tables, whole = benchmark.pedantic(each, rounds=1)
    note(benchmark, "own widgets", ours)
    note(benchmark, "DataTable", tables)
    note(benchmark, "own widgets with chart and flash", whole)
    assert tables.cpu_ms_each_flush >= 10 * ours.cpu_ms_each_flush
    assert tables.kilobytes_each_flush >= 5 * ours.kilobytes_each_flush


def test_beside_textuals_tables_and_plotext(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """The whole screen: watch list, ladder, tape and chart, the same data in both."""
    pytest.importorskip("textual_plotext", reason="needs the extra `bench`")

    def each() -> tuple[Painted, Painted]:
        return painted("composite", tmp_path), painted("plotted", tmp_path)

    ours, theirs = benchmark.pedantic(each, rounds=1)
    note(benchmark, "own widgets", ours)
    note(benchmark, "DataTable and textual-plotext", theirs)
    assert theirs.cpu_ms_each_flush >= 10 * ours.cpu_ms_each_flush
    assert theirs.kilobytes_each_flush >= 5 * ours.kilobytes_each_flush


def test_five_hundred_markets_at_five_hundred_updates_a_second(
    benchmark: BenchmarkFixture, tmp_path: Path
) -> None:
    found = benchmark.pedantic(lambda: painted("markets", tmp_path), rounds=1)
    note(benchmark, "500 markets", found)
    assert found.told["cells"] > 0.9 * 500 * found.seconds
    assert found.share_of_a_core <= 0.06


def test_a_screen_at_rest(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    found = benchmark.pedantic(lambda: painted("idle", tmp_path), rounds=1)
    note(benchmark, "idle", found)
    assert found.share_of_a_core < 0.005
    assert found.written == 0
