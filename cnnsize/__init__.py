"""cnnsize: the calculator and linter for convolutional network architectures."""

from cnnsize.architecture import Architecture
from cnnsize.diagnostic import ArchitectureError, Diagnostic
from cnnsize.layers.base import Volume
from cnnsize.measure import Step
from cnnsize.network import Network, Settings
from cnnsize.parse import parse
from cnnsize.report import Report, check
from cnnsize.zoo import load

__version__ = "0.1.0"
__all__ = [
    "Architecture",
    "ArchitectureError",
    "Diagnostic",
    "Network",
    "Report",
    "Settings",
    "Step",
    "Volume",
    "check",
    "load",
    "parse",
]
