"""The kinds of figures. It imports nothing, so that the flags of ``cnnsize draw`` can be read from it."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of figure.

    ``module`` has its ``draw``, ``options`` are the fields of ``Request`` that it reads, and
    ``in_reports`` is whether each network of an HTML report has one. Figures ``of_families`` show the
    members of a pattern, and others a network.
    """

    module: str
    options: tuple[str, ...] = ()
    in_reports: bool = False
    of_families: bool = False
    title: str = ""  # the words before the name of the network; empty for the name of the kind


KINDS = {
    "tiling": Kind("tiling", ("layer", "width")),
    "profile": Kind("profile", ("depth",), in_reports=True),
    "volumes": Kind("volumes", ("depth",), in_reports=True),
    "graph": Kind("graph", ("width",), in_reports=True),
    "cone": Kind("cone", ("layer", "unit", "width"), title="Receptive field"),
    "family": Kind("family", ("width",), of_families=True),
    "grid": Kind("grid", ("width",), of_families=True),
    "scatter": Kind("scatter", ("width",), of_families=True),
}
ALIASES = {"receptive-field": "cone"}


def known_kind(kind: str) -> str:
    """Return a kind by its name or another name of it. Raises ValueError, with a similar name."""
    kind = ALIASES.get(kind, kind)
    if kind in KINDS:
        return kind
    from cnnsize.text.english import alternatives  # late, like the next: only errors need it
    from cnnsize.text.suggest import nearest

    similar = nearest(kind, (*KINDS, *ALIASES), 1)
    hint = f"did you mean {similar[0]!r}?" if similar else f"expected {alternatives(KINDS)}"
    raise ValueError(f"unknown figure {kind!r}; {hint}")
