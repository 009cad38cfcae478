"""Classes of modules in pastes: which are chains, which are layers, and why others are refused."""

from __future__ import annotations

import re
from typing import NamedTuple

from cnnsize.layers.names import ALIASES, NOT_OURS
from cnnsize.text.suggest import squeeze

# classes that run their modules one after the other
CHAINS = frozenset(
    {
        "Sequential",
        "Conv2dNormActivation",
        "ConvNormActivation",
        "ConvBNActivation",
        "ConvBNReLU",
    }
)
# classes that add nothing to the only module in them
WRAPPERS = frozenset({"DataParallel", "DistributedDataParallel", "OptimizedModule"})
CONTAINERS = frozenset({"ModuleList", "ModuleDict", "ParameterList", "ParameterDict"})
# blocks with more than one branch, and a network of the zoo that has them
KNOWN_BLOCKS = {
    "BasicBlock": "resnet18",
    "Bottleneck": "resnet50",
    "InvertedResidual": "mobilenet_v2",
    "MBConv": "efficientnet_b0",
    "FusedMBConv": "efficientnet_v2_s",
    "_DenseLayer": "densenet121",
    "_DenseBlock": "densenet121",
    "Fire": "squeezenet1_0",
    "Inception": "googlenet",
    "InceptionA": "inception_v3",
    "CNBlock": "convnext_tiny",
    "SqueezeExcitation": "efficientnet_b0",
    "ResBottleneckBlock": "regnet_x_400mf",
}
# kinds of layers whose parameters are shared where one of them is used twice
WITH_WEIGHTS = ("CONV", "DWCONV", "TCONV", "FC", "BN", "GN", "LN", "IN", "PRELU", "SCALE")
# layers that a class has between and after its Sequentials, in the order in which they run
FOLLOWS_LISTING = re.compile(
    r"Linear|Dense|Adaptive|Global|Flatten|Dropout|BatchNorm1d|Softmax|LogSoftmax"
)
RESIDUAL = re.compile(r"(?i)resid|res_?(?:net)?_?block|bottleneck|basicblock|shortcut|skip")


class Reason(NamedTuple):
    """Why a class is no layer: the message, with its notes and help."""

    message: str
    notes: tuple[str, ...] = ()
    help: tuple[str, ...] = ()


def is_layer_class(name: str) -> bool:
    """Return whether a class is a layer, or one that the notation refuses by its name."""
    key = squeeze(name)
    return key in ALIASES or key in NOT_OURS or key.rstrip("0123456789") in NOT_OURS


def describe_class(name: str) -> Reason:
    """Return why a class cannot be read as a chain of layers."""
    if name in CONTAINERS:
        return Reason(
            f"{name} does not run its modules: the code that uses it decides their order",
            help=("write the layers in the order in which they run, with arrows",),
        )
    network = KNOWN_BLOCKS.get(name)
    if network is not None:
        return Reason(
            f"{name} has branches, which a list of its layers does not show",
            help=(
                f"`cnnsize show {network}` shows a network of such blocks",
                "write a branch as in ADD{CONV3-64 -> BN -> RELU -> CONV3-64 -> BN | ID}",
            ),
        )
    if name[:1].islower() or name[:2].strip("_").islower():
        return Reason(
            f"{name}(...) is a function, and the layers that it returns are not in this text",
            help=("write its layers out, or paste print(model)",),
        )
    residual = "write a residual block as in ADD{CONV3-64 -> BN -> RELU -> CONV3-64 -> BN | ID}"
    return Reason(
        f"{name} is not a layer of this notation, and its forward method is not in this text",
        help=(residual if RESIDUAL.search(name) else f"write the layers of {name} in its place",),
    )


def listing_note(name: str) -> str:
    """Return the note about a class whose layers are read in the order of its attributes."""
    return (
        f"{name} is read in the order in which it lists its layers; its forward method, which may "
        "use a layer twice, skip one, or apply activations and pooling, is not in this text"
    )


def has_weights(name: str) -> bool:
    """Return whether layers of a class have parameters."""
    return ALIASES.get(squeeze(name)) in WITH_WEIGHTS
