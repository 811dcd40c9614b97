"""Which exchange an engine trades at, with which key, and in whose time."""

from __future__ import annotations

import asyncio
import logging
import os
import re
from pathlib import Path

import msgspec

from engine.assembly.paper_options import PAPER_MODULE, PaperOptions
from engine.domain.units import Nanoseconds
from engine.kalshi.client import KalshiClient
from engine.kalshi.credentials import Credentials, load_credentials_file
from engine.kalshi.hosts import DEMO, LIVE, Endpoint, HostRefused, Venue, endpoint_of
from engine.ops.account import key_place
from engine.ops.clock import AnchoredClock, OffsetClock
from engine.ops.config import Config, ConfigError
from engine.ops.errors import OpsError
from engine.ops.home import Binding, Home, HomeError, HomeMismatch, write_whole
from engine.sandbox.embedded import EmbeddedExchange, ExchangeError
from engine.sandbox.server.process_options import EmbeddedOptions
from engine.sandbox.server.store import FILE_NAME as WORLD_FILE
from engine.sandbox.side_door_client import SideDoorClient, SideDoorError, WorldFacts, root_of
from engine.wire.signing import REST_ROOT

_log = logging.getLogger(__name__)
SANDBOX, PAPER, DEMO_NAME, LIVE_NAME = "sandbox", "paper", "demo", "live"
REAL_SERIES = ("KXBTCD", "KXBTC", "KXHIGHNY")
"""What a real exchange's engine follows unless config.toml names others."""
_CLOCK_EACH_S = 1.0
_CLOCK_LOST_AFTER = 5
_OPTION = re.compile(r"--(seed|speed|scenario|ladders|series|start)\b")


PRICES = {"generator": "generated", "replay": "recorded"}


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
        self._world = world
        self._clock = None if world is None else AnchoredClock(world.now_ns, world.speed_millionths)

    def clock(self, client: KalshiClient) -> AnchoredClock | OffsetClock:
        """A sandbox hands out its clock; a real exchange's is what its answers say."""
        return self._clock if self._clock is not None else OffsetClock(client.offset.exchange_now_ns)

    @property
    def is_ours(self) -> bool:
        """Whether the exchange is the home's own: generated prices, fake money, nobody else on it."""
        return self._embedded is not None and self.binding.venue == SANDBOX

    @property
    def prices(self) -> str:
        """Where a sandbox's prices come from; empty for a real exchange."""
        world = self._world
        if world is None:
            return ""
        return world.prices or PRICES.get(world.kind, world.kind)

    @property
    def prices_age_ns(self) -> Nanoseconds | None:
        """How long ago the prices of a paper exchange were heard; None for all others."""
        return None if self._world is None else self._world.age_ns

    @property
    def speed_millionths(self) -> int:
        return 1_000_000 if self._clock is None else self._clock.speed_millionths

    @property
    def now_ns(self) -> Nanoseconds | None:
        """The exchange's time, as far as it hands it out."""
        return None if self._clock is None else self._clock.exchange_ns()

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

    async def abandon(self) -> None:
        """For a start that came to nothing: what it started ends, what it found goes on."""
        await _ended_if_started(self._embedded)
        await self.aclose()

    async def aclose(self) -> None:
        if self._door is not None:
            await self._door.aclose()

    async def _follow_clock(self, clock: AnchoredClock) -> None:
        assert self._door is not None
        failures, is_other = 0, False
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
            was_other, is_other = is_other, world.world_id != self.binding.exchange
            if is_other:
                if not was_other:
                    _log.error("another world (%s) answers at %s", world.world_id, self._door.root)
                continue
            self._world = world
            clock.anchor(world.now_ns, world.speed_millionths)


async def _until_canceled() -> None:
    await asyncio.Event().wait()


def check_choice(home: Home, venue: str, exchange: str | None, config: Config) -> None:
    """What can be refused without touching anything. Raises OpsError, CredentialError, SideDoorError,
    HostRefused."""
    home.check_venue(venue)
    if exchange is not None and venue != SANDBOX:
        raise VenueRefused(f"--exchange: got {exchange} with venue {venue}, wanted venue {SANDBOX}")
    if venue == PAPER:
        paper_options(home, config)
    elif venue != SANDBOX:
        _real(venue, config)
    elif exchange is not None:
        _sandbox_endpoint(exchange)
        if home.binding() is not None and _known(home) is None:
            raise VenueRefused(
                f"--exchange: got {exchange}, but home {home.root} has an exchange of its own; leave it out, "
                "or take another home"
            )
    elif home.external.exists():
        raise VenueRefused(
            f"home {home.root}: bound to {home.binding()}, a sandbox elsewhere; say --exchange URL, or take "
            "another home"
        )


async def connect(home: Home, venue: str, exchange: str | None, config: Config) -> Connection:
    """The exchange of a venue that :func:`check_choice` let pass, running and with a key. Raises OpsError,
    ExchangeError, SideDoorError, CredentialError and HostRefused: one line each."""
    if venue == PAPER:
        return await _paper(home, config)
    if venue != SANDBOX:
        return _real(venue, config)
    return await (_embedded(home, config) if exchange is None else _external(home, exchange))


def _real(venue: str, config: Config) -> Connection:
    endpoint = {DEMO_NAME: DEMO, LIVE_NAME: LIVE}[venue]
    place = key_place(venue, config.account, os.environ)
    credentials = load_credentials_file(place.key_id, place.private_key_path, endpoint.venue)
    binding = Binding(venue, endpoint.rest_url.split("/")[2], place.key_id)
    return Connection(binding, endpoint, credentials, REAL_SERIES)


async def _embedded(home: Home, config: Config) -> Connection:
    """Prices that are generated here."""
    exchange = EmbeddedExchange(_options(home, config), home.logs / "exchange.log", _log.warning)
    return await _on_our_own(home, SANDBOX, exchange, None)


async def _paper(home: Home, config: Config) -> Connection:
    """Prices of another exchange, and money of ours."""
    options = paper_options(home, config)
    exchange = EmbeddedExchange(options, home.logs / "exchange.log", _log.warning, PAPER_MODULE)
    return await _on_our_own(home, PAPER, exchange, options.series)


async def _on_our_own(
    home: Home, venue: str, exchange: EmbeddedExchange, series: tuple[str, ...] | None
) -> Connection:
    bound = home.binding()
    if bound is not None and not (home.exchange / WORLD_FILE).exists():
        raise HomeError(f"home {home.root}: bound to {bound}, but {home.exchange / WORLD_FILE} is gone")
    try:
        found = await exchange.ensure()
        credentials = load_credentials_file(found.key_id, Path(found.private_key_path), Venue.SANDBOX)
        door = SideDoorClient(root_of(found.rest))
        try:
            world = await door.world()
        except BaseException:
            await door.aclose()
            raise
    except ExchangeError as error:
        raise _as_setting(home, error) from None
    except BaseException:
        await _ended_if_started(exchange)
        raise
    return Connection(
        Binding(venue, world.world_id, found.key_id),
        endpoint_of(found.rest, found.ws),
        credentials,
        world.series if series is None else series,
        world=world,
        embedded=exchange,
        door=door,
    )


def _options(home: Home, config: Config) -> EmbeddedOptions:
    wanted = config.sandbox
    return EmbeddedOptions(
        folder=str(home.exchange),
        seed=wanted.seed,
        speed=wanted.speed,
        scenario=wanted.scenario,
        ladders=wanted.ladders,
        series=wanted.series,
        start=wanted.start,
    )


def paper_options(home: Home, config: Config) -> PaperOptions:
    """What a paper exchange of this home is made from. Raises VenueRefused for an upstream that is neither
    Kalshi nor on this machine, and CredentialError for a key that cannot be used."""
    wanted = config.paper
    try:
        upstream = LIVE if not wanted.upstream else endpoint_of(_with_path(wanted.upstream))
    except HostRefused as error:
        raise VenueRefused(f"{home.config}: paper.upstream: {error}") from None
    key = str(Path(wanted.private_key_path).expanduser()) if wanted.private_key_path else ""
    if wanted.key_id:
        load_credentials_file(wanted.key_id, Path(key), upstream.venue)
    return PaperOptions(
        folder=str(home.exchange),
        upstream=upstream.rest_url,
        series=config.series or REAL_SERIES,
        key_id=wanted.key_id,
        private_key_path=key,
        most_markets=wanted.markets,
        poll_s=float(wanted.poll_seconds),
        gap_s=float(wanted.gap_seconds),
    )


def _with_path(url: str) -> str:
    root = url.rstrip("/")
    return root if root.endswith(REST_ROOT) else root + REST_ROOT


def _as_setting(home: Home, error: ExchangeError) -> ExchangeError | ConfigError:
    """The exchange names the options of its own command; here they stand in the home's configuration."""
    text, count = _OPTION.subn(lambda found: f"{home.config}: sandbox.{found[1]}", str(error))
    return ConfigError(text) if count else error


async def _ended_if_started(exchange: EmbeddedExchange | None) -> None:
    if exchange is not None and exchange.was_started:
        await exchange.stop()


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
    """Raises SideDoorError for what is no address, VenueRefused for one beyond this machine."""
    root = root_of(url)
    try:
        endpoint = endpoint_of(f"{root}/trade-api/v2")
    except HostRefused:
        endpoint = None
    if endpoint is None or endpoint.venue is not Venue.SANDBOX:
        raise VenueRefused(f"--exchange: got {url}, wanted a sandbox on this machine (a loopback address)")
    return endpoint


async def _known_or_new(home: Home, door: SideDoorClient, world: WorldFacts) -> External:
    """The key of this world that the home has, or a new one that it keeps. Raises HomeError."""
    bound = home.binding()
    if bound is not None and bound.exchange != world.world_id:
        raise HomeMismatch(home.root, bound, Binding(SANDBOX, world.world_id, f"any at {door.root}"))
    known = _known(home)
    if known is not None and known.world_id == world.world_id:
        return known
    made = await door.new_key()
    write_whole(home.key, made.private_key.encode())
    known = External(door.root, world.world_id, made.key_id, made.account_id)
    write_whole(home.external, msgspec.json.encode(known))
    return known


def _known(home: Home) -> External | None:
    """Raises HomeError for a damaged file."""
    try:
        return msgspec.json.decode(home.external.read_bytes(), type=External)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise HomeError(f"home {home.root}: {home.external.name} cannot be read: {error}") from None
