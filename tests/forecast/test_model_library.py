"""The extra `forecaster` brings a library and a torch that can build the model we forecast with."""

from __future__ import annotations

import pytest


@pytest.mark.model
def test_the_library_holds_the_model_and_torch_computes() -> None:
    import timesfm
    import torch

    assert timesfm.TimesFM_2p5_200M_torch is not None
    assert torch.__version__.startswith("2.13.")
    assert float(torch.ones(3).sum()) == 3.0
