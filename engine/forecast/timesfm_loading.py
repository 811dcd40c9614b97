"""TimesFM 2.5 from a folder, through the library's own loading, onto the device that was asked for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from engine.domain.forecast import ForecastSource
from engine.forecast.errors import CannotServe
from engine.forecast.weights import FILE, check_pinned, sha256_of

NAME = "timesfm-2.5-200m"
OFFICIAL_PARAMETERS = 231_289_280
SHORTEST_CONTEXT = 128


def load(folder: Path, allow_unpinned: bool, device: str, context: int) -> tuple[Any, tuple[str, ...]]:
    """The model on its device, and what its user should know of it.

    ``context`` is the most prices it looks at, rounded up to whole patches. Raises CannotServe: no extra, no
    file, weights that are not pinned, another architecture, a GPU asked for that is not there.
    """
    # The library asks the hub for a configuration unless it is told not to.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    folder = folder.resolve()
    place = chosen_device(device)
    sha256 = sha256_of(folder / FILE)
    is_pinned = check_pinned(folder, sha256, allow_unpinned)
    library = loaded_library(folder, place)
    size = sum(parameter.numel() for parameter in library.model.parameters())
    if is_pinned and size != OFFICIAL_PARAMETERS:
        raise CannotServe(f"{folder / FILE} has {size:,} parameters, {NAME} {OFFICIAL_PARAMETERS:,}")
    name = NAME if size == OFFICIAL_PARAMETERS else f"timesfm-2.5-shape-{size}"
    source = ForecastSource(name, is_baseline=False, weights_sha256=sha256, is_pinned=is_pinned)

    from engine.forecast.timesfm_model import TimesFm

    model = TimesFm(library, source, place, context_buckets(context))
    notes = () if is_pinned else (f"unpinned weights, sha256 {sha256}: entries on them are for fake money",)
    return model, notes


def context_buckets(context: int) -> tuple[int, ...]:
    """Doublings of 128 up to ``context``, which is rounded up to patches of 32."""
    longest = -(-context // 32) * 32
    buckets = [size for size in (128, 256, 512) if size < longest]
    return (*buckets, longest)


def chosen_device(device: str) -> str:
    """``cpu`` or ``cuda:0``. Raises CannotServe without the extra or without the GPU that was named."""
    try:
        import timesfm
        import torch
    except ImportError as error:
        raise CannotServe(
            f"weights need the extra: pip install 'sparko-console[forecaster]' ({error})"
        ) from None
    # The library swallows what keeps its torch half from being imported.
    if not hasattr(timesfm, "TimesFM_2p5_200M_torch"):
        raise CannotServe("the timesfm library has no torch model here: reinstall the extra `forecaster`")
    if device == "cuda" and not torch.cuda.is_available():
        raise CannotServe(f"--device cuda: torch {torch.__version__} sees no GPU")
    return "cuda:0" if device != "cpu" and torch.cuda.is_available() else "cpu"


def loaded_library(folder: Path, device: str) -> Any:
    """The library's model with the folder's weights. Raises CannotServe."""
    import torch

    from engine.forecast.timesfm_shape import model_of_shape, shape_of

    path = folder / FILE
    library = model_of_shape(shape_of(path))
    library.model.device = torch.device(device)
    try:
        library.load_checkpoint(str(path), torch_compile=False)
    except (OSError, RuntimeError, ValueError) as error:
        raise CannotServe(f"{path} is no TimesFM 2.5: {str(error).splitlines()[0][:200]}") from None
    return library
