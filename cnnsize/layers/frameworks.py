"""How frameworks spell layers: the arguments of each class in order, with their defaults.

An argument is written ``name``, ``name=default`` or ``name:key=default``, with a ``*`` before it
where it can only be given by its name. ``KEYS`` has the keys of
the names that mean the same in every class. The tests compare PyTorch's part with its source.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple


def words(text: str) -> frozenset[str]:
    """Return the set of the words of a text."""
    return frozenset(text.split())


TORCH, KERAS, FLAX, GLUON = "PyTorch", "Keras", "Flax", "MXNet Gluon"
# An argument of a framework -> what it sets: an option of ``Layer.reads``, or
# "free": it changes no size, and every value is accepted
# "fixed": another value than the default changes what the notation cannot say
KEYS: dict[str, str] = {
    "in_channels": "in",
    "in_features": "in",
    "num_features": "in",
    "num_channels": "in",
    "normalized_shape": "in",
    "out_channels": "K",
    "out_features": "K",
    "filters": "K",
    "units": "K",
    "features": "K",
    "channels": "K",
    "kernel_size": "F",
    "pool_size": "F",
    "window_shape": "F",
    "stride": "S",
    "strides": "S",
    "padding": "P",
    "dilation": "D",
    "dilation_rate": "D",
    "groups": "G",
    "num_groups": "G",
    "depth_multiplier": "M",
    "bias": "bias",
    "use_bias": "bias",
    "ceil_mode": "ceil",
    "count_include_pad": "include_pad",
    "output_size": "to",
    "output_padding": "output_padding",
    "mode": "mode",
    "interpolation": "mode",
    "affine": "affine",
    "elementwise_affine": "affine",
    "p": "rate",
    "rate": "rate",
    "scale_factor": "factor",
    "upscale_factor": "factor",
    "downscale_factor": "factor",
    "activation": "activation",
    "num_parameters": "slopes",
    "shared_axes": "shared_axes",
    "center": "center",
    "scale": "scale",
    "axis": "axis",
    "dim": "axis",
    "data_format": "data_format",
    "shape": "shape",
    "input_shape": "input_shape",
    "batch_shape": "batch_input_shape",
    "batch_input_shape": "batch_input_shape",
    "input_dim": "input_dim",
    "return_indices": "fixed",
    "start_dim": "fixed",
    "end_dim": "fixed",
}
FREE = words("""
    inplace eps momentum track_running_stats padding_mode device dtype divisor_override
    align_corners recompute_scale_factor negative_slope alpha beta k init approximate
    threshold epsilon name trainable autocast seed noise_shape keepdims batch_size sparse
    ragged tensor input_tensor optional synchronized renorm fused virtual_batch_size
    activity_regularizer alpha_initializer alpha_regularizer alpha_constraint
    kernel_initializer kernel_regularizer kernel_constraint bias_initializer
    bias_regularizer bias_constraint depthwise_initializer depthwise_regularizer
    depthwise_constraint pointwise_initializer pointwise_regularizer pointwise_constraint
    beta_initializer beta_regularizer beta_constraint gamma_initializer gamma_regularizer
    gamma_constraint moving_mean_initializer moving_variance_initializer
""")
# classes of paddings that PAD stands for, as no size tells them from zeros
PADS_WITH = {
    "ConstantPad2d": "a constant",
    "ReflectionPad2d": "reflected values",
    "ReplicationPad2d": "the values at the border",
    "CircularPad2d": "the values of the other side",
}
# defaults that bare words do not share, so canonical text writes them out: kind -> keys
WRITTEN_DEFAULTS: dict[str, tuple[str, ...]] = {
    "CONV": ("P",),
    "DWCONV": ("P",),
    "TCONV": ("P",),
    "POOL": ("F", "S"),
    "AVGPOOL": ("F", "S"),
    "UP": ("factor", "mode"),
    "PAD": ("sides",),
    "GN": ("G",),
}

DEVICE = "device=None dtype=None"
CONV = "kernel_size stride=1 padding=0 dilation=1 groups=1 bias=True padding_mode='zeros' " + DEVICE
TRANSPOSED = (
    "kernel_size stride=1 padding=0 output_padding=0 groups=1 bias=True dilation=1 "
    "padding_mode='zeros' " + DEVICE
)
STATISTICS = "eps=1e-05 momentum=0.1 affine=True track_running_stats=True"
BIAS = "*bias:center=True"  # of a norm
TORCH_CALLS: dict[str, tuple[str, str]] = {
    "Conv2d": ("CONV", "in_channels out_channels " + CONV),
    "LazyConv2d": ("CONV", "out_channels " + CONV),
    "ConvTranspose2d": ("TCONV", "in_channels out_channels " + TRANSPOSED),
    "LazyConvTranspose2d": ("TCONV", "out_channels " + TRANSPOSED),
    "Linear": ("FC", "in_features out_features bias=True " + DEVICE),
    "LazyLinear": ("FC", "out_features bias=True " + DEVICE),
    "MaxPool2d": (
        "POOL",
        "kernel_size stride=None padding=0 dilation=1 return_indices=False ceil_mode=False",
    ),
    "AvgPool2d": (
        "AVGPOOL",
        "kernel_size stride=None padding=0 ceil_mode=False count_include_pad=True "
        "divisor_override=None",
    ),
    "AdaptiveMaxPool2d": ("POOL", "output_size return_indices=False"),
    "AdaptiveAvgPool2d": ("AVGPOOL", "output_size"),
    "BatchNorm1d": ("BN", f"num_features {STATISTICS} {DEVICE} {BIAS}"),
    "BatchNorm2d": ("BN", f"num_features {STATISTICS} {DEVICE} {BIAS}"),
    "LazyBatchNorm1d": ("BN", f"{STATISTICS} {DEVICE} {BIAS}"),
    "LazyBatchNorm2d": ("BN", f"{STATISTICS} {DEVICE} {BIAS}"),
    "GroupNorm": ("GN", f"num_groups num_channels eps=1e-05 affine=True {DEVICE} {BIAS}"),
    "LayerNorm": (
        "LN",
        f"normalized_shape eps=1e-05 elementwise_affine=True bias:center=True {DEVICE}",
    ),
    "InstanceNorm2d": (
        "IN",
        "num_features eps=1e-05 momentum=0.1 affine=False track_running_stats=False "
        f"{DEVICE} {BIAS}",
    ),
    "LocalResponseNorm": ("LRN", "size:free alpha=0.0001 beta=0.75 k=1.0"),
    "Dropout": ("DROPOUT", "p=0.5 inplace=False"),
    "Dropout2d": ("DROPOUT2D", "p=0.5 inplace=False"),
    "Flatten": ("FLATTEN", "start_dim=1 end_dim=-1"),
    "Unflatten": ("UNFLATTEN", "dim:fixed unflattened_size:torch_shape"),
    "Upsample": (
        "UP",
        "size:to=None scale_factor=None mode='nearest' align_corners=None "
        "recompute_scale_factor=None",
    ),
    "UpsamplingNearest2d": ("UP", "size:to=None scale_factor=None *mode='nearest'"),
    "UpsamplingBilinear2d": ("UP", "size:to=None scale_factor=None *mode='bilinear'"),
    "ZeroPad2d": ("PAD", "padding:sides"),
    "ConstantPad2d": ("PAD", "padding:sides value:free"),
    "ReflectionPad2d": ("PAD", "padding:sides"),
    "ReplicationPad2d": ("PAD", "padding:sides"),
    "CircularPad2d": ("PAD", "padding:sides"),
    "PixelShuffle": ("PIXELSHUFFLE", "upscale_factor"),
    "PixelUnshuffle": ("PIXELUNSHUFFLE", "downscale_factor"),
    "ChannelShuffle": ("CHSHUFFLE", "groups"),
    "ReLU": ("RELU", "inplace=False"),
    "ReLU6": ("RELU6", "inplace=False"),
    "LeakyReLU": ("LRELU", "negative_slope=0.01 inplace=False"),
    "PReLU": ("PRELU", "num_parameters=1 init=0.25 " + DEVICE),
    "ELU": ("ELU", "alpha=1.0 inplace=False"),
    "SELU": ("SELU", "inplace=False"),
    "GELU": ("GELU", "approximate='none'"),
    "SiLU": ("SILU", "inplace=False"),
    "Mish": ("MISH", "inplace=False"),
    "Hardswish": ("HSWISH", "inplace=False"),
    "Hardsigmoid": ("HSIGMOID", "inplace=False"),
    "Sigmoid": ("SIGMOID", ""),
    "Tanh": ("TANH", ""),
    "Softplus": ("SOFTPLUS", "beta=1.0 threshold=20.0"),
    "Softmax": ("SOFTMAX", "dim=None"),
    "Softmax2d": ("SOFTMAX", ""),
    "LogSoftmax": ("LOGSOFTMAX", "dim=None"),
}

COMMON = (
    " *name=None *trainable=True *dtype=None *autocast=True *input_shape=None "
    "*batch_input_shape=None *input_dim=None"
)
WEIGHTS = (
    " activation=None use_bias=True kernel_initializer=None bias_initializer=None "
    "kernel_regularizer=None bias_regularizer=None activity_regularizer=None "
    "kernel_constraint=None bias_constraint=None" + COMMON
)
DEPTHWISE = WEIGHTS.replace("kernel", "depthwise")
SEPARABLE = (
    " depth_multiplier=1 activation=None use_bias=True depthwise_initializer=None "
    "pointwise_initializer=None bias_initializer=None depthwise_regularizer=None "
    "pointwise_regularizer=None bias_regularizer=None activity_regularizer=None "
    "depthwise_constraint=None pointwise_constraint=None bias_constraint=None" + COMMON
)
SLIDING = "filters kernel_size strides=(1,1) padding='valid'"
POOLING = "pool_size=(2,2) strides=None padding='valid' data_format=None" + COMMON
AFFINE = (
    " center=True scale=True beta_initializer=None gamma_initializer=None "
    "moving_mean_initializer=None moving_variance_initializer=None beta_regularizer=None "
    "gamma_regularizer=None beta_constraint=None gamma_constraint=None"
)
KERAS_CALLS: dict[str, tuple[str, str]] = {
    "Input": (
        "INPUT",
        "shape=None batch_size=None dtype=None sparse=False batch_shape=None name=None tensor=None "
        "optional=False ragged=False",
    ),
    "InputLayer": (
        "INPUT",
        "input_shape:shape=None batch_size=None dtype=None input_tensor=None sparse=None "
        "name=None ragged=None batch_shape=None shape=None",
    ),
    "Conv2D": ("CONV", SLIDING + " data_format=None dilation_rate=(1,1) groups=1" + WEIGHTS),
    "DepthwiseConv2D": (
        "DWCONV",
        "kernel_size strides=(1,1) padding='valid' depth_multiplier=1 data_format=None "
        "dilation_rate=(1,1)" + DEPTHWISE,
    ),
    "SeparableConv2D": ("CONV", SLIDING + " data_format=None dilation_rate=(1,1)" + SEPARABLE),
    "Conv2DTranspose": (
        "TCONV",
        SLIDING + " data_format=None dilation_rate=(1,1)" + WEIGHTS + " output_padding=None",
    ),
    "Dense": ("FC", "units" + WEIGHTS),
    "MaxPooling2D": ("POOL", POOLING),
    "AveragePooling2D": ("AVGPOOL", POOLING),
    "GlobalAveragePooling2D": ("GAP", "data_format=None keepdims=False" + COMMON),
    "GlobalMaxPooling2D": ("GMP", "data_format=None keepdims=False" + COMMON),
    "BatchNormalization": (
        "BN",
        "axis=-1 momentum=0.99 epsilon=0.001" + AFFINE + " synchronized=False renorm=False "
        "fused=None virtual_batch_size=None" + COMMON,
    ),
    "LayerNormalization": ("LN", "axis=-1 epsilon=0.001" + AFFINE + COMMON),
    "GroupNormalization": ("GN", "groups=32 axis=-1 epsilon=0.001" + AFFINE + COMMON),
    "Dropout": ("DROPOUT", "rate noise_shape=None seed=None" + COMMON),
    "SpatialDropout2D": ("DROPOUT2D", "rate data_format=None seed=None" + COMMON),
    "Flatten": ("FLATTEN", "data_format=None" + COMMON),
    "Reshape": ("UNFLATTEN", "target_shape:shape" + COMMON),
    "UpSampling2D": ("UP", "size:factor=(2,2) data_format=None interpolation='nearest'" + COMMON),
    "ZeroPadding2D": ("PAD", "padding:sides=(1,1) data_format=None" + COMMON),
    "ReLU": ("RELU", "max_value=None negative_slope=0.0 threshold=0.0" + COMMON),
    "LeakyReLU": ("LRELU", "negative_slope=0.3 *alpha=None" + COMMON),
    "PReLU": (
        "PRELU",
        "alpha_initializer=None alpha_regularizer=None alpha_constraint=None shared_axes=None"
        + COMMON,
    ),
    "ELU": ("ELU", "alpha=1.0" + COMMON),
    "Softmax": ("SOFTMAX", "axis=-1" + COMMON),
}
# arguments of Keras 1 that later versions renamed
KERAS_1_NAMES = {
    "nb_filter": "filters",
    "border_mode": "padding",
    "subsample": "strides",
    "dim_ordering": "data_format",
    "output_dim": "units",
    "init": "kernel_initializer",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint",
    "bias": "use_bias",
    "p": "rate",
}
# other names that Keras gives its classes
KERAS_ALIASES = {
    "Convolution2D": "Conv2D",
    "DepthwiseConvolution2D": "DepthwiseConv2D",
    "SeparableConvolution2D": "SeparableConv2D",
    "Convolution2DTranspose": "Conv2DTranspose",
    "MaxPool2D": "MaxPooling2D",
    "AvgPool2D": "AveragePooling2D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
}
for _alias, _name in KERAS_ALIASES.items():
    KERAS_CALLS[_alias] = KERAS_CALLS[_name]


FLAX_FREE = " dtype=None *param_dtype=None *kernel_init:free=None *bias_init:free=None *name=None"
FLAX_CONV = "features kernel_size strides=(1,1) padding='SAME' *kernel_dilation:D=(1,1)"
FLAX_POOL = "window_shape strides=(1,1) padding='VALID'"
FLAX_CALLS: dict[str, tuple[str, str]] = {
    "Conv": (
        "CONV",
        FLAX_CONV + " *feature_group_count:G=1 use_bias=True" + FLAX_FREE,
    ),
    "ConvTranspose": ("TCONV", FLAX_CONV + " use_bias=True" + FLAX_FREE),
    "Dense": ("FC", "features use_bias=True" + FLAX_FREE),
    "max_pool": ("POOL", FLAX_POOL),
    "avg_pool": ("AVGPOOL", FLAX_POOL + " count_include_pad=True"),
}
GLUON_CONV = "channels kernel_size strides=(1,1) padding=(0,0)"
GLUON_REST = (
    " groups=1 layout='NCHW' activation=None use_bias=True weight_initializer:free=None "
    "bias_initializer:free='zeros' in_channels=0"
)
GLUON_CALLS: dict[str, tuple[str, str]] = {
    "Conv2D": ("CONV", GLUON_CONV + " dilation=(1,1)" + GLUON_REST),
    "Conv2DTranspose": (
        "TCONV",
        GLUON_CONV + " output_padding=(0,0) dilation=(1,1)" + GLUON_REST,
    ),
}
CALLS = {TORCH: TORCH_CALLS, KERAS: KERAS_CALLS, FLAX: FLAX_CALLS, GLUON: GLUON_CALLS}
# the arguments by which a call of the other frameworks is recognized
OWN_ARGUMENTS = {FLAX: words("features window_shape"), GLUON: words("channels")}


class Argument(NamedTuple):
    """An argument of a framework's class."""

    name: str
    key: str  # what it sets
    default: str | None  # as Python writes it; None where it must be given
    by_name: bool  # it can only be given by its name


class Signature(NamedTuple):
    """A framework's class: the kind of layer that it is, and its arguments in order."""

    framework: str
    name: str
    kind: str
    arguments: tuple[Argument, ...]

    @property
    def possessive(self) -> str:
        """The framework as the owner of what follows: ``PyTorch's``, ``Keras'``."""
        return self.framework + ("'" if self.framework.endswith("s") else "'s")


@lru_cache(maxsize=256)
def signature(framework: str, name: str) -> Signature | None:
    """Return the signature of a class under its exact name; None where there is no such class."""
    calls = CALLS[framework]
    if name not in calls:
        return None
    kind, text = calls[name]
    return Signature(framework, name, kind, tuple(map(parse_argument, text.split())))


def parse_argument(text: str) -> Argument:
    """Parse ``name:key=default``."""
    head, _, default = text.removeprefix("*").partition("=")
    name, _, key = head.partition(":")
    key = key or KEYS.get(name) or free_key(name)
    return Argument(name, key, default or None, text.startswith("*"))


def free_key(name: str) -> str:
    """Return "free" for an argument that changes no size, "fixed" for any other without a key."""
    return "free" if name in FREE else "fixed"


def same_kind(signature_: Signature) -> list[Signature]:
    """Return the signatures of the other framework for layers of the same kind."""
    other = KERAS if signature_.framework == TORCH else TORCH
    named = [
        signature(other, name)
        for name, (kind, _) in CALLS[other].items()
        if kind == signature_.kind
    ]
    return [each for each in named if each is not None]
