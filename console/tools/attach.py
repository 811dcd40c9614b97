"""From the options of a command to a running engine, and every way that this fails in one line."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from console.tools.failure import Failure, OutcomeUnknown, WrongUsage, one_line_on_failure
from console.tools.homes import is_taken

if TYPE_CHECKING:
    from engine.control.client import ControlClient

STARTS_WITHIN_S = 10.0
"""How long a command waits for an engine that has its home and does not listen yet."""
_LOOK_EACH_S = 0.1
LOG = Path("logs", "engine.jsonl")
"""In a home: what its engine says of itself."""
VENUES = ("sandbox", "paper", "demo", "live")
CONFIRMED_VENUES = ("demo", "live")
"""Venues on which an entry from the command line names its venue."""

Result = TypeVar("Result")


class Where(NamedTuple):
    """Which engine is meant. ``exchange`` is the address that it must trade at, if given."""

    home: Path | None
    venue: str | None
    exchange: str | None

    def folder(self) -> Path:
        """The home: as given, else the default of the venue. Raises WrongUsage on an unknown venue."""
        if self.venue is not None and self.venue not in VENUES:
            raise WrongUsage(f"--venue: got {self.venue!r}, wanted one of {', '.join(VENUES)}")
        if self.home is not None:
            return self.home.expanduser().absolute()
        from platformdirs import user_data_path

        return user_data_path("sparko") / (self.venue or VENUES[0])


def with_engine(where: Where, work: Callable[[ControlClient], Awaitable[Result]]) -> Result:
    """Connects, does the work, and leaves; a failure ends the program with its line and code."""
    with one_line_on_failure():
        try:
            return asyncio.run(_attached(where, work))
        except (KeyboardInterrupt, asyncio.CancelledError):
            line = "interrupted twice; what was asked for, if anything, may go on: sparko orders --all"
            raise OutcomeUnknown(line) from None


async def _attached(where: Where, work: Callable[[ControlClient], Awaitable[Result]]) -> Result:
    """Ctrl-C and SIGTERM cancel what is under way, which may still tell what it knows; the line of what
    cannot is said here."""
    from engine.control.errors import ControlError, QueryRefused

    home = where.folder()
    task = asyncio.current_task()
    assert task is not None
    if threading.current_thread() is threading.main_thread():
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        client = await _connected(where, home)
    except asyncio.CancelledError:
        raise Failure("interrupted; nothing was asked of the engine") from None
    try:
        _check_venue(where, home, client.hello.venue)
        _check_exchange(where, home)
        return await work(client)
    except QueryRefused as error:
        raise Failure(str(error).removeprefix(f"{error.kind}: ")) from None
    except ControlError as error:
        raise Failure(str(error)) from None
    except UnicodeEncodeError as error:
        raise WrongUsage(f"got {error.object!a}, wanted text in UTF-8") from None
    except asyncio.CancelledError:
        raise Failure("interrupted") from None
    finally:
        await (client.close() if task.cancelling() == 0 else client.drop())


async def _connected(where: Where, home: Path) -> ControlClient:
    """Waits a while for an engine that has the home and does not listen yet, or has no place just now.
    Raises Failure."""
    from engine.control.client import ControlClient
    from engine.control.errors import ControlError, EngineBusy, EngineNotRunning

    until = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            return await ControlClient.connect(home / "engine.sock", name="sparko")
        except EngineNotRunning:
            if not is_taken(home):
                raise Failure(_not_running(where, home)) from None
        except EngineBusy as error:
            if time.monotonic() > until:
                raise Failure(str(error)) from None
            await asyncio.sleep(_LOOK_EACH_S)
            continue
        except ControlError as error:
            raise Failure(str(error)) from None
        if time.monotonic() > until:
            raise Failure(
                f"the engine in {home} is starting or ending; try again shortly, {home / LOG} says why"
            )
        await asyncio.sleep(_LOOK_EACH_S)


def _not_running(where: Where, home: Path) -> str:
    from shlex import quote

    start = "sparko-console --daemon"
    if where.venue is not None:
        start += f" --venue {where.venue}"
    if where.exchange is not None:
        start += f" --exchange {quote(where.exchange)}"
    if where.home is not None:
        start += f" --home {quote(str(home))}"
    return f"no engine is running in {home}; start one with: {start}"


def _check_venue(where: Where, home: Path, found: str) -> None:
    if where.venue is not None and where.venue != found:
        raise Failure(f"--venue: got {where.venue}, but the engine in {home} trades {found}")


def _check_exchange(where: Where, home: Path) -> None:
    """The engine's exchange is the one named, by host and port."""
    if where.exchange is None:
        return
    found = exchange_url(home)
    if found is None:
        raise Failure(f"--exchange: got {where.exchange}, but {home} does not say where its engine trades")
    if not _same_address(where.exchange, found):
        raise Failure(f"--exchange: got {where.exchange}, but the engine in {home} trades at {found}")


def exchange_url(home: Path) -> str | None:
    """Where the home's sandbox listens: one elsewhere, as the home remembers it, else the embedded one."""
    import json

    for path, field in ((home / "exchange.json", "root"), (home / "exchange" / "endpoint.json", "rest")):
        try:
            return str(json.loads(path.read_bytes())[field])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def _same_address(one: str, other: str) -> bool:
    return _address(one) == _address(other)


def _address(url: str) -> tuple[str, str, int | None]:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port
    except ValueError:
        raise WrongUsage(
            f"--exchange: got {url!r}, wanted an address such as http://127.0.0.1:8800"
        ) from None
