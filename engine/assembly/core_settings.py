"""What the core is told of a configuration: its settings, and its strategies."""

from __future__ import annotations

from importlib.metadata import version

from engine.assembly.connecting import Connection
from engine.core.settings import EngineSettings, Timings
from engine.core.strategy import Strategy
from engine.ops.config import Config, ConfigError
from engine.strategies.registry import strategies_of
from engine.strategies.timesfm_params import StrategyUnfit


def engine_settings(connection: Connection, config: Config) -> EngineSettings:
    breakers = config.breakers
    return EngineSettings(
        speed_millionths=connection.speed_millionths,
        venue=connection.binding.venue,
        account=connection.binding.account,
        build=version("sparko-console"),
        series=config.series or connection.series,
        limits=config.limits,
        keep_entries_over_pause=config.keep_entries_over_pause,
        rejects_open=breakers.rejects_open,
        unknowns_open=breakers.unknowns_open,
        most_skew_ms=breakers.most_skew_ms,
        slow_commit_ms=breakers.slow_commit_ms,
        timings=Timings(breaker_wait_ns=breakers.breaker_wait_ns, feed_patience_ns=breakers.feed_patience_ns),
        strategies_begin_off=True,
    )


def strategies(config: Config, series: tuple[str, ...]) -> list[Strategy]:
    """Those of the registry, each as the configuration sets it. Raises ConfigError."""
    try:
        return strategies_of(config.strategies, series)
    except StrategyUnfit as error:
        raise ConfigError(str(error)) from None
