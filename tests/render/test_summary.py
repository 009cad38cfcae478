"""``cnnsize.summary``: one call from a text to what ``cnnsize check`` prints."""

from __future__ import annotations

import re

import pytest

import cnnsize
from tests.test_readme import run

TEXTS = [
    "INPUT[28x28x1] -> CONV3-8 -> RELU -> POOL2 -> FC-10",
    "INPUT[10x10x3] -> CONV3-8(S=2, P=0) -> FC-10",
    "INPUT[32x32x3] -> CONV3-8 -> RELLU -> FC-10",
    "INPUT[32x32x3] -> [CONV3-8 -> RELU]*N -> POOL? -> FC-10",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_summary_is_what_the_command_prints(text: str) -> None:
    printed = run(f"cnnsize check '{text}'").rstrip("\n")
    printed = re.sub(r"; --exact shows all| \(--width .*? shows them\)", "", printed)  # no options
    fixable, _, _ = printed.rpartition("; ")
    assert str(cnnsize.summary(text, width=80)) in (printed, fixable)


def test_a_summary_takes_a_name_an_architecture_and_a_network() -> None:
    alexnet = cnnsize.load("alexnet")
    by_name = str(cnnsize.summary("alexnet", input=(256, 256, 3), width=100))
    assert by_name == str(cnnsize.summary(alexnet, input=(256, 256, 3), width=100))
    assert by_name == str(cnnsize.summary(alexnet.sized((256, 256, 3)), width=100))
    assert max(map(len, by_name.splitlines())) <= 100


def test_a_summary_keeps_the_letters_and_settings_of_a_network() -> None:
    pattern = cnnsize.parse("INPUT[9x9x3] -> [CONV3-8(S=2, P=same)]*N")
    settings = cnnsize.Settings(target="tensorflow")
    summary = cnnsize.summary(pattern.sized(N=2, settings=settings))
    assert summary.network == pattern.sized(N=2, settings=settings)
    assert cnnsize.summary(pattern, N=1).network.values == {"N": 1}
    assert cnnsize.summary("INPUT -> POLL").network is None


def test_several_networks_are_shown_one_after_the_other() -> None:
    text = (
        "a = INPUT[8x8x3] -> CONV3-8 -> RELU -> FC-10\nb = INPUT[9x9x3] -> CONV3-8 -> RELU -> FC-10"
    )
    summary = cnnsize.summary(text)
    assert str(summary).count("Receptive field") == 2
    assert summary.network is None
    assert str(cnnsize.summary(text, name="b")).count("Receptive field") == 1
