"""Starting ``sparko sandbox``: everything is checked and bound before anything is written."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import socket
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path

from engine.domain.units import MicroDollars
from engine.sandbox.endpoint import SandboxEndpoint
from engine.sandbox.server.companion import Companion, CompanionFailed
from engine.sandbox.server.faults import FaultRule
from engine.sandbox.server.key_file import KeyFile, KeyFileError
from engine.sandbox.server.keys import public_pem
from engine.sandbox.server.opening import Plan, WorldMismatch, open_world
from engine.sandbox.server.serving import SandboxServer
from engine.sandbox.server.settings import InvalidSetting, Settings, fault_rules
from engine.sandbox.server.side_door import fund
from engine.sandbox.server.source_choice import plan_of
from engine.sandbox.server.store import FILE_NAME, Store, StoreError
from engine.sandbox.server.tenancy import Tenancy
from engine.sandbox.server.wall import SystemWall
from engine.sandbox.server.world import World
from engine.sandbox.sources.replay.error import RecordingError
from engine.wire.signing import REST_ROOT, WEBSOCKET_PATH


class CannotStart(Exception):
    """Why the sandbox does not run. The text is one line."""


def run_sandbox(settings: Settings, on_ready: Callable[[SandboxEndpoint], None]) -> None:
    """Runs until SIGTERM or SIGINT. ``on_ready`` is told where it listens; a summary goes to stderr.

    Raises CannotStart, with nothing half-written, or with why a running sandbox had to end.
    """
    try:
        plan = plan_of(settings)
    except InvalidSetting as error:
        raise CannotStart(str(error)) from error
    run_world(plan, settings, on_ready)


def run_world(
    plan: Plan,
    settings: Settings,
    on_ready: Callable[[SandboxEndpoint], None],
    *,
    cash_ud: Mapping[int, MicroDollars] | None = None,
    companion_of: Callable[[World], Companion] | None = None,
) -> None:
    """As :func:`run_sandbox`, for a plan. ``cash_ud`` by shard is what a new world's first account has; the
    companion brings the source what it cannot know by itself."""
    try:
        rules = fault_rules(settings.faults)
        with contextlib.ExitStack() as stack:
            listener = stack.enter_context(_listener(settings))
            key_file = stack.enter_context(_key_file(settings))
            world = stack.enter_context(_world(settings, plan))
            key_id = _admit(world, key_file, rules, cash_ud)
            endpoint = _endpoint(listener, key_id, key_file.keep(), world.exchange.world_id)
            print(_summary(world), file=sys.stderr, flush=True)
            gc.collect()
            gc.freeze()
            tenancy = _tenancy(settings)
            companion = None if companion_of is None else companion_of(world)
            server = SandboxServer(world, lambda: on_ready(endpoint), tenancy, companion)
            asyncio.run(server.run_on(listener))
    except (
        InvalidSetting,
        KeyFileError,
        StoreError,
        WorldMismatch,
        RecordingError,
        CompanionFailed,
    ) as error:
        raise CannotStart(str(error)) from error


def _tenancy(settings: Settings) -> Tenancy | None:
    if settings.idle_exit_s is None or settings.state is None:
        return None
    return Tenancy(settings.state.absolute(), settings.idle_exit_s, time.monotonic)


@contextlib.contextmanager
def _listener(settings: Settings) -> Iterator[socket.socket]:
    """A bound socket; only a loopback address unless another is allowed."""
    host = "127.0.0.1" if settings.host == "localhost" else settings.host
    try:
        address = ip_address(host)
    except ValueError:
        raise CannotStart(f"--host: got {settings.host!r}, wanted an address such as 127.0.0.1") from None
    if not address.is_loopback and not settings.allow_remote:
        raise CannotStart(f"--host: got {host}, wanted a loopback address (or --allow-remote)")
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    # Only a socket that says it is TCP is sent from without waiting for acknowledgements (asyncio looks at
    # the protocol); otherwise an answer in two writes takes 40 ms longer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, settings.port))
            # Listening now, so that a second sandbox on the port fails here and not later.
            listener.listen(2048)
        except (OSError, OverflowError) as error:
            words = getattr(error, "strerror", None) or str(error)
            raise CannotStart(f"--port {settings.port} on {host}: {words}") from None
        yield listener


@contextlib.contextmanager
def _key_file(settings: Settings) -> Iterator[KeyFile]:
    """The key in its folder: the one asked for, else the state folder, else one that ends with us."""
    folder = settings.key_out or settings.state
    with contextlib.ExitStack() as stack:
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sparko-sandbox-")))
        key_file = KeyFile(folder.absolute())
        stack.callback(key_file.discard)
        yield key_file


@contextlib.contextmanager
def _world(settings: Settings, plan: Plan) -> Iterator[World]:
    """The opened world. A store made for a world that then could not be opened is taken away again."""
    if settings.state is None:
        yield open_world(plan, Store.in_memory(), SystemWall())
        return
    folder = settings.state.absolute()
    is_new_folder, is_new_file = not folder.exists(), not (folder / FILE_NAME).exists()
    store = Store.at(folder)
    try:
        world = open_world(plan, store, SystemWall())
    except BaseException:
        store.close()
        if is_new_file:
            _remove(folder, is_new_folder=is_new_folder)
        raise
    yield world


def _remove(folder: Path, *, is_new_folder: bool) -> None:
    for suffix in ("", "-wal", "-shm"):
        (folder / (FILE_NAME + suffix)).unlink(missing_ok=True)
    if is_new_folder:
        with contextlib.suppress(OSError):
            folder.rmdir()


def _admit(
    world: World,
    key_file: KeyFile,
    rules: list[FaultRule],
    cash_ud: Mapping[int, MicroDollars] | None,
) -> str:
    """Registers the key with the world's first account, which is made and funded if it is not there yet."""
    account_id = str(uuid.uuid5(uuid.NAMESPACE_OID, world.exchange.world_id))
    if account_id not in world.exchange.accounts:
        fund(world, account_id, cash_ud)
    pem = public_pem(key_file.key.public_key())
    known = [record.key_id for record in world.keys.records if record.public_pem == pem]
    key_id = known[0] if known else world.keys.add(pem, account_id)
    world.faults.set_rules(rules)
    world.commit()
    return key_id


def _endpoint(listener: socket.socket, key_id: str, key_path: Path, world_id: str) -> SandboxEndpoint:
    host, port = listener.getsockname()[:2]
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return SandboxEndpoint(
        rest=f"http://{place}{REST_ROOT}",
        ws=f"ws://{place}{WEBSOCKET_PATH}",
        key_id=key_id,
        private_key_path=str(key_path),
        pid=os.getpid(),
        world_id=world_id,
    )


def _summary(world: World) -> str:
    summary = world.source.summary()
    detail = ", ".join(
        f"{name} {_words(value)}" for name, value in summary.detail.items() if value not in ("", [])
    )
    return f"world {world.exchange.world_id}: {summary.kind}: {detail}"


def _words(value: str | int | float | list[str]) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)
