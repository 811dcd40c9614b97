"""Options that every live collector takes, put beside its own, and how one is run in the foreground."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from console.tools.attach import Where
from console.tools.options import HomeOption, JsonOption, VenueOption

if TYPE_CHECKING:
    from collectors.assembled import Collector, Order
    from collectors.health import SourceHealth
    from collectors.running import Summary

_SHOWN_EACH = 10
"""Seconds between two lines that say how the sources are."""


def common(
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: Annotated[
        str | None, typer.Option("--exchange", metavar="URL", help="A sandbox on this machine to listen to.")
    ] = None,
    lake: Annotated[
        Path | None, typer.Option("--lake", readable=False, help="Where rows go. [default: <home>/lake]")
    ] = None,
    node_id: Annotated[int, typer.Option("--node-id", min=0, help="Which of the nodes this one is.")] = 0,
    total_nodes: Annotated[
        int, typer.Option("--total-nodes", min=1, help="How many nodes share the work.")
    ] = 1,
    for_s: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", min=0.1, help="End after so long.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Take what there is to have now, and end.")] = False,
    loop: Annotated[
        bool, typer.Option("--loop", help="Go on until SIGTERM or Ctrl-C, as it does anyway.")
    ] = False,
    observations: Annotated[
        bool, typer.Option("--observations", help="Frames for a daemon on standard output, nothing else.")
    ] = False,
    url: Annotated[
        list[str] | None, typer.Option("--url", metavar="NAME=URL", help="Where a source is instead.")
    ] = None,
    as_json: JsonOption = False,
) -> tuple[Order, bool]:
    """What these options come to, and whether a JSON document is wanted."""
    from collectors.assembled import Order
    from console.tools.failure import WrongUsage

    if once and (loop or for_s is not None):
        raise WrongUsage("--once: got it with --loop or --for, wanted one of them")
    where = Where(home, venue, exchange)
    order = Order(
        home=where.folder(),
        venue=venue,
        exchange=exchange,
        lake=lake,
        node_id=node_id,
        total_nodes=total_nodes,
        for_s=for_s,
        once=once,
        frames=observations,
        urls=tuple(url or ()),
    )
    return order, as_json


def live(own: Callable[..., Collector]) -> Callable[..., None]:
    """A command of the options of ``own`` and those of :func:`common`; it runs what ``own`` makes."""
    mine, shared = inspect.signature(own).parameters, inspect.signature(common).parameters

    def command(**said: Any) -> None:
        from collectors.assembled import FAILURES
        from console.tools.failure import Failure, one_line_on_failure

        with one_line_on_failure():
            order, as_json = common(**{name: said[name] for name in shared})
            try:
                collector = own(**{name: said[name] for name in mine})
                _run(order, collector, as_json)
            except FAILURES as error:
                raise Failure(str(error)) from None

    unloaded = {"Collector": object, "Order": object}
    hints = {
        name: hint
        for function in (own, common)
        for name, hint in get_type_hints(function, localns=unloaded, include_extras=True).items()
    }
    parameters = [
        parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in (mine | shared).items()
    ]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    command.__name__, command.__doc__ = own.__name__, own.__doc__
    return command


def _run(order: Order, collector: Collector, as_json: bool) -> None:
    import asyncio

    from collectors.assembled import collect
    from console.tools.failure import Failure

    shown = _Shown()
    summary, is_well = asyncio.run(collect(order, collector, _say, shown.look))
    if not order.frames:
        _print(summary, as_json)
    if not is_well:
        raise Failure(f"{collector.name}: not everything could be had; see the faults above")


def _say(line: str) -> None:
    typer.echo(line, err=True)


class _Shown:
    """Says now and then how the sources are, to whoever watches."""

    def __init__(self) -> None:
        self._looks = 0

    def look(self, sources: Sequence[SourceHealth]) -> None:
        import sys

        self._looks += 1
        if self._looks % _SHOWN_EACH == 0 and sys.stderr.isatty():
            _say("  ".join(_state(source) for source in sources))


def _state(source: SourceHealth) -> str:
    age_s = source.age_s
    age = "no data yet" if age_s is None else f"{age_s:.1f} s old"
    return f"{source.name} {'up' if source.is_connected else 'DOWN'} {source.rate:.1f}/s {age}"


def _print(summary: Summary, as_json: bool) -> None:
    import msgspec

    from console.tools.output import Column, number, print_json, print_table

    if as_json:
        print_json(msgspec.to_builtins(summary))
        return
    columns = (
        Column("SOURCE"),
        *(number(name) for name in ("MESSAGES", "ROWS", "REPEATS", "CONNECTED")),
        Column("FAULTS", is_flexible=True),
    )
    rows = [
        (
            counts.name,
            *(str(n) for n in (counts.messages, counts.rows, counts.repeats, counts.connections)),
            ", ".join(f"{kind} {n}" for kind, n in counts.faults.items()) or "none",
        )
        for counts in summary.sources
    ]
    print_table(columns, rows)
    typer.echo(
        f"{summary.written} rows in the lake" + (f", {summary.refused} refused" if summary.refused else "")
    )
