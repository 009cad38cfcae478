"""The receptive fields of every layer, as the rules need them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsize.network import Network
from cnnsize.record import NamedTuple
from cnnsize.sizing.rows import Part, Row

if TYPE_CHECKING:
    from cnnsize.sizing.field import Field


class LayerFields(NamedTuple):
    """The receptive fields of a layer's input and output, in the last iteration of a repetition."""

    before: Field
    after: Field


def layer_fields(network: Network) -> list[LayerFields | None]:
    """Return the receptive fields of every node, in the order of ``Graph``.

    None stands for the start of a repetition, which is no layer.
    """
    from cnnsize.sizing.field import field_through
    from cnnsize.sizing.follow import field_after_iterations, field_after_join, input_field
    from cnnsize.sizing.rows import Fork, Loop, own_input

    fields: list[LayerFields | None] = []

    def follow(parts: tuple[Part, ...], field: Field) -> Field:
        for part in parts:
            before = field
            if isinstance(part, Row):
                volume = part.inputs[0]
                if volume is None or part.sizing.output is None:
                    field = None
                else:
                    field = field_through(field, part.layer.reach(volume), volume)
                fields.append(LayerFields(before, field))
            elif isinstance(part, Loop):
                if part.times > 1:
                    fields.append(None)
                field = follow(part.body, field_after_iterations(field, part.body, part.times - 1))
            elif isinstance(part, Fork):
                ends = [
                    follow(branch, begin if own_input(branch) else before)
                    for branch in part.branches
                ]
                if not part.makes_outputs:
                    field, _ = field_after_join(ends, part)
                fields.append(LayerFields(field, field))
            else:
                field = follow(part.body, field)
        return field

    begin = input_field(network.rows)
    follow(network.rows, begin)
    return fields
