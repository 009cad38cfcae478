"""An emitted network as a live PyTorch module."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from cnnsize.sizing.sized import SizedNetwork
from cnnsize.torch_code import emitted

if TYPE_CHECKING:
    from torch import nn


INSTALL = "PyTorch is not installed; install it with: pip install 'cnnsize[torch]'"


def build(network: SizedNetwork) -> nn.Module:
    """Execute the source that ``cnnsize emit`` prints and return an instance of its class.

    Raises ImportError when PyTorch is not installed, and ArchitectureError as ``torch_source`` does.
    """
    try:
        import torch  # noqa: F401
    except ImportError:
        raise ImportError(INSTALL) from None
    name, source = emitted(network)
    namespace: dict[str, Any] = {"__name__": f"cnnsize_{name}"}
    exec(compile(source, f"<{name}>", "exec"), namespace)
    module: nn.Module = namespace[name]()
    return module


def has_torch() -> bool:
    """Return whether PyTorch can be imported, without importing it."""
    from importlib.util import find_spec

    try:
        return sys.modules.get("torch", True) is not None and find_spec("torch") is not None
    except (ImportError, ValueError):
        return False
