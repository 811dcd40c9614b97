"""Which exchange an engine trades at, with which key, and in whose time."""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path

import msgspec

from engine.kalshi.client import KalshiClient
from engine.kalshi.credentials import Credentials, load_credentials_file
from engine.kalshi.hosts import DEMO, LIVE, Endpoint, HostRefused, Venue, endpoint_of
from engine.ops.account import key_place
from engine.ops.clock import AnchoredClock, OffsetClock
from engine.ops.config import Config
from engine.ops.errors import OpsError
from engine.ops.home import Binding, Home, HomeMismatch, write_whole
from engine.sandbox.embedded import EmbeddedExchange
from engine.sandbox.server.embedded_process import EmbeddedOptions
from engine.sandbox.side_door_client import SideDoorClient, SideDoorError, WorldFacts, root_of

_log = logging.getLogger(__name__)
SANDBOX, PAPER, DEMO_NAME, LIVE_NAME = "sandbox", "paper", "demo", "live"
REAL_SERIES = ("KXBTCD", "KXBTC", "KXHIGHNY")
"""What a real exchange's engine follows unless config.toml names others."""
_CLOCK_EACH_S = 1.0
_CLOCK_LOST_AFTER = 5


class VenueRefused(OpsError):
    """A venue that this engine cannot trade at. One line."""


class External(msgspec.Struct, frozen=True):
    """A sandbox that somebody else runs, as a home remembers it."""

    root: str
    world_id: str
    key_id: str
    account: str


class Connection:
    """An exchange that is there. :meth:`watch` keeps it there as far as that is ours to do."""

    def __init__(
        self,
        binding: Binding,
        endpoint: Endpoint,
        credentials: Credentials,
        series: tuple[str, ...],
        *,
        world: WorldFacts | None = None,
        embedded: EmbeddedExchange | None = None,
        door: SideDoorClient | None = None,
    ) -> None:
        self.binding = binding
        self.endpoint = endpoint
        self.credentials = credentials
        self.series = series
        self._embedded = embedded
        self._door = door
        self._clock = None if world is None else AnchoredClock(world.now_ns, world.speed_millionths)

    def clock(self, client: KalshiClient) -> AnchoredClock | OffsetClock:
        """A sandbox hands out its clock; a real exchange's is what its answers say."""
        return self._clock if self._clock is not None else OffsetClock(client.offset.exchange_now_ns)

    async def watch(self) -> None:
        """Raises ExchangeError when an embedded exchange is lost for good."""
        async with asyncio.TaskGroup() as group:
            if self._embedded is not None:
                group.create_task(self._embedded.watch())
            if self._clock is not None:
                group.create_task(self._follow_clock(self._clock))
            group.create_task(_until_canceled())

    async def end_exchange(self) -> None:
        """Ends the exchange that was started for this home; another's is left alone."""
        if self._embedded is not None:
            await self._embedded.stop()

    async def aclose(self) -> None:
        if self._door is not None:
            await self._door.aclose()

    async def _follow_clock(self, clock: AnchoredClock) -> None:
        assert self._door is not None
        failures = 0
        while True:
            await asyncio.sleep(_CLOCK_EACH_S)
            try:
                world = await self._door.world()
            except SideDoorError as error:
                failures += 1
                if failures == _CLOCK_LOST_AFTER:
                    _log.warning("the exchange's clock cannot be read: %s", error)
                continue
            failures = 0
            if world.world_id != self.binding.exchange:
                _log.error("another world (%s) answers at %s", world.world_id, self._door.root)
                continue
            clock.anchor(world.now_ns, world.speed_millionths)


async def _until_canceled() -> None:
    await asyncio.Event().wait()


async def connect(home: Home, venue: str, exchange: str | None, config: Config) -> Connection:
    """The exchange of a venue, running and with a key. Raises OpsError, ExchangeError, SideDoorError,
    CredentialError and HostRefused: one line each."""
    if exchange is not None and venue != SANDBOX:
        raise VenueRefused(f"--exchange: got {exchange} with venue {venue}, wanted venue {SANDBOX}")
    if venue == SANDBOX:
        return await (_embedded(home, config) if exchange is None else _external(home, exchange))
    if venue == PAPER:
        raise VenueRefused("venue paper: this version has no mirror of public prices yet; use venue sandbox")
    return _real(venue, config)


def _real(venue: str, config: Config) -> Connection:
    endpoint = {DEMO_NAME: DEMO, LIVE_NAME: LIVE}[venue]
    place = key_place(venue, config.account, os.environ)
    credentials = load_credentials_file(place.key_id, place.private_key_path, endpoint.venue)
    binding = Binding(venue, endpoint.rest_url.split("/")[2], place.key_id)
    return Connection(binding, endpoint, credentials, REAL_SERIES)


async def _embedded(home: Home, config: Config) -> Connection:
    wanted = config.sandbox
    options = EmbeddedOptions(
        folder=str(home.exchange),
        seed=wanted.seed,
        speed=wanted.speed,
        scenario=wanted.scenario,
        ladders=wanted.ladders,
        series=wanted.series,
        start=wanted.start,
    )
    if home.external.exists():
        raise VenueRefused(
            f"home {home.root}: bound to {home.binding()}, a sandbox elsewhere; say --exchange URL, or take "
            "another home"
        )
    exchange = EmbeddedExchange(options, home.logs / "exchange.log", _log.warning)
    found = await exchange.ensure()
    credentials = load_credentials_file(found.key_id, Path(found.private_key_path), Venue.SANDBOX)
    door = SideDoorClient(root_of(found.rest))
    world = await door.world()
    return Connection(
        Binding(SANDBOX, world.world_id, found.key_id),
        endpoint_of(found.rest, found.ws),
        credentials,
        world.series,
        world=world,
        embedded=exchange,
        door=door,
    )


async def _external(home: Home, url: str) -> Connection:
    endpoint = _sandbox_endpoint(url)
    door = SideDoorClient(root_of(url))
    try:
        world = await door.world()
        known = await _known_or_new(home, door, world)
        credentials = load_credentials_file(known.key_id, home.key, Venue.SANDBOX)
    except BaseException:
        await door.aclose()
        raise
    binding = Binding(SANDBOX, world.world_id, known.account)
    return Connection(binding, endpoint, credentials, world.series, world=world, door=door)


def _sandbox_endpoint(url: str) -> Endpoint:
    """Raises SideDoorError for what is no address, HostRefused for one beyond this machine."""
    root = root_of(url)
    endpoint = endpoint_of(f"{root}/trade-api/v2")
    if endpoint.venue is not Venue.SANDBOX:
        raise HostRefused(f"--exchange: got {url}, wanted a sandbox on this machine (a loopback address)")
    return endpoint


async def _known_or_new(home: Home, door: SideDoorClient, world: WorldFacts) -> External:
    """The key of this world that the home has, or a new one that it keeps. Raises HomeMismatch."""
    bound = home.binding()
    if bound is not None and bound.exchange != world.world_id:
        raise HomeMismatch(home.root, bound, Binding(SANDBOX, world.world_id, f"any at {door.root}"))
    if home.external.exists():
        return msgspec.json.decode(home.external.read_bytes(), type=External)
    made = await door.new_key()
    write_whole(home.key, made.private_key.encode())
    known = External(door.root, world.world_id, made.key_id, made.account_id)
    write_whole(home.external, msgspec.json.encode(known))
    return known
