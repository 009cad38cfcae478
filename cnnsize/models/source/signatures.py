"""The parameters of torch's layers and functions, with their defaults, in their order."""

from __future__ import annotations

from typing import Any

REQUIRED = object()
CONV = {
    "in_channels": REQUIRED,
    "out_channels": REQUIRED,
    "kernel_size": REQUIRED,
    "stride": 1,
    "padding": 0,
}
NORM = {"num_features": REQUIRED, "eps": 1e-5, "momentum": 0.1}
SPATIAL = {"kernel_size": REQUIRED, "stride": None, "padding": 0}
RESIZE = {"size": None, "scale_factor": None}
DROPOUT = {"p": 0.5, "inplace": False}
INPLACE = {"inplace": False}

SIGNATURES: dict[str, dict[str, Any]] = {
    "Conv2d": dict(**CONV, dilation=1, groups=1, bias=True, padding_mode="zeros"),
    "ConvTranspose2d": dict(
        **CONV, output_padding=0, groups=1, bias=True, dilation=1, padding_mode="zeros"
    ),
    "LazyConv2d": dict(
        **{name: value for name, value in CONV.items() if name != "in_channels"},
        dilation=1,
        groups=1,
        bias=True,
        padding_mode="zeros",
    ),
    "Linear": {"in_features": REQUIRED, "out_features": REQUIRED, "bias": True},
    "LazyLinear": {"out_features": REQUIRED, "bias": True},
    "MaxPool2d": dict(**SPATIAL, dilation=1, return_indices=False, ceil_mode=False),
    "AvgPool2d": dict(**SPATIAL, ceil_mode=False, count_include_pad=True, divisor_override=None),
    "AdaptiveAvgPool2d": {"output_size": REQUIRED},
    "AdaptiveMaxPool2d": {"output_size": REQUIRED, "return_indices": False},
    "BatchNorm2d": dict(**NORM, affine=True, track_running_stats=True),
    "BatchNorm1d": dict(**NORM, affine=True, track_running_stats=True),
    "SyncBatchNorm": dict(**NORM, affine=True, track_running_stats=True),
    "InstanceNorm2d": dict(**NORM, affine=False, track_running_stats=False),
    "GroupNorm": {"num_groups": REQUIRED, "num_channels": REQUIRED, "eps": 1e-5, "affine": True},
    "LayerNorm": {
        "normalized_shape": REQUIRED,
        "eps": 1e-5,
        "elementwise_affine": True,
        "bias": True,
    },
    "LocalResponseNorm": {"size": REQUIRED, "alpha": 1e-4, "beta": 0.75, "k": 1.0},
    "Dropout": DROPOUT,
    "Dropout1d": DROPOUT,
    "Dropout2d": DROPOUT,
    "AlphaDropout": DROPOUT,
    "FeatureAlphaDropout": DROPOUT,
    "Flatten": {"start_dim": 1, "end_dim": -1},
    "Unflatten": {"dim": REQUIRED, "unflattened_size": REQUIRED},
    "Upsample": dict(**RESIZE, mode="nearest", align_corners=None, recompute_scale_factor=None),
    "UpsamplingNearest2d": RESIZE,
    "UpsamplingBilinear2d": RESIZE,
    "PixelShuffle": {"upscale_factor": REQUIRED},
    "PixelUnshuffle": {"downscale_factor": REQUIRED},
    "ChannelShuffle": {"groups": REQUIRED},
    "ZeroPad2d": {"padding": REQUIRED},
    "ReflectionPad2d": {"padding": REQUIRED},
    "ReplicationPad2d": {"padding": REQUIRED},
    "ConstantPad2d": {"padding": REQUIRED, "value": REQUIRED},
    "PReLU": {"num_parameters": 1, "init": 0.25},
    "Softmax": {"dim": None},
    "LogSoftmax": {"dim": None},
    "Softmax2d": {},
    "Hardtanh": {"min_val": -1.0, "max_val": 1.0, "inplace": False},
    "ReLU": INPLACE,
    "ReLU6": INPLACE,
    "LeakyReLU": {"negative_slope": 0.01, "inplace": False},
    "ELU": {"alpha": 1.0, "inplace": False},
    "SELU": INPLACE,
    "GELU": {"approximate": "none"},
    "SiLU": INPLACE,
    "Mish": INPLACE,
    "Hardswish": INPLACE,
    "Hardsigmoid": INPLACE,
    "Sigmoid": {},
    "Tanh": {},
    "Softplus": {"beta": 1.0, "threshold": 20.0},
    # Layers that the notation does not have.
    "Conv1d": dict(**CONV, dilation=1, groups=1, bias=True, padding_mode="zeros"),
    "ConvTranspose1d": dict(
        **CONV, output_padding=0, groups=1, bias=True, dilation=1, padding_mode="zeros"
    ),
    "MaxPool1d": dict(**SPATIAL, dilation=1, return_indices=False, ceil_mode=False),
    "AvgPool1d": dict(**SPATIAL, ceil_mode=False, count_include_pad=True),
    "AdaptiveAvgPool1d": {"output_size": REQUIRED},
    "AdaptiveMaxPool1d": {"output_size": REQUIRED, "return_indices": False},
    "InstanceNorm1d": dict(**NORM, affine=False, track_running_stats=False),
    "GLU": {"dim": -1},
    "CELU": {"alpha": 1.0, "inplace": False},
    "RReLU": {"lower": 1 / 8, "upper": 1 / 3, "inplace": False},
    "Threshold": {"threshold": REQUIRED, "value": REQUIRED, "inplace": False},
    "Hardshrink": {"lambd": 0.5},
    "Softshrink": {"lambd": 0.5},
    "Softmin": {"dim": None},
    "Dropout3d": DROPOUT,
    **{name: {} for name in ("Softsign", "LogSigmoid", "Tanhshrink")},
}
ACTIVATIONS = {
    "ReLU": "RELU",
    "ReLU6": "RELU6",
    "LeakyReLU": "LRELU",
    "ELU": "ELU",
    "SELU": "SELU",
    "GELU": "GELU",
    "SiLU": "SILU",
    "Mish": "MISH",
    "Hardswish": "HSWISH",
    "Hardsigmoid": "HSIGMOID",
    "Sigmoid": "SIGMOID",
    "Tanh": "TANH",
    "Softplus": "SOFTPLUS",
}
# Functions of torch.nn.functional that are a layer: the layer, and the parameters after the input.
POOL = ("kernel_size", "stride", "padding")
RATE = ("p", "training", "inplace")
FUNCTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "max_pool2d": ("MaxPool2d", (*POOL, "dilation", "ceil_mode", "return_indices")),
    "avg_pool2d": ("AvgPool2d", (*POOL, "ceil_mode", "count_include_pad", "divisor_override")),
    "adaptive_avg_pool2d": ("AdaptiveAvgPool2d", ("output_size",)),
    "adaptive_max_pool2d": ("AdaptiveMaxPool2d", ("output_size", "return_indices")),
    "dropout": ("Dropout", RATE),
    "dropout2d": ("Dropout2d", RATE),
    "alpha_dropout": ("AlphaDropout", RATE),
    "softmax": ("Softmax", ("dim", "_stacklevel", "dtype")),
    "log_softmax": ("LogSoftmax", ("dim", "_stacklevel", "dtype")),
    "interpolate": (
        "Upsample",
        ("size", "scale_factor", "mode", "align_corners", "recompute_scale_factor", "antialias"),
    ),
    "upsample": ("Upsample", ("size", "scale_factor", "mode", "align_corners")),
    "upsample_bilinear": ("UpsamplingBilinear2d", ("size", "scale_factor")),
    "upsample_nearest": ("UpsamplingNearest2d", ("size", "scale_factor")),
    "pixel_shuffle": ("PixelShuffle", ("upscale_factor",)),
    "pixel_unshuffle": ("PixelUnshuffle", ("downscale_factor",)),
    "channel_shuffle": ("ChannelShuffle", ("groups",)),
    "local_response_norm": ("LocalResponseNorm", ("size", "alpha", "beta", "k")),
    "hardtanh": ("Hardtanh", ("min_val", "max_val", "inplace")),
    "relu": ("ReLU", ("inplace",)),
    "relu_": ("ReLU", ()),
    "relu6": ("ReLU6", ("inplace",)),
    "leaky_relu": ("LeakyReLU", ("negative_slope", "inplace")),
    "leaky_relu_": ("LeakyReLU", ("negative_slope",)),
    "elu": ("ELU", ("alpha", "inplace")),
    "selu": ("SELU", ("inplace",)),
    "gelu": ("GELU", ("approximate",)),
    "silu": ("SiLU", ("inplace",)),
    "mish": ("Mish", ("inplace",)),
    "hardswish": ("Hardswish", ("inplace",)),
    "hardsigmoid": ("Hardsigmoid", ("inplace",)),
    "sigmoid": ("Sigmoid", ()),
    "sigmoid_": ("Sigmoid", ()),
    "tanh": ("Tanh", ()),
    "tanh_": ("Tanh", ()),
    "softplus": ("Softplus", ("beta", "threshold")),
}
