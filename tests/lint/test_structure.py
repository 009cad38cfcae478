"""The graph of a network, and the rules that follow its paths."""

from __future__ import annotations

import pytest

import cnnsize
from cnnsize.lint.graph import Graph
from tests.lint.findings import findings, messages


def edges_of(text: str) -> list[tuple[str, list[str]]]:
    """Return the kind of each layer, with the kinds of its preceding layers."""
    graph = Graph(cnnsize.parse(text).sized())
    return [
        (kind, sorted(graph.kinds[layer] for layer in graph.preceding_layers(index)))
        for index, kind in enumerate(graph.kinds)
        if graph.rows[index] is not None
    ]


@pytest.mark.parametrize(
    ("text", "edges"),
    [
        ("INPUT[8x8x3] -> BN -> RELU", [("INPUT", []), ("BN", ["INPUT"]), ("RELU", ["BN"])]),
        (
            "INPUT[8x8x3] -> ADD{BN -> RELU | ID} -> TANH",
            [
                ("INPUT", []),
                ("BN", ["INPUT"]),
                ("RELU", ["BN"]),
                ("ADD", ["INPUT", "RELU"]),
                ("TANH", ["ADD"]),
            ],
        ),
        (
            "INPUT[8x8x3] -> [BN -> RELU]*5 -> TANH",
            [("INPUT", []), ("BN", ["INPUT", "RELU"]), ("RELU", ["BN"]), ("TANH", ["RELU"])],
        ),
        (
            "INPUT[8x8x3] -> ADD{BN | ID}*5 -> TANH",
            [
                ("INPUT", []),
                ("BN", ["ADD", "INPUT"]),
                ("ADD", ["ADD", "BN", "INPUT"]),
                ("TANH", ["ADD"]),
            ],
        ),
        (
            "INPUT[8x8x3] -> [[BN]*3 -> RELU]*2",
            [("INPUT", []), ("BN", ["BN", "INPUT", "RELU"]), ("RELU", ["BN"])],
        ),
    ],
)
def test_each_layer_has_its_preceding_layers(text: str, edges: list[tuple[str, list[str]]]) -> None:
    assert edges_of(text) == edges


def test_a_nonlinearity_that_only_later_iterations_lack_is_counted() -> None:
    text = "INPUT[8x8x3] -> [CONV3-3 -> BN]*1000000 -> RELU -> FC-2"
    assert messages(text, "CNN302")[0][1].endswith(", in 999,999 of its 1,000,000 places")
    text = "INPUT[8x8x3] -> [[CONV3-3]*3 -> RELU]*5 -> FC-2"
    assert messages(text, "CNN302")[0][1].endswith(", in 10 of its 15 places")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        # a nonlinearity on one of the paths between the two is enough
        (
            "INPUT[8x8x3] -> CONV3-3 -> ADD{RELU -> CONV3-3 -> RELU | ID} -> CONV3-3 -> RELU -> FC-2",
            [],
        ),
        ("INPUT[8x8x3] -> CONV3-3 -> ADD{BN | ID} -> CONV3-3 -> RELU -> FC-2", ["CNN302"]),
        ("INPUT[8x8x3] -> CONV3-3 -> MUL{ID | GAP -> SIGMOID} -> CONV3-3 -> RELU -> FC-2", []),
        # the end of an iteration and the start of the next one
        ("INPUT[8x8x3] -> [CONV3-3 -> BN]*2 -> RELU -> FC-2", ["CNN302"]),
        ("INPUT[8x8x3] -> [CONV3-3 -> RELU]*2 -> FC-2", []),
        ("INPUT[8x8x3] -> [RELU -> CONV3-3]*2 -> GAP -> FC-2", ["CNN302"]),
        ("INPUT[8x8x3] -> [[CONV3-3]*2 -> RELU]*2 -> FC-2", ["CNN302"]),
        ("INPUT[8x8x3] -> CONV3-3 -> [CONV3-3 -> BN]*2 -> RELU -> FC-2", ["CNN302"]),
        # factors of one filter
        ("INPUT[8x8x3] -> CONV1-3 -> CONV3-3 -> RELU -> FC-2", []),
        ("INPUT[8x8x3] -> CONV3x1-3 -> CONV1x3-3 -> RELU -> FC-2", []),
        ("INPUT[8x8x3] -> DWCONV3 -> CONV1-3 -> RELU -> FC-2", []),
        (
            "INPUT[8x1x3] -> CONV3x1-3 -> CONV3x1-3 -> RELU -> FC-2",
            ["CNN302"],
        ),  # a signal is no map
        # two FC are the factors of one only if fewer values are between them
        ("INPUT[4x4x3] -> FC-16 -> FC-16", ["CNN302"]),
        ("INPUT[4x4x3] -> FC-15 -> FC-16", []),
    ],
)
def test_a_nonlinearity_is_missing_on_every_path_or_not_at_all(text: str, codes: list[str]) -> None:
    assert [diagnostic.code for diagnostic in findings(text, "CNN302")] == codes
