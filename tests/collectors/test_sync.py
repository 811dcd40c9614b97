"""The lakes of several nodes become one, with one of them down, torn, compacted or of a stolen node id."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest
from lake_nodes import store, written
from lake_rows import NOON_NS, TickingClock
from typer.testing import CliRunner

from collectors.sync.merging import merge
from collectors.sync.places import PlaceFailed, RsyncPlace, StorePlace, place_of
from collectors.sync.publishing import publish
from console.tools.app import app
from engine.lake.check import check
from engine.lake.compact import compact
from engine.lake.digest import digest
from engine.lake.layout import segments
from engine.lake.tables import TRADES


def rows(root: Path) -> int:
    return digest(root, TRADES)[0]


def test_three_homes_become_one_and_a_second_look_takes_nothing(tmp_path: Path) -> None:
    homes = [
        written(tmp_path / f"n{i}", i, (i * 100, i * 100 + 50), (i * 100 + 50, i * 100 + 100))
        for i in range(3)
    ]
    hub = tmp_path / "hub"
    merged = [merge(hub, store(home)) for home in homes]
    assert [one.rows for one in merged] == [100, 100, 100]
    assert all(one.is_whole for one in merged)
    alone = written(tmp_path / "alone", 0, (0, 300))
    assert digest(hub, TRADES) == digest(alone, TRADES)
    assert check(hub, [TRADES]) == []
    assert [merge(hub, store(home)).segments for home in homes] == [0, 0, 0]
    written(homes[1], 1, (300, 310))
    assert merge(hub, store(homes[1])).rows == 10
    assert rows(hub) == 310


def test_one_that_is_down_does_not_keep_the_others(tmp_path: Path) -> None:
    home = written(tmp_path / "n0", 0, (0, 10))
    words = [
        "sync",
        "--from",
        "nowhere.invalid:lake",
        "--from",
        str(home),
        "--lake",
        str(tmp_path / "hub"),
        "--json",
    ]
    environment = {"PATH": str(fake_rsync(tmp_path, "exit 255"))}
    done = CliRunner().invoke(app, words, env=environment)
    assert done.exit_code == 1
    assert "error: nowhere.invalid:lake: rsync ended with 255" in done.output
    first, second = json.loads(done.output.partition("\nerror")[0])["places"]
    assert (first["segments"], second["rows"], second["failure"]) == (0, 10, "")
    assert rows(tmp_path / "hub") == 10


def test_a_place_with_nothing_in_it_is_not_all_here(tmp_path: Path) -> None:
    (tmp_path / "unmounted").mkdir()
    for place in ("unmounted", "mistyped"):
        merged = merge(tmp_path / "hub", store(tmp_path / place))
        assert "nothing is there: not mounted" in merged.failure


def test_a_file_that_comes_torn_is_not_taken_and_asked_for_again(tmp_path: Path) -> None:
    home, hub = written(tmp_path / "n0", 0, (0, 20)), tmp_path / "hub"
    path = segments(home / "trades")[0]
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"x")
    merged = merge(hub, store(home))
    assert [problem.partition(": ")[2] for problem in merged.problems] == [
        "came torn; asked for again at the next look"
    ]
    assert rows(hub) == 10
    path.write_bytes(whole)
    assert merge(hub, store(home)).is_whole
    assert rows(hub) == 20
    assert check(hub, [TRADES]) == []


def test_two_homes_of_one_node_id_are_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    hub = tmp_path / "hub"
    assert merge(hub, store(written(tmp_path / "a", 4, (0, 10)))).is_whole
    other = written(tmp_path / "b", 4, (50, 70))
    merged = merge(hub, store(other))
    assert "node 4 wrote something else under this name" in merged.problems[0]
    assert "--node-id" in merged.problems[0]
    assert (rows(hub), rows(other)) == (10, 20)


def test_what_was_joined_elsewhere_comes_over_joined_and_what_was_joined_here_does_not_come_back(
    tmp_path: Path,
) -> None:
    home, hub = written(tmp_path / "n0", 0, (0, 10), (10, 20)), tmp_path / "hub"
    merge(hub, store(home))
    assert len(segments(hub / "trades")) == 4
    list(compact(home, TRADES, now_ns=TickingClock()))
    assert merge(hub, store(home)).is_whole
    assert len(segments(hub / "trades")) == 2
    assert (rows(hub), check(hub, [TRADES])) == (20, [])
    # And the other way: joined at the hub, the node's own files are not taken again.
    other = written(tmp_path / "n1", 1, (20, 30))
    merge(hub, store(other))
    list(compact(hub, TRADES, now_ns=TickingClock()))
    assert [merge(hub, store(place)).segments for place in (home, other)] == [0, 0]
    assert (rows(hub), check(hub, [TRADES])) == (30, [])


def test_both_joined_the_same_files(tmp_path: Path) -> None:
    home, hub = written(tmp_path / "n0", 0, (0, 10), (10, 20)), tmp_path / "hub"
    merge(hub, store(home))
    list(compact(home, TRADES, now_ns=TickingClock()))
    list(compact(hub, TRADES, now_ns=TickingClock(NOON_NS + 77)))
    assert merge(hub, store(home)).is_whole
    assert (rows(hub), check(hub, [TRADES])) == (20, [])


def test_a_manifest_that_leads_elsewhere_is_not_followed(tmp_path: Path) -> None:
    home, hub = written(tmp_path / "n0", 0, (0, 10)), tmp_path / "hub"
    [manifest] = (home / "trades" / "_manifest").iterdir()
    manifest.write_text(manifest.read_text().replace("series=KXBTC/", "../../"))
    merged = merge(hub, store(home))
    assert "not taken" in merged.problems[0]
    assert rows(hub) == 0


def test_ours_is_put_into_a_store_and_taken_from_there(tmp_path: Path) -> None:
    home = written(tmp_path / "n0", 0, (0, 10), (10, 20))
    bucket = place_of(f"file://{tmp_path / 'bucket'}")
    assert isinstance(bucket, StorePlace)
    assert publish(home, bucket).segments == 4
    assert publish(home, bucket).segments == 0
    hub = tmp_path / "hub"
    assert merge(hub, bucket).rows == 20
    assert digest(hub, TRADES) == digest(home, TRADES)
    assert list((tmp_path / "bucket").rglob("*.tmp")) == []


def test_a_machine_is_read_by_rsync_over_ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for rsync that knows the options used and copies from a folder of this machine."""
    home, hub = written(tmp_path / "n0", 0, (0, 10)), tmp_path / "hub"
    monkeypatch.setenv("PATH", f"{fake_rsync(tmp_path, _COPIES)}{os.pathsep}{os.environ['PATH']}")
    place = place_of(f"me@collector-1:{home}")
    assert isinstance(place, RsyncPlace)
    assert merge(hub, place).rows == 10
    assert (rows(hub), check(hub, [TRADES])) == (10, [])
    assert not (hub / "trades" / "_journal").exists(), "only closed files are taken"
    assert merge(hub, place).segments == 0


@pytest.mark.parametrize("text", ["-e sh", "", "ftp://x/y"])
def test_places_that_are_none(text: str) -> None:
    with pytest.raises(PlaceFailed):
        place_of(text)


def fake_rsync(folder: Path, script: str) -> Path:
    tools = folder / "tools"
    tools.mkdir()
    path = tools / "rsync"
    path.write_text(
        f"#!/bin/sh\n{script}\n" if script.startswith("exit") else f"#!{sys.executable}\n{script}"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return tools


_COPIES = """
import fnmatch, pathlib, shutil, sys
options = sys.argv[1:sys.argv.index("--")]
source, target = sys.argv[sys.argv.index("--") + 1:]
assert "-a" in options and any(one.startswith("--rsh=ssh -o BatchMode=yes") for one in options), options
machine, _, folder = source.partition(":")
assert machine == "me@collector-1" and source.endswith("/") and target.endswith("/"), source
root, listed = pathlib.Path(folder), [o[13:] for o in options if o.startswith("--files-from=")]
if listed:
    wanted = pathlib.Path(listed[0]).read_text().split()
else:
    rules = [o[10:] for o in options if o.startswith("--include=")]
    assert options[-1] == "--exclude=*"
    def passes(path):
        parts = ["/" + "/".join(path.parts[: n + 1]) for n in range(len(path.parts))]
        names = [part + "/" for part in parts[:-1]] + parts[-1:]
        return all(any(name.count("/") == rule.count("/") and fnmatch.fnmatch(name, rule) for rule in rules)
                   for name in names)
    files = [path.relative_to(root) for path in root.rglob("*") if path.is_file()]
    wanted = [str(path) for path in files if passes(path)]
for path in wanted:
    (pathlib.Path(target) / path).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(root / path, pathlib.Path(target) / path)
"""
