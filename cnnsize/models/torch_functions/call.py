"""One call of a function of torch, as the functions of this package get it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnsize.models.axes import Axes, is_map, map_axes, size_of
from cnnsize.models.recorder import Recorder, Value


class Call:
    """One call of a function of torch."""

    def __init__(
        self,
        recorder: Recorder,
        name: str,
        args: Sequence[Any],
        kwargs: dict[str, Any],
        live: list[Value],
        output: Any,
    ) -> None:
        self.recorder = recorder
        self.name = name
        self.args = args
        self.kwargs = kwargs
        self.live = live  # what is known of the operands that come from the input, in order
        self.output = output

    def argument(self, index: int, name: str, default: Any = None) -> Any:
        """Return an argument by its position or its name."""
        if len(self.args) > index:
            return self.args[index]
        return self.kwargs.get(name, default)

    @property
    def axes(self) -> Axes:
        """The axes of the first operand."""
        return self.live[0].axes

    @property
    def keeps_shape(self) -> bool:
        """Whether the output has the shape of the first operand."""
        return tuple(self.output.shape) == tuple(map(size_of, self.axes))

    def add(self, kind: str, options: dict[str, Any] | None = None, **more: Any) -> None:
        """Add a layer with the first operand as its input."""
        self.recorder.add(self.output, kind, options or {}, self.live[:1], **more)

    def alias(self, axes: Axes | None = None) -> None:
        """Let the output be the first operand, with other axes if given."""
        value = self.live[0] if axes is None else self.live[0]._replace(axes=axes)
        self.recorder.alias(self.output, value)

    def give_up(self, what: str) -> None:
        """Say what the notation cannot describe."""
        self.recorder.give_up(self.output, self.live, what)

    def note(self, text: str) -> None:
        """Note something that the text does not say."""
        self.recorder.note(text)

    def map_of_output(self) -> Axes:
        """Return the axes of an output N x C x H x W."""
        batch, channels, height, width = self.output.shape
        return map_axes(batch, channels, height, width)

    def needs_map(self, what: str) -> bool:
        """Return whether the operand is N x C x H x W; otherwise say that it is not."""
        if is_map(self.axes):
            return True
        self.give_up(f"{what} of a tensor that is not N x C x H x W")
        return False


def pair(value: Any) -> tuple[int, int]:
    """Return (W, H) of torch's (H, W), of a single number or of a list of one."""
    if isinstance(value, (tuple, list)):
        if len(value) == 1:
            return (int(value[0]), int(value[0]))
        return (int(value[1]), int(value[0]))
    return (int(value), int(value))
