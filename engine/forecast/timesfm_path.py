"""The network of TimesFM 2.5 computed for what we ask of it: at most 128 steps ahead of the last patch.

The library's ``forecast()`` answers for every patch, keeps a cache for steps that are never taken, and
computes twice. Here the weights it loaded are run once, without a cache; both heads, and all of the last
layer that only the last patch needs, are computed for that patch alone. It equals the library with
``force_flip_invariance`` off, the quantile head on and crossing fixed, to rounding; tests hold it to that.
Nothing here waits for the device or copies to it, so that a pass can be recorded as a graph.
Source of the network: ``timesfm`` 2.0.2, ``timesfm_2p5_torch.py`` and ``torch/transformer.py`` (Apache-2.0).
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as functional

PATCH = 32
COLUMNS = 10
"""Of both heads, for every step: the mean, then nine deciles."""
MEDIAN_COLUMN = 5
SIGMA_TOLERANCE = 1e-6
"""A series whose deviation is less is not divided by it."""
LONGEST_TIMESCALE = 10_000.0
LOG2_E = 1.442695041
EPSILON = 1e-6


class LastPatchPath:
    """Reads the loaded module's weights and never writes them. Tensors are on the module's device.

    With ``half`` the matrices of the tokenizer and the layers are multiplied in bfloat16, with weights that
    are rounded once; moments, norms, positions, what goes from layer to layer, and both heads stay float32.
    """

    def __init__(self, module: Any, half: bool = False) -> None:
        self._module = module
        kind = torch.bfloat16 if half else torch.float32
        with torch.no_grad():
            self._tokenizer = _Block(module.tokenizer, kind)
            self._layers = [_Layer(layer, kind) for layer in module.stacked_xf]
            self._point = _Block(module.output_projection_point, torch.float32)
            self._quantile = _Block(module.output_projection_quantiles, torch.float32)
            self._timescales = _timescales(self._layers[0].head, module.stacked_xf[0].ff0.weight.device)

    def deciles(self, values: Any, starts: Any, horizon: int) -> Any:
        """(rows, horizon, 9) of ``values`` (rows, context) float32, zeros before ``starts`` (rows,).

        ``context`` is a multiple of 32, ``horizon`` at most 128.
        """
        rows, context = values.shape
        patches = values.reshape(rows, -1, PATCH)
        absent = (torch.arange(context, device=values.device) < starts[:, None]).reshape(patches.shape)
        mean, sigma = _running_moments(patches, absent)
        safe = sigma.masked_fill(sigma < SIGMA_TOLERANCE, 1.0)
        normed = ((patches - mean[..., None]) / safe[..., None]).masked_fill(absent, 0.0)
        last = self._embedded(normed, absent)
        answer = _joined(*self._heads(last, horizon))
        return _uncrossed(answer * sigma[:, -1, None, None] + mean[:, -1, None, None])

    def _embedded(self, normed: Any, absent: Any) -> Any:
        """The last patch's embedding (rows, width) after all layers."""
        hidden = self._tokenizer.outputs(torch.cat([normed, absent.to(normed.dtype)], dim=-1))
        padded = absent[..., -1].sum(dim=1)
        places = _Places(padded, absent.shape[1], self._timescales)
        for layer in self._layers[:-1]:
            hidden = layer.whole(hidden, places)
        return self._layers[-1].last(hidden, places)

    def _heads(self, last: Any, horizon: int) -> tuple[Any, Any]:
        """Point and quantile head, each (rows, horizon, 10) float32, before the scale is put back."""
        shape, outputs = (len(last), horizon, COLUMNS), horizon * COLUMNS
        point, quantile = self._point.outputs(last, outputs), self._quantile.outputs(last, outputs)
        return point.reshape(shape), quantile.reshape(shape)


class _Places:
    """Where each patch stands: rotations (rows or 1, patches, 1, head / 2) and who may look at whom."""

    def __init__(self, padded: Any, patches: int, timescales: Any) -> None:
        order = torch.arange(patches, device=padded.device)
        angles = (order[None, :] - padded[:, None])[..., None, None] / timescales
        self.cos, self.sin = torch.cos(angles), torch.sin(angles)
        seen = (order[None, :, None] >= order) & (order >= padded[:, None, None])
        # A padded patch looks at itself: nobody reads it, and nothing is divided by zero.
        self.mask = (seen | (order[:, None] == order)[None])[:, None]

    def turned(self, heads: Any, start: int = 0) -> Any:
        """Rotated by its position; ``heads`` (rows, patches from ``start`` on, heads, head)."""
        cos, sin = self.cos[:, start:], self.sin[:, start:]
        first, second = heads.chunk(2, dim=-1)
        return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)


def _timescales(head: int, device: Any) -> Any:
    return LONGEST_TIMESCALE ** (2 * torch.arange(head // 2, device=device) / head)


class _Layer:
    """One transformer layer's weights under short names, those of matrices as ``kind``."""

    def __init__(self, layer: Any, kind: Any) -> None:
        attention = layer.attn
        self._layer, self._attention = layer, attention
        self._heads, self.head = attention.num_heads, attention.head_dim
        self._mixed, self._out = attention.qkv_proj.weight.to(kind), attention.out.weight.to(kind)
        self._grow, self._shrink = layer.ff0.weight.to(kind), layer.ff1.weight.to(kind)
        scale = LOG2_E / math.sqrt(self.head) * functional.softplus(attention.per_dim_scale.per_dim_scale)
        # Queries are normed, then scaled by dimension: one multiplication for both.
        self._query_scale = attention.query_ln.scale * scale

    def whole(self, hidden: Any, places: _Places) -> Any:
        """(rows, patches, width) to the same."""
        normed = _rms(hidden, self._layer.pre_attn_ln.scale)
        query, key, value = _product(normed, self._mixed).chunk(3, dim=-1)
        return self._finished(hidden, self._attended(query, key, value, places, 0))

    def last(self, hidden: Any, places: _Places) -> Any:
        """As :meth:`whole`, for the last patch only: (rows, width)."""
        normed = _rms(hidden, self._layer.pre_attn_ln.scale)
        width = hidden.shape[-1]
        query = _product(normed[:, -1:], self._mixed[:width])
        key, value = _product(normed, self._mixed[width:]).chunk(2, dim=-1)
        seen = self._attended(query, key, value, places, hidden.shape[1] - 1)
        return self._finished(hidden[:, -1:], seen)[:, 0]

    def _attended(self, query: Any, key: Any, value: Any, places: _Places, start: int) -> Any:
        query = _rms(places.turned(self._split(query), start), self._query_scale)
        key = _rms(places.turned(self._split(key)), self._attention.key_ln.scale)
        query, key, value = (
            part.to(value.dtype).transpose(1, 2) for part in (query, key, self._split(value))
        )
        mask = places.mask[:, :, start:]
        found = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=1.0)
        return found.transpose(1, 2).flatten(2)

    def _split(self, part: Any) -> Any:
        return part.unflatten(-1, (self._heads, self.head))

    def _finished(self, before: Any, seen: Any) -> Any:
        layer = self._layer
        hidden = _rms(_product(seen, self._out), layer.post_attn_ln.scale) + before
        grown = functional.silu(_product(_rms(hidden, layer.pre_ff_ln.scale), self._grow))
        return _rms(_product(grown, self._shrink), layer.post_ff_ln.scale) + hidden


class _Block:
    """A residual block's weights as ``kind``; what comes in and goes out is float32."""

    def __init__(self, block: Any, kind: Any) -> None:
        hidden, out, past = block.hidden_layer, block.output_layer, block.residual_layer
        self._hidden, self._hidden_bias = hidden.weight.to(kind), _as(hidden.bias, kind)
        self._out, self._out_bias = out.weight.to(kind), _as(out.bias, kind)
        self._past, self._past_bias = past.weight.to(kind), _as(past.bias, kind)

    def outputs(self, inputs: Any, count: int | None = None) -> Any:
        """The first ``count`` outputs, or all."""
        grown = functional.silu(_product(inputs, self._hidden, self._hidden_bias))
        out = _product(grown, self._out[:count], _first(self._out_bias, count))
        past = _product(inputs, self._past[:count], _first(self._past_bias, count))
        return out.float() + past.float()


def _product(inputs: Any, weight: Any, bias: Any = None) -> Any:
    """In the weight's own precision, whatever that of ``inputs``."""
    return functional.linear(inputs.to(weight.dtype), weight, bias)


def _rms(values: Any, scale: Any) -> Any:
    return functional.rms_norm(values.float(), scale.shape, scale, EPSILON)


def _as(bias: Any, kind: Any) -> Any:
    return None if bias is None else bias.to(kind)


def _first(bias: Any, outputs: int | None) -> Any:
    return None if bias is None else bias[:outputs]


def _running_moments(patches: Any, absent: Any) -> tuple[Any, Any]:
    """Mean and deviation of all that is there up to the end of each patch, both (rows, patches) float32.

    Sums are of distances from the row's mean and in float64: squares of large numbers would lose the rest.
    """
    there = ~absent
    wide = patches.double().masked_fill(absent, 0.0)
    whole = there.sum(dim=(1, 2)).clamp(min=1)
    middle = wide.sum(dim=(1, 2)) / whole
    distance = (wide - middle[:, None, None]).masked_fill(absent, 0.0)
    count = there.sum(dim=2).cumsum(dim=1)
    some = count.clamp(min=1)
    mean = distance.sum(dim=2).cumsum(dim=1) / some
    variance = (distance.square().sum(dim=2).cumsum(dim=1) / some - mean.square()).clamp(min=0.0)
    mean = (mean + middle[:, None]).masked_fill(count == 0, 0.0)
    return mean.float(), variance.sqrt().float()


def _joined(point: Any, quantile: Any) -> Any:
    """Deciles around the point head's median at the quantile head's distances (rows, horizon, 9)."""
    around = point[..., MEDIAN_COLUMN : MEDIAN_COLUMN + 1]
    return quantile[..., 1:] - quantile[..., MEDIAN_COLUMN : MEDIAN_COLUMN + 1] + around


def _uncrossed(deciles: Any) -> Any:
    """Outward from the median, no decile passes the one before it."""
    middle = MEDIAN_COLUMN - 1
    below = deciles[..., : middle + 1].flip(-1).cummin(dim=-1).values.flip(-1)
    above = deciles[..., middle:].cummax(dim=-1).values
    return torch.cat([below, above[..., 1:]], dim=-1)
