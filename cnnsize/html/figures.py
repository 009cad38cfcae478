"""The pictures of networks and families in a report."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.network import Network
from cnnsize.patterns.survey import Survey
from cnnsize.pictures.kinds import KINDS


def figures_html(network: Network) -> Iterator[str]:
    """Yield the pictures of a network, the one that shows most about it first."""
    first = network.figure()
    others = (name for name, kind in KINDS.items() if kind.in_reports and name != first.kind)
    for figure in (first, *map(network.figure, others)):
        yield f"<figure>{figure.svg()}</figure>"


def family_html(survey: Survey) -> Iterator[str]:
    """Yield the picture of a family whose members were all sized."""
    if survey.complete:
        yield f"<figure>{survey.family.figure().svg()}</figure>"
