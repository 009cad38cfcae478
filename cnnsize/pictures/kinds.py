"""The kinds of figures. It imports nothing, so that the flags of ``cnnsize draw`` can be read from it."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of figure.

    ``module`` has its ``draw``, ``options`` are the fields of ``Request`` that it reads, and
    ``in_reports`` is whether each network of an HTML report has one.
    """

    module: str
    options: tuple[str, ...] = ()
    in_reports: bool = False


KINDS = {
    "tiling": Kind("tiling", ("layer", "width")),
    "profile": Kind("profile", ("depth",), in_reports=True),
    "volumes": Kind("volumes", ("depth",), in_reports=True),
    "graph": Kind("graph", ("width",), in_reports=True),
}


def require_known(kind: str) -> None:
    """Raise ValueError for a kind that there is not, with a similar one."""
    if kind in KINDS:
        return
    from cnnsize.text.english import alternatives  # late, like the next: only errors need it
    from cnnsize.text.suggest import nearest

    similar = nearest(kind, KINDS, 1)
    hint = f"did you mean {similar[0]!r}?" if similar else f"expected {alternatives(KINDS)}"
    raise ValueError(f"unknown figure {kind!r}; {hint}")
