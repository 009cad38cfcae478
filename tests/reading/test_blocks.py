"""Joins and blocks: what may be written, and what is refused where.

Sizes are tested against torch in ``tests/torch_code``, whole messages in ``data/rendered.md``.
"""

from __future__ import annotations

import pickle

import pytest

import cnnsize
from cnnsize import ArchitectureError, Network
from cnnsize.limits import MAX_BLOCKS, MAX_NESTING
from cnnsize.sizing.unrolled import kinds

RESIDUAL = "residual(k) = ADD{CONV3-k -> BN -> RELU -> CONV3-k -> BN | ID} -> RELU"


def sized(text: str, name: str | None = None) -> Network:
    return cnnsize.parse(text, name=name).sized()


# -- a block is what it stands for ----------------------------------------


@pytest.mark.parametrize(
    ("blocks", "called", "written_out"),
    [
        ("b(k) = CONV3-k -> RELU", "b(8) -> b(4)*2", "CONV3-8 -> RELU -> [CONV3-4 -> RELU]*2"),
        ("b() = POOL2", "b()*2", "POOL2 -> POOL2"),
        ("b(k, s) = CONV-(2*k)(F=(s+1), S=s, P=1)", "b(3, 2)", "CONV3-6(S=2, P=1)"),
        ("b(w, h) = CONV-4(F=(w)x(h))", "b(1, 7)", "CONV1x7-4"),
        ("b(n) = [RELU -> CONV3-4]*n", "b(0) -> b(2)", "[RELU -> CONV3-4]*2"),
        ("a(k) = b(k) -> b(k//2)\nb(k) = CONV3-k", "a(8)", "CONV3-8 -> CONV3-4"),
        (
            RESIDUAL,
            "CONV3-4 -> residual(4)*2",
            "CONV3-4 -> [ADD{CONV3-4 -> BN -> RELU -> CONV3-4 -> BN | ID} -> RELU]*2",
        ),
        ("b(k) = GAP -> FC-k -> RELU -> FC", "b(5)", "GAP -> FC-5 -> RELU -> FC"),
        ("b(k) = CONV3-k: [16x16x(k)]", "b(5)", "CONV3-5"),
        (
            "b(f) = [CONV-4(F=(f)x1, P=((f-1)//2)x0) -> RELU]",
            "b(3)",
            "[CONV3x1-4(P=1x0) -> RELU]*1",
        ),
        (
            "b(g) = CONV3-4 -> GN(g) -> CHSHUFFLE(g) -> SLICE(from=0, to=(2*g))",
            "b(2)",
            "CONV3-4 -> GN(2) -> CHSHUFFLE(2) -> SLICE(from=0, to=4)",
        ),
    ],
)
def test_a_call_is_its_block_written_out(blocks: str, called: str, written_out: str) -> None:
    nested, flat = (
        sized(f"{blocks}\nnet = INPUT[16x16x3] -> {called}"),
        sized(f"INPUT[16x16x3] -> {written_out}"),
    )
    assert [(s.kind, s.output, s.params, s.macs, s.receptive_field) for s in nested.steps] == [
        (s.kind, s.output, s.params, s.macs, s.receptive_field) for s in flat.steps
    ]
    assert (
        nested.params,
        nested.macs,
        nested.activations,
        nested.peak_activations,
        nested.receptive_field,
        nested.output,
    ) == (
        flat.params,
        flat.macs,
        flat.activations,
        flat.peak_activations,
        flat.receptive_field,
        flat.output,
    )
    assert kinds(nested.architecture, {}) == kinds(flat.architecture, {})
    assert nested.valid and flat.valid


def test_blocks_may_stand_behind_their_use_and_letters_are_the_networks_own() -> None:
    text = f"net = INPUT[8x8x3] -> CONV3-n -> residual(n)*m where n = 4, m = 2\n{RESIDUAL}"
    network = sized(text)
    assert [step.params for step in network.steps if step.kind == "CONV"] == [112, *[148] * 4]
    assert cnnsize.parse(text).sized(n=8).params != network.params


def test_the_text_of_a_network_holds_its_blocks_and_its_spans_point_into_it() -> None:
    text = (
        "unused(k) = CONV5-k\nb(k) = ADD{CONV3-k | ID}\n\n# a comment\nnet = INPUT[8x8x4] -> b(4)\n"
    )
    net = cnnsize.parse(text)
    assert net.text == "b(k) = ADD{CONV3-k | ID}\nnet = INPUT[8x8x4] -> b(4)"
    assert str(net) == net.text
    for step in net.sized().steps:
        assert net.text[step.span.start : step.span.end] == step.text
    (conv,) = (step for step in net.sized().steps if step.kind == "CONV")
    assert (conv.text, conv.canonical, conv.path) == ("CONV3-k", "CONV3-4", "1.0.0.0")
    assert net.source.position(conv.span.start) == (2, 12)
    assert net.source.position(net.text.index("INPUT")) == (5, 7)


def test_an_informal_block_is_read_like_any_other_text() -> None:
    text = "b(k) = conv3x3-k => bn => ReLU\nnet = Input(8x8x4) => b(4)*2 => b(8) => Dense(10)"
    net = cnnsize.parse(text)
    assert str(net) == "b(k) = CONV3-k -> BN -> RELU\nnet = INPUT[8x8x4] -> b(4)*2 -> b(8) -> FC-10"
    assert [step.kind for step in net.sized().steps if step.params] == ["CONV", "BN"] * 3 + ["FC"]
    for step in net.sized().steps:
        assert net.text[step.span.start : step.span.end] == step.text


def test_networks_with_blocks_pickle() -> None:
    network = sized(f"{RESIDUAL}\nnet = INPUT[8x8x4] -> residual(4)*3")
    copy = pickle.loads(pickle.dumps(network))
    assert copy.steps == network.steps
    assert copy.architecture == network.architecture


# -- what is refused, and where ----------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "place", "words"),
    [
        (
            "b(k) = CONV3-k\nn = INPUT[8x8x3] -> b(1, 2)",
            "CNN001",
            (2, 21),
            "b is called with 2 arguments",
        ),
        (
            "b(k) = CONV3-k\nn = INPUT[8x8x3] -> b()",
            "CNN001",
            (2, 21),
            "b is called with 0 arguments",
        ),
        ("b(k) = CONV3-k\nn = INPUT[8x8x3] -> b", "CNN001", (2, 21), "called with its arguments"),
        ("b(k) = CONV3-k\nn = INPUT[8x8x3] -> c(1)", "CNN002", (2, 21), "c is not a layer"),
        (
            "block(k) = CONV3-k\nn = INPUT[8x8x3] -> blok(1)",
            "CNN002",
            (2, 21),
            "neither a layer nor a block",
        ),
        ("b(k) = b(k)\nn = INPUT[8x8x3] -> b(1)", "CNN001", (1, 8), "calls itself"),
        (
            "a(k) = RELU -> b(k)\nb(k) = a(k)\nn = INPUT[8x8x3] -> a(1)",
            "CNN001",
            (1, 16),
            "calls itself",
        ),
        (
            "b(k) = CONV3-q\nn = INPUT[8x8x3] -> b(1)",
            "CNN008",
            (1, 8),
            "q is not a parameter of block b",
        ),
        ("b(k) = CONV3-k\nn = INPUT[8x8x3] -> b(q)", "CNN008", (2, 23), "q has no value"),
        ("b(k) = CONV3-k\nn = INPUT[8x8x3] -> b(1-1)", "CNN004", (1, 14), "must be at least 1"),
        ("b(k) = [RELU]*k\nn = INPUT[8x8x3] -> b(1-2)", "CNN004", (1, 14), "the count is -1"),
        ("b(k) = CONV3-k\nn = INPUT[8x8x3] -> b(4//0)", "CNN004", (2, 21), "division by zero"),
        (
            "conv(k) = CONV3-k\nn = INPUT[8x8x3] -> RELU",
            "CNN001",
            (1, 1),
            "conv is a reserved name",
        ),
        (
            "b(k, k) = CONV3-k\nn = INPUT[8x8x3] -> RELU",
            "CNN001",
            (1, 2),
            "two parameters have the same name",
        ),
        (
            "b(k) = CONV3-k\nb(k) = RELU\nn = INPUT[8x8x3] -> RELU",
            "CNN001",
            (2, 1),
            "block b is already defined",
        ),
        (
            "b(k) = CONV3-k -> CONV3-k(Z=3)\nn = INPUT[8x8x3] -> RELU",
            "CNN003",
            (1, 27),
            "no option Z",
        ),
        ("b(k) = CONV3-k\nn = INPUT[8x8x3] -> b(4)(S=2)", "CNN001", (2, 25), "no options"),
        (
            "b(k) = INPUT[8x8x3] -> CONV3-k\nn = INPUT[8x8x3] -> b(4)",
            "CNN001",
            (1, 8),
            "block b begins with INPUT",
        ),
        ("b(k) = RELU\nn = INPUT[8x8x3] -> B(4)", "CNN002", (2, 21), "neither a layer nor a block"),
        ("n = INPUT[8x8x3] -> ADD(CONV3-3 | ID)", "CNN001", (1, 21), "joins branches in braces"),
        ("n = INPUT[8x8x3] -> ID -> CONV3-3", "CNN001", (1, 21), "a branch of its own"),
        ("n = INPUT[8x8x3] -> ADD{CONV3-3}", "CNN001", (1, 21), "needs at least two branches"),
        ("n = INPUT[8x8x3] -> ADD{CONV3-3 | }", "CNN001", (1, 35), "this branch is empty"),
        ("n = INPUT[8x8x3] -> ADD{CROP -> RELU | ID}", "CNN001", (1, 25), "CROP needs a size here"),
        ("n = INPUT[8x8x3] -> CROP", "CNN001", (1, 21), "CROP needs a size here"),
        ("n = INPUT[8x8x3] -> ADD{CONV3-4 | ID}", "CNN106", (1, 21), "its branches differ"),
        ("n = INPUT[8x8x3] -> ADD{GAP | ID}", "CNN106", (1, 21), "its branches differ"),
        ("n = INPUT[8x8x3] -> MUL{GAP -> FC-4 | ID}", "CNN106", (1, 21), "its branches differ"),
        (
            "n = INPUT[6x6x1] -> ADD{CROP: [2x2] | POOL2}",
            "CNN108",
            (1, 31),
            "2x2 is declared, 3x3 is computed",
        ),
        (
            "n = INPUT[4x4x1] -> BN: [(k-2)x1] where k = 1",
            "CNN004",
            (1, 25),
            "a declared side is -1",
        ),
        ("n = INPUT[8x8x3] -> CAT{POOL2 | ID}", "CNN107", (1, 21), "its branches differ"),
        ("b(k) = ADD{CONV3-k | ID}\nn = INPUT[8x8x3] -> RELU -> b(7)", "CNN106", (1, 8), "in b(7)"),
    ],
)
def test_refusals(text: str, code: str, place: tuple[int, int], words: str) -> None:
    report = cnnsize.check(text)
    errors = [diagnostic for diagnostic in report.diagnostics if diagnostic.severity == "error"]
    assert [diagnostic.code for diagnostic in errors] == [code], "a fault is reported once"
    assert tuple(errors[0].location) == place
    assert words in errors[0].summary
    assert not report.ok
    assert not any(
        result.valid
        for result in report.architectures
        if result.name == "n" and "RELU" not in result.text
    )


def test_a_fault_in_a_block_is_shown_at_its_calls_too() -> None:
    text = "inner(k) = CONV3-k(S=2, P=0)\nouter(k) = inner(k) -> RELU\nnet = INPUT[10x10x3] -> outer(8)"
    diagnostic = next(
        diagnostic for diagnostic in cnnsize.check(text).diagnostics if diagnostic.code == "CNN101"
    )
    assert diagnostic.source is not None
    labels = [
        (diagnostic.source.position(label.span.start), label.message)
        for label in diagnostic.related
    ]
    assert labels == [
        ((3, 7), "W = H = 10"),
        ((2, 12), "called here with k = 8"),
        ((3, 25), "called here with k = 8"),
    ]


@pytest.mark.parametrize(
    ("text", "fixes"),
    [
        (
            "INPUT[32x32x3] -> CONV3-16 -> ADD{CONV3-32(S=2, P=1) | ID}",
            [
                "INPUT[32x32x3] -> CONV3-16 -> ADD{CONV3-32(S=2, P=1) | CONV1-32(S=2)}",
                "INPUT[32x32x3] -> CONV3-16 -> ADD{CONV3-32(S=2, P=1)"
                " | POOL1(S=2) -> PAD(front=8, back=8)}",
                "INPUT[32x32x3] -> CONV3-16 -> ADD{CONV3-32(S=2, P=1) -> UP2 -> CONV1-16 | ID}",
            ],
        ),
        (
            "INPUT[12x12x3] -> CAT{CONV3-4(P=0) | ID | CONV5-4}",
            [
                "INPUT[12x12x3] -> CAT{CONV3-4(P=1) | ID | CONV5-4}",
                "INPUT[12x12x3] -> CAT{CONV3-4(P=0) | CROP | CONV5-4 -> CROP}",
            ],
        ),
        (
            "b(k, s) = ADD{CONV3-k(S=s, P=1) | ID}\nnet = INPUT[8x8x4] -> b(4, 1) -> b(8, 2)",
            [
                "b(k, s) = ADD{CONV3-k(S=s, P=1) | CONV1-k(S=2)}\nnet = INPUT[8x8x4] -> b(4, 1) -> b(8, 2)"
            ],
        ),
        (
            "INPUT[8x8x8] -> MUL{ID | GAP -> FC-2 -> RELU -> FC-4 -> SIGMOID}",
            [
                "INPUT[8x8x8] -> MUL{ID | GAP -> FC-2 -> RELU -> FC-8 -> SIGMOID}",
                "INPUT[8x8x8] -> MUL{CONV1-4 | GAP -> FC-2 -> RELU -> FC-4 -> SIGMOID}",
            ],
        ),
    ],
)
def test_projections_are_edits_that_mend(text: str, fixes: list[str]) -> None:
    diagnostic = next(
        diagnostic
        for diagnostic in cnnsize.check(text).diagnostics
        if diagnostic.severity == "error"
    )
    changed = []
    for fix in diagnostic.fixes:
        after = text
        for edit in sorted(fix.edits, key=lambda edit: edit.span, reverse=True):
            after = after[: edit.span.start] + edit.text + after[edit.span.end :]
        changed.append(after)
    helpful = [
        after
        for after in changed
        if all(diagnostic.severity != "error" for diagnostic in cnnsize.check(after).diagnostics)
    ]
    if "b(k, s)" in text:  # the first call needs no stride: no one literal mends both
        assert helpful == []
    else:
        assert (changed, helpful) == (fixes, fixes)


def test_bounds_are_errors_and_come_at_once() -> None:
    doubling = "\n".join(f"b{i}() = b{i + 1}() -> b{i + 1}()" for i in range(40))
    deep = "\n".join(f"b{i}() = b{i + 1}()" for i in range(2 * MAX_NESTING))
    many = "\n".join(f"b{i}() = RELU" for i in range(MAX_BLOCKS + 1))
    for text, words in (
        (f"{doubling}\nb40() = CONV3-64\nnet = INPUT[8x8x64] -> b0()", "too many to size"),
        (f"{deep}\nb{2 * MAX_NESTING}() = RELU\nnet = INPUT[8x8x64] -> b0()", "nested more than"),
        (f"{many}\nnet = INPUT[8x8x64] -> b0()", "blocks are defined in one document"),
    ):
        (diagnostic,) = (
            diagnostic
            for diagnostic in cnnsize.check(text).diagnostics
            if diagnostic.severity == "error"
        )
        assert diagnostic.code == "CNN009"
        assert words in diagnostic.message


@pytest.mark.parametrize(
    "text",
    ["c() = POLL\nw() = c() -> CONV3-q", "b()=\nc()=b()*P", "a() = b(1)\nb(k) = POLL\nn = a()"],
)
def test_what_is_wrong_with_blocks_that_call_each_other_never_raises(text: str) -> None:
    assert not cnnsize.check(text).ok


def test_a_fault_in_one_branch_is_told_without_the_others() -> None:
    text = "INPUT[16x16x8] -> [CONV3-8(S=2, P=1) -> ADD{CONV3-8(P=0) -> CONV3-8(P=0) | CONV5-8(P=0)}]*3"
    first, second = sized(text).diagnostics
    assert first.notes == ("16 -CONV-> 8 -ADD-> 4 -CONV-> 2 -CONV-> (2 - 3 + 2*0)/1 + 1 = 0",)
    assert second.notes == ("16 -CONV-> 8 -ADD-> 4 -CONV-> 2 -CONV-> (2 - 5 + 2*0)/1 + 1 = -2",)
    assert first.fixes[0].message == "`*1` ends with 4x4x8"


def test_the_zeros_of_a_pad_are_no_input_that_goes_unread() -> None:
    assert sized("INPUT[112x112x4] -> PAD1 -> POOL3(S=2)").valid
    for text in (
        "PAD1 -> POOL3(S=2)*1",
        "PAD1 -> [POOL3(S=2)]",
        "[PAD1] -> [[POOL3(S=2)]*1]",
        "PAD1 -> [RELU]*0 -> POOL3(S=2)",
        "[PAD1 -> POOL3(S=2)]*2",
        "PAD1 -> ADD{POOL3(S=2) | [CONV3-4(S=2, P=0)]*1}",
        "PAD1*2 -> POOL3(S=2)",
    ):
        assert sized(f"INPUT[112x112x4] -> {text}").valid, text
        assert sized(f"b() = {text}\nINPUT[112x112x4] -> b()").valid, text
    # the second pass has no zeros in front, nor has what stands behind a join
    for text in (
        "PAD1 -> [POOL3(S=2)]*2",
        "ADD{PAD1 | PAD1} -> POOL3(S=2)",
        "PAD1 -> [POOL3(S=2) -> UP2 -> SLICE(from=1)]*9",
    ):
        assert not sized(f"INPUT[112x112x4] -> {text}").valid, text
    assert not sized("INPUT[112x112x4] -> PAD(left=2) -> POOL3(S=2)").valid
    assert not sized("INPUT[112x112x4] -> POOL3(S=2)").valid


def test_each_call_of_a_block_has_its_own_fc() -> None:
    blocks = "b(k) = FC(in=k) -> RELU"
    assert sized(f"{blocks}\nnet = INPUT[1x1x4] -> b(4) -> b(512) -> FC-10").valid
    assert not sized(f"{blocks}\nnet = INPUT[1x1x4] -> b(4) -> b(4) -> FC-10").valid


def test_a_slice_without_an_end_goes_to_the_last_channel() -> None:
    assert sized("INPUT[8x8x6] -> SLICE(from=2)").output == (8, 8, 4)
    assert not sized("INPUT[8x8x6] -> SLICE(from=6)").valid


def test_a_statement_alone_does_not_know_its_blocks() -> None:
    with pytest.raises(ArchitectureError, match="is not a layer"):
        cnnsize.parse("INPUT[8x8x3] -> residual(3)")
