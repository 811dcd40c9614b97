"""TimesFM 2.5's architecture with weights drawn from a seed, saved as the library saves them.

The library starts with every norm's scale at zero, which makes each layer the identity; scales are drawn too,
or attention would never be tested.
"""

from __future__ import annotations

from pathlib import Path

from engine.forecast.timesfm_shape import Shape, model_of_shape

SMALL = Shape(layers=2, width=64, hidden=64, heads=4)
POOL = 1_000_003
"""A prime, so that no width divides it and rows of a matrix differ."""
FULL = Shape(layers=20, width=1280, hidden=1280, heads=16)


def save_random(folder: Path, shape: Shape = SMALL, seed: int = 7) -> Path:
    """``folder`` with a ``model.safetensors`` of that shape."""
    import torch

    library = model_of_shape(shape)
    # One pool for all, read at other offsets by each: drawing 231 million numbers takes many seconds.
    pool = torch.randn(POOL, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        for number, (name, parameter) in enumerate(library.model.named_parameters()):
            repeats = parameter.numel() // POOL + 2
            start = number * 7919 % POOL
            drawn = pool.repeat(repeats)[start : start + parameter.numel()].view(parameter.shape)
            parameter.copy_(_scaled(name, drawn, parameter.shape))
    folder.mkdir(parents=True, exist_ok=True)
    library._save_pretrained(str(folder))
    return folder


def _scaled(name, drawn, shape):
    if name.endswith("per_dim_scale"):
        return 0.1 * drawn
    if name.endswith(".scale"):
        return 1.0 + 0.1 * drawn
    if name.endswith(".bias"):
        return 0.02 * drawn
    # By the width that goes in, so that a small network's outputs vary as a large one's.
    return drawn * (0.7 / shape[-1] ** 0.5)
