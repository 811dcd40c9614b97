"""An engine at a sandbox that somebody else runs: its key, its world, and who may come after."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from running_daemon import RunningDaemon, ask_side_door
from running_sandbox import RunningSandbox, sandbox_in

from engine.ops.home import Home

OPTIONS = ("--series", "KXHIGHNY", "--start", "2026-11-20T15:00:00Z")


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with sandbox_in(tmp_path_factory.mktemp("key"), *OPTIONS) as running:
        yield running


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, sandbox: RunningSandbox) -> Iterator[RunningDaemon]:
    """A home whose engine has traded there and was stopped."""
    made = RunningDaemon(tmp_path_factory.mktemp("external") / "home", "")
    made.start("--exchange", sandbox.root)
    assert made.sparko("stop")["stopped"]
    yield made
    made.close()


def accounts(sandbox: RunningSandbox) -> list[str]:
    found = ask_side_door(sandbox.root, "GET", "accounts")["accounts"]
    return sorted(account["account_id"] for account in found)


def test_its_key_lies_in_the_home_and_is_used_again(desk: RunningDaemon, sandbox: RunningSandbox) -> None:
    home = Home(desk.home)
    key, known, before = home.key.read_bytes(), home.external.read_bytes(), accounts(sandbox)
    assert home.key.stat().st_mode & 0o777 == 0o600
    assert b"PRIVATE KEY" in key
    world = ask_side_door(sandbox.root, "GET", "world")["world_id"]
    binding = home.binding()
    assert binding is not None
    assert (binding.venue, binding.exchange) == ("sandbox", world)
    assert binding.account in before

    desk.start("--exchange", f"{sandbox.root}/trade-api/v2")
    status = desk.sparko("status")
    assert (status["balance_dollars"], status["exchange"]["connected"]) == ("20000.00", True)
    assert (home.key.read_bytes(), home.external.read_bytes(), accounts(sandbox)) == (key, known, before)
    # An end of the engine is none of the exchange that it came to.
    assert desk.sparko("stop")["stopped"]
    assert ask_side_door(sandbox.root, "GET", "world")["world_id"] == world
    assert not (desk.home / "exchange").exists()


def test_without_the_address_it_says_what_to_do(desk: RunningDaemon) -> None:
    binding = Home(desk.home).binding()
    assert desk.refused() == (
        f"home {desk.home}: bound to {binding}, a sandbox elsewhere; say --exchange URL, or take another home"
    )


def test_another_world_on_the_port_is_refused(desk: RunningDaemon, tmp_path: Path) -> None:
    with sandbox_in(tmp_path, *OPTIONS) as other:
        world = ask_side_door(other.root, "GET", "world")["world_id"]
        before = accounts(other)
        line = desk.refused("--exchange", other.root)
        assert accounts(other) == before
    bound = Home(desk.home).binding()
    got = f"venue sandbox, exchange {world}, account any at {other.root}"
    assert line == f"home {desk.home}: bound to {bound}; got {got}"


def test_a_damaged_note_of_the_exchange(desk: RunningDaemon, sandbox: RunningSandbox) -> None:
    note = Home(desk.home).external
    whole = note.read_bytes()
    note.write_bytes(msgspec.json.encode({"root": 1}))
    try:
        line = desk.refused("--exchange", sandbox.root)
    finally:
        note.write_bytes(whole)
    assert line.startswith(f"home {desk.home}: exchange.json cannot be read: ")


def test_a_lost_key_is_said(desk: RunningDaemon, sandbox: RunningSandbox) -> None:
    key = Home(desk.home).key
    whole = key.read_bytes()
    key.unlink()
    try:
        line = desk.refused("--exchange", sandbox.root)
    finally:
        key.write_bytes(whole)
        key.chmod(0o600)
    assert str(key) in line
