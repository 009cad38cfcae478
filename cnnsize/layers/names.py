"""The reserved words: names of layers with their aliases, and names of options.

Keys of the tables are upper case without spaces, hyphens or underscores, so ``MAX-POOL``,
``Max Pool`` and ``maxpool`` are one word.
"""

from __future__ import annotations

from cnnsize.layers import JOINS as JOIN_LAYERS
from cnnsize.layers import KINDS
from cnnsize.layers.base import Role


def of_role(*roles: Role) -> tuple[str, ...]:
    """Return the kinds that have one of these roles."""
    return tuple(kind for kind, cls in KINDS.items() if cls.traits.role in roles)


CANONICAL = tuple(KINDS)
ACTIVATIONS = of_role("activation")
NORMS = of_role("norm")
POOLS = of_role("pool")
CONVOLUTIONS = of_role("convolution")
ENDS = of_role("end")
FACTORS = tuple(kind for kind, cls in KINDS.items() if cls.kernel == "factor")
# Kinds that a number may follow without a space, as in CONV3.
GLUED = tuple(kind for kind, cls in KINDS.items() if cls.kernel or cls.width)
JOINS = tuple(JOIN_LAYERS)
BRANCHING = (*JOINS, "OUTPUT")  # the words before branches in braces
# Every name of a layer, canonical names included -> its canonical name.
ALIASES: dict[str, str] = {name: name for name in CANONICAL}
for _kind, _class in KINDS.items():
    ALIASES.update(dict.fromkeys(_class.aliases, _kind))
# A depthwise convolution and one of 1x1, written as one layer.
SEPARABLE = frozenset(
    adjective + noun
    for adjective in ("SEPARABLE", "DEPTHWISESEPARABLE", "SEP")
    for noun in ("CONV", "CONV2D", "CONVOLUTION", "CONVOLUTION2D")
)
ALIASES.update(dict.fromkeys(SEPARABLE, "CONV"))
# Kinds whose aliases imply a number, which canonical text has to contain.
IMPLIED: dict[str, str] = {
    kind: cls.implied for kind, cls in KINDS.items() if cls.implied is not None
}
# Layers that the notation does not have -> what to tell the user about them.
NOT_OURS: dict[str, str] = {
    "LSTM": "recurrent layers are not supported",
    "BILSTM": "recurrent layers are not supported",
    "GRU": "recurrent layers are not supported",
    "BIGRU": "recurrent layers are not supported",
    "RNN": "recurrent layers are not supported",
    "CONVLSTM": "recurrent layers are not supported",
    "ATTENTION": "attention layers are not supported",
    "SELFATTENTION": "attention layers are not supported",
    "MULTIHEADATTENTION": "attention layers are not supported",
    "MHA": "attention layers are not supported",
    "TRANSFORMER": "attention layers are not supported",
    "CBAM": "attention blocks are not supported; a squeeze-and-excitation gate is a MUL{...}",
    "SE": "write out the gate: MUL{ID | GAP -> FC-16 -> RELU -> FC-64 -> SIGMOID}",
    "EMBEDDING": "embeddings are not supported",
    "CONV1D": "write a 1-D signal as INPUT[Wx1xD] and its convolution as CONV3x1-K",
    "CONV3D": "volumes have only two spatial axes, W and H",
    "MAXPOOL1D": "write a 1-D signal as INPUT[Wx1xD] and its pooling as POOL2x1",
    "MAXPOOL3D": "volumes have only two spatial axes, W and H",
    "OCTCONV": "octave convolutions are not supported",
    "DEFORMCONV": "deformable convolutions are not supported",
    "ROIPOOL": "region pooling is not supported",
    "ROIALIGN": "region pooling is not supported",
    "CAPSULE": "capsule layers are not supported",
    "SUM": "add branches with ADD{a | b}",
    "PLUS": "add branches with ADD{a | b}",
    "MULTIPLY": "multiply branches with MUL{a | b}",
    "STACK": "concatenate branches with CAT{a | b}",
    "ACTIVATION": "name the activation: RELU, LRELU, GELU, SIGMOID, TANH, SOFTMAX ...",
    "NONLINEARITY": "name the activation: RELU, LRELU, GELU, SIGMOID, TANH, SOFTMAX ...",
    "CONCAT": "concatenate branches with CAT{a | b}",
    "CONCATENATE": "concatenate branches with CAT{a | b}",
    "RES": "write a residual block as ADD{CONV3-64 -> RELU -> CONV3-64 | ID}",
    "RESBLOCK": "write a residual block as ADD{CONV3-64 -> RELU -> CONV3-64 | ID}",
    "RESIDUAL": "write a residual block as ADD{CONV3-64 -> RELU -> CONV3-64 | ID}",
    "RESIDUALBLOCK": "write a residual block as ADD{CONV3-64 -> RELU -> CONV3-64 | ID}",
    "SHORTCUT": "write a shortcut as the ID branch of ADD{... | ID}",
    "SKIP": "write a shortcut as the ID branch of ADD{... | ID}",
}
# Option names: long spellings -> canonical key. Keys are compared in lower case.
OPTION_WORDS: dict[str, str] = {}
for _key, _names in {
    "K": "k c filters out_channels channels units out_features num_filters num_output features n_filters "
    "filter_num depth nodes neurons out outputs cout c_out out_ch",
    "F": "f kernel kernel_size filter filter_size ksize pool_size window field_size kernelsize",
    "S": "s stride strides",
    "P": "p pad padding pads zero_padding zeropad zero_pad",
    "D": "d dilation dilation_rate dil dilations",
    "G": "g groups num_groups group",
    "M": "m multiplier depth_multiplier",
    "bias": "bias use_bias",
    "ceil": "ceil ceil_mode",
    "include_pad": "include_pad count_include_pad",
    "to": "to output_size",
    "output_padding": "output_padding output_pad outpad out_pad op",
    "mode": "mode interpolation",
    "affine": "affine",
    "per": "per",
    "rate": "rate p prob probability",
    "factor": "factor scale scale_factor upscale_factor",
    "in": "in in_channels in_features in_ch cin c_in",
    "left": "left",
    "top": "top",
    "right": "right",
    "bottom": "bottom",
    "front": "front",
    "back": "back",
    "from": "from",
}.items():
    for _name in _names.split():
        OPTION_WORDS.setdefault(_name, _key)
