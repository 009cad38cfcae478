"""Size one layer on one volume."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

from cnnsize.layers import KINDS
from cnnsize.layers.base import Layer, Plain
from cnnsize.layers.conv import Conv, TransposedConv
from cnnsize.layers.dense import FullyConnected
from cnnsize.layers.ends import Input
from cnnsize.layers.pool import Pool
from cnnsize.layers.reshape import Pad
from cnnsize.layers.volume import Fault, Sizing, Volume
from cnnsize.sizing.rows import Block, Loop, Part, Row

UNKNOWN = Sizing(None)


def size_checked(layer: Layer, volume: Volume) -> Sizing:
    """Size a layer on a volume, once its declared number of inputs (``in=``) has been checked."""
    if layer.claim is not None:
        received = volume.W * volume.H * volume.D if layer.kind == "FC" else volume.D
        if layer.claim != received:
            facts = (("said", layer.claim), ("is", received))
            return Sizing(None, None, (Fault("CNN108", why="in", facts=facts),))
    return layer.size(volume)


def has_open_width(layer: Layer) -> TypeGuard[FullyConnected]:
    """Return whether a layer is an FC without a width, which its place in the network decides."""
    return layer.__class__ is FullyConnected and layer.K is None


# layers that return their volume, whatever it is; an INPUT may be overridden by the caller
KEEPING = frozenset({cls for cls in KINDS.values() if cls.size is Plain.size} - {Input})


def sized_layer(layer: Layer, volume: Volume) -> Sizing | None:
    """Return the sizing of a layer; None where more has to be decided: a fault, an FC whose place
    decides its width, an INPUT that the caller may override.
    """
    if layer.__class__ is Input or (layer.__class__ is FullyConnected and layer.K is None):
        return None
    sizing = layer.size(volume) if layer.claim is None else size_checked(layer, volume)
    return None if sizing.faults else sizing


Zeros = tuple[int, int]
NO_ZEROS: Zeros = (0, 0)


def trailing_zeros(rows: Sequence[Part], before: Zeros) -> Zeros:
    """Return the columns and rows of zeros at the far edges, where the last layer is a PAD.

    ``before`` is returned where there are no rows.
    """
    if not rows:
        return before
    part = rows[-1]
    while part.__class__ in (Loop, Block) and part.body:
        part = part.body[-1]
    if part.__class__ is Row and part.layer.__class__ is Pad:
        return part.layer.right, part.layer.bottom
    return NO_ZEROS


def faults_in_input(faults: tuple[Fault, ...], zeros: Zeros) -> tuple[Fault, ...]:
    """Drop CNN101 faults whose unread cells are only zeros that the preceding PAD added."""
    added = dict(zip("WH", zeros, strict=True))

    def is_real(fault: Fault) -> bool:
        if fault.code != "CNN101":
            return True
        facts = dict(fault.facts)
        return bool(facts["r"] - facts["window"].after > added[fault.axis or "W"])

    return tuple([fault for fault in faults if is_real(fault)])


def with_tensorflow_padding(row: Row) -> Row:
    """Return the row of a layer with P=same as TensorFlow pads it; its CNN109 stays."""
    volume = row.inputs[0]
    if volume is None or row.sizing.faults[0].code != "CNN109":
        return row
    assert isinstance(row.layer, (Conv, TransposedConv, Pool))
    layer = row.layer.tensorflow(volume)
    sizing = layer.size(volume)
    faults = (*row.sizing.faults, *sizing.faults)
    return row._replace(layer=layer, sizing=sizing._replace(faults=faults))
