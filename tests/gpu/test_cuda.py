"""The zoo on a CUDA device, network by network."""

from __future__ import annotations

import pytest
import torch

from cnnsize.zoo import index
from tests.gpu.zoo import DTYPES, run_on_cuda

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_network_of_the_zoo_is_as_predicted_on_cuda(dtype: str) -> None:
    for name in index():
        result = run_on_cuda(name, dtype)
        assert result.ok, f"{name}: {result.findings}"
