"""Seeded histories of the whole engine against the whole exchange, in virtual time.

Orders, closes, cancels and extensions at random under every fault of the side door, lost and damaged streams,
pauses, and ends of either process at any instant. Then quiet: nothing may be in doubt after 12 seconds, the
ledger must agree with the exchange's truth to the micro-dollar, another reconciliation must change nothing,
and all of that again after one more crash. What was kept must verify, and what was recorded must give the
same money in another process.

``SPARKO_HISTORIES`` says how many there are; in one of twenty markets close and pay meanwhile. A failure
names its seed. With ``-s`` the counts are printed, each fault with how often it was met.
``history_run`` plays thousands in processes of their own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from history_checks import keep_ledger
from history_recording import Lives
from history_run import SETTLING, SETTLING_SHARE, TROUBLED
from sim_history import EVERY_FAULT, Failed, History, Shape, Tally, one_history

from engine.core.state_hash import state_hash
from engine.sandbox.sim.loop import simulate

ROOT = Path(__file__).parents[2]
MANY = int(os.environ.get("SPARKO_HISTORIES", "300"))
PARTS = 2
"""Each a test of its own, so that several can run at once."""
SETTLING_SEEDS = 1_000_000
RECORDED = (3, 11)


def play(shape: Shape, seeds: range) -> Tally:
    tally, failures = Tally(), []
    for seed in seeds:
        try:
            tally.add(simulate(one_history(seed, shape)))
        except Failed as failed:
            failures.append(failed)
    print(f"\n{len(seeds)} histories, {len(failures)} failed\n" + "\n".join(tally.lines()))
    if failures:
        raise AssertionError(f"{len(failures)} of {len(seeds)} histories failed") from failures[0]
    return tally


def part_of(many: int, part: int) -> range:
    return range(many * part // PARTS, many * (part + 1) // PARTS)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_no_order_is_doubled_forgotten_or_left_in_doubt(part: int) -> None:
    seeds = part_of(MANY - MANY // SETTLING_SHARE, part)
    tally = play(TROUBLED, seeds)
    assert tally.orders > 10 * len(seeds)
    assert tally.fills > 5 * len(seeds)
    assert min(tally.crashes, tally.kills) > len(seeds) // 2
    assert min(tally.resent, tally.amended, tally.absent) > len(seeds) // 8
    assert [effect for effect in EVERY_FAULT if not tally.met.get(effect)] == []


@pytest.mark.slow
def test_the_same_while_markets_close_and_pay() -> None:
    many = MANY // SETTLING_SHARE
    tally = play(SETTLING, range(SETTLING_SEEDS, SETTLING_SEEDS + many))
    assert tally.settlements > many
    assert tally.crashes > many


def test_a_history_is_the_same_in_any_process() -> None:
    """Under another seed of hashes, too: the same story, and the same digest of the money."""
    told = {_digest_in_a_process(hash_seed) for hash_seed in ("0", "1", "4711")}
    assert len(told) == 1


def _digest_in_a_process(hash_seed: str) -> str:
    support = ROOT / "tests" / "support"
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": f"{support}:{ROOT}"}
    command = [sys.executable, "-m", "sim_history", "11"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_what_was_recorded_gives_the_same_money_in_another_process(tmp_path: Path) -> None:
    """Each life of the engine again from its recorded inputs, by the tool that users have, fact by fact."""
    for seed in RECORDED:
        folder = tmp_path / str(seed)
        digest, lives = simulate(_recorded(seed, folder))
        ended = [_again(life, folder / "ledger.sqlite", str(seed)) for life in lives]
        assert len(ended) > 1
        assert ended[-1]["state_hash"] == digest
        assert sum(found["compared"] for found in ended) > 20


async def _recorded(seed: int, folder: Path) -> tuple[str, list[Path]]:
    history = History(seed, TROUBLED)
    lives = Lives(history.engine, folder)
    await history.run()
    lives.close()
    keep_ledger(history.engine.disk, folder / "ledger.sqlite")
    return state_hash(history.engine.disk.load()), lives.folders


def _again(life: Path, ledger: Path, hash_seed: str) -> dict[str, object]:
    command = [sys.executable, "-m", "engine.ledger.rerun", str(life), "--ledger", str(ledger)]
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=ROOT, check=False)
    assert ran.returncode == 0, ran.stderr
    found: dict[str, object] = json.loads(ran.stdout)
    return found


def test_a_quiet_history_is_the_same_twice() -> None:
    shape = Shape(trouble_s=0, trading_s=40)
    first = simulate(one_history(5, shape))
    assert first == simulate(one_history(5, shape))
    assert first.crashes == 0
    assert first.fills > 5
