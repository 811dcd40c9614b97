"""The strategies that an engine has: those of the house, and those that installed packages bring.

A package brings one as an entry point of the group ``sparko.strategies``: its name, and a function of the
table ``[strategies.NAME]`` of ``config.toml`` and the engine's series that returns the strategy, or raises
ValueError with what is wrong in one line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import Any, TypeAlias

import msgspec

from engine.core.strategy import Strategy
from engine.strategies.timesfm_no import NAME, with_series
from engine.strategies.timesfm_params import StrategyUnfit, TimesfmNoTable, params_of

GROUP = "sparko.strategies"
Maker: TypeAlias = Callable[[Mapping[str, Any], tuple[str, ...]], Strategy]


def timesfm_no(table: Mapping[str, Any], series: tuple[str, ...]) -> Strategy:
    """Raises StrategyUnfit."""
    try:
        wanted = msgspec.convert(dict(table), TimesfmNoTable)
    except msgspec.ValidationError as error:
        raise StrategyUnfit(str(error).replace("`", "")) from None
    return with_series(params_of(wanted), series)


_OURS: dict[str, Maker] = {NAME: timesfm_no}


def makers() -> dict[str, Maker]:
    """By name, ours first; an installed one never takes the place of one of ours."""
    found: dict[str, Maker] = dict(_OURS)
    for point in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        if point.name not in found:
            found[point.name] = point.load()
    return found


def strategies_of(tables: Mapping[str, Mapping[str, Any]], series: tuple[str, ...]) -> list[Strategy]:
    """Every strategy, each with its table. Raises StrategyUnfit, naming the setting."""
    known = makers()
    for name in tables:
        if name not in known:
            raise StrategyUnfit(f"strategies: got {name!r}, wanted one of {', '.join(known)}")
    made = []
    for name, make in known.items():
        try:
            made.append(make(tables.get(name, {}), series))
        except ValueError as error:
            raise StrategyUnfit(f"strategies.{name}: {error}") from None
    return made
