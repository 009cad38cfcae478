"""`cnnsize show` with several networks: a column for each, and the errors of one do not hide others."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

import cnnsize
from cnnsize.render.comparison import Candidate, comparison, ratio_text
from cnnsize.text.terminal import Style, display_width
from tests.helpers import BAD, GOOD
from tests.helpers import cnnsize as run

TWO = """\
                           vgg16       resnet50
─────────────────────────────────────────────────────
Input                  224x224x3      224x224x3
Output                  1x1x1000       1x1x1000
Layers                        39            174
  with weights                16             54
Parameters           138,357,544     25,557,032 0.18x
Multiply-adds     15,470,264,320  4,089,184,256 0.26x
Activations           15,262,696     28,101,608 1.84x
Peak activations       6,422,528      2,408,448 0.38x
Receptive field          212x212        427x427
Memory                 552.3 MiB      106.9 MiB 0.19x

Memory for inference, batch size 1, float32. Ratios are to vgg16.
"""


def test_two_networks_of_the_zoo() -> None:
    status, out, err = run("show", "vgg16", "resnet50")
    assert (status, out, err) == (0, TWO, "")


def test_json_is_the_usual_list() -> None:
    report = json.loads(run("show", "lenet5", GOOD, "--output-format", "json")[1])
    assert [network["name"] for network in report["architectures"]] == ["lenet5", None]
    assert [len(network["layers"]) for network in report["architectures"]] == [12, 5]
    assert "memory" not in report["architectures"][0]
    trained = json.loads(run("show", "lenet5", GOOD, "--train", "--output-format", "json")[1])
    assert all(network["memory"]["train"] for network in trained["architectures"])


def test_errors_of_one_network_do_not_hide_the_others(tmp_path: Path) -> None:
    status, out, err = run("show", "lenet5", "INPUT[8x8x3] -> POLL", "missing.cnn", cwd=tmp_path)
    assert status == 2
    assert "missing.cnn: no such file" in err
    assert "Parameters 61,706 -" in [" ".join(line.split()) for line in out.split("\n")]
    assert "network 2: INPUT[8x8x3] -> POLL\n" in out
    assert "error[CNN002] unknown-layer: POLL is not a layer" in out
    status, out, _ = run("show", GOOD, BAD)
    assert status == 1
    assert "error[CNN101]" in out
    status, out, err = run("show", "lenet5", "missing.cnn", cwd=tmp_path)
    assert (status, "61,706" in out) == (2, True)
    assert "missing.cnn: no such file" in err


def test_the_networks_of_a_file_are_compared(tmp_path: Path) -> None:
    (tmp_path / "nets.cnn").write_text(f"one = {GOOD}\n\ntwo = {GOOD}\n")
    status, out, _ = run("show", "nets.cnn", cwd=tmp_path)
    assert status == 0
    assert out.split("\n", 1)[0].split() == ["one", "two"]
    assert "1.00x" in out
    assert "layer" in run("show", "nets.cnn", "--name", "two", cwd=tmp_path)[1]


def test_memory_and_flags_of_the_table() -> None:
    status, out, _ = run("show", "lenet5", "alexnet", "--memory", "1GiB", "--train", "--batch", "4")
    assert status == 0
    assert "Memory for training with sgd, batch size 4, float32. Ratios are to lenet5." in out
    assert "The largest batch is the largest that fits in 1GiB." in out
    assert "\nLargest batch " in out
    status, _, err = run("show", "lenet5", "alexnet", "--all")
    assert status == 2
    assert "--all is for the layers of one network" in err


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
def test_columns_that_do_not_fit_follow_in_further_parts(width: int) -> None:
    names = ["vgg16", "resnet18", "alexnet", "lenet5", "unet", "dcgan_generator"]
    networks = [cnnsize.load(name).sized() for name in names]
    candidates = [
        Candidate(network.architecture.name, str(network), network, 10**9) for network in networks
    ]
    printed = comparison(candidates, Style(width), memory_words="inference")
    assert max(map(display_width, printed.split("\n"))) <= max(width, 64)
    for name, network in zip(names, networks, strict=True):
        assert name in printed
        assert width < 200 or f"{network.params:,}" in printed
    assert (printed.count("Parameters") == 1) == (width == 200 or width == 120)
    exact = comparison(candidates, Style(width), memory_words="inference", exact=True)
    assert "150,428,424,448" in exact


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (Fraction(1), "1.00x"),
        (Fraction(1847, 10_000), "0.18x"),
        (Fraction(1, 7000), "0.00014x"),
        (Fraction(0), "0.00x"),
        (Fraction(123, 10), "12.3x"),
        (Fraction(9902, 10), "990x"),
        (Fraction(2242), "2,240x"),
        (Fraction(37141), "37,100x"),
        (Fraction(999_999), "1.00e6x"),
        (Fraction(10**9), "1.00e9x"),
        (Fraction(10**400), "1.00e400x"),
    ],
)
def test_ratios(ratio: Fraction, text: str) -> None:
    assert ratio_text(ratio) == text
