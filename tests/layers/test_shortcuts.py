"""Layers of shortcuts: channels of zeros, a single learned factor, and the identity."""

from __future__ import annotations

import pytest

import cnnsize
from cnnsize import ArchitectureError

# ResNet for CIFAR with the shortcuts of option A, which have no parameters
RESNET = """
same(k) = ADD{CONV3-k(P=1, bias=no) -> BN -> RELU -> CONV3-k(P=1, bias=no) -> BN | ID} -> RELU
half(k) = ADD{
    CONV3-k(S=2, P=1, bias=no) -> BN -> RELU -> CONV3-k(P=1, bias=no) -> BN
  | POOL1(S=2) -> PAD(front=(k // 4), back=(k // 4))
} -> RELU
resnet(n) = CONV3-16(P=1, bias=no) -> BN -> RELU
  -> same(16)*n -> half(32) -> same(32)*(n - 1) -> half(64) -> same(64)*(n - 1) -> GAP -> FC-10
resnet20 = INPUT[32x32x3] -> resnet(3)
resnet56 = INPUT[32x32x3] -> resnet(9)
"""


@pytest.mark.parametrize(("name", "params"), [("resnet20", 269_722), ("resnet56", 853_018)])
def test_resnets_with_shortcuts_of_zeros_have_the_parameters_of_the_paper(
    name: str, params: int
) -> None:
    report = cnnsize.check(RESNET, name=name)
    assert report.ok and report.architectures[0].params == params


@pytest.mark.parametrize(
    ("layer", "output", "params"),
    [
        ("PAD(back=5)", (8, 8, 9), 0),
        ("PAD(front=1, back=2, left=3)", (11, 8, 7), 0),
        ("PAD2(front=1)", (12, 12, 5), 0),
        ("SCALE", (8, 8, 4), 4),
        ("SCALE(per=channel)", (8, 8, 4), 4),
        ("SCALE(per=layer)", (8, 8, 4), 1),
        ("SCALE(per=layer, bias=yes)", (8, 8, 4), 2),
        ("IDENTITY", (8, 8, 4), 0),
        ("ADD{identity | RELU}", (8, 8, 4), 0),
    ],
)
def test_the_output_and_the_parameters(
    layer: str, output: tuple[int, int, int], params: int
) -> None:
    network = cnnsize.parse(f"INPUT[8x8x4] -> {layer}").sized()
    assert (network.output, network.params, network.macs) == (output, params, 0)


def test_an_identity_holds_no_volume_of_its_own() -> None:
    plain, with_identity = (
        cnnsize.parse(f"INPUT[8x8x4] -> CONV3-8 -> {layer}RELU -> GAP").sized()
        for layer in ("", "IDENTITY -> ")
    )
    assert plain.activations == with_identity.activations
    assert plain.peak_activations == with_identity.peak_activations


def test_rules_see_through_an_identity() -> None:
    def codes(text: str) -> set[str]:
        return {diagnostic.code for diagnostic in cnnsize.check(text).diagnostics}

    assert "CNN302" in codes("INPUT[8x8x3] -> FC-8 -> IDENTITY -> FC-8")


@pytest.mark.parametrize("layer", ["SCALE(per=network)", "PAD(front=-1)", "PAD()", "IDENTITY2"])
def test_what_these_layers_cannot_have_is_refused(layer: str) -> None:
    with pytest.raises(ArchitectureError):
        cnnsize.parse(f"INPUT[8x8x4] -> {layer}").sized()


@pytest.mark.parametrize(
    ("shortcut", "help"),
    [
        ("POOL1(S=2)", "`PAD(front=8, back=8)` after the branch of 16x16x16 gives 16x16x32"),
        ("ID", "`POOL1(S=2) -> PAD(front=8, back=8)` in place of ID gives 16x16x32"),
    ],
)
def test_channels_of_zeros_are_proposed_for_a_shortcut_of_fewer_channels(
    shortcut: str, help: str
) -> None:
    block = f"ADD{{CONV3-32(S=2, P=1) -> BN | {shortcut}}}"
    (diagnostic, *_) = cnnsize.check(f"INPUT[32x32x16] -> {block} -> RELU").diagnostics
    assert help in diagnostic.help
