"""``sparko sandbox``: the exchange on its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_EXAMPLE = """
Runs an exchange of our own that speaks Kalshi's wire, offline and with fake money.

Prints one JSON line when it is ready: {"rest","ws","key_id","private_key_path"}. Ends on SIGTERM or Ctrl-C.

Examples:

  sparko sandbox --port 8800 --state ./exchange --key-out ./keys

  sparko sandbox --seed 7 --scenario volatile --series KXBTCD,KXHIGHNY --speed 60

  sparko sandbox --replay ./recordings --series KXHIGHNY --from 2025-12-07 --speed 600
"""


def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
    host: Annotated[str, typer.Option(help="A loopback address, unless --allow-remote.")] = "127.0.0.1",
    allow_remote: Annotated[bool, typer.Option("--allow-remote", help="Listen beyond this machine.")] = False,
    key_out: Annotated[Path | None, typer.Option(readable=False, help="Folder of the private key.")] = None,
    state: Annotated[
        Path | None, typer.Option(readable=False, help="Folder that keeps the world; resumed if it has one.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of the generated world; 1 unless given.")] = None,
    speed: Annotated[float | None, typer.Option(help="Exchange seconds for each real second.")] = None,
    scenario: Annotated[str | None, typer.Option(help="calm, volatile, fading or gappy.")] = None,
    ladders: Annotated[str | None, typer.Option(help="Legs of an event, 40 unless given, or full.")] = None,
    series: Annotated[str | None, typer.Option(help="Comma-separated tickers; one with --replay.")] = None,
    replay: Annotated[
        Path | None, typer.Option(readable=False, help="Folder of a recording to replay.")
    ] = None,
    day_from: Annotated[str | None, typer.Option("--from", help="First day of the replay.")] = None,
    day_to: Annotated[str | None, typer.Option("--to", help="Last day of the replay.")] = None,
    depth: Annotated[
        int | None, typer.Option(min=1, help="Contracts at a level where the recording has none.")
    ] = None,
    faults: Annotated[
        Path | None, typer.Option(readable=False, help="JSON file of fault rules to start with.")
    ] = None,
    start: Annotated[str | None, typer.Option(help="The exchange's first time, ISO 8601.")] = None,
    tier: Annotated[str, typer.Option(help="Rate limits of accounts: basic ... prestige.")] = "basic",
    strict_shards: Annotated[
        bool, typer.Option("--strict-shards", help="A cancel without shard or market looks on shard 0 only.")
    ] = False,
) -> None:
    from engine.sandbox.server.run import CannotStart, run_sandbox
    from engine.sandbox.server.settings import Settings

    # Paths are not checked by the parser: its refusal is a usage box and exit 2, ours one line and exit 1.
    settings = Settings(
        host=host,
        port=port,
        allow_remote=allow_remote,
        key_out=key_out,
        state=state,
        seed=seed,
        speed=speed,
        scenario=scenario,
        ladders=ladders,
        series=tuple(part for part in (series or "").split(",") if part),
        replay=replay,
        day_from=day_from,
        day_to=day_to,
        depth=depth,
        faults=faults,
        start=start,
        tier=tier,
        strict_shards=strict_shards,
    )
    try:
        run_sandbox(settings, lambda endpoint: typer.echo(endpoint.line))
    except CannotStart as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from None


sandbox.__doc__ = _EXAMPLE
