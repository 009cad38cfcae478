"""Calls in the spelling of PyTorch and Keras: PyTorch itself, and Keras' arithmetic, are the test oracle."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import event, given
from hypothesis import strategies as st
from torch import nn

import cnnsize
from cnnsize import ArchitectureError, Settings
from cnnsize.layers.frameworks import words
from tests.helpers import examples

KERAS = Settings(target="tensorflow")

READ = [
    # PyTorch
    ("nn.Conv2d(8, 12, 5)", "CONV5-12(P=0, in=8)"),
    ("torch.nn.Conv2d(8, 12, 5, 2, 2)", "CONV5-12(S=2, P=2, in=8)"),
    ("Conv2d(8, 12, (3, 7), padding=(1, 3))", "CONV7x3-12(P=3x1, in=8)"),
    ("Conv2d(8, 12, 1)", "CONV1-12(in=8)"),
    ("Conv2d(8, 12, 3, padding='same', bias=False)", "CONV3-12(P=same, in=8, bias=no)"),
    ("Conv2d(in_channels=8, out_channels=4 * 3, kernel_size=[3, 3])", "CONV3-12(P=0, in=8)"),
    ("LazyConv2d(12, kernel_size=3)", "CONV3-12(P=0)"),
    ("nn.ConvTranspose2d(8, 4, 4, 2, 1)", "TCONV4-4(S=2, P=1, in=8)"),
    ("nn.MaxPool2d(3, 2, 1)", "POOL3(S=2, P=1)"),
    ("nn.MaxPool2d((2, 1), stride=None)", "POOL1x2"),
    ("AvgPool2d(2, count_include_pad=False)", "AVGPOOL2(include_pad=no)"),
    ("AdaptiveAvgPool2d((1, 2))", "AVGPOOL(to=2x1)"),
    ("nn.Linear(8 * 8 * 8, 10)", "FC-10(in=512)"),
    ("nn.BatchNorm2d(8, affine=False)", "BN(in=8, affine=no)"),
    ("nn.Flatten() -> nn.LayerNorm((512,))", "FLATTEN -> LN(in=512)"),
    ("nn.Flatten(1, 3) -> nn.BatchNorm1d(512)", "FLATTEN -> BN(in=512)"),
    ("UpsamplingBilinear2d(scale_factor=2.0, mode='bilinear')", "UP2(mode=bilinear)"),
    ("nn.UpsamplingBilinear2d((9, 8))", "UP(to=8x9, mode=bilinear)"),
    ("nn.UpsamplingNearest2d(size=9)", "UP(to=9x9)"),
    ("Upsample((9, 8), mode='bilinear', align_corners=False)", "UP(to=8x9, mode=bilinear)"),
    ("nn.GroupNorm(2, 8)", "GN(2, in=8)"),
    ("nn.PReLU(8)", "PRELU(per=channel, in=8)"),
    ("nn.Upsample(16)", "UP(to=16x16)"),
    ("nn.Upsample(size=(16, 24), mode='bilinear')", "UP(to=24x16, mode=bilinear)"),
    ("Upsample(scale_factor=2.0, mode='nearest')", "UP2(mode=nearest)"),
    ("nn.Upsample(scale_factor=(2, 3))", "UP3x2"),
    ("ZeroPad2d((1, 2, 3, 4))", "PAD(left=1, right=2, top=3, bottom=4)"),
    ("ZeroPad2d((0, 2))", "PAD(left=0, right=2, top=0, bottom=0)"),
    ("nn.ZeroPad2d(2)", "PAD2"),
    ("PixelShuffle(upscale_factor=2)", "PIXELSHUFFLE2"),
    ("nn.ChannelShuffle(4)", "CHSHUFFLE(4)"),
    ("LeakyReLU(0.2, inplace=True)", "LRELU"),
    ("Dropout2d(p=0.25, inplace=False)", "DROPOUT2D(0.25)"),
    ("Softmax(dim=1)", "SOFTMAX"),
    (
        "Conv2d(8, k, kernel_size=(2*k+1, 3), padding=k) where k = 2",
        "CONV-k(F=3x(2*k + 1), P=k, in=8) where k = 2",
    ),
    # Keras
    ("Conv2D(12, (3, 5), activation='relu')", "CONV5x3-12(P=0) -> RELU"),
    ("Conv2D(12, 3, 2, 'same')", "CONV3-12(S=2, P=same)"),
    ("layers.Conv2D(12, 3, use_bias=False, name='first')", "CONV3-12(P=0, bias=no)"),
    ("tf.keras.layers.Conv2D(filters=12, kernel_size=3, strides=(2, 1))", "CONV3-12(S=1x2, P=0)"),
    ("Convolution2D(12, (3, 3), activation=tf.nn.relu)", "CONV3-12(P=0) -> RELU"),
    ("DepthwiseConv2D(3, depth_multiplier=2)", "DWCONV3(P=0, M=2)"),
    ("SeparableConv2D(12, 3, padding='same')", "DWCONV3(P=same, bias=no) -> CONV1-12"),
    ("Conv2DTranspose(4, 2, strides=2)", "TCONV2-4(S=2)"),
    ("Conv2DTranspose(4, 2, strides=3)", "TCONV2-4(S=3, output_padding=1)"),
    ("Conv2DTranspose(4, 4, strides=2, padding='same')", "TCONV4-4(S=2, P=same)"),
    ("MaxPooling2D()", "POOL2"),
    ("MaxPool2D((2, 3), strides=1, padding='same')", "POOL3x2(S=1, P=same)"),
    ("AveragePooling2D(pool_size=2)", "AVGPOOL2"),
    ("GlobalAveragePooling2D(data_format='channels_last')", "GAP"),
    ("Dense(10, 'softmax')", "FC-10 -> SOFTMAX"),
    ("BatchNormalization(axis=-1, momentum=0.9)", "BN"),
    ("BatchNormalization(center=False, scale=False)", "BN(affine=no)"),
    ("GroupNormalization(4)", "GN(4)"),
    ("ZeroPadding2D(((1, 2), (3, 4)))", "PAD(left=3, right=4, top=1, bottom=2)"),
    ("ZeroPadding2D((1, 2))", "PAD(left=2, right=2, top=1, bottom=1)"),
    ("ZeroPadding2D()", "PAD1"),
    ("UpSampling2D(size=(2, 3), interpolation='bilinear')", "UP3x2(mode=bilinear)"),
    ("UpSampling2D()", "UP2"),
    ("ReLU(6.0)", "RELU6"),
    ("PReLU(shared_axes=[1, 2])", "PRELU(per=channel)"),
    ("SpatialDropout2D(0.2)", "DROPOUT2D(0.2)"),
    ("Reshape((4, 2, 64))", "UNFLATTEN[2x4x64]"),
    ("Reshape((512,))", "FLATTEN: [1x1x512]"),
    ("nn.Flatten() -> nn.Unflatten(1, (64, 4, 2))", "FLATTEN -> UNFLATTEN[2x4x64]"),
    ("Activation(tf.nn.relu)", "RELU"),
    # Flax, whose padding is 'same' and whose pools have a stride of 1, and MXNet's Gluon
    ("nn.Conv(features=12, kernel_size=(4, 4))", "CONV4-12(P=same)"),
    ("nn.Conv(12, (3, 5), strides=(2, 2), padding='VALID')", "CONV5x3-12(S=2, P=0)"),
    ("Conv(features=12, kernel_size=(1, 1), use_bias=False)", "CONV1-12(bias=no)"),
    ("nn.ConvTranspose(features=12, kernel_size=(4, 4), strides=(2, 2))", "TCONV4-12(S=2, P=same)"),
    ("nn.max_pool(x, (2, 2))", "POOL2(S=1)"),
    ("nn.avg_pool(window_shape=(2, 2), strides=(2, 2))", "AVGPOOL2(S=2)"),
    ("nn.Dense(features=12)", "FC-12"),
    ("nn.Conv2D(channels=12, kernel_size=5)", "CONV5-12(P=0)"),
    ("nn.Conv2DTranspose(channels=12, kernel_size=4, strides=2, padding=1)", "TCONV4-12(S=2, P=1)"),
    ("nn.Conv(8, 12, 3)", "CONV3-12(in=8)"),
    # signs of typography
    ("nn.Conv2d(8,\u00a012, 5, padding=“same”)", "CONV5-12(P=same, in=8)"),
    ("nn.Conv2d(8, 12, \u200b5)", "CONV5-12(P=0, in=8)"),
    ("Conv2D(12, 3, same)", "CONV3-12(P=same)"),
    ("conv(12, 3x3, activation=tf.nn.relu)", "CONV3-12 -> RELU"),
    ("Dense(10) -> PReLU()", "FC-10 -> PRELU(per=channel)"),
    ("Conv2D(8, 1) -> ReLU(6) -> tensorflow.keras.layers.Dense(2)", "CONV1-8 -> RELU6 -> FC-2"),
    # functional calls
    ("nn.ReLU()(x)", "RELU"),
    ("Flatten()(x) -> Dense(10)(x)", "FLATTEN -> FC-10"),
    # a count repeats all that one call stands for
    ("SeparableConv2D(8, 3, padding='same')*2", "[DWCONV3(P=same, bias=no) -> CONV1-8]*2"),
    ("2x SeparableConv(8, 3x3)", "[DWCONV3(bias=no) -> CONV1-8]*2"),
    ("Conv2D(8, 3, activation='relu') x2", "[CONV3-8(P=0) -> RELU]*2"),
    ("2x Conv2D(8, 3, activation='relu')", "[CONV3-8(P=0) -> RELU]*2"),
    ("ConvBNReLU*2", "[CONV -> BN -> RELU]*2"),
    ("Activation('relu', name='x')", "RELU"),
    # what neither framework could run keeps the size, as bare words do
    ("Conv2D(12, 3x3)", "CONV3-12"),
    ("Conv2d(8->12, kernel=3)", "CONV3-12(in=8)"),
    ("Conv2d(8, 12)", "CONV-12(in=8)"),
    ("Linear(10)", "FC-10"),
    ("MaxPool2d", "POOL"),
]


@pytest.mark.parametrize(("written", "canonical"), READ)
def test_reads_as(written: str, canonical: str) -> None:
    network = cnnsize.parse(f"INPUT[8x8x8] -> {written}")
    assert str(network) == f"INPUT[8x8x8] -> {canonical}"
    assert str(cnnsize.parse(str(network))) == str(network)
    network.sized(settings=KERAS)


WHOLE = [
    (
        "Conv2D(8, 3, input_shape=(28, 30, 1)) -> Flatten() -> Dense(10)",
        "INPUT[30x28x1] -> CONV3-8(P=0) -> FLATTEN -> FC-10",
    ),
    ("Input(shape=(28, 30, 1)) -> Dense(10)", "INPUT[30x28x1] -> FC-10"),
    ("Input((28, 30, 1), name='x') -> Dense(10)", "INPUT[30x28x1] -> FC-10"),
    ("tf.keras.Input(shape=(28, 30, 1)) -> keras.layers.Dense(10)", "INPUT[30x28x1] -> FC-10"),
    ("Input(28, 30, 1) -> Dense(10)", "INPUT[28x30x1] -> FC-10"),
    ("Dense(32, input_dim=784) -> Dense(10)", "INPUT[1x1x784] -> FC-32 -> FC-10"),
    ("Dense(32, input_shape=(784,)) -> Dense(10)", "INPUT[1x1x784] -> FC-32 -> FC-10"),
    ("Flatten(input_shape=(28, 30)) -> Dense(10)", "INPUT[30x28x1] -> FLATTEN -> FC-10"),
    (
        "Conv2D(8, 3, data_format='channels_first', input_shape=(3, 28, 30)) -> Dense(10)",
        "INPUT[30x28x3] -> CONV3-8(P=0) -> FC-10",
    ),
    (
        "Input(shape=(3, 28, 30)) -> BatchNormalization(axis=1) -> Dense(10)",
        "INPUT[30x28x3] -> BN -> FC-10",
    ),
]


@pytest.mark.parametrize(("written", "canonical"), WHOLE)
def test_reads_the_input_as(written: str, canonical: str) -> None:
    assert str(cnnsize.parse(written)) == canonical


REFUSED = [
    # (text, code, what the message or the help says)
    ("Conv2D(3, 64, 3, padding=1)", "CNN001", "PyTorch's Conv2d is CONV3-64(P=1, in=3)"),
    ("Conv2D(3, 64, kernel_size=3)", "CNN001", "PyTorch's Conv2d is CONV3-64(P=0, in=3)"),
    ("Conv2D(32, 3, 3)", "CNN001", "Keras' Conv2D is CONV3-32(S=3, P=0)"),
    ("Conv2D(32, 3, 3)", "CNN001", "Keras 1 read CONV3-32(P=0)"),
    ("Conv2D(16, 32, 3)", "CNN001", "PyTorch's Conv2d is CONV3-32(P=0, in=16)"),
    ("Conv2d(32, (3, 3))", "CNN001", "Keras' Conv2D is CONV3-32(P=0)"),
    ("Conv2d(filters=32, kernel_size=3)", "CNN001", "Keras' Conv2D is CONV3-32(P=0)"),
    ("Conv2d(32, 3)", "CNN001", "PyTorch's Conv2d needs kernel_size"),
    ("Dense(784, 128)", "CNN001", "PyTorch's Linear is FC-128(in=784)"),
    ("MaxPool2d(2, strides=2)", "CNN001", "Keras' MaxPooling2D is POOL2(S=2)"),
    ("Upsample(2)", "CNN001", "write UP2"),
    ("nn.Conv2d(3, 64)", "CNN003", "needs kernel_size"),
    ("nn.Conv2d(3, 64, 3, strides=2)", "CNN003", "did you mean stride?"),
    ("nn.Linear(512)", "CNN003", "needs out_features"),
    ("nn.MaxPool2d(2, 2, 0, 1, False, False, 7)", "CNN003", "at most 6"),
    ("nn.Conv2d(3, 64, (3, 3, 3))", "CNN004", "a number or a pair (height, width)"),
    ("nn.Conv2d(3, 64, 3, padding='reflect')", "CNN004", "'same' or 'valid'"),
    ("ZeroPad2d((2,))", "CNN004", "(left, right, top, bottom)"),
    ("ZeroPad2d((1, 2, 3))", "CNN004", "(left, right, top, bottom)"),
    ("ZeroPadding2D((1, 2, 3))", "CNN004", "((top, bottom), (left, right))"),
    ("Softmax(38)", "CNN001", "is 38 the axis of Softmax, or a number of units?"),
    ("nn.LayerNorm([3, 8, 8])", "CNN004", "over the depth"),
    ("nn.MaxPool2d(2, return_indices=True)", "CNN004", "must be False"),
    ("nn.BatchNorm2d(3, bias=False)", "CNN003", "both a scale and a shift"),
    ("BatchNormalization(scale=False)", "CNN003", "both a scale and a shift"),
    ("PReLU(shared_axes=[1])", "CNN004", "a slope for each channel"),
    ("Upsample(scale_factor=1.5)", "CNN004", "UP(to="),
    ("Dense(10, activation='rellu')", "CNN003", "is not an activation"),
    ("Dropout(0.5, 0.3)", "CNN003", "cannot tell"),
    ("Reshape((-1, 64))", "CNN004", "(height, width, channels)"),
    ("nn.Unflatten(2, (64, 4, 2))", "CNN004", "must be 1"),
    ("nn.BatchNorm1d(3)", "CNN001", "write BatchNorm2d for a map, or FLATTEN ->"),
    ("nn.ReLU() -> nn.BatchNorm1d(3)", "CNN001", "needs a vector"),
    ("nn.LazyLinear(10)", "CNN001", "write FLATTEN ->"),
    ("nn.Unflatten(1, (3, 1, 1))", "CNN001", "needs a vector"),
    ("nn.Flatten() -> nn.Conv2d(192, 8, 1)", "CNN001", "write UNFLATTEN["),
    ("FLATTEN -> nn.Dropout(0.5) -> nn.PixelShuffle(2)", "CNN001", "needs a map"),
    ("Dense(10) -> MaxPooling2D()", "CNN001", "Keras' MaxPooling2D needs a map"),
    ("nn.LayerNorm(3)", "CNN001", "write LN"),
    ("nn.UpsamplingNearest2d(size=9, mode='bilinear')", "CNN004", "must be 'nearest'"),
    ("nn.Flatten() -> nn.Flatten(1, 3)", "CNN004", "must be -1"),
    ("LeakyReLU(0.1, 7)", "CNN003", "cannot tell"),
    ("ReLU(inplace=True - 7)", "CNN003", "inplace=True - 7"),
    ("Softmax(dim=1 7)", "CNN003", "dim=1 7"),
    ("Conv2d(3, some words, 8)", "CNN003", "some words"),
    ("Conv2d(3, no conv8, 8)", "CNN003", "no conv8"),
    ("MaxPool2d(2, 2, ceil)", "CNN003", "ceil"),
    ("Convolution(num_output=8, kernel_size=5)", "CNN001", "Caffe"),
    ("Convolution(num_filter=8, kernel=(5, 5))", "CNN001", "MXNet"),
    ("Conv2DLayer(8, 5)", "CNN001", "CONV5-32(P=0) -> RELU"),
    ("conv_2d(8, 5)", "CNN001", "TFLearn"),
    ("Convolution2D(3, 8, ksize=5)", "CNN001", "Chainer"),
    ("nn.Upsample()", "CNN001", "neither a size nor a scale_factor"),
    ("nn.MaxPool2d()", "CNN003", "needs kernel_size"),
    ("AdaptiveAvgPool2d", "CNN001", "AVGPOOL(to=7x7), or GAP"),
    ("adaptive max pooling", "CNN001", "POOL(to=7x7), or GMP"),
    ("nn.Conv2d(3, 8, 3, padding_mode='foo')", "CNN003", "padding_mode='foo'"),
    ("nn.Flatten() -> nn.Softmax(dim=2)", "CNN004", "must be an axis"),
    ("Conv2D(8, 3, activation='relu', activation='tanh')", "CNN001", "given twice"),
    ("Softmax(1)(2)", "CNN003", "cannot tell"),
    ("UP2 3", "CNN001", "given twice"),
    ("pool3 2", "CNN001", "write POOL3(S=2), or POOL2"),
    ("Conv2D(8, 3) -> PReLU()", "CNN003", "write PReLU(shared_axes=[1, 2])"),
    ("layers.PReLU()", "CNN003", "a slope for each value"),
    ("LayerNormalization(axis=1)", "CNN004", "the axis of the channels"),
    ("Conv2D(8, 3, strides=2, dilation_rate=2)", "CNN003", "has no strides together"),
    ("Cropping2D(2)", "CNN003", "means for CROP"),
    ("2x2 max pool3x3", "CNN001", "given twice"),
    ("conv #16", "CNN001", "does #16 number the layer"),
    ("UP((2, 3, 4))", "CNN003", "UP(to="),
    ("BN((8,))", "CNN003", "(8,)"),
    ("LRELU((1, 2, 3))", "CNN003", "(1, 2, 3)"),
    ("PAD((1, 2))", "CNN003", "left=0"),
    ("DWCONV3(8)", "CNN001", "twice"),
]


@pytest.mark.parametrize(("written", "code", "told"), REFUSED)
def test_refused(written: str, code: str, told: str) -> None:
    with pytest.raises(ArchitectureError) as caught:
        cnnsize.parse(f"INPUT[8x8x3] -> {written}").sized()
    diagnostic = caught.value.diagnostic
    assert diagnostic.code == code
    assert told in " ".join([diagnostic.message, *diagnostic.help])
    assert diagnostic.span.start >= len("INPUT[8x8x3] -> ")


@pytest.mark.parametrize(
    "written",
    ["Conv2D(8, 3, input_shape=(1, 28, 28))", "Input(shape=(3, 32, 32)) -> Conv2D(8, 3)"],
)
def test_a_shape_that_seems_to_begin_with_the_channels_is_asked_for(written: str) -> None:
    with pytest.raises(ArchitectureError, match="first or last") as caught:
        cnnsize.parse(written)
    assert "channels first" in caught.value.diagnostic.help[0]


@pytest.mark.parametrize(
    "written",
    [
        "INPUT[8x8x3] -> nn.Flatten() -> ADD{ID | ID} -> nn.BatchNorm1d(192)",
        "INPUT[8x8x3] -> CAT{nn.Flatten() | nn.Conv2d(3, 8, 8) -> nn.Flatten()} -> nn.Linear(200, 4)",
        "f(k) = CONV-k(F=1)\nINPUT[8x8x3] -> FLATTEN -> f(4) -> nn.Conv2d(4, 8, 1)",
        "INPUT[8x1x3] -> nn.BatchNorm1d(3)",
        "INPUT[1x1x8] -> nn.BatchNorm1d(8)",
        "INPUT[8x8x3] -> nn.Flatten() -> nn.Unflatten(1, (3, 8, 8)) -> nn.Conv2d(3, 8, 1)",
        "INPUT[8x8x3] -> GlobalAveragePooling2D() -> Dense(10)",
    ],
)
def test_calls_whose_axes_fit_or_are_unknown(written: str) -> None:
    assert not cnnsize.parse(written).notes


@pytest.mark.parametrize("call", ["nn.Linear(192, 10)", "nn.ReLU() -> nn.Linear(192, 10)"])
def test_a_dense_layer_on_a_map_is_noted(call: str) -> None:
    (note,) = cnnsize.parse(f"INPUT[8x8x3] -> {call}").notes
    assert note.startswith("Linear after a map is read with a FLATTEN before it")


def test_a_comment_with_arrows_is_noted() -> None:
    (note,) = cnnsize.parse("Input 8x8x3 -> conv #filters 16 -> fc 10").notes
    assert note == "ignored: #filters 16 -> fc 10, because # begins a comment"
    assert not cnnsize.parse("Input 8x8x3 -> conv 3x3, 16 # the stem").notes


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("fc layer 1 120 -> fc layer 2 10", "FC-120 -> FC-10"),
        ("fc #1 120 -> fc #2 10", "FC-120 -> FC-10"),
        ("pool layer 1 3", "POOL3"),
        ("conv #1 3x3, 8", "CONV3-8"),
    ],
)
def test_a_number_after_a_running_number_is_a_size(written: str, canonical: str) -> None:
    assert str(cnnsize.parse(f"INPUT[8x8x3] -> {written}")) == f"INPUT[8x8x3] -> {canonical}"


def test_the_defaults_of_the_framework_are_told() -> None:
    text = "INPUT[32x32x3] -> Conv2d(3, 6, 5) -> ReLU -> CONV3-8 -> MaxPooling2D() -> Conv2D(8, 3)"
    result = cnnsize.check(text).architectures[0]
    assert result.assumed == (
        "Conv2d(3, 6, 5): PyTorch's default P=0",
        "CONV3-8: P=1",
        "MaxPooling2D(): Keras' default F=2",
        "Conv2D(8, 3): Keras' default P=0",
    )
    assert cnnsize.check(str(cnnsize.parse(text))).architectures[0].assumed == ("CONV3-8: P=1",)


# -- PyTorch, run on the same text ----------------------------------------

Draw = Callable[[st.SearchStrategy[Any]], Any]
sizes = st.integers(1, 4)
pairs = st.one_of(sizes, st.tuples(sizes, sizes), st.lists(sizes, min_size=2, max_size=2))
zeros = st.one_of(st.integers(0, 2), st.tuples(st.integers(0, 2), st.integers(0, 2)))
flags = st.booleans()
CHANNELS = (2, 4, 6)
channels = st.sampled_from(CHANNELS)

# the arguments of a class in its order, and how they are drawn; those before the bar are required
TORCH_CALLS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "Conv2d": {
        "in_channels": channels,
        "out_channels": channels,
        "kernel_size": pairs,
        "stride": pairs,
        "padding": st.one_of(zeros, st.sampled_from(["same", "valid"])),
        "dilation": st.integers(1, 2),
        "groups": st.sampled_from([1, 2]),
        "bias": flags,
        "padding_mode": st.just("zeros"),
    },
    "ConvTranspose2d": {
        "in_channels": channels,
        "out_channels": channels,
        "kernel_size": pairs,
        "stride": pairs,
        "padding": zeros,
        "output_padding": st.integers(0, 1),
        "groups": st.sampled_from([1, 2]),
        "bias": flags,
        "dilation": st.integers(1, 2),
    },
    "MaxPool2d": {
        "kernel_size": pairs,
        "stride": pairs,
        "padding": zeros,
        "dilation": st.integers(1, 2),
        "return_indices": st.just(False),
        "ceil_mode": flags,
    },
    "AvgPool2d": {
        "kernel_size": pairs,
        "stride": pairs,
        "padding": zeros,
        "ceil_mode": flags,
        "count_include_pad": flags,
    },
    "AdaptiveAvgPool2d": {"output_size": pairs},
    "AdaptiveMaxPool2d": {"output_size": pairs},
    "BatchNorm2d": {
        "num_features": channels,
        "eps": st.just(1e-05),
        "momentum": st.just(0.1),
        "affine": flags,
        "track_running_stats": flags,
    },
    "GroupNorm": {
        "num_groups": st.integers(1, 4),
        "num_channels": channels,
        "eps": st.just(1e-05),
        "affine": flags,
    },
    "InstanceNorm2d": {
        "num_features": channels,
        "eps": st.just(1e-05),
        "momentum": st.just(0.1),
        "affine": flags,
    },
    "Dropout": {"p": st.sampled_from([0.0, 0.25, 1]), "inplace": flags},
    "Upsample": {"size": st.one_of(sizes, st.tuples(sizes, sizes))},
    "ZeroPad2d": {
        "padding": st.one_of(
            st.integers(0, 3),
            st.lists(st.integers(0, 3), min_size=1, max_size=5).map(tuple),
        )
    },
    "PixelShuffle": {"upscale_factor": st.integers(1, 2)},
    "PixelUnshuffle": {"downscale_factor": st.integers(1, 2)},
    "ReLU": {"inplace": flags},
    "LeakyReLU": {"negative_slope": st.just(0.2), "inplace": flags},
    "PReLU": {"num_parameters": st.sampled_from([1, *CHANNELS])},
    "Flatten": {"start_dim": st.just(1), "end_dim": st.just(-1)},
}
REQUIRED = {"Conv2d": 3, "ConvTranspose2d": 3, "GroupNorm": 2, "Dropout": 0, "ReLU": 0}
OPTIONAL = ("LeakyReLU", "PReLU", "Flatten")


@st.composite
def torch_calls(draw: Draw) -> tuple[str, int]:
    """A call of a class of PyTorch, with values by position and by name, and the channels."""
    name = draw(st.sampled_from(list(TORCH_CALLS)))
    arguments = TORCH_CALLS[name]
    depth = draw(channels)
    required = REQUIRED.get(name, 0 if name in OPTIONAL else 1)
    values = {key: draw(strategy) for key, strategy in arguments.items()}
    mostly = draw(st.integers(0, 5)) > 0
    for key in ("in_channels", "num_features", "num_channels"):
        if key in values and (mostly or "Norm" in name):
            values[key] = depth
    by_position = draw(st.integers(0, len(values)))
    written = [repr(value) for value in list(values.values())[:by_position]]
    for index, (key, value) in enumerate(values.items()):
        if index >= by_position and (index < required or draw(flags)):
            written.append(f"{key}={value!r}")
    return f"nn.{name}({', '.join(written)})", depth


def run(module: Callable[[], nn.Module], x: torch.Tensor) -> tuple[tuple[int, ...], int] | None:
    """The shape and the parameters of a module; None where PyTorch raises an error."""
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        try:
            built = module().eval()
            y = built(x)
        except (RuntimeError, ValueError, TypeError, AssertionError, NotImplementedError):
            return None
    if min(y.shape) < 1:
        return None
    return tuple(y.shape[1:]), sum(each.numel() for each in built.parameters())


def ours(text: str) -> tuple[tuple[int, ...], int] | None:
    """The shape, as PyTorch has it, and the parameters; None for an error."""
    try:
        network = cnnsize.parse(text).sized()
    except ArchitectureError:
        return None
    if network.output is None or network.params is None:
        return None
    W, H, D = network.output
    shape = (D,) if network.steps[-1].kind == "FLATTEN" else (D, H, W)
    return shape, network.params


@given(torch_calls(), st.integers(4, 9), st.integers(4, 9))
@examples(800)
def test_a_call_means_what_pytorch_makes_of_it(
    call: tuple[str, int], width: int, height: int
) -> None:
    text, depth = call
    expected = run(lambda: eval(text), torch.zeros(1, depth, height, width))
    event(f"{text.partition('(')[0]} {'runs' if expected else 'is refused'}")
    assert ours(f"INPUT[{width}x{height}x{depth}] -> {text}") == expected, text


@given(torch_calls(), st.integers(4, 9), st.integers(4, 9))
@examples(400)
def test_a_line_that_pytorch_prints_means_the_module(
    call: tuple[str, int], width: int, height: int
) -> None:
    text, depth = call
    if "AvgPool" in text and "True" in text:
        return  # PyTorch does not print the ceil_mode of AvgPool2d
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = eval(text)
    except (RuntimeError, ValueError, TypeError, AssertionError):
        return
    expected = run(lambda: module, torch.zeros(1, depth, height, width))
    printed = repr(module)
    assert ours(f"INPUT[{width}x{height}x{depth}] -> {printed}") == expected, (text, printed)


SHORT_CALLS = [
    "nn.Conv2d({c}, 4, 1)",
    "nn.MaxPool2d(2)",
    "nn.BatchNorm2d({c})",
    "nn.BatchNorm1d({c})",
    "nn.Flatten()",
    "nn.Flatten(1, 3)",
    "nn.Unflatten(1, ({c}, 1, 1))",
    "nn.LazyLinear(4)",
    "nn.Dropout(0.5)",
    "nn.ReLU(inplace=True)",
    "nn.Softmax(dim=1)",
    "nn.Softmax(dim=2)",
    "nn.Softmax2d()",
    "nn.UpsamplingBilinear2d(scale_factor=2)",
    "nn.PixelUnshuffle(2)",
    "nn.PReLU({c})",
    "nn.LocalResponseNorm(2)",
]


@given(st.lists(st.sampled_from(SHORT_CALLS), min_size=1, max_size=5), st.booleans())
@examples(400)
def test_a_chain_is_read_where_pytorch_runs_it(calls: list[str], printed: bool) -> None:
    x, texts, modules = torch.zeros(1, 3, 8, 6), [], []
    runs = True
    for each in calls:
        text = each.format(c=x.shape[1])
        module = eval(text).eval()
        texts.append(repr(module) if printed and "Lazy" not in text else text)
        modules.append(module)
        try:
            with torch.no_grad():
                x = module(x)
        except (RuntimeError, ValueError, IndexError, NotImplementedError):
            runs = False
            break
    chain = " -> ".join(texts)
    read = ours(f"INPUT[6x8x3] -> {chain}")
    is_on_width = "Linear" in chain or "Unflatten" in chain  # PyTorch has them on a map too
    if not runs or not is_on_width:
        params = sum(each.numel() for module in modules if runs for each in module.parameters())
        shape = tuple(x.shape[1:])
        if read is not None and len(shape) == 1:
            read = shape if read[0] in (shape, (*shape, 1, 1)) else read[0], read[1]
        assert read == ((shape, params) if runs else None), chain


# -- Keras, by arithmetic ----------------------------------------


def keras_side(side: int, F: int, S: int, D: int, padding: str) -> int:
    """The output of a window along one axis (keras.ops.compute_conv_output_shape)."""
    return -(-side // S) if padding == "same" else (side - D * (F - 1) - 1) // S + 1


@given(
    st.sampled_from(["Conv2D", "DepthwiseConv2D", "MaxPooling2D", "AveragePooling2D"]),
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    st.one_of(st.none(), st.tuples(st.integers(1, 3), st.integers(1, 3))),
    st.sampled_from(["same", "valid", None]),
    st.tuples(st.integers(4, 12), st.integers(4, 12)),
)
@examples(400)
def test_windows_of_keras(
    name: str,
    window: tuple[int, int],
    strides: tuple[int, int] | None,
    padding: str | None,
    sides: tuple[int, int],
) -> None:
    head = "7, " if name == "Conv2D" else ""
    written = f"{name}({head}{window}"
    written += f", strides={strides}" if strides else ""
    written += f", padding={padding!r})" if padding else ")"
    default = window if "Pooling" in name else (1, 1)
    out = [
        keras_side(side, F, S, 1, padding or "valid")
        for side, F, S in zip(sides, window, strides or default, strict=True)
    ]
    network = cnnsize.parse(f"INPUT[{sides[1]}x{sides[0]}x5] -> {written}").sized(settings=KERAS)
    depth = 7 if name == "Conv2D" else 5
    assert network.output == (out[1], out[0], depth), written


@given(st.integers(1, 5), st.integers(1, 4), st.sampled_from(["same", "valid"]), st.integers(1, 9))
@examples(200)
def test_transposed_convolutions_of_keras(F: int, S: int, padding: str, side: int) -> None:
    written = f"Conv2DTranspose(4, {F}, strides={S}, padding='{padding}')"
    network = cnnsize.parse(f"INPUT[{side}x{side}x2] -> {written}").sized(settings=KERAS)
    out = side * S if padding == "same" else side * S + max(F - S, 0)
    assert network.output == (out, out, 4), written
    expected = (4, out, out), network.params
    assert run(network.to_torch, torch.zeros(1, 2, side, side)) == expected, written


def test_an_even_filter_without_a_stride_reads_what_keras_reads() -> None:
    network = cnnsize.parse("INPUT[6x5x2] -> Conv2DTranspose(3, (4, 2), padding='same')")
    module = network.sized(settings=KERAS).to_torch()
    x = torch.randn(1, 2, 5, 6)
    weight, bias = module.parameters()
    whole = torch.nn.functional.conv_transpose2d(x, weight, bias)  # of 8 rows and 7 columns
    assert torch.allclose(module(x), whole[:, :, 1:6, 0:6], atol=1e-6)


# -- nothing is dropped ----------------------------------------

CALLS = [
    ["Conv2d", "3", "8", "3"],
    ["Conv2d", "3", "8", "kernel_size=3", "stride=2"],
    ["nn.Conv2d", "3", "8", "3", "padding=1", "bias=False"],
    ["Conv2D", "8", "(3, 3)"],
    ["Conv2D", "8", "3", "padding='same'"],
    ["Conv", "8", "3"],
    ["Conv", "8", "kernel=3", "stride=2"],
    ["MaxPool2d", "2"],
    ["MaxPooling2D", "(2, 2)", "strides=1"],
    ["pool", "2", "2"],
    ["AvgPool2d", "kernel_size=2"],
    ["AdaptiveAvgPool2d", "1"],
    ["Linear", "192", "10"],
    ["Dense", "10"],
    ["FC", "10"],
    ["BatchNorm2d", "3"],
    ["BatchNormalization"],
    ["BN"],
    ["LRELU"],
    ["RELU"],
    ["Softmax"],
    ["Dropout", "0.5"],
    ["Flatten"],
    ["UP", "2"],
    ["nn.Upsample", "scale_factor=2"],
    ["UpSampling2D", "2"],
    ["PAD", "1"],
    ["ZeroPad2d", "(1, 0, 1, 0)"],
    ["ZeroPadding2D", "1"],
    ["GAP"],
    ["SCALE"],
    ["GroupNorm", "3", "3"],
    ["DWCONV", "3"],
    ["ConvTranspose2d", "3", "4", "2", "stride=2"],
    ["Conv2DTranspose", "4", "2", "strides=2"],
]
# what is added to a call; none of them changes nothing
ADDED = st.sampled_from(
    [
        *words("""
        7 (7,) 7x8 7x8x9 0.7 K=7 F=7 S=7 P=3 D=7
        G=7 kernel_size=7 strides=5 stride=5 padding=3 dilation=5 filters=7 foo=7 units=7 size=7
        to=7x7 7@9x9 7->9 -7 'same' 7*9 padding='same' output_size=7 factor=7 left=7
        in=7 scale_factor=7 depth_multiplier=7 groups=7 use_bias=False
    """),
        "(7, 7)",
        "(7, 8, 9)",
        "[7, 7]",
        "size=(7, 7)",
        "7 filters",
        "stride 5",
        "pad 3",
    ]
)


def meaning(text: str) -> tuple[str, ...] | None:
    """The canonical text and what was noted; None for text that is refused."""
    try:
        network = cnnsize.parse(text)
        network.sized()
    except ArchitectureError as error:
        return None if error.diagnostic.code != "CNN008" else (text,)
    return (str(network), *network.notes)


@given(st.sampled_from(CALLS), ADDED, st.integers(0, 5))
@examples(4000)
def test_a_value_more_changes_the_meaning_or_is_refused(
    call: list[str], added: str, place: int
) -> None:
    name, *arguments = call
    more = [*arguments[:place], added, *arguments[place:]]
    before = meaning(f"INPUT[8x8x3] -> {name}({', '.join(arguments)})")
    after = meaning(f"INPUT[8x8x3] -> {name}({', '.join(more)})")
    assert before is not None
    assert after is None or after != before, (name, more)


@given(st.sampled_from([call for call in CALLS if len(call) > 1]), st.data())
@examples(1000)
def test_another_number_changes_the_meaning_or_is_refused(
    call: list[str], data: st.DataObject
) -> None:
    text = f"{call[0]}({', '.join(call[1:])})"
    places = [
        index for index, each in enumerate(text) if each.isdigit() and text[index - 1] in "(, ="
    ]
    place = data.draw(st.sampled_from(places))
    other = data.draw(st.sampled_from([digit for digit in "123456789" if digit != text[place]]))
    changed = text[:place] + other + text[place + 1 :]
    before, after = meaning(f"INPUT[8x8x3] -> {text}"), meaning(f"INPUT[8x8x3] -> {changed}")
    assert before is not None
    assert after is None or after != before, (text, changed)
