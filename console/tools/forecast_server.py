"""``sparko forecast-server``: forecasts over HTTP for engines here and elsewhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

TOKEN = "TIMESFM_REMOTE_TOKEN"

_EXAMPLE = """
Forecasts prices over HTTP: GET /health, GET /metrics, POST /forecast, POST /signal.

With --weights it serves TimesFM 2.5; without, a baseline that says so in every answer. Prints one JSON line
when it answers; ends on SIGTERM or Ctrl-C. The token that callers must send as X-TimesFM-Token is taken from
TIMESFM_REMOTE_TOKEN; without one it listens on this machine alone.

Examples:

  sparko forecast-server

  sparko forecast-server --baseline drift --port 8790

  sparko forecast-server --download --weights ./timesfm

  sparko forecast-server --weights ./timesfm --device cuda
"""


def forecast_server(
    host: Annotated[str, typer.Option(help="A loopback address, unless a token is set.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8787,
    baseline: Annotated[str | None, typer.Option(help="ewma, drift or seasonal; else ewma.")] = None,
    season: Annotated[int, typer.Option(min=2, max=128, help="Steps of a period of seasonal.")] = 24,
    weights: Annotated[
        Path | None, typer.Option(readable=False, help="Folder of model.safetensors and weights.lock.")
    ] = None,
    allow_unpinned: Annotated[
        bool, typer.Option("--allow-unpinned", help="Take weights that weights.lock does not name.")
    ] = False,
    download: Annotated[
        bool, typer.Option("--download", help="Fetch the weights into the folder, write weights.lock, end.")
    ] = False,
    revision: Annotated[str, typer.Option(help="Commit or branch of the weights to fetch.")] = "main",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda; what is named must be there.")] = "auto",
    context: Annotated[int, typer.Option(min=32, max=1024, help="Most prices TimesFM looks at.")] = 512,
) -> None:
    from engine.forecast.choosing import Choice, choose, fetch
    from engine.forecast.errors import CannotServe
    from engine.forecast.serving import Listening, Ready, check, run_server

    def told(ready: Ready) -> None:
        import msgspec

        typer.echo(msgspec.json.encode(ready).decode())

    choice = Choice(baseline, season, weights, allow_unpinned, device, context)
    listening = Listening(host, port, os.environ.get(TOKEN))
    try:
        if download:
            typer.echo(fetch(weights, revision))
            return
        check(listening)
        model, notes = choose(choice)
        for note in notes:
            typer.echo(f"note: {note}", err=True)
        run_server(model, listening, told)
    except CannotServe as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from None


forecast_server.__doc__ = _EXAMPLE
