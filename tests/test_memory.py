"""Predicted memory: compared with what autograd saves, and the totals that are built on it."""

from __future__ import annotations

import json

import pytest
import torch
from click.testing import CliRunner

import cnnsize
from cnnsize.cli.commands import cli
from cnnsize.memory import DTYPES, inference, largest_batch, saved, training
from tests.emitted import ran

pytestmark = pytest.mark.slow

torch.set_num_threads(1)

# one of each family, at sizes that take no time; `python -m tests.memory_of_zoo` measures all of it
SMALL = {
    "alexnet": 63,
    "all_cnn_c": 16,
    "cs231n_example": 32,
    "dcgan_discriminator": 64,
    "densenet121": 32,
    "dqn2013": 44,
    "efficientnet_b0": 32,
    "efficientnet_v2_s": 32,
    "googlenet": 32,
    "inception_v3": 75,
    "lenet5": 32,
    "mnasnet0_5": 32,
    "mobilenet_v1_025": 32,
    "mobilenet_v2": 32,
    "mobilenet_v3_small": 32,
    "nin": 32,
    "regnet_x_400mf": 32,
    "regnet_y_400mf": 32,
    "resnet18": 32,
    "resnet50": 32,
    "resnext50_32x4d": 32,
    "shufflenet_v2_x0_5": 32,
    "squeezenet1_1": 32,
    "convnext_tiny": 32,
}


@pytest.mark.parametrize("name", SMALL)
def test_networks_save_what_was_predicted(name: str) -> None:
    network = cnnsize.load(name)
    depth = network.sized().input.D
    sized = network.sized(input=(SMALL[name], SMALL[name], depth))
    assert sized.output is not None
    found = ran(sized)
    assert found.ok, found.findings
    assert found.saved == found.predicted_saved == saved(sized, 2)


@pytest.mark.parametrize(("name", "megabytes"), [("vgg16", 73.4), ("resnet50", 86.0)])
def test_megabytes_an_image(name: str, megabytes: float) -> None:
    """What torch was measured to save, at a batch of two."""
    sized = cnnsize.load(name).sized()
    assert round(saved(sized, 2) / 2 / 1e6, 1) == megabytes


def test_a_lying_prediction_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    sized = cnnsize.parse("INPUT[8x8x3] -> CONV3-4 -> POOL2 -> FC-2").sized()
    monkeypatch.setattr("cnnsize.memory.autograd.INDEX", 4)
    assert any("autograd saved" in one for one in ran(sized).findings)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_of_the_bytes(dtype: str) -> None:
    sized = cnnsize.parse("INPUT[8x8x3] -> CONV3-4 -> RELU -> FC-2").sized()
    found = ran(sized, dtype=dtype)
    assert found.ok
    assert found.saved == found.predicted_saved
    assert 2 * saved(sized, 3, dtype) == saved(sized, 3)


@pytest.mark.parametrize("batch", [1, 2, 3])
@pytest.mark.parametrize(
    "chain",
    [
        # a slice of one input lies in one piece, of two it is copied
        "CONV1-8 -> SLICE(to=4) -> GN(2)",
        "CONV1-8 -> SLICE(to=4) -> IN -> SLICE(to=2) -> FLATTEN -> GN(1)",
        "CONV1-4 -> LN -> SLICE(to=1) -> FC-3",
        "CONV1-4 -> LN -> GN(2) -> SLICE(to=2) -> GN(1)",
        "CONV1-1 -> CROP[8x3] -> FC-3",  # rows that follow each other are one row
        "CONV1-1 -> CROP[4x6] -> FC-3",
        "CONV1-4 -> CROP[1x6] -> IN",
        "FC-192 -> UNFLATTEN[8x6x4] -> GAP -> GN(2) -> FC-3",  # what was a vector is a map again
        "FC-192 -> UNFLATTEN[8x6x4] -> LN -> GMP -> FC-2",
        "FC-192 -> UNFLATTEN[8x6x4] -> MUL{ID | GAP -> FC-2 -> RELU -> FC-4 -> SIGMOID}",
        "CONV1-4 -> RELU -> [DROPOUT -> FC-4 -> RELU]*3",
    ],
)
def test_parts_of_a_storage(chain: str, batch: int) -> None:
    found = ran(cnnsize.parse(f"INPUT[8x6x4] -> {chain} -> CONV1-2").sized(), batch=batch)
    assert found.ok, found.findings
    assert found.saved == found.predicted_saved


@pytest.mark.parametrize("batch", [1, 2, 3])
@pytest.mark.parametrize(
    "text",
    [
        # of a map of one channel or one position, torch guesses the order of the axes from the
        # strides
        "INPUT[14x3x4] -> CONV1(S=2) -> LN -> CAT{CONV2-1(P=2x2, S=3x3) -> POOL3x1 -> BN | AVGPOOL(to=1x2)}"
        " -> ADD{AVGPOOL(to=3x4) -> CONV1-3 | IN -> CONV1(K=3, P=1)}",
        "INPUT[3x3x1] -> LN -> CAT{POOL(to=3x9) | BN -> UP1x3(mode=area)} -> ADD{SCALE | IN} -> CONV1-2",
        "INPUT[3x2x1] -> LN -> CAT{ID | GMP -> AVGPOOL(to=3x2)} -> CAT{GN(1) -> AVGPOOL(to=1x1) | FC-4} -> CONV1-2",
        "INPUT[2x1x1] -> LN -> BN -> CONV1-2 -> ADD{FC-12 | FC-12} -> CONV1-2",
        "INPUT[4x3x1] -> LN -> GAP -> CONV(K=6, F=1, S=2, P=1x2)"
        " -> MUL{GMP -> SLICE(to=4) | UNFLATTEN[36x1x1] -> CONV1-4}",
        "INPUT[1x1x4] -> CONV1-1 -> LN -> TCONV2-4(S=2) -> ADD{GMP -> CONV1-16 | UNFLATTEN[1x4x4] -> FC-16} -> LRELU",
        "INPUT[1x3x2] -> UNFLATTEN[6x1x1] -> GMP -> LN -> POOL(to=1x3) -> CONV1-2 -> ADD{SCALE | IN} -> CONV1-2",
        "INPUT[2x2x4] -> CONV1-4 -> LN -> GAP -> SLICE(to=1) -> CONV3-4(P=1) -> TCONV3-4 -> GN(2) -> FC-2",
        # the first term of a sum or a product says how the result lies, unless it cannot tell
        "INPUT[3x3x1] -> ADD{LN | POOL(to=3x3)} -> CONV(K=3, F=2, S=2x1, P=0) -> SIGMOID -> IN -> CONV1-2",
        "INPUT[3x2x6] -> MUL{LN -> GAP | ID} -> ADD{FC-12 -> CONV1-4 | FC-4} -> CONV1-2",
        "INPUT[2x2x4] -> LN -> MUL{GMP | IN} -> ADD{IN | SCALE} -> CONV1-2",
        "INPUT[5x3x4] -> CONV1-4 -> [ADD{LN | ID} -> RELU]*2 -> FC-2",
        "INPUT[5x3x4] -> CONV1-4 -> [ADD{ID | LN} -> FC-60 -> UNFLATTEN[5x3x4]]*2 -> CONV1-2",
        "INPUT[4x2x6] -> [ADD{LN -> LN | ID} -> GN(2)]*2 -> [ADD{ID | CONV1-6 -> LN} -> GN(2)]*2",
    ],
)
def test_strides_decide_what_is_copied(text: str, batch: int) -> None:
    found = ran(cnnsize.parse(text).sized(), batch=batch)
    assert found.ok, found.findings
    assert found.saved == found.predicted_saved


def test_a_repeat_saves_the_same_in_every_pass() -> None:
    once, often = (
        cnnsize.parse(f"INPUT[8x8x3] -> CONV3-8 -> [RELU6 -> CONV3-8]*{n}").sized()
        for n in (1, 1000)
    )
    assert saved(often) - saved(once) == 999 * 2 * 4 * 8 * 8 * 8


def test_a_step_of_training() -> None:
    sized = cnnsize.parse("INPUT[8x8x3] -> CONV3-4 -> BN -> FC-2").sized()
    params = sized.params or 0
    for optimizer, state in (("sgd", 0), ("momentum", 1), ("adam", 2), ("adamw", 2)):
        memory = training(sized, 4, optimizer=optimizer)
        assert memory.parameters == memory.gradients == 4 * params
        assert memory.optimizer == state * 4 * params
        assert memory.buffers == 2 * 4 * 4 + 8
        assert memory.total == sum(memory)
    assert inference(sized, 3).activations == 3 * 4 * (sized.peak_activations or 0)


def test_buffers_are_those_of_torch() -> None:
    sized = cnnsize.load("mobilenet_v3_small").sized()
    model = sized.to_torch()
    assert training(sized).buffers == sum(
        one.numel() * one.element_size() for one in model.buffers()
    )
    assert training(sized).parameters == sum(
        one.numel() * one.element_size() for one in model.parameters()
    )


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_largest_batch_fits_and_one_more_does_not(train: bool, dtype: str) -> None:
    sized = cnnsize.load("resnet50").sized()
    room = 3 * 10**9
    most = largest_batch(sized, room, train=train, dtype=dtype, optimizer="adam")
    assert most is not None
    totals = [
        (training(sized, n, dtype, "adam") if train else inference(sized, n, dtype)).total
        for n in (most, most + 1)
    ]
    assert totals[0] <= room < totals[1]
    assert largest_batch(sized, 10**6, train=train, dtype=dtype, optimizer="adam") == 0


@pytest.mark.parametrize("train", [False, True])
def test_a_batch_fits_in_just_the_bytes_that_it_takes(train: bool) -> None:
    sized = cnnsize.parse("INPUT[8x8x3] -> CONV3-4 -> RELU -> FC-2").sized()
    for batch in (1, 2, 3, 4):
        memory = training(sized, batch) if train else inference(sized, batch)
        assert (
            largest_batch(sized, memory.total, train=train, dtype="float32", optimizer="sgd")
            == batch
        )
        assert (
            largest_batch(sized, memory.total - 1, train=train, dtype="float32", optimizer="sgd")
            == batch - 1
        )


def test_what_keeps_nothing_of_an_input_has_no_largest_batch() -> None:
    sized = cnnsize.parse("INPUT[8x8x3] -> RELU").sized()
    assert largest_batch(sized, 10**9, train=True, dtype="float32", optimizer="sgd") is None
    done = CliRunner().invoke(
        cli, ["show", "INPUT[8x8x3] -> RELU", "--isolated", "--train", "--memory", "1GB"]
    )
    assert done.exit_code == 0
    assert done.output.endswith("any batch size fits in 1GB: the network keeps nothing per input\n")


def test_a_single_input_that_needs_more_than_two_is_no_bound() -> None:
    """Of one input the whole storage is kept, of two a copy of the slice."""
    sized = cnnsize.parse("INPUT[8x8x3] -> CONV1-64 -> SLICE(to=2) -> GN(1)").sized()
    one, two = (training(sized, batch).total for batch in (1, 2))
    assert one > two
    assert largest_batch(sized, one - 1, train=True, dtype="float32", optimizer="sgd") == 2 + (
        one - 1 - two
    ) // (training(sized, 3).total - two)
    assert largest_batch(sized, two - 1, train=True, dtype="float32", optimizer="sgd") == 0


def test_show_predicts_memory() -> None:
    done = CliRunner().invoke(
        cli,
        [
            "show",
            "resnet50",
            "--train",
            "--batch",
            "8",
            "--memory",
            "12GB",
            "--output-format",
            "json",
            "--isolated",
        ],
    )
    memory = json.loads(done.stdout)["architectures"][0]["memory"]
    sized = cnnsize.load("resnet50").sized()
    assert memory["activations"] == saved(sized, 8)
    assert memory["largest_batch"] == largest_batch(
        sized, 12 * 10**9, train=True, dtype="float32", optimizer="sgd"
    )
    plain = CliRunner().invoke(cli, ["show", "resnet50", "--output-format", "json", "--isolated"])
    assert "memory" not in json.loads(plain.stdout)["architectures"][0]


def test_what_says_nothing_is_refused() -> None:
    done = CliRunner().invoke(cli, ["show", "lenet5", "--isolated", "--optimizer", "adam"])
    assert done.exit_code == 2
    assert "add --train" in done.output
