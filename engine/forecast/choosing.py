"""Which model a server serves, from what its user asked for; nothing is replaced in silence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.forecast.baselines import HOURS_A_DAY, baseline
from engine.forecast.errors import CannotServe
from engine.forecast.model import Model

DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class Choice:
    """``weights`` is the folder of TimesFM's; ``baseline`` a name of ours. At most one of the two."""

    baseline: str | None = None
    season: int = HOURS_A_DAY
    weights: Path | None = None
    allow_unpinned: bool = False
    device: str = "auto"
    context: int = 512


def choose(choice: Choice) -> tuple[Model, tuple[str, ...]]:
    """The model, and what its user should know of it. Raises CannotServe."""
    if choice.device not in DEVICES:
        raise CannotServe(f"device {choice.device!r}: wanted one of {', '.join(DEVICES)}")
    if choice.weights is None:
        return _baseline(choice)
    if choice.baseline is not None:
        raise CannotServe("--weights and --baseline: one of the two")
    from engine.forecast.timesfm_loading import load

    return load(choice.weights, choice.allow_unpinned, choice.device, choice.context)


def fetch(folder: Path | None, revision: str) -> str:
    """Downloads TimesFM 2.5 into ``folder`` and pins it; a line that says what. Raises CannotServe."""
    if folder is None:
        raise CannotServe("--download needs --weights FOLDER to put them into")
    from engine.forecast.weights import download

    lock = download(folder, revision)
    return f"{folder}: {lock.repository} {lock.revision}, sha256 {lock.sha256}"


def _baseline(choice: Choice) -> tuple[Model, tuple[str, ...]]:
    if choice.device == "cuda":
        raise CannotServe("--device cuda: a baseline computes on the CPU; name the weights with --weights")
    try:
        model = baseline(choice.baseline or "ewma", choice.season)
    except ValueError as error:
        raise CannotServe(str(error)) from None
    if choice.baseline is not None:
        return model, ()
    return model, (f"no --weights: this is a baseline server ({model.name}), and its answers say so",)
