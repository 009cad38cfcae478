"""The zoo against published and measured numbers: totals of every network, layers one by one, joins
and fields.

``tests/data/torchvision.csv`` has what torchvision publishes of each of its classification CNNs, at
the crop of its default weights; ``tests/data/per_layer`` was measured with torch. Their pairs are H
x W.
"""

from __future__ import annotations

import csv

import pytest

import cnnsize
from cnnsize import ArchitectureError, Step
from cnnsize.rewriting.fmt import format_text
from cnnsize.zoo import about, families, index
from tests.helpers import DATA

Row = dict[str, str]


def table(name: str) -> list[Row]:
    with open(DATA / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


TORCHVISION = table("torchvision.csv")
# what the published number counts besides: the auxiliary head, which inception_v3_aux has
AUXILIARY = {"inception_v3": 27_161_264 - 23_834_568}
# published as they are: a window that does not fit loses the last row and column of an even input
UNREAD = {"squeezenet1_0", "squeezenet1_1", "nin_imagenet"}


@pytest.mark.parametrize("row", TORCHVISION, ids=[row["model"] for row in TORCHVISION])
def test_every_torchvision_cnn_has_its_published_totals(row: Row) -> None:
    network = cnnsize.load(row["model"]).sized()
    side = int(row["crop"])
    assert (network.input, network.output) == ((side, side, 3), (1, 1, 1000))
    assert network.params is not None and network.macs is not None
    assert network.params + AUXILIARY.get(row["model"], 0) == int(row["params"])
    assert network.macs == int(row["macs"])
    assert round(network.macs / 1e9, 3) == float(row["gmacs_published"])


def test_all_68_are_there() -> None:
    assert len(TORCHVISION) == 68
    assert {row["model"] for row in TORCHVISION} <= set(index())


PUBLISHED = {  # (params, MACs) of networks that are not torchvision's; None: no number is published
    "lenet5": (61_706, 416_520),
    "alexnet_paper": (60_965_224, 724_406_816),
    "dqn2015": (1_693_362, 9_352_192),
    "unet": (31_030_658, 150_428_424_448),
    "dcgan_generator": (3_576_704, 104_628_224),
    "mobilenet_v1": (4_231_976, 568_740_352),
    "all_cnn_c": (1_369_738, 270_798_336),
    "cs231n_three_pools": (979_018, 63_902_720),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_other_networks_have_their_published_totals(name: str) -> None:
    network = cnnsize.load(name).sized()
    assert (network.params, network.macs) == PUBLISHED[name]


@pytest.mark.parametrize(
    ("name", "params", "outputs"),
    [("googlenet_aux", 13_004_888, 3), ("inception_v3_aux", 27_161_264, 2)],
)
def test_networks_with_auxiliary_heads_have_their_published_parameters(
    name: str, params: int, outputs: int
) -> None:
    network = cnnsize.load(name).sized()
    assert network.params == params
    assert network.outputs == ((1, 1, 1000),) * outputs
    without = cnnsize.load(name.removesuffix("_aux")).sized()
    assert network.receptive_field == without.receptive_field


KINDS = {
    "Conv2d": "CONV",
    "ConvTranspose2d": "TCONV",
    "Linear": "FC",
    "BatchNorm2d": "BN",
    "LayerNorm": "LN",
    "LayerNorm2d": "LN",
}
PER_LAYER = sorted(path.stem for path in (DATA / "per_layer").glob("*.csv") if path.stem in index())


def kind_of(row: Row, name: str) -> str:
    if (
        row["type"] == "Linear"
        and name.startswith("convnext")
        and not row["node"].startswith("classifier")
    ):
        return "CONV"  # at each position: a 1x1 convolution
    return KINDS[row["type"]]


def volume_of(row: Row, name: str) -> tuple[int, int, int]:
    sides = [int(side) for side in row["output_shape"].split("x")]
    if len(sides) == 2:
        return 1, 1, sides[1]
    if name.startswith("convnext") and row["type"] in (
        "Linear",
        "LayerNorm",
    ):  # channels last inside the blocks
        return sides[2], sides[1], sides[3]
    return sides[3], sides[2], sides[1]


def same_field(step: Step, row: Row, place: str) -> None:
    if row["rf_h"]:
        assert step.receptive_field == (int(row["rf_w"]), int(row["rf_h"])), place
        assert step.jump == (int(row["eff_stride_w"]), int(row["eff_stride_h"])), place
        assert step.receptive_padding == (int(row["eff_pad_w"]), int(row["eff_pad_h"])), place


@pytest.mark.parametrize("name", PER_LAYER)
def test_weight_layers_one_by_one(name: str) -> None:
    rows = [row for row in table(f"per_layer/{name}.csv") if row["type"] in KINDS]
    steps = [
        step
        for step in cnnsize.load(name).sized().steps
        if step.kind in ("DWCONV", *KINDS.values())
    ]
    assert len(rows) == len(steps) > 3
    for row, step in zip(rows, steps, strict=True):
        place = f"{name}, {row['node']}, {step.path} {step.text}"
        assert step.kind.removeprefix("DW") == kind_of(row, name), place
        assert step.output == volume_of(row, name), place
        assert (step.params, step.macs) == (int(row["params"]), int(row["macs"])), place
        same_field(step, row, place)


JOINS = {"add": "ADD", "cat": "CAT", "mul": "MUL"}
# not DenseNet: in torch each layer of a block stacks all before it anew, here each adds its own to
# the stack
JOINED = (
    "convnext_tiny",
    "efficientnet_b0",
    "googlenet",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "resnet18",
    "resnet50",
    "shufflenet_v2_x1_0",
    "squeezenet1_1",
    "unet",
)


@pytest.mark.parametrize("name", JOINED)
def test_joins_one_by_one(name: str) -> None:
    """Sums, products and stacks come in the same order, of the same size, and see as much."""
    # ConvNeXt's products are the layer scale: SCALE here
    kinds = {key for key in JOINS if not (key == "mul" and name.startswith("convnext"))}
    rows = [row for row in table(f"per_layer/{name}.csv") if row["type"] in kinds]
    steps = [step for step in cnnsize.load(name).sized().steps if step.kind in JOINS.values()]
    assert len(rows) == len(steps) > 3
    for row, step in zip(rows, steps, strict=True):
        place = f"{name}, {row['node']}, {step.path}"
        assert (step.kind, step.output) == (JOINS[row["type"]], volume_of(row, name)), place
        same_field(step, row, place)


@pytest.mark.parametrize("name", index())
def test_a_network_of_the_zoo_is_valid_cited_and_survives_its_canonical_text(name: str) -> None:
    network = cnnsize.load(name)
    sized = network.sized()
    assert sized.valid == (name not in UNREAD)
    assert [diagnostic.code for diagnostic in sized.diagnostics] == (
        ["CNN101"] if name in UNREAD else []
    )
    assert "arXiv" in about(name) or any(char.isdigit() for char in about(name)), (
        "no source is cited"
    )
    copy = cnnsize.parse(str(network))
    assert str(copy) == str(network)
    assert [(s.kind, s.output, s.params) for s in copy.sized().steps] == [
        (s.kind, s.output, s.params) for s in sized.steps
    ]
    assert network.kinds() == [step.kind for step in sized.steps]


@pytest.mark.parametrize("family", families())
def test_the_files_are_formatted(family: str) -> None:
    text = families()[family]
    assert format_text(text, f"{family}.cnn")[:3] == (text, [], [])


def test_names_are_unique_across_the_files() -> None:
    names = [
        line.split(" = ")[0]
        for text in families().values()
        for line in text.splitlines()
        if " = INPUT" in line
    ]
    assert sorted(names) == sorted(index())


def test_an_unknown_name_is_an_error_with_the_nearest() -> None:
    with pytest.raises(
        ArchitectureError, match="the zoo has no network named resnet5; did you mean resnet50"
    ):
        cnnsize.load("resnet5")
