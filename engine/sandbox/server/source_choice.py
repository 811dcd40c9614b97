"""From settings to a world's plan: which source makes its markets, and from which options."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.domain.units import Nanoseconds
from engine.sandbox.core.rules import ExchangeRules
from engine.sandbox.server.opening import Plan
from engine.sandbox.server.settings import InvalidSetting, Settings, speed_millionths, start_ns, tier_named
from engine.sandbox.source import MarketSource

GENERATOR, REPLAY = "generator", "replay"
FULL = "full"


def plan_of(settings: Settings) -> Plan:
    """The plan of a world. Raises InvalidSetting for options that do not go together or make no sense."""
    if settings.replay is None:
        return _generator_plan(settings)
    return _replay_plan(settings)


def _generator_plan(settings: Settings) -> Plan:
    _refuse(settings, "needs --replay", "day_from", "day_to", "depth")
    given = {
        "seed": None if settings.seed is None else str(settings.seed),
        "scenario": settings.scenario,
        "ladders": settings.ladders,
        "series": ",".join(settings.series) or None,
    }
    options = {name: value for name, value in given.items() if value is not None}
    first_ns = start_ns(settings.start)
    return Plan(
        kind=GENERATOR,
        options=options,
        make_source=make_generator,
        catches_up=True,
        start_ns=lambda _: first_ns,
        speed_millionths=speed_millionths(settings.speed),
        default_tier=tier_named(settings.tier),
        rules=ExchangeRules(strict_shards=settings.strict_shards),
    )


def _replay_plan(settings: Settings) -> Plan:
    _refuse(settings, "does not go with --replay", "seed", "scenario", "ladders", "start")
    if len(settings.series) != 1:
        raise InvalidSetting(f"--series: got {len(settings.series)} with --replay, wanted one")
    if settings.day_from is None:
        raise InvalidSetting("--from: got none with --replay, wanted a date such as 2025-12-07")
    given = {
        "replay": str(settings.replay.absolute()) if settings.replay else None,
        "series": settings.series[0],
        "from": settings.day_from,
        "to": settings.day_to,
        "depth": None if settings.depth is None else str(settings.depth),
    }
    return Plan(
        kind=REPLAY,
        options={name: value for name, value in given.items() if value is not None},
        make_source=make_replay,
        catches_up=False,
        start_ns=_replay_start,
        speed_millionths=speed_millionths(settings.speed),
        default_tier=tier_named(settings.tier),
        rules=ExchangeRules(strict_shards=settings.strict_shards),
    )


def make_generator(options: Mapping[str, str]) -> MarketSource:
    """Raises InvalidSetting."""
    from engine.sandbox.sources.generator.options import GeneratorOptions, InvalidOption
    from engine.sandbox.sources.generator.scenario import UnknownScenario
    from engine.sandbox.sources.generator.source import Generator

    defaults = GeneratorOptions()
    series = options.get("series")
    try:
        return Generator(
            GeneratorOptions(
                seed=int(options.get("seed", defaults.seed)),
                scenario=options.get("scenario", defaults.scenario),
                legs=_legs(options.get("ladders"), defaults.legs),
                series=defaults.series if series is None else tuple(series.split(",")),
            )
        )
    except (InvalidOption, UnknownScenario) as error:
        raise InvalidSetting("--" + str(error).replace("legs:", "ladders:", 1)) from None


def make_replay(options: Mapping[str, str]) -> MarketSource:
    """Raises RecordingError for a recording that cannot be replayed."""
    from engine.sandbox.sources.replay.options import replay_options
    from engine.sandbox.sources.replay.source import Replay

    depth = options.get("depth")
    return Replay(
        replay_options(
            Path(options["replay"]),
            options["series"],
            options["from"],
            options.get("to"),
            depth=None if depth is None else int(depth),
        )
    )


def _replay_start(source: MarketSource) -> Nanoseconds:
    from engine.sandbox.sources.replay.source import Replay

    if not isinstance(source, Replay):
        raise TypeError(f"source: got {type(source).__name__}, wanted Replay")
    return source.start_ns


def _legs(text: str | None, default: int | None) -> int | None:
    if text is None:
        return default
    if text == FULL:
        return None
    if not text.isdigit():
        raise InvalidSetting(f"--ladders: got {text!r}, wanted a number of legs or full")
    return int(text)


def _refuse(settings: Settings, why: str, *names: str) -> None:
    for name in names:
        if getattr(settings, name) is not None:
            raise InvalidSetting(f"--{name.removeprefix('day_')}: {why}")
