"""The size of a TimesFM 2.5 network as its file has it, and the library's model built to that size.

The official file gives 20 layers of width 1280. A smaller one of the same architecture is what tests run on;
it takes the same path, and its label says that it is not the official one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.forecast.errors import CannotServe

PATCH = 32
POINT_OUTPUTS = 128 * 10
QUANTILE_OUTPUTS = 1024 * 10


@dataclass(frozen=True)
class Shape:
    layers: int
    width: int
    hidden: int
    heads: int


def shape_of(path: Path) -> Shape:
    """From the file's header alone. Raises CannotServe unless it is of TimesFM 2.5's architecture."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="numpy") as file:
            sizes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise CannotServe(f"{path}: {error}") from None
    try:
        hidden, width = sizes["stacked_xf.0.ff0.weight"]
        (head,) = sizes["stacked_xf.0.attn.query_ln.scale"]
        point, _ = sizes["output_projection_point.output_layer.weight"]
        quantile, _ = sizes["output_projection_quantiles.output_layer.weight"]
        _, inputs = sizes["tokenizer.hidden_layer.weight"]
    except (KeyError, ValueError) as error:
        raise CannotServe(f"{path} is no TimesFM 2.5: {error} is not as there") from None
    layers = len({name.split(".")[1] for name in sizes if name.startswith("stacked_xf.")})
    if (inputs, point, quantile) != (2 * PATCH, POINT_OUTPUTS, QUANTILE_OUTPUTS) or width % head:
        raise CannotServe(f"{path} is no TimesFM 2.5: patches {inputs}, outputs {point} and {quantile}")
    return Shape(layers, width, hidden, width // head)


def model_of_shape(shape: Shape) -> Any:
    """The library's own wrapper around a module of that size, with weights yet to be loaded."""
    import torch
    from timesfm import TimesFM_2p5_200M_torch
    from timesfm.timesfm_2p5.timesfm_2p5_torch import TimesFM_2p5_200M_torch_module

    class Module(TimesFM_2p5_200M_torch_module):  # type: ignore[misc]
        config = _definition(shape)

    class Library(TimesFM_2p5_200M_torch):  # type: ignore[misc]
        def __init__(self) -> None:
            # Without drawing first weights, which loading replaces: two thirds of the time.
            with torch.device("meta"):
                module = Module()
            self.model = module.to_empty(device="cpu")
            self.torch_compile = False

    return Library()


def _definition(shape: Shape) -> Any:
    from timesfm.timesfm_2p5 import timesfm_2p5_base as base

    official = base.TimesFM_2p5_200M_Definition()
    block, layers = official.tokenizer, official.stacked_transformers
    sized = {"hidden_dims": shape.width}
    transformer = replace(
        layers.transformer, model_dims=shape.width, hidden_dims=shape.hidden, num_heads=shape.heads
    )
    return replace(
        official,
        tokenizer=replace(block, output_dims=shape.width, **sized),
        stacked_transformers=replace(layers, num_layers=shape.layers, transformer=transformer),
        output_projection_point=replace(official.output_projection_point, input_dims=shape.width, **sized),
        output_projection_quantiles=replace(
            official.output_projection_quantiles, input_dims=shape.width, **sized
        ),
    )
