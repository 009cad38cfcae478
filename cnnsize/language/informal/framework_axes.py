"""The axes of what comes before a call: PyTorch and Keras refuse a 2-D layer on a vector."""

from __future__ import annotations

from typing import NoReturn

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.layers.frameworks import GLUON, TORCH, Signature
from cnnsize.layers.names import ACTIVATIONS, CONVOLUTIONS, NORMS, POOLS

MAP, VECTOR, UNKNOWN = "map", "vector", ""
# kinds whose output is a map, and those whose output is a vector
MAPS = (*CONVOLUTIONS, *POOLS, "UP", "PAD", "CROP", "UNFLATTEN", "PIXELSHUFFLE", "PIXELUNSHUFFLE")
VECTORS = ("FLATTEN", "FC")
SAME_AXES = frozenset(
    (*ACTIVATIONS, *NORMS, "DROPOUT", "DROPOUT2D", "DROPPATH", "IDENTITY", "SCALE", "CHSHUFFLE")
)
# kinds of classes without 2d in their names that still need a map
MAPS_ONLY = ("UP", "PIXELSHUFFLE", "PIXELUNSHUFFLE", "CHSHUFFLE", "LRN")
LOOK_BACK = 50  # layers


def axes_before(cursor: TokenCursor) -> str:
    """Return whether the last layer is applied to a map or to a vector; UNKNOWN where no layer
    before it in its branch says so.
    """
    first = max(cursor.branch_start, len(cursor.layers) - LOOK_BACK)
    for layer in reversed(cursor.layers[first:-1]):
        if layer.kind in SAME_AXES:
            continue
        if layer.kind in VECTORS:
            return VECTOR
        if layer.kind == "INPUT" and layer.shape is not None:
            return UNKNOWN if "x1x" in layer.shape or "[1x" in layer.shape else MAP
        is_global = layer.kind in ("GAP", "GMP")  # a vector in Keras alone
        return MAP if layer.kind in MAPS and not is_global else UNKNOWN
    return UNKNOWN


def check_axes(cursor: TokenCursor, layer: DraftLayer, called: Signature) -> None:
    """Note where the axes of the input have to change for a call to mean what it says.

    Raises ArchitectureError where its framework does not run it on that input.
    """
    axes = axes_before(cursor)
    is_2d = "2d" in called.name.lower() and layer.kind != "DROPOUT2D"
    if axes == VECTOR and (is_2d or layer.kind in MAPS_ONLY):
        refuse_axes(
            cursor, layer, called, "map", "UNFLATTEN[7x7x64] ->, with the sizes of the map,"
        )
    if axes != MAP:
        return
    if called.name == "BatchNorm1d":
        refuse_axes(cursor, layer, called, "vector", "FLATTEN ->", "BatchNorm2d for a map, or ")
    if called.name in ("LazyLinear", "LazyBatchNorm1d", "Unflatten"):
        refuse_axes(cursor, layer, called, "vector", "FLATTEN ->")
    if layer.kind == "FC" and called.framework != GLUON:
        cursor.note(
            f"{called.name} after a map is read with a FLATTEN before it, which {called.framework} "
            "does not add by itself"
        )
    if layer.kind == "LN" and called.framework == TORCH:
        cursor.fail(
            "PyTorch's LayerNorm normalizes over the last axis of a map, which is its width",
            layer.span,
            help=("write LN to normalize over the depth at each position",),
        )


def refuse_axes(
    cursor: TokenCursor,
    layer: DraftLayer,
    called: Signature,
    needed: str,
    before: str,
    instead: str = "",
) -> NoReturn:
    """Raise ArchitectureError for a call that needs a map or a vector and has the other before it."""
    cursor.fail(
        f"{called.possessive} {called.name} needs a {needed}, and the layer before it returns a "
        f"{MAP if needed == VECTOR else VECTOR}",
        layer.span,
        help=(f"write {instead}{before} before it",),
    )
