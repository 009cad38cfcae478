"""The public names of ``import cnnsize``."""

from __future__ import annotations

from cnnsize.architecture import Architecture, load, parse
from cnnsize.layers.volume import Volume
from cnnsize.network import Network
from cnnsize.report.make import check
from cnnsize.report.result import Report
from cnnsize.sizing.outline import Step
from cnnsize.sizing.settings import Settings
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic

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
