"""The reserved words: canonical layer names, what else people call them, and option names.

Both the syntax and the layers need them, so they stand below both. Keys of the tables are upper
case without spaces, hyphens or underscores: ``MAX-POOL``, ``Max Pool`` and ``maxpool`` are one
word.
"""

from __future__ import annotations

from cnnsize.layers import JOINS as JOIN_LAYERS
from cnnsize.layers import KINDS
from cnnsize.layers.base import Role


def of_role(*roles: Role) -> tuple[str, ...]:
    """The kinds that have one of these roles."""
    return tuple(kind for kind, cls in KINDS.items() if cls.traits.role in roles)


CANONICAL = tuple(KINDS)
ACTIVATIONS = of_role("activation")
NORMS = of_role("norm")
POOLS = of_role("pool")
CONVOLUTIONS = of_role("convolution")
ENDS = of_role("end")
FACTORS = tuple(kind for kind, cls in KINDS.items() if cls.kernel == "factor")
GLUED = tuple(
    kind for kind, cls in KINDS.items() if cls.kernel or cls.width
)  # a number may be glued on
JOINS = tuple(JOIN_LAYERS)
# What people write for a layer -> its canonical name.
ALIASES: dict[str, str] = {name: name for name in CANONICAL}
for _kind, _class in KINDS.items():
    ALIASES.update(dict.fromkeys(_class.aliases, _kind))
# Aliases that say more than a name: the number that canonical text must carry.
IMPLIED: dict[str, str] = {
    kind: cls.implied for kind, cls in KINDS.items() if cls.implied is not None
}
# Layers of other families, so that an unknown word is named and not only spelled at.
NOT_OURS: dict[str, str] = {
    "LSTM": "recurrent layers cannot be said in this language",
    "BILSTM": "recurrent layers cannot be said in this language",
    "GRU": "recurrent layers cannot be said in this language",
    "BIGRU": "recurrent layers cannot be said in this language",
    "RNN": "recurrent layers cannot be said in this language",
    "CONVLSTM": "recurrent layers cannot be said in this language",
    "ATTENTION": "attention layers cannot be said in this language",
    "SELFATTENTION": "attention layers cannot be said in this language",
    "MULTIHEADATTENTION": "attention layers cannot be said in this language",
    "MHA": "attention layers cannot be said in this language",
    "TRANSFORMER": "attention layers cannot be said in this language",
    "CBAM": "attention blocks cannot be said in this language; a squeeze-and-excitation gate is a MUL{...}",
    "SE": "write the gate out: MUL{ID | GAP -> FC-16 -> RELU -> FC-64 -> SIGMOID}",
    "EMBEDDING": "embeddings cannot be said in this language",
    "CONV1D": "a 1-D signal is INPUT[Wx1xD], its convolution CONV3x1-K",
    "CONV3D": "volumes have two spatial axes here, W and H",
    "MAXPOOL1D": "a 1-D signal is INPUT[Wx1xD], its pooling POOL2x1",
    "MAXPOOL3D": "volumes have two spatial axes here, W and H",
    "OCTCONV": "octave convolutions cannot be said in this language",
    "DEFORMCONV": "deformable convolutions cannot be said in this language",
    "ROIPOOL": "region pooling cannot be said in this language",
    "ROIALIGN": "region pooling cannot be said in this language",
    "CAPSULE": "capsules cannot be said in this language",
    "SUM": "branches are added with ADD{a | b}",
    "PLUS": "branches are added with ADD{a | b}",
    "MULTIPLY": "branches are multiplied with MUL{a | b}",
    "STACK": "branches are stacked with CAT{a | b}",
    "RESHAPE": "to make a volume of a vector: UNFLATTEN[WxHxD]; to flatten: FLATTEN",
    "CONCAT": "branches are joined with CAT{a | b}",
    "CONCATENATE": "branches are joined with CAT{a | b}",
    "RESBLOCK": "a residual block is ADD{CONV3-64 -> RELU -> CONV3-64 | ID}",
    "RESIDUAL": "a residual block is ADD{CONV3-64 -> RELU -> CONV3-64 | ID}",
    "RESIDUALBLOCK": "a residual block is ADD{CONV3-64 -> RELU -> CONV3-64 | ID}",
    "SHORTCUT": "a shortcut is the ID branch of ADD{... | ID}",
    "SKIP": "a shortcut is the ID branch of ADD{... | ID}",
}
# Option names: long spellings -> canonical key. Keys are compared in lower case.
OPTION_WORDS: dict[str, str] = {}
for _key, _names in {
    "K": "k filters out_channels channels units out_features num_filters num_output features n_filters "
    "filter_num depth nodes neurons out outputs",
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
    "output_padding": "output_padding op",
    "mode": "mode interpolation",
    "affine": "affine",
    "per": "per",
    "rate": "rate p prob probability",
    "factor": "factor scale scale_factor upscale_factor",
    "in": "in in_channels in_features",
    "left": "left",
    "top": "top",
    "right": "right",
    "bottom": "bottom",
    "from": "from",
}.items():
    for _name in _names.split():
        OPTION_WORDS.setdefault(_name, _key)
