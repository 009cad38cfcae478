"""Emitted source: it runs, every layer comes out as predicted, and it reads as an engineer would
have it.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import cnnsize
from cnnsize import ArchitectureError
from cnnsize.layers import KINDS
from cnnsize.network import Network
from cnnsize.sizing.settings import Settings
from cnnsize.smoke.child.system import RefusedError
from cnnsize.torch_code import torch_source
from cnnsize.torch_code.helpers import HELPERS
from cnnsize.torch_code.layout import Code, lines
from cnnsize.torch_code.modules import EMITTERS
from cnnsize.torch_code.names import class_name_error
from cnnsize.zoo import index
from tests.emitted import BEFORE, EACH_KIND, UNFLATTENED, ran

torch.set_num_threads(1)


def source(text: str, **options: str | bool) -> str:
    return torch_source(cnnsize.parse(text).sized(), **options)  # type: ignore[arg-type]


# -- it runs, and is what was predicted ----------------------------------------


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
        ("INPUT[8x8x4] -> SLICE(from=1) -> FC-3", "Slice(1, 4)"),
        (
            "net0 = INPUT -> FLATTEN*2 -> SLICE(from=4) -> FC(bias=no) -> RELU",
            "Slice(4, 3 * 32 * 32)",
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


@settings(max_examples=250)
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


@settings(max_examples=200)
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


# -- it reads well ----------------------------------------


def test_blocks_loops_and_joins_read_as_they_were_written() -> None:
    text = """
    cbr(f, k) = CONV-k(F=f, bias=no) -> BN -> RELU
    residual(k, n) = ADD{[cbr(3, k)]*n | ID} -> RELU
    net = INPUT[32x32x3] -> cbr(7, 16) -> residual(16, 2)*3 -> POOL2 -> CAT{cbr(1, 8) | ID} -> GAP -> FC-10
    """
    assert source(text.strip()).split("\n\n\n")[1:] == [
        '''class Cbr(nn.Sequential):
    """cbr(f, k) = CONV-k(F=f, bias=no) -> BN -> RELU"""

    def __init__(self, in_channels: int, f: int, k: int) -> None:
        super().__init__(
            nn.Conv2d(in_channels, k, f, padding=f // 2, bias=False),
            nn.BatchNorm2d(k),
            nn.ReLU(),
        )''',
        '''class Residual(nn.Module):
    """residual(k, n) = ADD{[cbr(3, k)]*n | ID} -> RELU"""

    def __init__(self, in_channels: int, k: int, n: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            *(Cbr(in_channels, 3, k) for _ in range(n)),
        )
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        x = self.branch(x) + x
        x = self.relu(x)
        return x''',
        '''class Net(nn.Module):
    """net = INPUT[32x32x3] -> cbr(7, 16) -> residual(16, 2)*3 -> POOL2 ->
    CAT{cbr(1, 8) | ID} -> GAP -> FC-10
    """

    def __init__(self) -> None:
        super().__init__()
        self.layers1 = nn.Sequential(
            Cbr(3, 7, 16),  # 16 x 32 x 32
            *(Residual(16, 16, 2) for _ in range(3)),
            nn.MaxPool2d(2),  # 16 x 16 x 16
        )
        self.branch = Cbr(16, 1, 8)
        self.layers2 = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),  # 24 x 1 x 1
            nn.Flatten(),
            nn.Linear(24, 10),  # 10
        )

    def forward(self, x: Tensor) -> Tensor:
        # 3 x 32 x 32
        x = self.layers1(x)  # 16 x 16 x 16
        x = torch.cat([self.branch(x), x], 1)  # 24 x 16 x 16
        x = self.layers2(x)  # 10
        return x
''',
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("CONV3-8", "nn.Conv2d(3, 8, 3, padding=1)"),
        ("CONV3-8(P=0)", "nn.Conv2d(3, 8, 3)"),
        (
            "CONV1x7-8(S=2x1, P=0x3, bias=no)",
            "nn.Conv2d(3, 8, (7, 1), stride=(1, 2), padding=(3, 0), bias=False)",
        ),
        ("CONV3-9(G=3, D=2)", "nn.Conv2d(3, 9, 3, padding=2, dilation=2, groups=3)"),
        ("DWCONV3(M=2)", "nn.Conv2d(3, 6, 3, padding=1, groups=3)"),
        ("TCONV2-4(S=2)", "nn.ConvTranspose2d(3, 4, 2, stride=2)"),
        ("POOL3(S=2)", "nn.MaxPool2d(3, stride=2)"),
        ("POOL2(S=2)", "nn.MaxPool2d(2)"),
        ("AVGPOOL2(ceil=yes)", "nn.AvgPool2d(2, ceil_mode=True)"),
        ("AVGPOOL(to=3x5)", "nn.AdaptiveAvgPool2d((5, 3))"),
        ("FC-7", "nn.Linear(3 * 8 * 16, 7)"),
        ("DROPOUT(0.5)", "nn.Dropout()"),
        ("DROPOUT(0.2)", "nn.Dropout(0.2)"),
        ("UP2", "nn.Upsample(scale_factor=2)"),
        ("UP2x3(mode=bilinear)", 'nn.Upsample(scale_factor=(3, 2), mode="bilinear")'),
        ("PAD(left=1, top=2, right=3, bottom=4)", "nn.ZeroPad2d((1, 3, 2, 4))"),
        ("UNFLATTEN[2x3x64]", "nn.Unflatten(1, (64, 3, 2))"),
        (
            "[DROPOUT -> RELU -> FC-4]*2",
            "for features in (3 * 8 * 16, 4)",
        ),  # flattened once, before the loop
        ("[CONV3-8]*3", "for channels in (3, 8, 8)"),
        ("[CONV3-8]*9", "for channels in [3, *[8] * 8]"),
        ("[CONV3-3]*9", "for _ in range(9)"),
        ("[CAT{ID | CONV3-4}]*9", "for channels in range(3, 39, 4)"),
    ],
)
def test_a_layer_as_torch_has_it(text: str, line: str) -> None:
    assert line in source(f"INPUT[16x8x3] -> {text} -> RELU")


def test_letters_of_the_network_are_numbers() -> None:
    network = cnnsize.parse("INPUT[8x8x3] -> [CONV3-k -> RELU]*N -> FC-10").sized(k=5, N=2)
    assert "nn.Conv2d(channels, 5, 3, padding=1)" in torch_source(network)


def test_tensorflow_pads_one_side_more() -> None:
    target = Settings(target="tensorflow")
    network = cnnsize.parse("INPUT[8x8x3] -> CONV3-4(S=2, P=same) -> FC-2").sized(settings=target)
    assert "nn.ZeroPad2d((0, 1, 0, 1))" in torch_source(network)
    assert ran(network).ok


def test_source_is_deterministic_and_tested_on_request() -> None:
    text = "INPUT[8x8x3] -> CONV3-4 -> FC-2"
    assert source(text, test=True) == source(text, test=True)
    namespace: dict[str, object] = {}
    made = source(text, name="Small", test=True)
    exec(made, namespace)
    test = namespace["test_small"]
    assert callable(test)
    test()
    broken: dict[str, object] = {}
    exec(made.replace("nn.Linear(4 * 8 * 8, 2)", "nn.Linear(4 * 8 * 8, 3)"), broken)
    with pytest.raises(AssertionError):
        broken["test_small"]()  # type: ignore[operator]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole zoo, and every layer of the language, as files."""
    folder = tmp_path_factory.mktemp("emitted")
    for name in index():
        (folder / f"{name}.py").write_text(
            torch_source(cnnsize.load(name).sized(), test=True), "utf-8"
        )
    for number, layer in enumerate((*EACH_KIND, *UNFLATTENED)):
        network = cnnsize.parse(f"INPUT[8x6x4] -> CONV1-4 -> {layer} -> LRELU").sized()
        if network.output is not None:
            (folder / f"layer{number}.py").write_text(torch_source(network, test=True), "utf-8")
    word = "of_many_letters" * 9
    text = f"block_{word}(k_{word}) = CONV3-k_{word} -> ADD{{CONV1-k_{word} | ID}}\nnet_{word} = INPUT[8x8x3] -> "
    text += f"block_{word}(4) -> ADD{{block_{word}(4) | ID}} -> FC-2"
    (folder / "long.py").write_text(
        torch_source(cnnsize.parse(text, name=f"net_{word}").sized(), test=True), "utf-8"
    )
    return folder


@pytest.mark.parametrize("width", ["88", "120"])
def test_ruff_has_nothing_to_say(written: Path, width: str) -> None:
    """Neither the linter nor the formatter, at its own line length and at a longer one."""
    for command in (["check"], ["format", "--check", "--line-length", width]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", str(written)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:]


def test_long_expressions_are_broken_as_ruff_does(tmp_path: Path) -> None:
    random = Random(0)
    words = ["k", "n", "expansion", "number_of_filters", "another_number_of_filters", "10", "128"]

    def expression(depth: int) -> str:
        if depth == 0 or random.random() < 0.2:
            return random.choice(words)
        left, right = expression(depth - 1), expression(depth - 1)
        return f"({left}) {random.choice(['+', '-', '*', '//'])} ({right})"

    out = []
    for depth in (2, 3, 4, 5) * 40:
        plain, named = (ast.unparse(ast.parse(expression(depth))) for _ in range(2))
        out += lines(Code("Conv", (Code("x"), Code(plain), Code(f"groups={named}")), open=True), "")
    assert any(line.lstrip().startswith(("+ ", "* ", "// (")) for line in out)
    file = tmp_path / "expressions.py"
    file.write_text("\n".join(out) + "\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", "--diff", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[:2000]


def test_a_long_expression_of_a_network_is_broken() -> None:
    long = "(number_of_filters + another_number_of_filters)*(another_number_of_filters - number_of_filters)"
    made = source(
        f"b(number_of_filters, another_number_of_filters) = CONV1-({long})\n"
        "net = INPUT[8x8x3] -> b(4, 6) -> b(5, 7) -> FC-2"
    )
    assert (
        """        super().__init__(
            nn.Conv2d(
                in_channels,
                (number_of_filters + another_number_of_filters)
                * (another_number_of_filters - number_of_filters),
                1,
            ),
        )"""
        in made
    )


def test_mypy_strict_has_nothing_to_say(written: Path) -> None:
    names = [
        "resnet50",
        "densenet121",
        "mobilenet_v3_large",
        "unet",
        "inception_v3",
        "convnext_tiny",
        "shufflenet_v2_x1_0",
    ]
    files = [str(written / f"{name}.py") for name in (*names, "long")] + sorted(
        map(str, written.glob("layer*.py"))
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", *files],
        capture_output=True,
        text=True,
        check=False,
        cwd=written,
    )
    assert done.returncode == 0, done.stdout[-2000:]


# -- names cannot hold code ----------------------------------------

NASTY = st.one_of(
    st.sampled_from(
        [
            *keyword.kwlist,
            *keyword.softkwlist,
            *dir(builtins),
            "torch",
            "nn",
            "Tensor",
            "self",
            "super",
            "x",
            "l",
            "O",
            "I",
            "_",
            "__",
            "__init__",
            "__class__",
            "_x",
            "in_channels",
            "channels",
            "features",
            "residual",
            "Scale",
            "layer_norm2d",
            "x_block",
            "range",
            "forward",
            "training",
            "exec",
        ]
    ),
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,12}", fullmatch=True),
    st.from_regex(r"[^\W\d]\w{0,6}", fullmatch=True),
)
KNOWN = {"range", "super", "int", "float", "max", "slice", "print"}


def checked(made: str) -> None:
    """Imports torch alone, defines classes, and calls nothing but torch, its own classes and a few
    builtins.
    """
    assert made.isascii()
    tree = ast.parse(made)
    own = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    assert not own & {*keyword.kwlist, *dir(builtins), "torch", "nn", "Tensor"}
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            assert ast.unparse(node) in (
                "import torch",
                "from torch import nn",
                "from torch import Tensor, nn",
            )
        else:
            docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            assert isinstance(node, ast.ClassDef) or docstring
    for inner in ast.walk(tree):
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name):
            assert inner.func.id in own | KNOWN, inner.func.id
        if isinstance(inner, ast.arg):
            assert inner.arg not in dir(builtins) or inner.arg == "input", inner.arg


@settings(max_examples=150)
@given(block=NASTY, letter=NASTY, other=NASTY, network=NASTY)
def test_no_name_becomes_code(block: str, letter: str, other: str, network: str) -> None:
    text = (
        f"{block}({letter}, {other}) = CONV3-{letter}(bias=no) -> ADD{{CONV-{letter}(F={other}) | ID}}*2\n"
        f"{network} = INPUT[8x8x3] -> {block}(4, 3) -> [{block}(6, 1)]*2 -> FC-2"
    )
    try:
        sized = cnnsize.parse(text, name=network).sized()
    except ArchitectureError:
        assume(False)
    assume(sized.output is not None)
    made = torch_source(sized)
    checked(made)
    found = ran(sized, device="meta", backward=False)
    assert found.ok, found.findings


@given(st.text(max_size=20))
def test_a_class_name_is_one_or_is_refused(name: str) -> None:
    network = cnnsize.parse("INPUT[4x4x1] -> FC-2").sized()
    if class_name_error(name) is not None:
        with pytest.raises(ArchitectureError, match="is not a valid class name"):
            torch_source(network, name)
        return
    made = torch_source(network, name)
    checked(made)
    assert f"class {name}(" in made


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
