"""Where a network begins and ends: INPUT, OUTPUT and the words for a loss."""

from __future__ import annotations

from typing import Any, ClassVar

from cnnsize.layers.base import Defaults, Plain
from cnnsize.layers.volume import Volume


class Input(Plain, kw_only=True):
    """INPUT[WxHxD]."""

    kind: ClassVar[str] = "INPUT"
    reads: ClassVar[dict[str, str]] = {"shape": "shape3"}
    volume: Volume

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> Input:
        if "shape" in values:
            return cls(volume=Volume(*values["shape"]))
        volume = Volume(*defaults.input)
        return cls(volume=volume, assumed=(f"INPUT[{volume}]",))


class Output(Plain, kw_only=True):
    """OUTPUT: marks the end; the volume stays."""

    kind: ClassVar[str] = "OUTPUT"
    counts: ClassVar[bool] = False

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> Output:
        return cls()


class Loss(Output, kw_only=True):
    """LOSS: what training minimizes; no layer of the network."""

    kind: ClassVar[str] = "LOSS"
