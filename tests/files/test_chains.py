"""Chains of layers that nothing marks, in text of any sort."""

from __future__ import annotations

import time

import pytest

from cnnsize.files.extract import excerpts
from tests.files.extract_helpers import BOTH, check_document, find_networks, notebook

CHAIN = "conv -> relu -> pool"


def found(text: str, name: str = "a.md") -> list[str]:
    """Return the chains in a text, without their places."""
    return [line.partition(": ")[2] for line in find_networks(text, name) if " chain: " in line]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # arrows of any sort
        ("It has INPUT => CONV => RELU => FC layers.", "INPUT => CONV => RELU => FC"),
        ("Stem: Conv → BN → ReLU → MaxPool, twice", "Conv → BN → ReLU → MaxPool"),
        ("(Conv --> ReLU --> Dense)", "Conv --> ReLU --> Dense"),
        ("conv > tanh > pool", "conv > tanh > pool"),
        ("Conv $\\rightarrow$ ReLU $\\to$ FC.", "Conv $\\rightarrow$ ReLU $\\to$ FC"),
        ("$\\text{Conv} \\to \\text{ReLU} \\to \\text{FC}$", "Conv \\to ReLU \\to FC"),
        ("<p>Conv -&gt; ReLU -&gt; FC</p>", "Conv -> ReLU -> FC"),
        ("<b>Conv</b> &rarr; <b>ReLU</b> &rarr; FC", "Conv → ReLU → FC"),
        (
            "A :class:`torch.nn.Linear` → :class:`~torch.nn.Tanh` → :py:class:`torch.nn.Linear`",
            "Linear` → `torch.nn.Tanh` → `torch.nn.Linear",
        ),
        ("nn.Conv2d(4, 8, 3) -> nn.ReLU -> nn.Flatten", "Conv2d(4, 8, 3) -> nn.ReLU -> nn.Flatten"),
        # dashes
        ("- conv - relu - 3x3 max pool - affine", "conv - relu - 3x3 max pool - affine"),
        ("conv - relu- pool - fc", "conv - relu- pool - fc"),
        ("three conv-bn-relu blocks", "conv-bn-relu"),
        ("[conv-relu-pool]xN - [affine]xM - [softmax or SVM]", None),
        ("the usual Conv + BN + ReLU stem", "Conv + BN + ReLU"),
        # sizes, brackets, counts
        ("Conv2d(3, 8, 3) → ReLU → Flatten → Linear(8 → 2)", None),
        (
            "32x32x3 -> Conv 16@3x3 -> ReLU -> Dense 10",
            "32x32x3 -> Conv 16@3x3 -> ReLU -> Dense 10",
        ),
        ("Input: 3×32×32 → Conv → FC", "Input: 3×32×32 → Conv → FC"),
        ("two (conv -> relu)*2 -> fc heads", "(conv -> relu)*2 -> fc"),
        ('"""(Conv → BN → ReLU) x2"""', "(Conv → BN → ReLU) x2"),
        ("Conv-BN-ReLU (as in the paper)", "Conv-BN-ReLU"),
        ("Conv → ReLU → Dropout (see below)", "Conv → ReLU → Dropout"),
        (
            "Stage 2: Conv 8→24, 3×3, bias=False → BN → ReLU",
            "Conv 8→24, 3×3, bias=False → BN → ReLU",
        ),
        ("[Conv 8->24 -> BN] x2 -> ReLU", None),
        ("| FC 90→40 → ReLU → FC 40→7 |", "FC 90→40 → ReLU → FC 40→7"),
        ("conv → FC 90 → 40 → 7 → softmax.", "conv → FC 90 → 40 → 7 → softmax"),
        ("Conv → ReLU → FC 40 → 2 × FC 7", None),
        ("Depthwise separable conv x2 -> BN -> pool", None),
        ("GAP → Dense/Linear 30→20 → ReLU → FC 4", None),
        ("k x (conv -> ReLU) -> dense -> output", None),
        ("3 × (Conv + ReLU + Pooling) with many filters", "3 × (Conv + ReLU + Pooling)"),
        ("(5x5 conv -> ReLU -> pool) ** 2", None),
        ("Four conv layers -> GAP -> Dense 8", None),
        ("Conv -> BN -> optional MaxPool", None),
        ("Conv11-s4 -> Pool -> Conv5-p2 -> Pool", None),
        (
            "Conv -> BN -> Act -> Conv -> Activation function.",
            "Conv -> BN -> Act -> Conv -> Activation function",
        ),
        ("Conv 5x5 >> BN >> ReLU", None),
        ("Dense(40, ReLU) -> Dense(20, ReLU) -> Dense(5, Softmax)", None),
        ("Flatten -> Dense x 3 -> Output", None),
        ("conv → relu → flatten(16×5×5=400) → fc(400→7)", None),
        ("Conv(12) -> MaxPool(2) [→ 14×14] -> Conv(24) + ReLU", None),
        ("FC, as usual: conv -> pool -> FC, 8", "conv -> pool -> FC, 8"),
        # output shapes, layers that are left out, lists
        ("8x8x3 -> conv -> 8x8x16 -> pool -> 4x4x16", None),
        ("Conv(4→12, k=5) + ReLU → MaxPool → (N, 12, 4, 4)", None),
        ("28x28x1 input tensor -> 3x3 conv, 1 -> 8 channels, ReLU -> FC 10", None),
        ("conv -> pool -> ... -> conv -> fc", None),
        (
            "Stack: Conv, BN, ReLU -> Conv, BN, ReLU -> MaxPool",
            "Conv, BN, ReLU -> Conv, BN, ReLU -> MaxPool",
        ),
        ("We use padding, conv -> relu -> pool, dropout and more", "conv -> relu -> pool"),
        (
            "Conv2: 8 filters, 5×5 kernel → Output: 10×10×8 → Pool2: 2×2 max pooling → FC: 9 neurons",
            None,
        ),
        # other languages
        ("卷积层 -> Relu层 -> 池化层 -> 全连接层", None),
        ("定义卷积层 -> 批标准化 -> ReLU 的结构", "卷积层 -> 批标准化 -> ReLU"),
        (
            "结构：Conv2d 卷积层 -> Sigmoid 激活函数 -> AvgPool2d 池化层",
            "Conv2d 卷积层 -> Sigmoid 激活函数 -> AvgPool2d 池化层",
        ),
        ("畳み込み層 -> ReLU -> 全結合層", None),
        ("합성곱층 -> 풀링층 -> 완전연결층", None),
        ("свёртка -> пулинг -> полносвязный слой", None),
        ("Entrada -> Convolução -> Pooling -> Densa", None),
        # between other words and scripts
        ("我们使用Conv -> ReLU -> Pool的结构", "Conv -> ReLU -> Pool"),
        ("Stem -> conv -> relu -> pool -> attention -> fc", "conv -> relu -> pool"),
        ("MLP: Linear -> ReLU -> Linear", "Linear -> ReLU -> Linear"),
    ],
)
def test_a_chain_in_a_line(text: str, expected: str | None) -> None:
    assert found(text) == [expected or text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("conv -> relu ->\nfc -> relu\n-> fc", "1:1 chain: conv -> relu -> fc -> relu -> fc"),
        ("// conv - relu -\n// pool - fc\n// done", "1:4 chain: conv - relu - pool - fc"),
        ("Conv2D(8)\n    ↓\nReLU\n    ↓\nDense(10)\n", "1:1 chain: Conv2D(8) ↓ ReLU ↓ Dense(10)"),
        (
            "* conv -> [\n*   relu -> conv\n* ]*2 -> fc",
            "1:3 chain: conv -> [ relu -> conv ]*2 -> fc",
        ),
        (
            "│ conv → relu →   │\n│ pool → fc       │",
            "1:3 chain: conv → relu → pool → fc",
        ),
        (
            "28x28x1 -> Conv 8@3x3\n(ReLU) -> FC 10",
            "1:1 chain: 28x28x1 -> Conv 8@3x3 (ReLU) -> FC 10",
        ),
    ],
)
def test_a_chain_on_several_lines(text: str, expected: str) -> None:
    assert find_networks(text, "a.c") == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "conv -> relu",  # two layers
        "conv -> attention -> relu",
        "gconv -> relu -> dropout -> gconv",  # graphs
        "1D-Conv -> MaxPool -> Dense",
        "Conv1d(8) -> Conv1d(8) -> MaxPool",
        "3D conv -> bn -> relu",
        "a dilated conv - relu - pool",
        "conv1 => 32x3x3x3\n\nconv2 => 64x3x3x32\n\ndense => 512x10",
        "start → conv1 → done\nweights\nstart → pool2 → done",
        "input -> linear -> output",
        "Conv1D(8, k=3) → BatchNorm → ReLU → Dropout → FC",
        "linalg -> affine -> llvm",
        "series → convolution → features → normalization → prediction",
        "x 3 -> average pooling -> fc",
        "relu -> tanh -> softmax",  # nothing with weights
        "linear -> relu -> sigmoid",  # a list of activations
        "IN --> FC --> OUT",
        "idle -> running -> done",
        "map (x -> y) . filter (a -> b)",
        "f :: Conv -> Relu -> Pool",
        "Input => Convert(input), Output => ConvertBack(output)",
        "net->conv->relu->pool(x);",
        "$this->dense->flatten->relu();",
        "see models/conv-relu-pool.py and docs/conv-relu-pool/",
        '<div class="dense-flat-input fc-toolbar-button">',
        "import {conv, relu, pool} from conv-relu-pool",
        "from conv-relu-pool import net",
        "nn.Sequential(conv, relu, pool)",
        "self.layers.conv -> relu -> pool",
        "my.nn.conv - relu - pool",
        "x = conv - relu_out - pool_out",
        "y = self.pool(F.relu(self.conv(x)))",
        "def conv2d(x: Tensor) -> Tensor: ...",
        "conv2d.weight -> Conv.kernel, fc.bias -> Dense.bias",
        "```mermaid\ngraph LR\n  conv --> relu --> pool\n```",
        "deadbee..fc12fc1 -> affine -> dense",
        "File -> Open -> Linear -> Save",
        "rename conv/a.c => relu/b.c => pool/c.c",
    ],
)
@pytest.mark.parametrize("name", ["a.md", "a.txt", "a.html"])
def test_other_text_with_arrows_and_dashes_is_left_alone(text: str, name: str) -> None:
    assert find_networks(text, name) == []


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("POLL", True),
        ("SOFTMXA", True),
        ("DENS", True),
        ("PULL", False),
        ("DETECTOR", False),
        ("CONV3D", False),
        ("GCONV", False),
    ],
)
def test_a_misspelt_layer_at_the_end_is_a_part_of_the_chain(last: str, *, expected: bool) -> None:
    chain = "conv -> relu -> conv"
    assert found(f"{chain} -> {last}") == [f"{chain} -> {last}" if expected else chain]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (
            "conv -> relu -> pool -> resblock -> fc",
            "the chain of layers ends here: resblock: write",
        ),
        ("conv -> relu -> pool, then a Stem -> fc", ""),
        (
            "Input -> conv -> Stage -> conv -> Stage -> fc",
            "here: Stage: not a layer of this notation",
        ),
        (
            "conv -> pool -> norm -> fc",
            "left out of a chain of layers: ambiguous: which normalization",
        ),
        ("Conv(8) -> ReLU -> FC(4x4x8) -> FC(10)", "cannot tell what '4x4x8' means for FC"),
        ("2 × Conv → MaxPool → Dropout", "does the count repeat only CONV"),
        ("Dense/Conv layer -> BN -> ReLU -> pool", "Dense/Conv layer is one of two layers"),
        ("conv -> relu -> fc (as in the paper)", ""),
        ("map -> filter -> reduce -> conv -> sort", ""),
        ("conv -> relu -> fc -> relu -> Critic head", "chain of layers ends here: Critic: not a"),
        ("**Stem** → conv → relu → fc", "chain of layers begins after this: Stem: not a layer"),
        ("conv -> relu -> fc -> softmax -> class scores", ""),
    ],
)
def test_what_is_left_out_of_a_chain_is_named(text: str, note: str) -> None:
    notes = [excerpt.note for excerpt in excerpts(text, "a.md", BOTH) if excerpt.note]
    assert len(notes) == bool(note)
    assert note in "".join(notes)


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("", ["CNN304"]),
        (".", ["CNN304"]),
        (" - and that is all", ["CNN304"]),
        (" -> Critic head", []),
        (" -> ...", []),
        (" -> LSTM -> fc 3", []),
    ],
)
def test_a_chain_that_goes_on_has_no_last_layer(end: str, expected: list[str]) -> None:
    report = check_document(f"20x20x3 -> conv 3x3 -> relu -> fc 9 -> relu{end}", "a.md")
    assert [diagnostic.code for diagnostic in report.diagnostics] == expected


def test_where_chains_are_found() -> None:
    python = f'"""A net: {CHAIN}."""\n# {CHAIN}\nx = "{CHAIN}"  # {CHAIN}\ny = f"{{n}} {CHAIN}"\n'
    assert find_networks(python, "a.py", ("python",)) == find_networks(python, "a.py", ("raw",))
    assert [line.partition(" ")[0] for line in find_networks(python, "a.py")] == [
        "1:11",
        "2:3",
        "3:6",
        "3:31",
    ]
    cells = notebook(("markdown", f"- {CHAIN}"), ("code", f"# {CHAIN}"))
    assert [line.partition(" ")[2] for line in find_networks(cells, "a.ipynb")] == [
        f"chain: {CHAIN}"
    ] * 2
    for name in ("a.rst", "a.tex", "a.html", "a.cpp", "a.yaml", "README"):
        assert find_networks(f"# {CHAIN}\n", name) == [f"1:3 chain: {CHAIN}"]
    assert find_networks(f'{{"net": "{CHAIN}"}}', "a.json") == [f"1:10 chain: {CHAIN}"]
    assert find_networks(f"# {CHAIN}\n", "a.md", ()) == []


def test_what_is_marked_is_found_once() -> None:
    text = f"```cnn\nINPUT[8x8x3] -> {CHAIN}\n```\n\n<!-- cnnsize: INPUT[8x8x3] -> {CHAIN} -->\n"
    assert [line.partition(" ")[2].partition(":")[0] for line in find_networks(text, "a.md")] == [
        "fence",
        "marker",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "conv -> relu -> pool -> " * 10_000,
        "conv -> stem -> " * 10_000,
        "卷积层的结构 -> " * 10_000,
        "((((((((conv - " * 5_000,
        "conv ->\n" * 10_000,
        "conv->" * 30_000,
        "↓\nconv\n" * 10_000,
        ("│ conv →" + " " * 3_000 + "x\n") * 60,
        "│ conv → │\n" * 5_000,
        "conv 3→4 → " * 5_000,
        "nn.conv -> relu -> fc, " * 3_000,
        ":a:`conv` -> " * 3_000,
        "```mermaid\nconv -> relu -> fc\n" * 5_000,
        ("conv -> relu -> " * 200 + "\n") * 50,
    ],
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    """Quadratic time on one of these would be minutes."""
    started = time.process_time()
    excerpts(text, "a.txt", BOTH)
    assert time.process_time() - started < 30
