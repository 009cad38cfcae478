"""Calculator and linter for architectures of convolutional neural networks.

    >>> import cnnsize
    >>> net = cnnsize.parse("INPUT[32x32x3] -> CONV3-16 -> RELU -> POOL2 -> FC-10")
    >>> sized = net.sized()
    >>> sized.params
    41418
    >>> str(sized.output)
    '1x1x10'

``parse`` reads a network, ``load`` returns a published one, ``from_torch`` and ``from_onnx`` read a
model, ``summary`` shows the table, and ``check`` lints. Volumes are W x H x D. Text that is no network raises ``ArchitectureError``.
"""

__all__ = [
    "Architecture",
    "ArchitectureError",
    "Bin",
    "Cause",
    "Choice",
    "CostBudget",
    "Dataset",
    "DatasetError",
    "Defaults",
    "Diagnostic",
    "Edit",
    "Failing",
    "Family",
    "Figure",
    "Fitting",
    "Fix",
    "Histogram",
    "Label",
    "Layer",
    "Match",
    "Member",
    "Mismatch",
    "Nest",
    "Network",
    "ParsedArchitecture",
    "Position",
    "Report",
    "Result",
    "Selection",
    "Settings",
    "Side",
    "Sizes",
    "Source",
    "Span",
    "Step",
    "Summary",
    "Survey",
    "Totals",
    "UnreadableModelError",
    "Volume",
    "check",
    "from_onnx",
    "from_torch",
    "list_networks",
    "load",
    "parse",
    "summary",
]

TYPE_CHECKING = False  # type checkers take it for that of typing, whose import would take time
if TYPE_CHECKING:
    from cnnsize.architecture import Architecture, from_onnx, from_torch, list_networks, load, parse
    from cnnsize.dataset.errors import DatasetError
    from cnnsize.dataset.run import Dataset
    from cnnsize.inputs.fitting import Fitting, Side
    from cnnsize.inputs.sizes import Sizes
    from cnnsize.language.parsed import ParsedArchitecture
    from cnnsize.layers.base import Defaults, Layer
    from cnnsize.layers.volume import Volume
    from cnnsize.lint.selection import Selection
    from cnnsize.models.flow import UnreadableModelError
    from cnnsize.network import Network
    from cnnsize.patterns.choices import Choice
    from cnnsize.patterns.counting.histogram import Bin, Histogram
    from cnnsize.patterns.family import Family
    from cnnsize.patterns.matching.match import Match, Mismatch
    from cnnsize.patterns.member import Member
    from cnnsize.patterns.states import Cause
    from cnnsize.patterns.survey import Failing, Survey
    from cnnsize.pictures.figure import Figure
    from cnnsize.render.summary import Summary, summary
    from cnnsize.report.check import check
    from cnnsize.report.result import Report, Result
    from cnnsize.sizing.outline import Nest, Step
    from cnnsize.sizing.settings import CostBudget, Settings
    from cnnsize.sizing.totals import Totals
    from cnnsize.text.diagnostic import ArchitectureError, Diagnostic, Edit, Fix, Label
    from cnnsize.text.source import Source
    from cnnsize.text.span import Position, Span
    from cnnsize.version import __version__ as __version__
else:
    # The command line handles Ctrl-C only once this package is imported, so the import is short: a
    # module is imported when one of its names is first used.
    _MODULES = {
        "architecture": (
            "Architecture",
            "from_onnx",
            "from_torch",
            "list_networks",
            "load",
            "parse",
        ),
        "dataset.errors": ("DatasetError",),
        "dataset.run": ("Dataset",),
        "language.parsed": ("ParsedArchitecture",),
        "layers.base": ("Defaults", "Layer"),
        "layers.volume": ("Volume",),
        "lint.selection": ("Selection",),
        "models.flow": ("UnreadableModelError",),
        "network": ("Network",),
        "patterns.choices": ("Choice",),
        "patterns.counting.histogram": ("Bin", "Histogram"),
        "patterns.family": ("Family",),
        "inputs.fitting": ("Fitting", "Side"),
        "inputs.sizes": ("Sizes",),
        "patterns.matching.match": ("Match", "Mismatch"),
        "patterns.member": ("Member",),
        "patterns.states": ("Cause",),
        "patterns.survey": ("Failing", "Survey"),
        "pictures.figure": ("Figure",),
        "render.summary": ("Summary", "summary"),
        "report.check": ("check",),
        "report.result": ("Report", "Result"),
        "sizing.outline": ("Nest", "Step"),
        "sizing.settings": ("CostBudget", "Settings"),
        "sizing.totals": ("Totals",),
        "text.diagnostic": ("ArchitectureError", "Diagnostic", "Edit", "Fix", "Label"),
        "text.source": ("Source",),
        "text.span": ("Position", "Span"),
        "version": ("__version__",),
    }
    _HOMES = {name: module for module, names in _MODULES.items() for name in names}

    def __getattr__(name):
        """Import the module that defines a public name."""
        import sys
        from importlib import import_module

        if name not in _HOMES:
            raise AttributeError(
                f"module {__name__!r} has no attribute {name!r}",
                name=name,
                obj=sys.modules[__name__],
            )
        module = import_module(f"cnnsize.{_HOMES[name]}")
        return globals().setdefault(name, getattr(module, name))

    def __dir__():
        return [*__all__, "__version__"]
