"""What a row of a table claims, and the readings that solvers propose for it.

``readings`` keeps those of them whose volume and parameters, as ``cnnsize.layers`` computes them,
are those of the row.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnsize.language.pastes.tables.rows import Row, Table
from cnnsize.layers import KINDS
from cnnsize.layers.base import STANDARD
from cnnsize.layers.conv import pair_text
from cnnsize.layers.volume import Volume

Values = dict[str, Any]
TWO = (2, 2)


class Claim(NamedTuple):
    """What is known of a row when it is solved: its volumes, and its table."""

    row: Row
    table: Table
    before: Volume
    after: Volume
    kind: str
    is_last: bool

    @property
    def params(self) -> int:
        return self.row.params or 0


class Spec(NamedTuple):
    """One layer: its kind and the values of its options."""

    kind: str
    values: Values

    def text(self) -> str:
        """Return the layer as strict text."""
        values = dict(self.values)
        text = self.kind
        if self.kind in ("UNFLATTEN", "CROP"):
            text += f"[{'x'.join(map(str, values.pop('shape')))}]"
        key = KINDS[self.kind].kernel
        if key in values:
            kernel = values.pop(key)
            text += pair_text(kernel) if isinstance(kernel, tuple) else str(kernel)
        if "K" in values:
            text += f"-{values.pop('K')}"
        options = [written(key, value) for key, value in values.items()]
        return text + (f"({', '.join(options)})" if options else "")


class Reading(NamedTuple):
    """The layers that a row may stand for; a smaller rank is plainer.

    ``statistics`` are the parameters that only the table counts; ``note`` says what was chosen.
    """

    layers: tuple[Spec, ...]
    rank: tuple[int, ...] = ()
    statistics: int = 0
    note: str = ""
    style: str = ""  # of the padding

    def text(self) -> str:
        """Return the layers as strict text."""
        return " -> ".join(layer.text() for layer in self.layers)


def written(key: str, value: Any) -> str:
    """Return an option as strict text."""
    if key == "per":
        return f"{key}={value}"
    if isinstance(value, bool):
        return f"{key}={'yes' if value else 'no'}"
    if isinstance(value, tuple):
        return f"{key}={pair_text(value)}"
    return f"{key}={value}"


def holds(reading: Reading, claim: Claim) -> bool:
    """Return whether the layers of a reading give the volume and the parameters of the row."""
    volume: Volume | None = claim.before
    params = reading.statistics
    for kind, values in reading.layers:
        if volume is None:
            return False
        layer = KINDS[kind].make(dict(values), STANDARD)
        sizing = layer.size(volume)
        params += sum(layer.weights(volume))
        volume = sizing.output
    return volume == claim.after and (claim.row.params is None or params == claim.params)


def in_order(values: Values) -> Values:
    """Return options in the order of the notation."""
    order = ("F", "K", "S", "P", "output_padding", "G", "M", "ceil", "bias")
    return {key: values[key] for key in order if key in values}
