"""Emitted source runs, and every layer comes out as predicted."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

import cnnsize
from cnnsize import ArchitectureError
from cnnsize.layers import KINDS
from cnnsize.network import Network
from cnnsize.smoke.child.system import RefusedError
from cnnsize.torch_code.helpers import HELPERS
from cnnsize.torch_code.modules import EMITTERS
from cnnsize.zoo import index
from tests.emitted import BEFORE, EACH_KIND, UNFLATTENED, ran, source
from tests.helpers import examples

pytestmark = pytest.mark.slow

torch.set_num_threads(1)


def test_every_kind_has_a_torch_line() -> None:
    assert set(EMITTERS) == set(KINDS)


@pytest.mark.parametrize("before", BEFORE)
def test_every_kind_runs_as_predicted(before: str) -> None:
    """Shapes, parameters, gradients, and every byte that autograd saves."""
    done = 0
    for layer in (*EACH_KIND, *UNFLATTENED):
        text = f"INPUT[8x6x4] -> {BEFORE[before]} -> {layer} -> LRELU"
        network = cnnsize.parse(text).sized()
        if network.output is None:
            continue
        done += 1
        found = ran(network)
        assert found.ok, f"{text}: {found.findings}"
    assert done > 80


def test_every_kind_was_among_them() -> None:
    text = " ".join((*EACH_KIND, *UNFLATTENED))
    words = {
        word.split("{")[0]
        for word in text.replace("|", " ").replace("[", " ").replace("(", " ").split()
    }
    heads = {
        kind
        for kind in KINDS
        if any(word.rstrip("0123456789x-") == kind or word == kind for word in words)
    }
    assert set(KINDS) - heads <= {"INPUT", "LOSS", "RELU6", "DROPOUT2D"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("INPUT[8x8x4] -> SLICE(from=1) -> FC-3", "Slice(1, in_channels)"),
        (
            "net0 = INPUT -> FLATTEN*2 -> SLICE(from=4) -> FC(bias=no) -> RELU",
            "Slice(4, in_channels * 32 * 32)",
        ),
        (
            "b(k) = SLICE(from=1) -> CONV3-k\nnet0 = INPUT[8x8x5] -> b(4) -> b(6)*2 -> FC-2",
            "Slice(1, in_channels)",
        ),
    ],
)
def test_a_slice_without_an_end_runs_to_the_last_channel(text: str, line: str) -> None:
    assert line in source(text, test=True)
    assert not mismatches(cnnsize.parse(text).sized())


@pytest.mark.parametrize("name", index())
def test_every_network_of_the_zoo_is_as_predicted(name: str) -> None:
    """On meta tensors: every shape and every parameter count."""
    found = ran(cnnsize.load(name).sized(), device="meta", backward=False)
    assert found.ok, found.findings


LAYERS = st.sampled_from(
    (
        "CONV3-4",
        "CONV1-6",
        "CONV3-4(S=2, P=1)",
        "DWCONV3",
        "RELU",
        "SIGMOID",
        "BN",
        "LN",
        "POOL2",
        "AVGPOOL3(S=1, P=1)",
        "GAP",
        "FC-5",
        "FC-4",
        "FLATTEN",
        "DROPOUT",
        "SCALE",
        "UP2",
        "CHSHUFFLE(2)",
        "SLICE(to=2)",
        "PAD1",
        "PRELU(per=channel)",
        "SOFTMAX",
        "TCONV2-4(S=2)",
        "GN(1)",
        "CROP[2x2]",
        "GN(2)",
        "IN",
        "CROP[4x1]",
        "SLICE(from=1, to=3)",
        "SLICE(from=1)",
        "UNFLATTEN[2x2x1]",
        "CONV1-1",
        "CROP[1x1]",
        "SLICE(to=1)",
        "UP1x2",
        "PAD0",
        "LRN",
        "RELU6",
    )
)


def chains(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(parts, min_size=1, max_size=4).map(" -> ".join)


ITEMS = st.recursive(
    LAYERS,
    lambda inner: st.one_of(
        st.tuples(chains(inner), st.integers(0, 5)).map(lambda one: f"[{one[0]}]*{one[1]}"),
        st.tuples(
            st.sampled_from(["ADD", "CAT", "MUL"]),
            st.lists(st.one_of(st.just("ID"), chains(inner)), min_size=2, max_size=3),
        ).map(lambda one: f"{one[0]}{{{' | '.join(one[1])}}}"),
    ),
    max_leaves=8,
)


def mismatches(network: Network, batch: int = 2) -> list[str]:
    """What is not as predicted. Products of products of products do overflow, and are found."""
    try:
        return [one for one in ran(network, batch=batch).findings if "infinite" not in one]
    except RefusedError:  # a norm of one value
        assume(False)
        raise


@examples(250)
@given(chains(ITEMS), st.integers(1, 3))
def test_random_structures_run_as_predicted(chain: str, batch: int) -> None:
    network = cnnsize.parse(f"INPUT[8x6x4] -> CONV3-4 -> {chain}").sized()
    assume(network.output is not None and (network.activations or 0) < 100_000)
    assert not mismatches(network, batch), chain


BLOCK_LAYERS = st.sampled_from(
    (
        "CONV3-k",
        "CONV1-(2*k)",
        "CONV-k(F=f)",
        "CONV-k(F=f, S=s)",
        "DWCONV(F=f, S=s)",
        "DWCONV3(M=s)",
        "BN",
        "RELU",
        "LN",
        "POOL2",
        "GAP",
        "FC-k",
        "FLATTEN",
        "PIXELSHUFFLE(factor=s)",
        "UP(factor=s)",
        "SLICE(to=2)",
        "SLICE(from=1, to=(k-1))",
        "SLICE(from=1)",
        "CONV3-k(G=s)",
        "CHSHUFFLE(s)",
        "inner(k)",
        "inner(2*k)",
        "inner(4)",
    )
)
INNER = st.sampled_from(("CONV3-m", "BN", "RELU", "CONV1-m", "CAT{ID | CONV1-m}", "FC-m", "POOL2"))


@examples(200)
@given(st.data())
def test_random_blocks_run_as_predicted(data: st.DataObject) -> None:
    """Blocks with letters in filters, strides and counts, called with several arguments."""
    parts = st.one_of(
        BLOCK_LAYERS,
        st.tuples(chains(BLOCK_LAYERS), st.sampled_from(["*n", "*(n - 1)", "*2"])).map(
            lambda one: f"[{one[0]}]{one[1]}"
        ),
        chains(BLOCK_LAYERS).map(lambda one: f"CAT{{{one} | ID}}"),
        chains(BLOCK_LAYERS).map(lambda one: f"ADD{{{one} | CONV1-k}}"),
    )
    inside = data.draw(chains(INNER))
    text = f"inner(m) = {inside}\nouter(k, f, s, n) = {data.draw(chains(parts))}\n"
    calls = data.draw(
        st.lists(
            st.tuples(st.integers(2, 6), st.integers(1, 4), st.integers(1, 2), st.integers(0, 3)),
            min_size=1,
            max_size=3,
        )
    )
    joined = " -> ".join(f"outer({', '.join(map(str, call))})" for call in calls)
    try:
        network = cnnsize.parse(f"{text}net = INPUT[8x6x4] -> {joined}", name="net").sized()
    except ArchitectureError:
        assume(False)
    assume(network.output is not None and (network.activations or 0) < 100_000)
    assert not mismatches(network), text + joined


# -- what is refused ----------------------------------------


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("INPUT[8x8x3] -> POOL9 -> FC-2", "kernel-larger-than-input"),
        ("INPUT[8x8x3] -> ADD{CONV3-4 | ID}", "add-shape-mismatch"),
        ("INPUT[8x8x3] -> [RELU]*1000000000 -> FC-2", "1,000,000,001"),
        ("INPUT[8x8x3] -> [[CONV3-3 -> RELU]*100]*51", "10,200 layers"),
    ],
)
def test_what_cannot_be_built_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(ArchitectureError) as refused:
        source(text)
    assert why in str(refused.value)


def test_what_torch_rounds_down_is_emitted() -> None:
    network = cnnsize.parse("INPUT[10x10x3] -> CONV3-4(S=2, P=0) -> FC-2").sized()
    assert not network.valid
    assert ran(network).ok


def test_many_passes_are_emitted_as_a_loop() -> None:
    assert len(source("INPUT[8x8x3] -> [CONV3-3 -> RELU]*4000 -> FC-2").splitlines()) < 50


def test_emitting_imports_no_torch() -> None:
    script = "import cnnsize, sys; cnnsize.load('resnet50').sized().torch_source(); print('torch' in sys.modules, 'rich' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]


def test_to_torch_takes_the_weights_of_a_model_with_the_same_order() -> None:
    network = cnnsize.parse("INPUT[8x8x3] -> [CONV3-4 -> BN -> RELU]*2 -> GAP -> FC-2").sized()
    ours = network.to_torch().eval()
    other = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3, padding=1),
        torch.nn.BatchNorm2d(4),
        torch.nn.ReLU(),
        torch.nn.Conv2d(4, 4, 3, padding=1),
        torch.nn.BatchNorm2d(4),
        torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(1),
        torch.nn.Flatten(),
        torch.nn.Linear(4, 2),
    ).eval()
    ours.load_state_dict(dict(zip(ours.state_dict(), other.state_dict().values(), strict=True)))
    x = torch.rand(2, 3, 8, 8)
    assert torch.equal(ours(x), other(x))
    assert len(HELPERS) == 11
