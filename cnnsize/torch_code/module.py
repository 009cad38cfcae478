"""Execute the emitted source and return the module."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from cnnsize.sizing.sized import SizedNetwork
from cnnsize.torch_code import emitted

if TYPE_CHECKING:
    from torch import nn


INSTALL = "torch is not installed: pip install 'cnnsize[torch]'"


def build(network: SizedNetwork) -> nn.Module:
    """The network as a module of torch, made from the source that ``emit`` prints."""
    try:
        import torch  # noqa: F401
    except ImportError:
        raise ImportError(INSTALL) from None
    name, source = emitted(network)
    namespace: dict[str, Any] = {"__name__": f"cnnsize_{name}"}
    exec(compile(source, f"<{name}>", "exec"), namespace)
    made: nn.Module = namespace[name]()
    return made


def has_torch() -> bool:
    """Can torch be imported? Found out without importing it."""
    from importlib.util import find_spec

    try:
        return sys.modules.get("torch", True) is not None and find_spec("torch") is not None
    except (ImportError, ValueError):
        return False
