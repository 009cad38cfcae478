"""Whole networks against published numbers, layer by layer, and published receptive fields.

The tables in ``tests/data`` were measured with torch 2.13.0 on the CPU, or copied from the sources
named. Their pairs are H x W and their shapes N x C x H x W; the language says W x H x D.
"""

from __future__ import annotations

import csv

import pytest

import cnnsize
from cnnsize import Network, Step
from tests.helpers import DATA

Row = dict[str, str]


def table(name: str) -> list[Row]:
    with open(DATA / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sized(text: str) -> Network:
    return cnnsize.parse(text).sized()


VGG_16 = (
    "INPUT[224x224x3] -> [{conv64} -> RELU]*2 -> POOL2 -> [{conv128} -> RELU]*2 -> POOL2 -> [{conv256} -> RELU]*3 "
    "-> POOL2 -> [[{conv512} -> RELU]*3 -> POOL2]*2 -> AVGPOOL(to=7x7) -> FLATTEN -> "
    "[FC-4096 -> RELU -> DROPOUT]*2 -> FC-1000"
)
PLAIN = {f"conv{k}": f"CONV3-{k}(P=1)" for k in (64, 128, 256, 512)}
NORMED = {key: f"{conv} -> BN" for key, conv in PLAIN.items()}
NETWORKS = {
    "lenet5": "INPUT[32x32x1] -> CONV5-6(P=0) -> TANH -> AVGPOOL2 -> CONV5-16(P=0) -> TANH -> AVGPOOL2 -> "
    "CONV5-120(P=0) -> TANH -> FLATTEN -> FC-84 -> TANH -> FC-10",
    "alexnet": "INPUT[224x224x3] -> CONV11-64(S=4, P=2) -> RELU -> POOL3(S=2) -> CONV5-192(P=2) -> RELU -> POOL3(S=2) -> "
    "CONV3-384(P=1) -> RELU -> [CONV3-256(P=1) -> RELU]*2 -> POOL3(S=2) -> AVGPOOL(to=6x6) -> FLATTEN -> "
    "[DROPOUT -> FC-4096 -> RELU]*2 -> FC-1000",
    "alexnet_paper": "INPUT[227x227x3] -> CONV11-96(S=4, P=0) -> RELU -> LRN -> POOL3(S=2) -> CONV5-256(P=2, G=2) -> RELU -> "
    "LRN -> POOL3(S=2) -> CONV3-384(P=1) -> RELU -> CONV3-384(P=1, G=2) -> RELU -> CONV3-256(P=1, G=2) -> RELU -> "
    "POOL3(S=2) -> FLATTEN -> [FC-4096 -> RELU -> DROPOUT]*2 -> FC-1000",
    "vgg16": VGG_16.format(**PLAIN),
    "vgg16_bn": VGG_16.format(**NORMED),
    "cs231n_example": "INPUT[32x32x3] -> [[CONV3-64(P=1) -> RELU]*2 -> POOL2]*3 -> FLATTEN -> FC-10",
    "dqn2015": "INPUT[84x84x4] -> CONV8-32(S=4, P=0) -> RELU -> CONV4-64(S=2, P=0) -> RELU -> CONV3-64(P=0) -> RELU -> "
    "FLATTEN -> FC-512 -> RELU -> FC-18",
    "dcgan_generator": "INPUT[1x1x100] -> TCONV4-512(bias=no) -> BN -> RELU -> TCONV4-256(S=2, P=1, bias=no) -> BN -> RELU -> "
    "TCONV4-128(S=2, P=1, bias=no) -> BN -> RELU -> TCONV4-64(S=2, P=1, bias=no) -> BN -> RELU -> "
    "TCONV4-3(S=2, P=1, bias=no) -> TANH",
}
TYPES = {
    "Input": "INPUT",
    "Conv2d": "CONV",
    "ConvTranspose2d": "TCONV",
    "Linear": "FC",
    "MaxPool2d": "POOL",
    "AvgPool2d": "AVGPOOL",
    "AdaptiveAvgPool2d": "AVGPOOL",
    "ReLU": "RELU",
    "Tanh": "TANH",
    "BatchNorm2d": "BN",
    "LocalResponseNorm": "LRN",
    "Dropout": "DROPOUT",
    "Flatten": "FLATTEN",
    "flatten": "FLATTEN",
}


def volume_of(shape: str) -> tuple[int, int, int]:
    sides = [int(side) for side in shape.split("x")]
    _, depth, height, width = sides if len(sides) == 4 else [*sides, 1, 1]
    return width, height, depth


@pytest.mark.parametrize("name", NETWORKS)
def test_layer_by_layer(name: str) -> None:
    rows, network = table(f"per_layer/{name}.csv"), sized(NETWORKS[name])
    assert len(rows) == len(network.steps)
    for row, step in zip(rows, network.steps, strict=True):
        place = f"{name}, {row['node']}, {step.text}"
        assert step.kind == TYPES[row["type"]], place
        assert step.output == volume_of(row["output_shape"]), place
        assert (step.params, step.macs) == (int(row["params"]), int(row["macs"])), place
        if row["rf_h"]:
            assert step.receptive_field == (int(row["rf_w"]), int(row["rf_h"])), place
            assert step.jump == (int(row["eff_stride_w"]), int(row["eff_stride_h"])), place
            assert step.receptive_padding == (int(row["eff_pad_w"]), int(row["eff_pad_h"])), place
    assert network.params == sum(int(row["params"]) for row in rows)
    assert network.macs == sum(int(row["macs"]) for row in rows)
    assert network.valid


@pytest.mark.parametrize(
    ("name", "params", "macs"),
    [
        ("lenet5", 61_706, 416_520),
        ("dqn2015", 1_693_362, 9_352_192),
        ("alexnet_paper", 60_965_224, 724_406_816),
        ("alexnet", 61_100_840, 714_188_480),
        ("vgg16", 138_357_544, 15_470_264_320),
        ("vgg16_bn", 138_365_992, 15_470_264_320),
    ],
)
def test_published_totals(name: str, params: int, macs: int) -> None:
    network = sized(NETWORKS[name])
    assert (network.params, network.macs) == (params, macs)


def test_the_paper_of_alexnet_says_224_which_does_not_fit() -> None:
    paper = sized("INPUT[224x224x3] -> CONV11-96(S=4, P=0)")
    assert not paper.valid
    assert paper.output == (54, 54, 96)
    assert sized("INPUT[227x227x3] -> CONV11-96(S=4, P=0)").valid
    assert sized("INPUT[224x224x3] -> CONV11-64(S=4, P=2)").valid


# (endpoint, kind, F, S, SAME or VALID), as TF-Slim has them
Slim = tuple[str, str, int, int, str]


def vgg_slim(widths: list[int]) -> list[Slim]:
    found: list[Slim] = []
    for block, layers in enumerate(widths, 1):
        found += [(f"conv{block}_{index}", "CONV", 3, 1, "SAME") for index in range(1, layers + 1)]
        found.append((f"pool{block}", "POOL", 2, 2, "VALID"))
    return found


def inception_stem(padding: str, middle: str = "SAME") -> list[Slim]:
    return [
        ("Conv2d_1a_3x3", "CONV", 3, 2, padding),
        ("Conv2d_2a_3x3", "CONV", 3, 1, padding),
        ("Conv2d_2b_3x3", "CONV", 3, 1, middle),
        ("MaxPool_3a_3x3", "POOL", 3, 2, padding),
        ("Conv2d_3b_1x1", "CONV", 1, 1, padding),
        ("Conv2d_4a_3x3", "CONV", 3, 1, padding),
        ("MaxPool_5a_3x3", "POOL", 3, 2, padding),
    ]


def mobilenet() -> list[Slim]:
    found: list[Slim] = [("Conv2d_0", "CONV", 3, 2, "SAME")]
    for index, stride in enumerate((1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1), 1):
        found.append((f"Conv2d_{index}_depthwise", "DWCONV", 3, stride, "SAME"))
        found.append((f"Conv2d_{index}_pointwise", "CONV", 1, 1, "SAME"))
    return found


ALEXNET: list[Slim] = [
    ("conv1", "CONV", 11, 4, "VALID"),
    ("pool1", "POOL", 3, 2, "VALID"),
    ("conv2", "CONV", 5, 1, "SAME"),
    ("pool2", "POOL", 3, 2, "VALID"),
    ("conv3", "CONV", 3, 1, "SAME"),
    ("conv4", "CONV", 3, 1, "SAME"),
    ("conv5", "CONV", 3, 1, "SAME"),
    ("pool5", "POOL", 3, 2, "VALID"),
]
INCEPTION_V2: list[Slim] = [
    ("Conv2d_1a_7x7", "CONV", 7, 2, "SAME"),
    ("MaxPool_2a_3x3", "POOL", 3, 2, "SAME"),
    ("Conv2d_2b_1x1", "CONV", 1, 1, "SAME"),
    ("Conv2d_2c_3x3", "CONV", 3, 1, "SAME"),
    ("MaxPool_3a_3x3", "POOL", 3, 2, "SAME"),
]
MODELS: dict[str, list[Slim]] = {
    "alexnet_v2": ALEXNET,
    "vgg_a": vgg_slim([1, 1, 2, 2, 2]),
    "vgg_16": vgg_slim([2, 2, 3, 3, 3]),
    "mobilenet_v1": mobilenet(),
    "mobilenet_v1_075": mobilenet(),
    "inception_v2": INCEPTION_V2,
    "inception_v2-no-separable-conv": INCEPTION_V2,
    "inception_v3": inception_stem("VALID"),
    "inception_v4": inception_stem("VALID")[:3],
    "inception_resnet_v2": inception_stem("VALID"),
    "inception_resnet_v2-same": inception_stem("SAME"),
    # fully convolutional: the first FC is a convolution as large as the map it reads
    "FCN-AlexNet": [*ALEXNET, ("fc6", "CONV", 6, 1, "SAME"), ("fc8", "CONV", 1, 1, "SAME")],
    "FCN-VGG16": [
        *vgg_slim([2, 2, 3, 3, 3]),
        ("fc6", "CONV", 7, 1, "SAME"),
        ("fc8", "CONV", 1, 1, "SAME"),
    ],
}


def slim_field(model: str, endpoint: str, side: int) -> Step:
    """The step of an endpoint; TensorFlow's SAME padding is written out for an input of
    ``side``.
    """
    text = f"INPUT[{side}x{side}x8]"
    for name, kind, F, S, padding in MODELS[model]:
        if padding == "SAME":
            out = -(-side // S)
            total = max(0, (out - 1) * S + F - side)
            low, high = total // 2, total - total // 2
            text += f" -> PAD(left={low}, top={low}, right={high}, bottom={high})"
        else:
            out = (side - F) // S + 1
        text += " -> " + {
            "CONV": f"CONV-8(F={F}, S={S}, P=0)",
            "DWCONV": f"DWCONV(F={F}, S={S}, P=0)",
        }.get(kind, f"POOL(F={F}, S={S})")
        side = out
        if name == endpoint:
            return sized(text).steps[-1]
    raise AssertionError(f"{model} has no {endpoint}")


FIELDS = table("receptive_fields.csv")


@pytest.mark.parametrize("row", FIELDS, ids=[row["id"] for row in FIELDS])
def test_published_receptive_fields(row: Row) -> None:
    step = slim_field(row["model"], row["endpoint"], int(row["resolution"] or 224))
    rf, stride = int(row["rf"]), int(row["stride"])
    assert step.receptive_field == (rf, rf)
    assert step.jump == (stride, stride)
    if row["padding"]:
        padding = int(row["padding"])
        assert step.receptive_padding == (padding, padding)


def test_a_dilated_filter_sees_a_wider_field() -> None:
    (step,) = sized("INPUT[16x16x1] -> CONV3-1(D=2, P=0)").steps[1:]
    assert (step.receptive_field, step.jump, step.receptive_padding) == ((5, 5), (1, 1), (0, 0))
