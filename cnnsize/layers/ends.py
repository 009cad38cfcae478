"""Where a network begins and ends: INPUT, OUTPUT and the words for a loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from cnnsize.layers.base import Defaults, Plain, Volume


@dataclass(frozen=True, slots=True, kw_only=True)
class Input(Plain):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Output(Plain):
    """OUTPUT: marks the end; the volume stays."""

    kind: ClassVar[str] = "OUTPUT"
    counts: ClassVar[bool] = False

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> Output:
        return cls()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss(Output):
    """LOSS: what training minimizes; no layer of the network."""

    kind: ClassVar[str] = "LOSS"
