"""PyTorch source of a network, as text. PyTorch itself is imported by ``module.py`` alone."""

from __future__ import annotations

from cnnsize.torch_code.source import emitted, torch_source
from cnnsize.torch_code.trace import trace

__all__ = ["emitted", "torch_source", "trace"]
