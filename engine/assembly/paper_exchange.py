"""The process of a paper exchange: ``python -m engine.assembly.paper_exchange OPTIONS``.

An exchange of our own with fake money, whose prices mirror another one's. It is a sandbox to whoever trades
there. It leaves its endpoint in its folder and ends by itself, as every embedded exchange does.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import msgspec

from engine.assembly.paper_errands import PaperErrands
from engine.assembly.paper_link import LinkSettings, PaperLink
from engine.assembly.paper_options import PaperOptions
from engine.domain.units import DOLLAR_UD, SECOND_NS
from engine.kalshi.client import KalshiReader
from engine.kalshi.credentials import CredentialError, Credentials, load_credentials_file
from engine.kalshi.hosts import HostRefused, endpoint_of
from engine.kalshi.settings import ClientSettings
from engine.sandbox.core.rules import ExchangeRules
from engine.sandbox.endpoint import leave_endpoint
from engine.sandbox.server.companion import Companion
from engine.sandbox.server.limits import Tier
from engine.sandbox.server.opening import Plan
from engine.sandbox.server.run import CannotStart, run_world
from engine.sandbox.server.settings import Settings
from engine.sandbox.server.world import World
from engine.sandbox.sources.upstream.source import KIND, Mirror
from engine.sandbox.sources.upstream.words import MirrorOptions, Mode

CASH_UD = {0: 5_000 * DOLLAR_UD, 2: 5_000 * DOLLAR_UD}
"""$10,000, on the shards of weather and of crypto, since the exchange keeps cash apart."""
_POLLED_BLIND_NS = 15 * SECOND_NS


def plan_of(options: PaperOptions, mirror: Mirror) -> Plan:
    """The world of a mirror: real time, results and pauses from over there alone."""
    return Plan(
        kind=KIND,
        options={"upstream": options.upstream},
        make_source=lambda _: mirror,
        catches_up=True,
        default_tier=Tier.PRESTIGE,
        rules=ExchangeRules(keeps_maintenance=False, settles_by_timer=False),
    )


def mirror_of(options: PaperOptions) -> Mirror:
    mode = Mode.STREAMED if options.key_id else Mode.POLLED
    defaults = MirrorOptions(options.upstream, mode, options.series)
    blind_ns = defaults.blind_ns if mode is Mode.STREAMED else _POLLED_BLIND_NS
    return Mirror(
        msgspec.structs.replace(
            defaults,
            most_markets=options.most_markets,
            gap_ns=int(options.gap_s * SECOND_NS),
            blind_ns=min(blind_ns, int(options.gap_s * SECOND_NS)),
        )
    )


def run_paper(options: PaperOptions) -> None:
    """Runs until it is stopped. Raises CannotStart: one line."""
    mirror = mirror_of(options)
    try:
        reader = KalshiReader(
            endpoint_of(options.upstream),
            _credentials(options) if options.key_id else None,
            settings=ClientSettings(read_deadline_ns=10 * SECOND_NS, read_attempts=4),
        )
    except (HostRefused, CredentialError) as error:
        raise CannotStart(f"paper: {error}") from None

    def companion(world: World) -> Companion:
        link = PaperLink(reader, mirror, world.exchange, LinkSettings(poll_s=options.poll_s))
        mirror.followed = lambda: world.hub.followed
        world.past_periods.is_final = False
        world.errands = PaperErrands(reader, link, mirror, world)
        return link

    folder = Path(options.folder)
    settings = Settings(port=options.port, state=folder, idle_exit_s=options.idle_exit_s)
    run_world(
        plan_of(options, mirror),
        settings,
        lambda found: leave_endpoint(folder, found),
        cash_ud=CASH_UD,
        companion_of=companion,
    )


def _credentials(options: PaperOptions) -> Credentials:
    endpoint = endpoint_of(options.upstream)
    return load_credentials_file(options.key_id, Path(options.private_key_path), endpoint.venue)


def main() -> int:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s", stream=sys.stderr)
    try:
        run_paper(msgspec.json.decode(sys.argv[1], type=PaperOptions))
    except CannotStart as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
