"""Python code that builds a model: what is read, and what is refused, with its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsize.language.parsed import Failed
from cnnsize.reading.document import parse_string
from tests.helpers import examples
from tests.language.pastes.test_printed import read, refused

TORCH = """net = nn.Sequential(
    nn.Conv2d(3, 8, 5, padding=2),  # 3 -> 8
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(8 * 4 * 4, 10),
)
"""
TORCH_CHAIN = "CONV5-8(P=2, in=3) -> RELU -> POOL2 -> FLATTEN -> FC-10(in=128)"
KERAS_CHAIN = "INPUT[20x10x3] -> CONV3-8(P=0) -> RELU -> POOL2 -> FLATTEN -> FC-4"
LIST = TORCH.split("(", 1)[1].rsplit(")", 1)[0]


@pytest.mark.parametrize(
    "text",
    [
        TORCH,
        TORCH.replace("\n", "\r\n"),
        TORCH.replace("net = ", ""),
        TORCH.replace("net = ", "return "),
        TORCH.replace("net", "self.net"),
        "    " + TORCH.replace("\n", "\n    "),
        "self.net = " + TORCH[6:].replace("\n", "\n        "),
        ">>> " + TORCH.strip().replace("\n", "\n... ") + "\n>>> net\n",
        "In [1]: " + TORCH.strip().replace("\n", "\n   ...: "),
        "```python\n" + TORCH + "```",
        "import torch.nn as tnn\n" + TORCH.replace("nn.", "tnn."),
        "from torch.nn import *\n" + TORCH.replace("nn.", ""),
        TORCH.strip() + ".to(device)",
        TORCH + "net = nn.DataParallel(net)",
        TORCH + "print(net)\nopt = torch.optim.SGD(net.parameters(), lr=0.1)\n",
        TORCH + "for batch in loader:\n    loss = criterion(net(batch))\n",
        f"layers = [{LIST}]\nnet = nn.Sequential(*layers)",
        f"net = nn.Sequential(*[{LIST}])",
        f"layers = []\nlayers += [{LIST}]\nnet = nn.Sequential(*layers)",
        f"a = nn.Sequential({LIST})\nnet = nn.Sequential(a)",
        "c = 8\nnet = nn.Sequential(nn.Conv2d(3, c, 5, padding=5 // 2), nn.ReLU(), nn.MaxPool2d(2),"
        " nn.Flatten(), nn.Linear(c * 4**2, int(20 / 2)))",
        "net = nn.Sequential(OrderedDict([('c', nn.Conv2d(3, 8, 5, padding=2)), ('r', nn.ReLU()),"
        " ('p', nn.MaxPool2d(2)), ('f', nn.Flatten()), ('l', nn.Linear(128, 10))]))",
        "net = nn.Sequential()\nnet.add_module('c', nn.Conv2d(3, 8, 5, padding=2))\n"
        "net.append(nn.ReLU())\nnet.extend([nn.MaxPool2d(2), nn.Flatten()])\n"
        "net.append(nn.Linear(128, 10))",
    ],
)
def test_one_model_of_torch_in_many_forms(text: str) -> None:
    assert str(read(text)) == TORCH_CHAIN


@pytest.mark.parametrize(
    "text",
    [
        "m = keras.Sequential([keras.Input(shape=(10, 20, 3)), layers.Conv2D(8, 3, activation='relu'),"
        " layers.MaxPooling2D(), layers.Flatten(), layers.Dense(4)])",
        "m = Sequential()\nm.add(Conv2D(8, (3, 3), input_shape=(10, 20, 3)))\nm.add(Activation('relu'))\n"
        "m.add(MaxPooling2D((2, 2)))\nm.add(Flatten())\nm.add(Dense(4))\nm.compile('adam', 'mse')",
        "m.add(Conv2D(8, 3, activation='relu', input_shape=(10, 20, 3)))\nm.add(MaxPool2D())\n"
        "m.add(Flatten())\nm.add(Dense(4, name=f'out{i}'))",
        "shape = (10, 20, 3)\ninputs = tf.keras.Input(shape)\n"
        "x = tf.keras.layers.Conv2D(8, 3, activation=tf.nn.relu)(inputs)\nx = tf.keras.layers.MaxPool2D()(x)\n"
        "x = tf.keras.layers.Flatten()(x)\nout = tf.keras.layers.Dense(4)(x)\n"
        "model = tf.keras.Model(inputs=inputs, outputs=out)\nmodel.summary()",
        "x = Conv2D(8, 3, activation='relu')(Input((10, 20, 3)))\nx = Flatten()(MaxPooling2D(2)(x))\n"
        "x = Dense(4)(x)",
        "def build(classes=4):\n    m = Sequential()\n    m.add(Rescaling(1 / 255, input_shape=(10, 20, 3)))\n"
        "    m.add(Conv2D(8, 3, activation='relu'))\n    m.add(MaxPooling2D())\n    m.add(Flatten())\n"
        "    m.add(Dense(classes))\n    return m\n",
        "class Net(keras.Model):\n    def __init__(self):\n        super().__init__()\n"
        "        self.conv = Conv2D(8, 3, activation='relu', input_shape=(10, 20, 3))\n"
        "        self.pool = MaxPooling2D()\n        self.flat = Flatten()\n        self.out = Dense(4)\n"
        "    def call(self, x):\n        x = self.pool(self.conv(x))\n        return self.out(self.flat(x))\n",
    ],
)
def test_one_model_of_keras_in_many_forms(text: str) -> None:
    assert str(read(text)) == KERAS_CHAIN


FORWARD = """class Digits(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.a = nn.Conv2d(1, 8, 3)
        self.b = nn.Conv2d(8, 8, 3)
        self.pool = nn.MaxPool2d(2)
        self.out = nn.Linear(8 * 6 * 6, classes)

    def forward(self, x):
        x = self.pool(F.relu(self.a(x)))
        x = F.max_pool2d(torch.tanh(self.b(x)), kernel_size=2)
        x = F.dropout(x.view(x.size(0), 288), 0.3, training=self.training)
        return F.log_softmax(self.out(x), dim=1)
"""


def test_a_forward_method_that_is_a_chain_is_followed() -> None:
    assert str(read(FORWARD)) == (
        "CONV3-8(P=0, in=1) -> RELU -> POOL2 -> CONV3-8(P=0, in=8) -> TANH -> POOL2"
        " -> FLATTEN: [1x1x288] -> DROPOUT(0.3) -> FC-10(in=288) -> LOGSOFTMAX"
    )
    listed = FORWARD[: FORWARD.index("    def forward")]
    assert str(read(listed)) == (
        "CONV3-8(P=0, in=1) -> CONV3-8(P=0, in=8) -> POOL2 -> FC-10(in=288)"
    )
    assert read(listed).notes and not read(listed).order_known


BLOCKS = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(Block(3, 8), Block(8, width=16))
        self.head = Block(16, 4, k=1)
    def forward(self, x):
        return self.head(self.body(x)).flatten(1)
class Block(nn.Module):
    def __init__(self, depth, width, k=3):
        super().__init__()
        self.conv = nn.Conv2d(depth, width, k, padding=k // 2)
    def forward(self, x):
        return F.relu(self.conv(x))
"""


def test_classes_of_the_text_are_used_like_layers() -> None:
    assert str(read(BLOCKS)) == (
        "CONV3-8(P=1, in=3) -> RELU -> CONV3-16(P=1, in=8) -> RELU -> CONV1-4(P=0, in=16) -> RELU -> FLATTEN"
    )


@pytest.mark.parametrize(
    "text",
    [
        "net = nn.Conv2d(3, 8, 3) -> nn.ReLU()\nother = nn.Conv2d(3, 8, 3) -> nn.ReLU()",
        "net = [nn.Conv2d(3, 8, 3) -> nn.ReLU()]*2\nother = nn.Conv2d(3, 8, 3) -> nn.ReLU()",
        "a = Input(32x32x3) -> Conv(8, 3x3) -> ReLU\nb = Input(32x32x3) -> Conv(8, 3x3) -> ReLU",
    ],
)
def test_named_networks_with_arrows_are_no_code(text: str) -> None:
    networks = parse_string(text)
    assert len(networks) == 2
    assert not any(isinstance(network, Failed) for network in networks)


def test_a_number_that_a_condition_may_change_is_not_used() -> None:
    text = "n = 5\nif fast:\n    n = 7\nnet = nn.Sequential(nn.Linear(3, n))"
    assert str(read(text)) == "FC-n(in=3)"
    local = "def f():\n    n = 3\n    return n\nn = 5\nnet = nn.Sequential(nn.Linear(3, n))"
    assert str(read(local)) == "FC-5(in=3)"


def test_names_without_a_value_are_letters() -> None:
    text = "nn.Sequential(nn.Conv2d(3, width, 3), nn.ReLU(), nn.Conv2d(width, 2 * width, k))"
    assert str(read(text)) == "CONV3-width(P=0, in=3) -> RELU -> CONV-(2*width)(F=k, P=0, in=width)"


def test_carets_point_into_the_code() -> None:
    text = (
        "# größer\nnet = nn.Sequential(nn.ReLU(), nn.Dropout(p=0.5),\n    nn.Linear(n, 10))  # é\n"
    )
    network = read("n = 4\n" + text)
    places = [network.piece(item.span)[1] for item in network.chain.items]
    assert places == ["nn.ReLU()", "nn.Dropout(p=0.5)", "nn.Linear(n, 10)"]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("nn.Sequential(nn.ReLU(), Block(3))", "Block", "Block is not a layer"),
        ("nn.Sequential(nn.ReLU(), BasicBlock(3, 3))", "BasicBlock", "has branches"),
        ("nn.Sequential(nn.ReLU(), make_layer(3))", "make_layer", "is a function"),
        ("nn.Sequential(*[nn.ReLU() for _ in range(n)])", "[nn.ReLU() for _ in range(n)]", "comprehension"),
        ("nn.Sequential(*blocks)", "blocks", "is no layer in this text"),
        ("nn.Sequential(nn.Conv2d(3, cfg.width, 3))", "cfg.width", "has no value in this text"),
        ("nn.Sequential(nn.Linear(3, 4 if big else 2))", "4 if big else 2", "a conditional expression"),
        ("nn.Sequential(nn.Conv2d(3, 4, 3, **options))", "options", "unpacked options"),
        ("nn.Sequential(nn.Conv2d(...))", "...", "left out"),
        ("nn.Sequential(nn.Linear(lambda: 3, 4))", "lambda: 3", "a lambda"),
        ("nn.Sequential(nn.ReLU(), nn.Tanh()", "(", "never closed"),
        ("nn.Sequential(nn.ReLU()\nnn.Tanh())", "n", "not complete Python code"),
        ("a = nn.Sequential(nn.ReLU())\nb = nn.Sequential(nn.Tanh())", "nn.Sequential(nn.Tanh())", "2 models: a and b"),
        ("c = nn.Conv2d(3, 3, 1)\nnn.Sequential(c, c)", "nn.Conv2d(3, 3, 1)", "used twice"),
        ("n = nn.Sequential()\nfor i in range(k):\n    n.append(nn.ReLU())", "for i in range(k):", "a loop"),
        ("self.parts = nn.ModuleList([nn.ReLU()])", "nn.ModuleList([nn.ReLU()])", "does not run its modules"),
        ("i = Input((4, 4, 1))\nx = Conv2D(1, 1)(i)\ny = Conv2D(1, 1)(i)", "i", "branches"),
        ("i = Input((4, 4, 1))\nx = Add()([Conv2D(1, 1)(i), i])", "Add()([Conv2D(1, 1)(i), i])", "branches"),
        ("i = Input((4, 4, 1))\nx = block(i)", "block(i)", "block(...) changes a tensor"),
        ("x = base.output\nx = Dense(3)(x)", "x", "before this one are not in the text"),
        ("import flax.linen as nn\nm = nn.Sequential([nn.Conv(3, (3, 3))])", "nn.Conv", "code of flax"),
        (FORWARD.replace("x = self.pool(", "x = x + self.pool("), "x + self.pool(F.relu(self.a(x)))", "branches"),
        (FORWARD.replace("self.b = nn.Conv2d(", "self.b = Block("), "Block", "Block is not a layer"),
        (FORWARD.replace("self.b(x)", "self.a(x)"), "nn.Conv2d(1, 8, 3)", "used twice"),
        (FORWARD.replace("        return F", "        if x: x = self.b(x)\n        return F"), "if x: x = self.b(x)", "a condition"),
        (BLOCKS.replace("self.conv(x))", "self.conv(x)) + x"), "F.relu(self.conv(x)) + x", "branches"),
        (BLOCKS.replace("Block(3, 8)", "Block(3, n)"), "n", "n has no value in this text"),
        (BLOCKS.replace("2)\n    def", "2)\n        self.more = Block(1, 2)\n    def"), "Block(1, 2)", "built too often"),
        (FORWARD.replace("return F", "return x, F"), "x, F.log_softmax(self.out(x), dim=1)", "branches"),
        (FORWARD.replace("torch.tanh(", "self.act("), "self.act(self.b(x))", "self.act(...) changes a tensor"),
        (TORCH + "net[0] = nn.ReLU()", "net[0]", "changes the layers"),
        (TORCH + "net.more = nn.ReLU()", "net.more", "changes the layers"),
        (TORCH + "del net[1]", "del net[1]", "changes the layers"),
        (TORCH + "net.insert(0, nn.ReLU())", "net.insert(0, nn.ReLU())", "changes the layers"),
        (TORCH + "[net.append(nn.ReLU()) for _ in range(3)]", "[net.append(nn.ReLU()) for _ in range(3)]", "changes the layers"),
        (FORWARD.replace("return F", "x = x if self.training else self.b(x)\n        return F"), "return F.log_softmax(self.out(x), dim=1)", "what forward returns"),
        (FORWARD.replace("return F.log_softmax(self.out(x), dim=1)", "return x if x else self.out(x)"), "return x if x else self.out(x)", "what forward returns"),
        ("import torch\nprint(torch.__version__)", "import torch\nprint(torch.__version__)", "builds no model"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_refused_by_its_name(text: str, place: str, words: str) -> None:
    characters, diagnostic = refused(text)
    assert words in diagnostic.message
    assert characters == place


def test_nothing_is_executed() -> None:
    text = "nn.Sequential(nn.Linear(exec('raise SystemExit'), 3))\n__import__('os').abort()"
    assert refused(text)


@examples(300)
@given(
    st.integers(0, len(FORWARD)),
    st.integers(0, 30),
    st.sampled_from(["", "(", ")", "\n", "*", "'", "x", "    ", "é"]),
)
def test_damaged_code_is_read_or_refused_with_a_place(start: int, length: int, new: str) -> None:
    text = FORWARD[:start] + new + FORWARD[start + length :]
    for network in parse_string(text):
        if isinstance(network, Failed):
            assert 0 <= network.diagnostic.span.start <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "nn.Sequential(" + "f(" * 60,
        "nn.Sequential(" + "(" * 90_000,
        "nn.Sequential(" + "not " * 20_000 + "x)",
        "nn.Sequential(" + "a." * 50_000 + "b)",
        "nn.Sequential(" + "+".join("1" * 50_000) + ")",
        "nn.Sequential(nn.Linear(9**9**9, 3))",
        "a = [nn.ReLU()]\n" + "a = a + a\n" * 60 + "nn.Sequential(*a)",
        "a = (1, 1)\n" + "a = (a, a)\n" * 60 + "nn.Sequential(nn.Linear(a, 3))",
        "nn.Sequential(" * 30 + "nn.ReLU()," * 2000 + ")" * 30,
        "nn.Sequential('\ud800\0')",
    ],
)
def test_odd_code_ends_soon(text: str) -> None:
    assert len(parse_string(text)) == 1
