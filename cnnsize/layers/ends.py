"""The ends of a network: INPUT, OUTPUT and LOSS."""

from __future__ import annotations

from typing import Any, ClassVar

from cnnsize.layers.base import Defaults, Plain, Traits
from cnnsize.layers.volume import Volume

END = Traits(
    role="end",
    nonlinear=False,
    monotone=False,
    clips=False,
    elementwise=True,
    learned=False,
    needs_map=False,
    saves="",
)


class Input(Plain, kw_only=True):
    """INPUT[WxHxD]: the volume that comes into the network."""

    kind: ClassVar[str] = "INPUT"
    aliases: ClassVar[tuple[str, ...]] = (
        "RGBIMAGE",
        "GRAYSCALEIMAGE",
        "GREYSCALEIMAGE",
        "GRAYIMAGE",
        "RGB",
        "IMAGE",
        "IMAGES",
        "IMG",
        "X",
        "DATA",
        "INPUTIMAGE",
        "INPUTIMG",
        "INPUTIMAGES",
        "INPUTS",
        "INPUTLAYER",
        "INPUTDATA",
    )
    traits: ClassVar[Traits] = Traits(
        role="input",
        nonlinear=False,
        monotone=False,
        clips=False,
        elementwise=False,
        learned=False,
        needs_map=False,
        saves="",
    )
    reads: ClassVar[dict[str, str]] = {"shape": "shape3"}
    volume: Volume

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> Input:
        if "shape" in values:
            return cls(volume=Volume(*values["shape"]))
        volume = Volume(*defaults.input)
        return cls(volume=volume, assumed=(f"INPUT[{volume}]",))


class Output(Plain, kw_only=True):
    """OUTPUT: marks the end of the network and keeps the volume."""

    kind: ClassVar[str] = "OUTPUT"
    aliases: ClassVar[tuple[str, ...]] = (
        "Y",
        "CLASSSCORES",
        "OUT",
        "LOGITS",
        "CLASS",
        "CLASSES",
        "CLASSIFICATION",
        "PREDICTION",
        "PREDICTIONS",
        "SCORES",
        "ARGMAX",
        "PREDICTEDOUTPUT",
        "OUTPUTLAYER",
        "CLASSIFICATIONLAYER",
        "CLASSIFICATIONOUTPUT",
        "SVM",
    )
    traits: ClassVar[Traits] = END
    counts: ClassVar[bool] = False

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> Output:
        return cls()


class Loss(Output, kw_only=True):
    """LOSS: the loss that training minimizes. It keeps the volume."""

    kind: ClassVar[str] = "LOSS"
    aliases: ClassVar[tuple[str, ...]] = (
        "CROSSENTROPY",
        "CROSSENTROPYLOSS",
        "CROSSENT",
        "MSELOSS",
        "MSE",
        "NLLLOSS",
        "BCELOSS",
        "SOFTMAXLOSS",
        "SVMLOSS",
        "HINGELOSS",
    )
    traits: ClassVar[Traits] = END
