"""Emitted source reads as an engineer would write it, and linters have nothing to report."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
import torch

import cnnsize
from cnnsize.sizing.settings import Settings
from cnnsize.torch_code import torch_source
from cnnsize.torch_code.layout import Code, lines
from cnnsize.zoo import index
from tests.emitted import EACH_KIND, UNFLATTENED, ran, source

pytestmark = pytest.mark.slow

torch.set_num_threads(1)


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
    """Residual block: adds the input to the output of its layers.

    residual(k, n) = ADD{[cbr(3, k)]*n | ID} -> RELU
    """

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
    """Net: 3 x 32 x 32 to 10, 16,794 parameters.

    net = INPUT[32x32x3] -> cbr(7, 16) -> residual(16, 2)*3 -> POOL2 ->
    CAT{cbr(1, 8) | ID} -> GAP -> FC-10
    """

    def __init__(self, in_channels: int = 3, num_classes: int = 10) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            Cbr(in_channels, 7, 16),  # 16 x 32 x 32
            *(Residual(16, 16, 2) for _ in range(3)),
            nn.MaxPool2d(2),  # 16 x 16 x 16
        )
        self.branch = Cbr(16, 1, 8)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(24, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        # 3 x 32 x 32
        x = self.layers(x)  # 16 x 16 x 16
        x = torch.cat([self.branch(x), x], 1)  # 24 x 16 x 16
        x = self.avgpool(x)  # 24 x 1 x 1
        x = self.flatten(x)
        x = self.fc(x)  # 10
        return x
''',
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("CONV3-8", "nn.Conv2d(in_channels, out_channels, 3, padding=1)"),
        ("CONV3-8(P=0)", "nn.Conv2d(in_channels, out_channels, 3)"),
        (
            "CONV1x7-8(S=2x1, P=0x3, bias=no)",
            "stride=(1, 2),\n                padding=(3, 0),\n                bias=False",
        ),
        ("CONV3-9(G=3, D=2)", "nn.Conv2d(3, 9, 3, padding=2, dilation=2, groups=3)"),
        (
            "DWCONV3(M=2)",
            "nn.Conv2d(in_channels, 2 * in_channels, 3, padding=1, groups=in_channels)",
        ),
        ("TCONV2-4(S=2)", "nn.ConvTranspose2d(in_channels, out_channels, 2, stride=2)"),
        ("POOL3(S=2)", "nn.MaxPool2d(3, stride=2)"),
        ("POOL2(S=2)", "nn.MaxPool2d(2)"),
        ("AVGPOOL2(ceil=yes)", "nn.AvgPool2d(2, ceil_mode=True)"),
        ("AVGPOOL(to=3x5)", "nn.AdaptiveAvgPool2d((5, 3))"),
        ("FC-7", "nn.Linear(in_channels * 8 * 16, num_classes)"),
        ("DROPOUT(0.5)", "nn.Dropout()"),
        ("DROPOUT(0.2)", "nn.Dropout(0.2)"),
        ("UP2", "nn.Upsample(scale_factor=2)"),
        ("UP2x3(mode=bilinear)", 'nn.Upsample(scale_factor=(3, 2), mode="bilinear")'),
        ("PAD(left=1, top=2, right=3, bottom=4)", "nn.ZeroPad2d((1, 3, 2, 4))"),
        ("UNFLATTEN[2x3x64]", "nn.Unflatten(1, (64, 3, 2))"),
        (
            "[DROPOUT -> RELU -> FC-4]*2",
            "nn.Linear(in_channels * 8 * 16, 4)",
        ),  # flattened once, before the first iteration
        ("[CONV3-8]*3", "for channels in (in_channels, 8, 8)"),
        ("[CONV3-8]*9", "for channels in [in_channels, *[8] * 8]"),
        ("[CONV3-3]*9", "for _ in range(9)"),
        ("[CAT{ID | CONV3-4}]*9", "for channels in range(in_channels, in_channels + 36, 4)"),
    ],
)
def test_a_layer_as_torch_has_it(text: str, line: str) -> None:
    assert line in source(f"INPUT[16x8x3] -> {text} -> RELU")


def test_letters_of_the_network_are_numbers() -> None:
    network = cnnsize.parse("INPUT[8x8x3] -> [CONV3-k -> RELU]*N -> FC-10").sized(k=5, N=2)
    assert "nn.Conv2d(5, 5, 3, padding=1)" in torch_source(network)


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
    exec(made.replace("num_classes: int = 2", "num_classes: int = 3"), broken)
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
