"""FC, the fully connected layer."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar

from cnnsize.layers.base import Defaults, Layer, Traits
from cnnsize.layers.volume import LOST, Reach, Sizing, Volume


class FullyConnected(Layer, kw_only=True):
    """FC: K units that each read all W * H * D values.

    ``K`` is None until the position (hidden or last) determines the default.
    """

    kind: ClassVar[str] = "FC"
    aliases: ClassVar[tuple[str, ...]] = (
        "DENSE",
        "LINEAR",
        "LIN",
        "LAZYLINEAR",
        "AFFINE",
        "AFF",
        "OUTPUTDENSE",
        "FULLYCONNECTED",
        "FULLYCONNECT",
        "FULLCONNECTED",
        "FULLCONNECTION",
        "IP",
        "INNERPRODUCT",
        "FCS",
        "FCLAYER",
        "DENSELAYER",
        "FULLYCONN",
        "FULLCONNECT",
    )
    traits: ClassVar[Traits] = Traits(
        role="dense",
        nonlinear=False,
        monotone=False,
        clips=False,
        elementwise=False,
        learned=True,
        needs_map=False,
        saves="input",
    )
    reads: ClassVar[dict[str, str]] = {"K": "positive", "bias": "flag", "in": "positive"}
    width: ClassVar[str | None] = "K"
    K: int | None
    bias: bool = True

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> FullyConnected:
        return cls(K=values.get("K"), bias=values.get("bias", True))

    def placed(self, defaults: Defaults, *, last: bool) -> FullyConnected:
        """Return this layer with the default width for its position.

        The units of the ``last`` FC are the classes.
        """
        return _with_default(defaults.classes if last else defaults.hidden, self.bias, self.claim)

    def size(self, volume: Volume) -> Sizing:
        assert self.K is not None
        return Sizing(Volume(1, 1, self.K))

    def weights(self, volume: Volume) -> tuple[int, int]:
        assert self.K is not None
        return volume.W * volume.H * volume.D * self.K, self.K if self.bias else 0

    def uses(self, volume: Volume, output: Volume) -> int:
        return 1

    def reach(self, volume: Volume) -> Reach:
        return LOST


@lru_cache(maxsize=256)
def _with_default(K: int, bias: bool, claim: int | None) -> FullyConnected:
    return FullyConnected(K=K, bias=bias, claim=claim, assumed=(f"K={K}",))
