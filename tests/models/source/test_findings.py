"""Findings about networks in Python source: the rule, the place, the help, and what stays silent."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from cnnsize.models.source.check import CheckedNetwork, check_source, with_replacements
from cnnsize.models.source.findings.finding import Finding
from cnnsize.models.source.findings.literals import literal, with_value
from cnnsize.models.source.findings.spans import Spans
from cnnsize.models.source.read import Request

HEAD = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"
LENET = (
    HEAD
    + """\
class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 10)
    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = torch.flatten(x, 1)
        return self.fc2(F.relu(self.fc1(x)))
"""
)
CALL = "LeNet()(torch.randn(4, 3, 32, 32))\n"
CIFAR = "from torchvision import datasets\ndata = datasets.CIFAR10('data')\n"


def in_class(init: str, forward: str, arguments: str = "") -> str:
    """Return a class with these lines in its methods."""
    body = "\n".join(f"        {line}" for line in init.split("\n"))
    rest = "\n".join(f"        {line}" for line in forward.split("\n"))
    return (
        f"{HEAD}class Net(nn.Module):\n    def __init__(self{arguments}):\n"
        f"        super().__init__()\n{body}\n    def forward(self, x):\n{rest}\n"
    )


def findings(text: str, *, input: tuple[int, int, int] | None = None) -> Iterator[Finding]:
    for network in check_source(text, Request(input=input)):
        yield from network.findings


def marked(text: str, finding: Finding) -> str:
    """Return the text of what a finding marks."""
    return Spans(text).segment(finding.node)


# the source, the rule, what is marked, and the first help
REPORTED = [
    (LENET.replace("(6, 16, 5)", "(8, 16, 5)"), "CNN120", "8", "nn.Conv2d(6, 16, 5)"),
    (LENET.replace("120, 10", "128, 10"), "CNN121", "128", "nn.Linear(120, 10)"),
    (
        LENET.replace("* 5 * 5, 120", "* 4 * 4, 120") + CALL,
        "CNN121",
        "16 * 4 * 4",
        "nn.Linear(16 * 5 * 5, 120)",
    ),
    (
        LENET.replace("* 5 * 5, 120", "* 4 * 4, 120") + CIFAR,
        "CNN121",
        "16 * 4 * 4",
        "nn.Linear(16 * 5 * 5, 120)",
    ),
    (LENET.replace("16 * 5 * 5, 120", "410, 120"), "CNN121", "410", None),  # no input gives it
    (
        in_class("self.a = nn.Conv2d(3, 8, 3, padding=1)", "return x + self.a(x)"),
        "CNN122",
        "x + self.a(x)",
        None,
    ),
    (
        in_class("self.a = nn.Conv2d(3, 8, 3, groups=2)", "return self.a(x)"),
        "CNN124",
        "2",
        "groups=1 fits",
    ),
    (
        in_class("self.a = nn.Conv2d(3, 10 / 4, 3)", "return self.a(x)"),
        "CNN124",
        "10 / 4",
        None,
    ),
    (
        in_class(
            "self.a = nn.ConvTranspose2d(3, 8, 3, 2, 1, output_padding=2)", "return self.a(x)"
        ),
        "CNN124",
        "2",
        None,
    ),
    (
        in_class("self.a = nn.Conv2d(3, 8, 3, 2, padding='same')", "return self.a(x)"),
        "CNN124",
        "'same'",
        None,
    ),
    (
        in_class(
            "self.a = nn.Conv2d(3, 8, 3)\nself.layers = [nn.Conv2d(8, 8, 1)]",
            "return self.layers[0](self.a(x))",
        ),
        "CNN125",
        "[nn.Conv2d(8, 8, 1)]",
        "nn.ModuleList",
    ),
    (  # where a list that is empty first gets a layer
        in_class(
            "self.layers = []\nfor k in (3, 1):\n    self.layers.append(conv(k))",
            "for layer in self.layers:\n    x = layer(x)\nreturn x",
        )
        + "def conv(k):\n    return nn.Conv2d(3, 3, k)\n",
        "CNN125",
        "conv(k)",
        "nn.ModuleList",
    ),
    (
        in_class("self.a = nn.Conv2d(3, 8, 3)", "return nn.Conv2d(8, 8, 1)(self.a(x))"),
        "CNN125",
        "nn.Conv2d(8, 8, 1)",
        "construct it in __init__, as an attribute of the module",
    ),
    (
        in_class("self.a = nn.Conv2d(3, 8, 3)\nself.b = nn.Linear(8, 8)", "return self.a(x)"),
        "CNN126",
        "nn.Linear(8, 8)",
        None,
    ),
]


@pytest.mark.parametrize(("text", "code", "place", "help"), REPORTED)
def test_a_fault_is_reported_at_its_argument(
    text: str, code: str, place: str, help: str | None
) -> None:
    (finding,) = findings(text)
    assert (finding.code, marked(text, finding)) == (code, place)
    assert help is None or finding.help[0] == help


SILENT = [
    LENET,
    LENET.replace("* 5 * 5, 120", "* 4 * 4, 120"),  # W = H = 28..31
    LENET.replace("(3, 6, 5)", "(1, 6, 5)"),
    # two networks: the data set may be that of the other
    LENET.replace("* 5 * 5, 120", "* 4 * 4, 120") + CIFAR + LENET.replace("LeNet", "Other"),
    LENET.replace("* 5 * 5, 120", "* 4 * 4, 120") + CIFAR + "t = Resize(28)\n",
    # another file may call it with another width
    in_class(
        "self.a = nn.Conv2d(n, w, 3)\nself.b = nn.BatchNorm2d(8)",
        "return self.b(self.a(x))",
        ", n, w=4",
    ),
    # the order of the axes of the input is not known
    in_class("self.a = nn.Conv2d(3, 8, 3)", "return self.a(x.permute(0, 3, 1, 2))"),
    in_class("self.a = nn.Linear(10, 4)\nself.n = nn.BatchNorm1d(8)", "return self.n(self.a(x))"),
    in_class(
        "self.a = nn.Conv2d(3, 8, 3)", "return self.a(x) if x.shape[2] > 9 else x + self.a(x)"
    ),
    # it fits an input of 128x128
    in_class(
        "self.a = nn.Conv2d(3, 8, 3, stride=4, padding=1)\nself.b = nn.Conv2d(8, 4, 1)",
        "a = self.a(x)\nb = F.interpolate(self.b(a), size=(32, 32))\nreturn torch.cat([a, b], 1)",
    ),
    # registered in another way
    in_class(
        "self.a = nn.Conv2d(3, 8, 3)\nself.all = [self.a]",
        "for layer in self.all:\n    x = layer(x)\nreturn x",
    ),
    in_class(
        "self.a = nn.Conv2d(3, 8, 3)\nself.aux = nn.Linear(8, 2)",
        "y = self.a(x)\nif self.training:\n    return self.aux(y)\nreturn y",
    ),
]


@pytest.mark.parametrize("text", SILENT)
def test_what_may_be_right_is_not_reported(text: str) -> None:
    assert list(findings(text)) == []


def test_the_size_of_the_input_is_named_with_its_source() -> None:
    (finding,) = findings(LENET, input=(28, 28, 3))
    assert finding.message == "nn.Linear expects 400 input values but receives 256"
    assert finding.label == "16 x 4 x 4 = 256 for a 28x28 input (--input)"
    (finding,) = findings(
        "# cnnsize: input 28x28x3\n".join(LENET.partition("class")[::2]).replace(
            "\n LeNet", "\nclass LeNet"
        )
    )
    assert finding.label.endswith("(the comment on line 4)")


def test_a_window_that_does_not_fit_needs_a_size_that_is_said() -> None:
    text = LENET.replace("(6, 16, 5)", "(6, 16, 15)")
    assert list(findings(text)) == []
    (finding,) = findings(text, input=(32, 32, 3))
    assert (finding.code, marked(text, finding)) == ("CNN102", "15")
    assert finding.label == "needs W + 2P >= 15, has 14 + 0 = 14"


BLOCKS = in_class(
    "self.a = Block(3, 16)\nself.b = Block(12, 32)", "return self.b(self.a(x))"
).replace(
    "class Net",
    """\
class Block(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.conv = nn.Conv2d(i, o, 3)
        self.norm = nn.BatchNorm2d(o)
    def forward(self, x):
        return self.norm(self.conv(x))
class Net""",
)


def test_a_number_is_marked_in_the_call_that_passes_it() -> None:
    (finding,) = findings(BLOCKS)
    assert marked(BLOCKS, finding) == "12"
    assert finding.help == ("Block(16, 32)",)
    ((span, text),) = finding.edits  # other calls of Block keep their arguments
    assert (BLOCKS[span.start : span.end], text) == ("12", "16")


def test_a_fault_inside_a_block_is_marked_there() -> None:
    text = BLOCKS.replace("Block(12", "Block(16").replace("nn.BatchNorm2d(o)", "nn.BatchNorm2d(i)")
    (finding,) = findings(text)
    assert marked(text, finding) == "i"
    assert finding.edits == ()


FIXED = [
    ("16 * 4 * 4", "16 * 5 * 5"),
    ("5*4*16", "5*5*16"),
    ("16 * 4 ** 2", "16 * 5 ** 2"),
    ("16 * 16", "16 * 25"),
    ("256", "400"),
    ("in_features=256", "in_features=400"),
    ("(16\n * 4 * 4)", "(16\n * 5 * 5)"),
]


@pytest.mark.parametrize(("wrong", "right"), FIXED)
def test_a_fix_keeps_the_style_and_mends(wrong: str, right: str) -> None:
    second = ", out_features=120" if "=" in wrong else ", 120"
    text = LENET.replace("16 * 5 * 5, 120", wrong + second) + CALL
    (finding,) = findings(text)
    fixed = with_replacements(text, finding.edits)
    assert fixed == LENET.replace("16 * 5 * 5, 120", right + second) + CALL
    assert list(findings(fixed)) == []


def test_a_view_and_the_layer_after_it_are_fixed_together() -> None:
    text = LENET.replace("torch.flatten(x, 1)", "x.view(-1, 16 * 5 * 5)").replace("5 * 5", "4 * 4")
    (finding,) = findings(text + CALL)
    assert finding.code == "CNN121"
    fixed = with_replacements(text, finding.edits)
    assert fixed == text.replace("4 * 4", "5 * 5")


def test_a_view_that_mixes_the_batch_becomes_a_flatten() -> None:
    text = LENET.replace("torch.flatten(x, 1)", "x.view(-1, 100)") + CALL
    (finding,) = findings(text)
    assert (finding.code, marked(text, finding)) == ("CNN123", "100")
    assert "x = x.flatten(1)" in with_replacements(text, finding.edits)


def test_a_name_is_not_edited() -> None:
    text = LENET.replace("16 * 5 * 5, 120", "FEATURES, 120").replace(
        "class", "FEATURES = 10\nclass"
    )
    (finding,) = findings(text, input=(32, 32, 3))
    assert marked(text, finding) == "FEATURES"
    assert (finding.edits, finding.help) == ((), ("in_features must be 400 here",))


@pytest.mark.parametrize(
    ("before", "line_end"), [("", "\n"), ("ü = 'é'; ", "\n"), ("", "\r\n"), ("'𝕏'; ", "\r\n")]
)
def test_places_count_characters(before: str, line_end: str) -> None:
    lines = [
        "from torch import nn",
        f"{before}net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(9, 8, 3))",
    ]
    text = line_end.join([*lines, ""])
    (finding,) = findings(text)
    assert marked(text, finding) == "9"
    assert Spans(text).span(finding.node).start == text.index("9, 8")


def test_a_literal_is_an_expression_of_numbers() -> None:
    def expression(text: str) -> ast.expr:
        return ast.parse(text, mode="eval").body

    assert literal(expression("2 * (3 + 4) // 2 ** 2")) == 3
    for text in ("2 * n", "1 // 0", "2 ** 9", "True", "'1'", "-1"):
        assert literal(expression(text)) is None
    spans = Spans("8*2*2")
    assert with_value(expression("8*2*2"), spans, 72, (8, 3, 3)) == "8*3*3"
    assert with_value(expression("8*2*2"), spans, 70, (8, 3, 3)) == "70"


def test_unread_networks_have_no_finding_but_a_reason() -> None:
    text = LENET.replace("torch.flatten(x, 1)", "torch.fft.fft2(x)")
    (network,) = check_source(text)
    assert isinstance(network, CheckedNetwork)
    assert network.findings == () and network.unread is not None


SIAMESE = (
    HEAD
    + """\
class Twins(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.Conv2d(6, 4, 3), nn.AdaptiveMaxPool2d(1))
        self.head = nn.Linear(4, 2)
    def embed(self, x):
        return self.head(self.trunk(x).flatten(1))
    def forward(self, left, right):
        return (self.embed(left) - self.embed(right)).abs()
"""
)
DENOISER = in_class(
    "self.body = nn.Sequential(nn.Conv2d(3, 9, 3, padding=1), nn.ReLU(), nn.Conv2d(9, 3, 3, padding=1))",
    "return x - self.body(x)",
)
GATED = in_class(
    "self.a = nn.Conv2d(3, 5, 1)\nself.psi = nn.Conv2d(5, 1, 1)\nself.b = nn.Conv2d(5, 2, 1)",
    "x = self.a(x)\nreturn self.b(x * torch.sigmoid(self.psi(x)))",
)
ATTENTION = in_class(
    "self.q = nn.Conv2d(3, 4, 1)\nself.k = nn.Conv2d(3, 4, 1)\nself.v = nn.Conv2d(3, 6, 1)",
    "q, k, v = (layer(x).flatten(2) for layer in (self.q, self.k, self.v))\n"
    "weights = F.softmax(torch.bmm(q.transpose(1, 2), k), dim=-1)\n"
    "return torch.bmm(v, weights).view(x.size(0), 6, *x.shape[2:])",
)
SQUEEZE = (
    HEAD
    + """\
class Squeeze(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.fc = nn.Linear(channels, channels)
    def forward(self, x):
        return x * torch.sigmoid(self.fc(x.mean([2, 3])))[:, :, None, None]
class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3)
        self.se = Squeeze(inputs)
    def forward(self, x):
        return self.se(self.conv(x))
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(Block(3, 8), Block(8, 8))
    def forward(self, x):
        return self.blocks(x)
"""
)
UNWRITTEN = [SIAMESE, DENOISER, GATED, ATTENTION]
# the source, the rule and what is marked, in networks that have no text
REPORTED_WITHOUT_TEXT = [
    (SIAMESE.replace("(6, 4, 3)", "(5, 4, 3)"), "CNN120", "5"),
    (DENOISER.replace("(9, 3,", "(9, 4,"), "CNN122", "x - self.body(x)"),
    (GATED.replace("(5, 2, 1)", "(1, 2, 1)"), "CNN120", "1"),
    (ATTENTION.replace("self.k = nn.Conv2d(3, 4", "self.k = nn.Conv2d(3, 8"), "CNN122", None),
    (SQUEEZE, "CNN121", "inputs"),  # of the call of Squeeze
    (
        in_class(
            "self.a = nn.Conv2d(3, 6, 3)\nself.n = nn.BatchNorm1d(6)", "return self.n(self.a(x))"
        ),
        "CNN124",
        "nn.BatchNorm1d(6)",
    ),
]


@pytest.mark.parametrize("text", UNWRITTEN)
def test_a_network_without_text_is_checked(text: str) -> None:
    (network,) = check_source(text)
    assert network.unread is not None and network.unread.runs
    assert network.findings == ()


@pytest.mark.parametrize(("text", "code", "words"), REPORTED_WITHOUT_TEXT)
def test_findings_about_networks_without_text(text: str, code: str, words: str | None) -> None:
    (finding,) = [finding for finding in findings(text) if finding.code != "CNN126"]
    assert finding.code == code
    assert words is None or marked(text, finding) == words


@pytest.mark.parametrize(
    ("features", "code", "words", "help"),
    [
        (64, "CNN123", "2", "replace 2 with 4"),  # channels
        (30, "CNN121", "x.view(-1, 2, 4, 4)", None),
    ],
)
def test_the_size_of_a_view_that_is_wrong(
    features: int, code: str, words: str, help: str | None
) -> None:
    text = in_class(
        f"self.a = nn.Linear(9, {features})\nself.b = nn.Conv2d(2, 3, 1)",
        "x = self.a(x)\nreturn self.b(x.view(-1, 2, 4, 4))",
    )
    text += "Net()(torch.zeros(2, 9))\n"
    (finding,) = findings(text)
    assert (finding.code, marked(text, finding)) == (code, words)
    assert help is None or finding.help == (help,)


def test_rows_of_pixels_are_meant() -> None:
    forward = "x = self.a(x)\nreturn x.permute(0, 2, 3, 1).reshape(-1, 5)"
    assert list(findings(in_class("self.a = nn.Conv2d(3, 5, 1)", forward))) == []


def test_guessed_inputs_decide_nothing() -> None:
    text = in_class(
        "self.a = nn.Conv2d(3, 5, 1)\nself.b = nn.Linear(7, 5)",
        "return self.a(x) + self.b(y)[:, :, None, None]",
    ).replace("(self, x)", "(self, x, y)")
    (network,) = check_source(text)
    assert network.findings == () and network.unread is not None
    assert network.unread.reason.startswith("forward takes 2 inputs")


MISPLACED = in_class(
    "self.a = self.block(3, 16)\nself.b = self.block(16, 32)",
    "return self.b(self.a(x))",
).replace(
    "    def forward",
    "    def block(self, inputs, outputs):\n"
    "        return nn.Sequential(\n"
    "            nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs), nn.BatchNorm2d(inputs),\n"
    "            nn.Conv2d(inputs, outputs, 1), nn.BatchNorm2d(outputs))\n"
    "    def forward",
)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("groups=inputs", "groups=outputs"), ("nn.BatchNorm2d(inputs)", "nn.BatchNorm2d(outputs)")],
)
def test_one_parameter_for_another_is_marked_where_it_is_written(right: str, wrong: str) -> None:
    assert not list(findings(MISPLACED))
    text = MISPLACED.replace(right, wrong)
    (finding,) = findings(text)
    assert marked(text, finding) == "outputs"
    assert finding.node.lineno == text[: text.index(wrong)].count("\n") + 1  # type: ignore[attr-defined]


GENERATOR = in_class(
    "self.side = 4\nself.f = nn.Linear(20, 8 * 16)\nself.c = nn.Conv2d(8, 3, 3)",
    "return self.c(self.f(x).view(x.size(0), 8, self.side, self.side))",
)


@pytest.mark.parametrize(
    ("right", "wrong", "place", "help"),
    [
        ("nn.Conv2d(8", "nn.Conv2d(16", "16", "nn.Conv2d(8, 3, 3)"),
        ("8, self.side, self.side", "self.side, self.side, self.side", "self.side", None),
        ("view(x.size(0), 8, self", "view(x.size(0), -1, 3 * self", None, None),
    ],
)
def test_a_vector_that_is_viewed_as_a_map_is_checked(
    right: str, wrong: str, place: str | None, help: str | None
) -> None:
    text = GENERATOR.replace(right, wrong)
    for input in (None, (1, 1, 20)):
        assert not list(findings(GENERATOR, input=input))
        (finding,) = findings(text, input=input)
        assert place is None or marked(text, finding) == place
        assert help is None or finding.help[0] == help


def test_sizes_of_an_image_that_a_view_with_an_open_size_does_not_divide() -> None:
    text = in_class("self.c = nn.Conv2d(3, 8, 2, 2)", "return self.c(x).view(x.size(0), -1, 7)")
    (finding,) = findings(f"{text}Net()(torch.randn(2, 3, 32, 32))\n")
    assert finding.message == "the view: 2,048 values per image are not divisible by 7"
    assert not list(findings(f"{text}Net()(torch.randn(2, 3, 28, 28))\n"))


LETTERS = in_class(
    "self.c = nn.Conv2d(3, width, 3, 2, 1)\nself.f = nn.Linear(width * 8 * 8, classes)",
    "return self.f(self.c(x).flatten(1))",
    arguments=", width=4, classes=3",
)


@pytest.mark.parametrize(
    ("rest", "count"),
    [
        ("fit(Net())\n", 1),
        ("fit(Net(width=6))\n", 1),
        ("def test(width=4):\n    Net(width)(torch.randn(1, 3, 32, 32))\n", 1),
        ("def test(width=4):\n    Net(width)(torch.randn(1, 3, 16, 16))\n", 0),
        ("def test(side=32):\n    Net()(torch.randn(1, 3, side, side))\ntest(16)\n", 0),
    ],
)
def test_a_network_that_is_constructed_within_another_call(rest: str, count: int) -> None:
    text = f"{LETTERS}{rest}"
    input = None if "randn" in rest else (32, 32, 3)
    assert len(list(findings(text, input=input))) == count


def test_constants_of_the_standard_library_have_a_value() -> None:
    text = "import string\nfrom string import digits\n" + LENET.replace(
        "nn.Linear(120, 10)", "nn.Linear(len(digits), len(string.ascii_letters))"
    )
    (finding,) = findings(text)
    assert finding.message == "nn.Linear expects 10 input values but receives 120"
