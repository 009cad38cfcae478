"""The pictures of a network in a report."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.network import Network

KINDS = ("volumes", "profile", "graph")
WINDOW_FAULTS = ("CNN101", "CNN102", "CNN103")


def kinds_of(network: Network) -> tuple[str, ...]:
    """Return the kinds of pictures of a network, the most telling one first."""
    has_window_fault = any(item.code in WINDOW_FAULTS for item in network.diagnostics)
    return ("tiling", *KINDS) if has_window_fault else KINDS


def figures_html(network: Network) -> Iterator[str]:
    """Yield the pictures of a network."""
    for kind in kinds_of(network):
        yield f"<figure>{network.figure(kind).svg()}</figure>"
