"""Receptive fields as the rules need them, at every layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cnnsize.network import Network
from cnnsize.sizing.rows import Part, Row

if TYPE_CHECKING:
    from cnnsize.sizing.field import Field


class Reach(NamedTuple):
    """What a row sees: the fields of what comes in and of what comes out, in its last pass."""

    before: Field
    after: Field


def fields(network: Network) -> dict[int, Reach]:
    """What every row sees, by the identity of the row; in a repeat, in its last pass."""
    from cnnsize.sizing.field import field_through
    from cnnsize.sizing.follow import field_after_iterations, field_after_join, input_field
    from cnnsize.sizing.rows import Fork, Loop

    found: dict[int, Reach] = {}

    def follow(parts: tuple[Part, ...], field: Field) -> Field:
        for part in parts:
            before = field
            if isinstance(part, Row):
                volume = part.inputs[0]
                if volume is None or part.sizing.output is None:
                    field = None
                else:
                    field = field_through(field, part.layer.reach(volume), volume)
                found[id(part)] = Reach(before, field)
            elif isinstance(part, Loop):
                field = follow(part.body, field_after_iterations(field, part.body, part.times - 1))
            elif isinstance(part, Fork):
                ends = [follow(branch, before) for branch in part.branches]
                field, _ = field_after_join(ends, part.join)
                found[id(part.join)] = Reach(field, field)
            else:
                field = follow(part.body, field)
        return field

    follow(network.rows, input_field(network.rows))
    return found
