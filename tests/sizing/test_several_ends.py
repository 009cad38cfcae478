"""Networks with several outputs and several inputs: volumes, parameters, receptive fields."""

from __future__ import annotations

import pickle

import pytest
import torch
from hypothesis import given

import cnnsize
from cnnsize import ArchitectureError
from tests.helpers import examples
from tests.several_ends import Node, Oracle, Shape, input_text, networks, shape_of, written

GOOGLENET_HEAD = "OUTPUT{AVGPOOL5(S=3) -> CONV1-128 -> RELU -> FC-1024 -> RELU -> FC-1000}"


@examples(400)
@given(networks())
def test_every_end_agrees_with_torch(drawn: tuple[Shape, list[Node]]) -> None:
    shape, nodes = drawn
    oracle = Oracle()
    W, H, D = shape
    last = oracle.run(nodes, torch.zeros(1, D, H, W))
    text = f"{input_text(shape)} -> {written(nodes)}"
    parsed = cnnsize.parse(text)
    network = parsed.sized()
    assert network.inputs == (shape, *oracle.inputs), text
    assert network.outputs == tuple(map(shape_of, [last, *oracle.outputs])), text
    assert network.output == network.outputs[0]
    assert network.params == oracle.params, text
    assert network.valid and network.is_sized
    assert cnnsize.parse(str(parsed)) == parsed
    assert str(cnnsize.parse(str(parsed))) == str(parsed) == text


@pytest.mark.parametrize(
    ("text", "outputs"),
    [
        ("INPUT[8x8x3] -> FC-5 -> RELU -> OUTPUT{FC-1} -> FC-4", [(1, 1, 4), (1, 1, 1)]),
        ("INPUT[8x8x3] -> CONV3-5 -> OUTPUT{FC-2}", [(8, 8, 5), (1, 1, 2)]),
        ("INPUT[8x8x3] -> OUTPUT{ID} -> FC-4", [(1, 1, 4), (8, 8, 3)]),
        ("INPUT[8x8x3] -> OUTPUT{FC-2 | FC-3} -> FC-4", [(1, 1, 4), (1, 1, 2), (1, 1, 3)]),
        # an output of an output ends before it
        ("INPUT[8x8x3] -> OUTPUT{POOL2 -> OUTPUT{FC-2} -> FC-3} -> FC-4",
         [(1, 1, 4), (1, 1, 2), (1, 1, 3)]),
        ("INPUT[8x8x3] -> ADD{OUTPUT{FC-2} -> CONV3-3 | ID} -> FC-4", [(1, 1, 4), (1, 1, 2)]),
        ("INPUT[8x8x3] -> [CONV3-3 -> OUTPUT{FC-2} -> POOL2]*2 -> FC-4",
         [(1, 1, 4), (1, 1, 2), (1, 1, 2)]),
        ("INPUT[8x8x3] -> OUTPUT{GAP}*3 -> FC-4", [(1, 1, 4), *[(1, 1, 3)] * 3]),
        # the plain word has no effect, as ever
        ("INPUT[8x8x3] -> FC-4 -> OUTPUT", [(1, 1, 4)]),
        # the last FC of each output has the classes
        ("INPUT[8x8x3] -> OUTPUT{FC -> RELU -> FC} -> FC -> RELU -> FC", [(1, 1, 10), (1, 1, 10)]),
    ],
)  # fmt: skip
def test_outputs_are_in_the_order_in_which_they_end(text: str, outputs: list[Shape]) -> None:
    network = cnnsize.parse(text).sized()
    assert list(network.outputs) == outputs
    assert pickle.loads(pickle.dumps(network)).outputs == network.outputs


def test_an_output_changes_nothing_after_it() -> None:
    with_head = cnnsize.parse(f"INPUT[32x32x3] -> CONV3-16 -> {GOOGLENET_HEAD} -> FC-10").sized()
    without = cnnsize.parse("INPUT[32x32x3] -> CONV3-16 -> FC-10").sized()
    assert with_head.output == without.output
    assert with_head.receptive_field == without.receptive_field
    head = sum(step.params for step in with_head.steps if step.path.startswith("2."))
    assert with_head.params == without.params + head
    assert head == (16 * 128 + 128) + (10 * 10 * 128 * 1024 + 1024) + (1024 * 1000 + 1000)


def test_the_input_option_is_that_of_the_first_input() -> None:
    parsed = cnnsize.parse("INPUT[8x8x3] -> CONV3-4 -> CAT{FC-2 | INPUT[4x4x1] -> FC-3} -> FC-5")
    assert parsed.sized(input=(16, 16, 3)).inputs == ((16, 16, 3), (4, 4, 1))


def test_the_receptive_field_is_that_in_the_first_input() -> None:
    text = "INPUT[8x8x3] -> CONV3-4 -> CAT{ID | INPUT[8x8x1] -> CONV5-4 -> CONV5-4} -> CONV3-4"
    network = cnnsize.parse(text).sized()
    assert network.receptive_field == (5, 5)
    by_text = {step.text: step.receptive_field for step in network.steps}
    assert by_text["INPUT[8x8x1]"] == (1, 1) and by_text["CONV5-4"] == (9, 9)


def test_unknown_outputs_are_unknown() -> None:
    network = cnnsize.parse("INPUT[8x8x3] -> CONV3-4 -> OUTPUT{POOL9 -> FC-2} -> FC-3").sized()
    assert network.outputs == ((1, 1, 3), None)
    assert not network.valid and not network.is_sized and network.params is None
    assert [item.code for item in network.diagnostics] == ["CNN102"]


@pytest.mark.parametrize("times", [1001, 10**17])
def test_too_many_outputs_are_refused(times: int) -> None:
    parsed = cnnsize.parse(f"INPUT[8x8x3] -> [CONV3-3 -> OUTPUT{{FC-2}}]*{times}")
    with pytest.raises(ArchitectureError, match="more than 1,000 outputs"):
        parsed.sized()


def test_as_plain_data_only_where_there_are_several() -> None:
    network = cnnsize.parse("INPUT[8x8x3] -> OUTPUT{FC-2} -> CAT{FC-3 | INPUT[1x1x2]}").sized()
    data = network.to_dict()
    assert data["inputs"] == [[8, 8, 3], [1, 1, 2]]
    assert data["outputs"] == [[1, 1, 5], [1, 1, 2]]
    report = cnnsize.check(str(network.architecture)).to_dict()["architectures"][0]
    assert {key: report[key] for key in data} == data
    plain = cnnsize.parse("INPUT[8x8x3] -> FC-2").sized().to_dict()
    assert not {"inputs", "outputs"} & set(plain)
