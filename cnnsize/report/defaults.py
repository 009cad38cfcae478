"""Report the defaults that the sizes of a network depend on."""

from __future__ import annotations

from cnnsize.network import Network
from cnnsize.text.diagnostic import Diagnostic


def defaults_used(network: Network) -> list[Diagnostic]:
    """Return CNN006, one diagnostic for a network, if a default affects any of its sizes."""
    defaults = network.defaults_used
    if not defaults:
        return []
    return [
        Diagnostic(
            "CNN006",
            "defaults used: " + "; ".join(text for _, text in defaults),
            defaults[0][0],
            notes=("write these values out to remove this note",),
        )
    ]
