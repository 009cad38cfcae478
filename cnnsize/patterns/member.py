"""A member of a family, with its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cnnsize.layers.volume import Volume
from cnnsize.network import Network
from cnnsize.patterns.states import Cause
from cnnsize.record import MaybeNone, list_or_none, public

if TYPE_CHECKING:
    from cnnsize.patterns.family import Family


@public
class Member(NamedTuple):
    """One network of a family. A number that is not known is None.

    ``number`` counts from 0, in the order in which members are listed. ``choices`` has one value
    for each choice of the family.
    """

    family: Family
    number: int
    choices: tuple[int, ...]
    valid: bool
    output: Volume | MaybeNone
    params: int | MaybeNone
    macs: int | MaybeNone
    activations: int | MaybeNone
    receptive_field: tuple[int, int] | MaybeNone
    causes: tuple[Cause, ...] = ()

    def __repr__(self) -> str:
        if not self.valid:
            return f"<Member {self.number}, {self.words}: not valid>"
        return f"<Member {self.number}, {self.words}: {self.params:,} params, {self.macs:,} MACs>"

    def to_dict(self, *, text: bool = True) -> dict[str, Any]:
        """Return the member as plain data; ``text`` takes longer than everything else."""
        data: dict[str, Any] = {
            "index": self.number,
            "values": self.values,
            "valid": self.valid,
            "output": list_or_none(self.output),
            "params": self.params,
            "macs": self.macs,
            "flops": self.flops,
            "activations": self.activations,
            "memory_bytes": self.memory_bytes,
            "receptive_field": list_or_none(self.receptive_field),
        }
        return data | {"text": self.text} if text else data

    @property
    def values(self) -> dict[str, int | bool]:
        """The choices by name, in reading order: ``{"N": 2, "POOL?": True}``."""
        return {
            choice.name: bool(value) if choice.optional else value
            for choice, value in zip(self.family.choices, self.choices, strict=True)
        }

    @property
    def flops(self) -> int | MaybeNone:
        """2 x MACs."""
        return None if self.macs is None else 2 * self.macs

    @property
    def memory_bytes(self) -> int | MaybeNone:
        """Activations of 4 bytes each, forward only, one input."""
        return None if self.activations is None else 4 * self.activations

    @property
    def words(self) -> str:
        """The choices in words: ``N = 0, M = 6, with POOL``."""
        choices = zip(self.family.choices, self.choices, strict=True)
        return ", ".join(choice.words(value) for choice, value in choices) or "the only member"

    @property
    def text(self) -> str:
        """The member as a network of its own, in canonical text."""
        return str(self.family.architecture_of(self.choices))

    def sized(self) -> Network:
        """Size the member with all its layers. Raises ArchitectureError where a layer cannot be
        made.
        """
        return self.family.sized(self.choices)
