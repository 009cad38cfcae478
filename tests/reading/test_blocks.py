"""Joins and blocks: what may be said, what is refused and where, how it is laid out, and what is
alive at once.

Sizes against torch are in ``test_graphs.py``, published networks in ``test_zoo.py``, whole messages
in ``data/rendered.md``.
"""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnsize
from cnnsize import ArchitectureError, Network
from cnnsize.language.layout import WIDTH
from cnnsize.limits import MAX_BLOCKS, MAX_NESTING
from cnnsize.rewriting.fmt import formatted
from cnnsize.sizing.rows import Block, Fork, Loop, Part, Row
from cnnsize.sizing.unrolled import kinds
from tests.helpers import examples

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
    one, other = (
        sized(f"{blocks}\nnet = INPUT[16x16x3] -> {called}"),
        sized(f"INPUT[16x16x3] -> {written_out}"),
    )
    assert [(s.kind, s.output, s.params, s.macs, s.receptive_field) for s in one.steps] == [
        (s.kind, s.output, s.params, s.macs, s.receptive_field) for s in other.steps
    ]
    assert (
        one.params,
        one.macs,
        one.activations,
        one.peak_activations,
        one.receptive_field,
        one.output,
    ) == (
        other.params,
        other.macs,
        other.activations,
        other.peak_activations,
        other.receptive_field,
        other.output,
    )
    assert kinds(one.architecture, {}) == kinds(other.architecture, {})
    assert one.valid and other.valid


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
    again = pickle.loads(pickle.dumps(network))
    assert again.steps == network.steps
    assert again.architecture == network.architecture


# -- what is refused, and where ----------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "place", "words"),
    [
        ("b(k) = CONV3-k\nn = INPUT[8x8x3] -> b(1, 2)", "CNN001", (2, 21), "b is given 2 values"),
        ("b(k) = CONV3-k\nn = INPUT[8x8x3] -> b()", "CNN001", (2, 21), "b is given 0 values"),
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
        ("b(k) = CONV3-q\nn = INPUT[8x8x3] -> b(1)", "CNN008", (1, 8), "q is no parameter of b"),
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
            "a second block is called b",
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
            "b is a block",
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
            "2x2 is declared, 3x3 comes out",
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
    wrong = [found for found in report.diagnostics if found.severity == "error"]
    assert [found.code for found in wrong] == [code], "one fault is said once"
    assert tuple(wrong[0].location) == place
    assert words in wrong[0].summary
    assert not report.ok
    assert not any(
        one.valid for one in report.architectures if one.name == "n" and "RELU" not in one.text
    )


def test_a_fault_in_a_block_is_shown_at_its_calls_too() -> None:
    text = "inner(k) = CONV3-k(S=2, P=0)\nouter(k) = inner(k) -> RELU\nnet = INPUT[10x10x3] -> outer(8)"
    found = next(one for one in cnnsize.check(text).diagnostics if one.code == "CNN101")
    assert found.source is not None
    at = [(found.source.position(label.span.start), label.message) for label in found.related]
    assert at == [
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
                "INPUT[32x32x3] -> CONV3-16 -> ADD{CONV3-32(S=2, P=1) -> UP2 -> CONV1-16 | ID}",
            ],
        ),
        (
            "INPUT[12x12x3] -> CAT{CONV3-4(P=0) | ID | CONV5-4}",
            ["INPUT[12x12x3] -> CAT{CONV3-4(P=0) | CROP | CONV5-4 -> CROP}"],
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
    found = next(one for one in cnnsize.check(text).diagnostics if one.severity == "error")
    made = []
    for fix in found.fixes:
        after = text
        for edit in sorted(fix.edits, key=lambda one: one.span, reverse=True):
            after = after[: edit.span.start] + edit.text + after[edit.span.end :]
        made.append(after)
    mending = [
        after
        for after in made
        if all(one.severity != "error" for one in cnnsize.check(after).diagnostics)
    ]
    if "b(k, s)" in text:  # the first call needs no stride: no one literal mends both
        assert mending == []
    else:
        assert (made, mending) == (fixes, fixes)


def test_bounds_are_errors_and_come_at_once() -> None:
    doubling = "\n".join(f"b{i}() = b{i + 1}() -> b{i + 1}()" for i in range(40))
    deep = "\n".join(f"b{i}() = b{i + 1}()" for i in range(2 * MAX_NESTING))
    many = "\n".join(f"b{i}() = RELU" for i in range(MAX_BLOCKS + 1))
    for text, words in (
        (f"{doubling}\nb40() = CONV3-64\nnet = INPUT[8x8x64] -> b0()", "not counted out"),
        (f"{deep}\nb{2 * MAX_NESTING}() = RELU\nnet = INPUT[8x8x64] -> b0()", "nest deeper"),
        (f"{many}\nnet = INPUT[8x8x64] -> b0()", "blocks in one document"),
    ):
        (found,) = (one for one in cnnsize.check(text).diagnostics if one.severity == "error")
        assert found.code == "CNN009"
        assert words in found.message


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
    assert first.fixes[0].message == "`*1` ends at 4x4x8"


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


def test_a_slice_without_an_end_goes_to_the_last_channel() -> None:
    assert sized("INPUT[8x8x6] -> SLICE(from=2)").output == (8, 8, 4)
    assert not sized("INPUT[8x8x6] -> SLICE(from=6)").valid


def test_a_statement_alone_does_not_know_its_blocks() -> None:
    with pytest.raises(ArchitectureError, match="is not a layer"):
        cnnsize.parse("INPUT[8x8x3] -> residual(3)")


# -- how it is laid out ----------------------------------------

LONG = """net = INPUT[224x224x3] -> CONV7-64(S=2, P=3, bias=no) -> BN -> RELU -> POOL3(S=2, P=1) -> [CONV3-64 -> BN -> RELU]*3 -> GAP -> FC-1000
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "net = INPUT[8x8x3]\n  -> CONV3-8\n  -> FC-10\n",
            "net = INPUT[8x8x3] -> CONV3-8 -> FC-10\n",
        ),
        (
            LONG,
            "net = INPUT[224x224x3] -> CONV7-64(S=2, P=3, bias=no) -> BN -> RELU -> POOL3(S=2, P=1)\n"
            "  -> [CONV3-64 -> BN -> RELU]*3 -> GAP -> FC-1000\n",
        ),
        (
            LONG.replace(" -> [", "\n -> ["),
            "net = INPUT[224x224x3] -> CONV7-64(S=2, P=3, bias=no) -> BN -> RELU -> POOL3(S=2, P=1)\n"
            "  -> [CONV3-64 -> BN -> RELU]*3 -> GAP -> FC-1000\n",
        ),
        (
            LONG.replace(" -> BN -> RELU -> POOL", " ->\nBN -> RELU\n-> POOL"),
            "net = INPUT[224x224x3] -> CONV7-64(S=2, P=3, bias=no)\n  -> BN -> RELU\n"
            "  -> POOL3(S=2, P=1) -> [CONV3-64 -> BN -> RELU]*3 -> GAP -> FC-1000\n",
        ),
        (
            "b(k) = ADD{CONV1-k(bias=no) -> BN -> RELU -> CONV3-k(bias=no) -> BN -> RELU -> CONV1-(4*k)(bias=no) -> BN | ID} -> RELU\n",
            "b(k) = ADD{\n    CONV1-k(bias=no) -> BN -> RELU -> CONV3-k(bias=no) -> BN -> RELU -> CONV1-(4*k)(bias=no) -> BN\n"
            "  | ID\n} -> RELU\n",
        ),
        ("b(w, h) = CONV-8(F=(w)x(h))\n", "b(w, h) = CONV-8(F=(w)x(h))\n"),
    ],
)
def test_long_statements_are_laid_out_and_stay_so(text: str, expected: str) -> None:
    assert formatted(text, "a.cnn") == (expected, [], [])
    assert formatted(expected, "a.cnn") == (expected, [], [])


NAMES = st.sampled_from(
    ["CONV3-64", "CONV1-256(bias=no)", "BN", "RELU", "POOL3(S=2, P=1)", "DROPOUT(0.5)", "ID"]
)
CHAINS: st.SearchStrategy[str] = st.recursive(
    st.lists(NAMES.filter(lambda name: name != "ID"), min_size=1, max_size=8).map(" -> ".join),
    lambda inner: st.one_of(
        st.tuples(
            st.sampled_from(["ADD", "CAT"]),
            st.lists(st.one_of(inner, st.just("ID")), min_size=2, max_size=3),
        ).map(lambda made: f"{made[0]}{{{' | '.join(made[1])}}}"),
        inner.map(lambda chain: f"[{chain}]*3"),
        st.lists(inner, min_size=2, max_size=4).map(" -> ".join),
    ),
    max_leaves=12,
)


@examples(200)
@given(CHAINS, st.randoms())
def test_layout_keeps_the_meaning_wherever_lines_were_broken(chain: str, random: object) -> None:
    words = f"net = INPUT[64x64x3] -> {chain}".split(" ")
    choice = random.random  # type: ignore[attr-defined]
    broken = words[0] + "".join(
        ("\n   " if word in ("->", "|") and choice() < 0.2 else " ") + word for word in words[1:]
    )
    once, failed, _ = formatted(broken, "a.cnn")
    assert failed == []
    assert formatted(once, "a.cnn") == (once, [], [])
    assert str(cnnsize.parse(once)) == str(cnnsize.parse(" ".join(words)))
    assert all(
        len(line) <= WIDTH for line in once.splitlines() if "{" not in line and "[" not in line[3:]
    )


# -- what is alive at once ----------------------------------------


def alive_at_once(network: Network) -> int:
    """By the definition: every volume lives from the layer that writes it to the last that reads
    it.
    """
    volumes: list[int] = [
        network.input.W * network.input.H * network.input.D
    ]  # values of each volume
    layers: list[tuple[bool, list[int], int]] = []  # (may overwrite its input, inputs, output)

    def add(parts: tuple[Part, ...], at: int) -> int:
        for part in parts:
            if isinstance(part, Loop):
                for _ in range(part.times):
                    at = add(part.body, at)
            elif isinstance(part, Block):
                at = add(part.body, at)
            else:
                inputs = (
                    [add(branch, at) for branch in part.branches]
                    if isinstance(part, Fork)
                    else [at]
                )
                row: Row = part.join if isinstance(part, Fork) else part
                if row.layer.kind == "INPUT":
                    continue
                assert row.sizing.output is not None
                volumes.append(row.sizing.output.W * row.sizing.output.H * row.sizing.output.D)
                at = len(volumes) - 1
                layers.append((not row.layer.counts, inputs, at))
        return at

    add(network.rows, 0)
    last = {volume: index for index, (_, inputs, _) in enumerate(layers) for volume in inputs}
    most = volumes[0]
    for index, (overwrites, inputs, output) in enumerate(layers):
        written = {one for _, _, one in layers[:index]} | {0}
        alive = {one for one in written if last.get(one, -1) >= index} | set(inputs)
        over = overwrites and last[inputs[0]] == index
        most = max(most, sum(volumes[one] for one in alive) + (0 if over else volumes[output]))
    return most


ALIVE = st.recursive(
    st.lists(
        st.sampled_from(["CONV3-4", "CONV1-4", "RELU", "BN", "DROPOUT(0.5)"]),
        min_size=1,
        max_size=4,
    ).map(" -> ".join),
    lambda inner: st.one_of(
        st.lists(st.one_of(inner, st.just("ID")), min_size=2, max_size=3).map(
            lambda made: f"ADD{{{' | '.join(made)}}}"
        ),
        st.lists(st.one_of(inner, st.just("ID")), min_size=2, max_size=3).map(
            lambda made: f"CAT{{{' | '.join(made)}}} -> CONV1-4"
        ),
        st.tuples(inner, st.sampled_from(["POOL2 -> UP2", "CONV1-16 -> CONV1-4"])).map(" -> ".join),
        inner.map(lambda chain: f"[{chain}]*3"),
        st.lists(inner, min_size=2, max_size=3).map(" -> ".join),
    ),
    max_leaves=10,
)


@examples(300)
@given(ALIVE)
def test_the_peak_is_what_must_be_alive_at_once(chain: str) -> None:
    network = sized(f"INPUT[8x8x4] -> {chain}")
    assert network.valid
    assert network.peak_activations == alive_at_once(network)


def test_a_peak_by_hand() -> None:
    """In ADD{CONV | ID} the input waits for the sum: three volumes of 8x8x4 are alive at once."""
    assert sized("INPUT[8x8x4] -> CONV3-4 -> RELU").peak_activations == 2 * 256
    assert sized("INPUT[8x8x4] -> ADD{CONV3-4 -> RELU | ID}").peak_activations == 3 * 256
    assert (
        sized("INPUT[8x8x4] -> CAT{CONV3-4 | CONV3-8 | ID}").peak_activations
        == 256 + 256 + 512 + 1024
    )


# -- fields behind joins ----------------------------------------


@pytest.mark.parametrize(
    ("chain", "largest", "smallest", "misaligned"),
    [
        ("ADD{CONV3-4 -> CONV3-4 | ID}", (5, 5), (1, 1), False),
        ("ADD{CONV3-4 -> CONV3-4 | ID}*3", (13, 13), (1, 1), False),
        ("ADD{CONV3-4(S=2, P=1) | CONV1-4(S=2)} -> CONV3-4", (7, 7), (5, 5), False),
        ("ADD{CONV3-4(S=2, P=1) | POOL2}", (3, 3), (2, 2), True),
        ("CAT{CONV3x1-4 | CONV1x5-4}", (3, 5), (1, 1), False),
        ("MUL{ID | GAP -> CONV1-4 -> SIGMOID} -> CONV3-4", (3, 3), (3, 3), False),
        ("ADD{POOL2 -> UP2 | ID}", (2, 2), (1, 1), True),
        ("ADD{CONV3-4(S=2, P=1) | POOL(to=8x8)}", (3, 3), (2, 2), True),
        # of equal branches one goes on to see more: the order in which they stand must not matter
        ("ADD{DWCONV3 | POOL3(S=1, P=1)} -> DWCONV3", (5, 5), (5, 5), False),
        ("ADD{CONV3-4 | CONV1-4(S=2) -> UP2} -> CONV5-4", (7, 7), (5, 5), True),
        ("ADD{CONV1-4(S=2) -> UP2 | CONV3-4} -> CONV5-4", (7, 7), (5, 5), True),
    ],
)
def test_the_field_behind_a_join(
    chain: str, largest: tuple[int, int], smallest: tuple[int, int], misaligned: bool
) -> None:
    network = sized(f"INPUT[16x16x4] -> {chain}")
    last = network.steps[-1]
    assert (last.receptive_field, last.smallest_receptive_field) == (largest, smallest)
    assert any(step.misaligned for step in network.steps) == misaligned
    assert network.receptive_field == largest


def test_branches_that_step_differently_have_no_one_field() -> None:
    network = sized("INPUT[16x16x4] -> ADD{CONV3-4(S=2, P=1) | CONV9-4(P=0)}")
    assert network.output == (8, 8, 4)
    assert (network.steps[-1].receptive_field, network.steps[-1].misaligned) == (None, True)


def test_a_gate_is_no_head_and_two_heads_are() -> None:
    assert sized("INPUT[16x16x4] -> MUL{ID | GAP -> FC-4} -> CONV3-4 -> FC-10").receptive_field == (
        3,
        3,
    )
    assert sized(
        "INPUT[16x16x4] -> CONV3-4 -> ADD{GAP -> FC-4 | FC-4} -> FC-10"
    ).receptive_field == (3, 3)
