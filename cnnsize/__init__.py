"""Calculator and linter for architectures of convolutional neural networks.

    >>> import cnnsize
    >>> net = cnnsize.parse("INPUT[32x32x3] -> CONV3-16 -> RELU -> POOL2 -> FC-10")
    >>> sized = net.sized()
    >>> sized.params
    41418
    >>> str(sized.output)
    '1x1x10'

``parse`` reads a network, ``load`` returns a published one, ``summary`` shows the table, and
``check`` lints. Volumes are W x H x D. Text that is no network raises ``ArchitectureError``.
"""

TYPE_CHECKING = False  # type checkers take it for that of typing, whose import would take time
if TYPE_CHECKING:
    from cnnsize.architecture import Architecture as Architecture
    from cnnsize.architecture import load as load
    from cnnsize.architecture import parse as parse
    from cnnsize.language.parsed import ParsedArchitecture as ParsedArchitecture
    from cnnsize.layers.base import Defaults as Defaults
    from cnnsize.layers.base import Layer as Layer
    from cnnsize.layers.volume import Volume as Volume
    from cnnsize.lint.selection import Selection as Selection
    from cnnsize.network import Network as Network
    from cnnsize.patterns.choices import Choice as Choice
    from cnnsize.patterns.family import Family as Family
    from cnnsize.patterns.family import Member as Member
    from cnnsize.patterns.inputs.fitting import Fitting as Fitting
    from cnnsize.patterns.inputs.fitting import Side as Side
    from cnnsize.patterns.inputs.sizes import Sizes as Sizes
    from cnnsize.patterns.matching.match import Match as Match
    from cnnsize.patterns.matching.match import Mismatch as Mismatch
    from cnnsize.patterns.states import Cause as Cause
    from cnnsize.patterns.survey import Failing as Failing
    from cnnsize.patterns.survey import Survey as Survey
    from cnnsize.render.summary import Summary as Summary
    from cnnsize.render.summary import summary as summary
    from cnnsize.report.make import check as check
    from cnnsize.report.result import Report as Report
    from cnnsize.report.result import Result as Result
    from cnnsize.sizing.outline import Nest as Nest
    from cnnsize.sizing.outline import Step as Step
    from cnnsize.sizing.settings import CostBudget as CostBudget
    from cnnsize.sizing.settings import Settings as Settings
    from cnnsize.sizing.totals import Totals as Totals
    from cnnsize.text.diagnostic import ArchitectureError as ArchitectureError
    from cnnsize.text.diagnostic import Diagnostic as Diagnostic
    from cnnsize.text.diagnostic import Edit as Edit
    from cnnsize.text.diagnostic import Fix as Fix
    from cnnsize.text.diagnostic import Label as Label
    from cnnsize.text.source import Source as Source
    from cnnsize.text.span import Position as Position
    from cnnsize.text.span import Span as Span
    from cnnsize.version import __version__ as __version__
else:
    # The command line handles Ctrl-C only once this package is imported, so the import is short: a
    # module is imported when one of its names is first used.
    _MODULES = {
        "architecture": ("Architecture", "load", "parse"),
        "language.parsed": ("ParsedArchitecture",),
        "layers.base": ("Defaults", "Layer"),
        "layers.volume": ("Volume",),
        "lint.selection": ("Selection",),
        "network": ("Network",),
        "patterns.choices": ("Choice",),
        "patterns.family": ("Family", "Member"),
        "patterns.inputs.fitting": ("Fitting", "Side"),
        "patterns.inputs.sizes": ("Sizes",),
        "patterns.matching.match": ("Match", "Mismatch"),
        "patterns.states": ("Cause",),
        "patterns.survey": ("Failing", "Survey"),
        "render.summary": ("Summary", "summary"),
        "report.make": ("check",),
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
    __all__ = sorted(name for name in _HOMES if name != "__version__")

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
