"""The pictures of a network in a report."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.network import Network

KINDS = ("volumes", "profile", "graph")


def figures_html(network: Network) -> Iterator[str]:
    """Yield the pictures of a network, the one that shows most about it first."""
    first = network.figure()
    others = (network.figure(kind) for kind in KINDS if kind != first.kind)
    for figure in (first, *others):
        yield f"<figure>{figure.svg()}</figure>"
