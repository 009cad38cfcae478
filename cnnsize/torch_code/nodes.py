"""The parts of an emitted model."""

from __future__ import annotations

from typing import NamedTuple

from cnnsize.language.tree import Expression, LayerNode
from cnnsize.torch_code.expression import text
from cnnsize.torch_code.layout import Code
from cnnsize.torch_code.modules import call
from cnnsize.torch_code.site import MAP, VECTOR, Rank


class ModuleCall(NamedTuple):
    """A module; ``shape`` is what comes out, where it is one and the same at all places."""

    code: Code
    shape: str = ""


class ModuleLoop(NamedTuple):
    """A body for each of some values."""

    body: tuple[Made, ...]
    names: str
    values: Code
    shape: str = ""


class Merge(NamedTuple):
    """A join of branches that all read the same."""

    op: str
    branches: tuple[tuple[Made, ...], ...]
    shape: str = ""


Made = ModuleCall | ModuleLoop | Merge


class Class(NamedTuple):
    """One block of the language as a class."""

    name: str
    arguments: tuple[str, ...]  # of the constructor
    passed: tuple[
        str, ...
    ]  # where their values come from: "<in>", a parameter's index, or an extra
    body: tuple[Made, ...]
    depth: Expression  # what comes out, in the names of the constructor
    known: tuple[str, ...]  # what comes in and every parameter, though no module may need them
    extras: dict[str, dict[int, int]]  # values of the extra arguments, by the id of a call
    text: str  # as the user wrote it


class Event(NamedTuple):
    """A module that runs, or ``add``, ``cat`` or ``mul``; the step whose output it gives, and as a
    map or a vector.
    """

    what: str
    step: int | None
    rank: Rank


GLUE = {MAP: Event("Unflatten", None, MAP), VECTOR: Event("Flatten", None, VECTOR)}
NO_LAYER = LayerNode("FLATTEN", "FLATTEN", None, None, None, (), (), False)


def as_map(depth: Expression) -> Code:
    """N x D as a map of one position."""
    return call("nn.Unflatten", 1, f"({text(depth)}, 1, 1)")
