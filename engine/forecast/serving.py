"""uvicorn around the forecast server: where it may listen, its one line when ready, an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec
import numpy as np
import uvicorn

from engine.forecast.answering import Answers
from engine.forecast.app import ForecastApp, Limits
from engine.forecast.batching import Batcher
from engine.forecast.errors import CannotServe
from engine.forecast.http_bounds import BoundedProtocol
from engine.forecast.memory import keep_freed_memory
from engine.forecast.model import Model
from engine.forecast.series import prepare
from engine.forecast.units import Unit

DEFAULT_PORT = 8787
GRACE_S = 1
KEEP_ALIVE_S = 75
_log = logging.getLogger("sparko.forecast")


@dataclass(frozen=True)
class Listening:
    """``port`` 0 takes a free one. Without a ``token`` only a loopback ``host`` is taken."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    token: str | None = None
    limits: Limits = field(default_factory=Limits)


class Ready(msgspec.Struct, frozen=True):
    """The line of a server that answers."""

    url: str
    model: str
    weights_sha256: str | None
    is_baseline: bool
    is_pinned: bool
    device: str


def run_server(model: Model, listening: Listening, on_ready: Callable[[Ready], None]) -> None:
    """Serves until SIGTERM or SIGINT. Raises CannotServe."""
    check(listening)
    listener = bound(listening)
    keep_freed_memory()
    asyncio.run(ForecastServer(model, listening, on_ready).run_on(listener))


def check(listening: Listening) -> None:
    """Raises CannotServe for an address beyond this machine without a token."""
    if listening.token is not None and not listening.token.strip():
        raise CannotServe("the token is empty")
    if listening.token is None and not is_loopback(listening.host):
        raise CannotServe(f"{listening.host} can be reached from elsewhere: set TIMESFM_REMOTE_TOKEN first")


def is_loopback(host: str) -> bool:
    """Of a literal address, or ``localhost``; other names could be anything and are not."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bound(listening: Listening) -> socket.socket:
    """A socket that listens there. Raises CannotServe."""
    family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
    # asyncio turns Nagle's waiting off only where the protocol is named: 40 ms an answer otherwise.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((listening.host, listening.port))
        listener.listen(256)
    except OSError as error:
        listener.close()
        raise CannotServe(f"cannot listen on {listening.host}:{listening.port}: {error}") from None
    return listener


class ForecastServer(uvicorn.Server):
    def __init__(self, model: Model, listening: Listening, on_ready: Callable[[Ready], None]) -> None:
        self._batcher = Batcher(model)
        self._model, self._on_ready = model, on_ready
        app = ForecastApp(Answers(self._batcher), listening.token, listening.limits)
        super().__init__(_config(app))

    async def run_on(self, listener: socket.socket) -> None:
        """Serves on a bound socket until :meth:`stop` or a signal."""
        self._batcher.start()
        warming = asyncio.create_task(_warmed(self._batcher), name="warming")
        try:
            await self.serve([listener])
        finally:
            warming.cancel()
            await self._batcher.stop()
            await asyncio.gather(warming, return_exceptions=True)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        assert sockets is not None
        host, port = sockets[0].getsockname()[:2]
        source = self._model.source
        shown = f"[{host}]" if ":" in host else host
        self._on_ready(
            Ready(
                url=f"http://{shown}:{port}",
                model=source.model,
                weights_sha256=source.weights_sha256,
                is_baseline=source.is_baseline,
                is_pinned=source.is_pinned,
                device=self._model.device,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    def stop(self) -> None:
        """Ends gracefully; at once when asked a second time."""
        self.force_exit = self.should_exit
        self.should_exit = True


def _config(app: ForecastApp) -> uvicorn.Config:
    return uvicorn.Config(
        app.starlette,
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
    )


async def _warmed(batcher: Batcher) -> None:
    """A model that cannot compute is not warm and says so in the log; each request is told the same."""
    try:
        await warm(batcher)
    except Exception:
        _log.exception("the model's first forecasts failed")


async def warm(batcher: Batcher) -> None:
    """Each context length and size once, so that the first caller does not pay for what is done once."""
    model = batcher.model
    for bucket in model.buckets:
        walk = np.linspace(0.4, 0.6, max(bucket, model.shortest), dtype=np.float32)
        for rows in model.warm_sizes:
            prepared = prepare([walk] * rows, Unit.DOLLARS, model.buckets[-1], model.shortest)
            await batcher.forecast(prepared, 1, 600.0)
    batcher.is_warm = True
