"""cnnsize: the calculator and linter for convolutional network architectures."""

from cnnsize.diagnostic import ArchitectureError, Diagnostic
from cnnsize.layers.base import Volume
from cnnsize.network import Network, Settings
from cnnsize.parse import Architecture, parse

__version__ = "0.1.0"
__all__ = ["Architecture", "ArchitectureError", "Diagnostic", "Network", "Settings", "Volume", "parse"]
