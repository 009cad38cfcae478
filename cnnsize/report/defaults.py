"""Report the defaults that the sizes of a network depend on."""

from __future__ import annotations

from cnnsize.network import Network
from cnnsize.report.result import Result
from cnnsize.text.diagnostic import Diagnostic


def defaults_used(network: Network) -> list[Diagnostic]:
    """Return CNN006, one diagnostic for a network, if a default affects any of its sizes."""
    if not network.assumed:
        return []
    first = network.assumed[0][0]
    defaults = Result(network.architecture.source, network.architecture, network).assumed
    return [
        Diagnostic(
            "CNN006",
            "defaults used: " + "; ".join(defaults),
            network.architecture.original(first.span),
            notes=("write these values out to remove this note",),
        )
    ]
