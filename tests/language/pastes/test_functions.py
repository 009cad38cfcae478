"""Functions and methods of pasted code, and what a forward method does besides running layers."""

from __future__ import annotations

import pytest

from tests.language.pastes.test_printed import read, refused

CLASS = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        {}
"""
BLOCK = """def block(i, o, k=3):
    return nn.Sequential(nn.Conv2d(i, o, k), nn.ReLU())

"""


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (
            BLOCK + "net = nn.Sequential(block(3, 4), block(4, 6, k=1))",
            "CONV3-4(P=0, in=3) -> RELU -> CONV1-6(in=4) -> RELU",
        ),
        (
            "net = nn.Sequential(block(3, 4))\n" + BLOCK,
            "CONV3-4(P=0, in=3) -> RELU",
        ),
        (
            "class Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n"
            "    self.a = self.make(3, 4)\n    self.b = self.make(4, 6)\n"
            "  def make(self, i, o):\n    conv = nn.Conv2d(i, o, 3)\n    return conv\n"
            "  def forward(self, x):\n    return self.b(self.a(x))\n",
            "CONV3-4(P=0, in=3) -> CONV3-6(P=0, in=4)",
        ),
        (
            "class Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n"
            "    self.build_layers()\n"
            "  def build_layers(self):\n    self.a = nn.Conv2d(3, 4, 3)\n    self.b = nn.ReLU()\n",
            "CONV3-4(P=0, in=3) -> RELU",
        ),
        (
            "def step(x, n):\n    x = Conv2D(n, 3)(x)\n    return ReLU()(x)\n"
            "i = Input((9, 8, 3))\nmodel = Model(i, step(step(i, 4), 6))",
            "INPUT[8x9x3] -> CONV3-4(P=0) -> RELU -> CONV3-6(P=0) -> RELU",
        ),
        (
            "def make(shape, n):\n    model = Sequential()\n    model.add(Input(shape=shape))\n"
            "    model.add(Conv2D(n, 3))\n    return model\nmodel = make((9, 8, 3), 4)",
            "INPUT[8x9x3] -> CONV3-4(P=0)",
        ),
        (
            "def make(n, norm):\n    layers = [nn.Conv2d(3, n, 3)]\n    if norm:\n"
            "        layers.append(nn.BatchNorm2d(n))\n    if not norm:\n"
            "        layers.append(nn.ReLU())\n    return nn.Sequential(*layers)\n"
            "net = nn.Sequential(make(4, True))",
            "CONV3-4(P=0, in=3) -> BN(in=4)",
        ),
        (  # a function sees the names of the module, not those of its caller
            "k = 3\ndef block(i):\n    return nn.Conv2d(i, 4, k)\n    return nn.ReLU()\n"
            "def net(k=5):\n    return nn.Sequential(nn.Conv2d(3, 4, k), block(4))\nm = net()",
            "CONV5-4(P=0, in=3) -> CONV3-4(P=0, in=4)",
        ),
        (
            CLASS.format("x = self.conv(x / 255.0)\n        return self.head(x.mean((2, 3)))"),
            "CONV3-4(P=0, in=3) -> GAP -> FC-2(in=4)",
        ),
        (
            CLASS.format(
                "x *= 2\n        x = F.dropout(self.conv(x - 0.5), 0.2, self.training)\n"
                "        x = torch.mean(x, dim=[-1, -2])\n        return 2 * self.head(x)"
            ),
            "CONV3-4(P=0, in=3) -> DROPOUT(0.2) -> GAP -> FC-2(in=4)",
        ),
        (
            CLASS.format(
                "x = self.conv(x)\n        x = x.view(-1, self.values(x))\n"
                "        return self.head(x)\n"
                "    def values(self, x):\n        n = 1\n        for s in x.size()[1:]:\n"
                "            n *= s\n        return n"
            ),
            "CONV3-4(P=0, in=3) -> FLATTEN -> FC-2(in=4)",
        ),
    ],
)
def test_calls_are_followed(text: str, canonical: str) -> None:
    assert str(read(text)) == canonical


def test_arithmetic_with_a_number_is_noted() -> None:
    notes = read(CLASS.format("return self.conv(x / 255.0)")).notes
    assert "x / 255.0 changes no size and has no parameters" in notes


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (BLOCK + "nn.Sequential(block(a, b), block(b, c))", "a", "a has no value"),
        (
            "def f(n):\n    return nn.Sequential(nn.ReLU(), f(n - 1))\nnet = f(3)",
            "f(n - 1)",
            "built too often",
        ),
        (
            "def f(x, skip=True):\n    if skip:\n        return x\n    return ReLU()(x)\n"
            "i = Input((9, 8, 3))\nmodel = Model(i, f(i))",
            "if skip:",
            "condition",
        ),
        (CLASS.format("return x + self.conv(x)"), "x + self.conv(x)", "branches"),
        (
            CLASS.format("return 0.5 * x + 0.5 * self.conv(x)"),
            "0.5 * x + 0.5 * self.conv(x)",
            "branches",
        ),
        (CLASS.format("return self.conv(x).mean(1)"), "self.conv(x).mean(1)", "over height"),
        ("net = nn.Sequential()", "nn.Sequential()", "has no layers"),
    ],
)
def test_what_is_not_followed_is_refused(text: str, place: str, words: str) -> None:
    characters, diagnostic = refused(text)
    assert words in diagnostic.message
    assert characters == place


@pytest.mark.parametrize(
    ("call", "canonical"),
    [
        ("F.pad(x, (1, 2, 3, 4))", "PAD(left=1, right=2, top=3, bottom=4)"),
        ("F.pad(x, [0, 1])", "PAD(right=1)"),
        ("F.pad(x, (0, 0, 0, 0, 2, 2), 'constant', 0)", "PAD(front=2, back=2)"),
        ("F.pad(x, pad=(1, 1, 1, 1), mode='reflect')", "PAD(left=1, right=1, top=1, bottom=1)"),
        ("tf.pad(x, [[0, 0], [3, 2], [1, 0], [0, 0]])", "PAD(left=1, top=3, bottom=2)"),
        ("x.squeeze(-1)", "FLATTEN"),
    ],
)
def test_functions_that_pad_and_squeeze(call: str, canonical: str) -> None:
    text = CLASS.format(f"x = self.conv(x)\n        x = {call}\n        return x")
    network = read(text)
    assert str(network) == f"CONV3-4(P=0, in=3) -> {canonical}"
    assert ("reflect" not in call) == (not any("pads with zeros" in n for n in network.notes))


@pytest.mark.parametrize(
    "call", ["F.pad(x, (1, -1))", "F.pad(x, sides)", "tf.pad(x, [[0, 0], [1, 1], [1, 1], [1, 1]])"]
)
def test_other_paddings_are_refused(call: str) -> None:
    characters, diagnostic = refused(CLASS.format(f"x = self.conv(x)\n        x = {call}"))
    assert characters == call
    assert diagnostic.message == "this padding is not read"


KERAS = "m = Sequential([Input((20, 30, 3)), {}Conv2D(4, 3)])"


@pytest.mark.parametrize(
    ("layers", "canonical"),
    [
        ("Cropping2D(((5, 3), (0, 10))), ", "CROP[20x12](left=0, top=5) -> "),
        ("Cropping2D(2), Cropping2D((1, 3)), ", "CROP[26x16](left=2, top=2) -> CROP[20x14](left=3, top=1) -> "),
        ("Lambda(lambda v: v / 127.5 - 1), Cropping2D(cropping=1), ", "CROP[28x18](left=1, top=1) -> "),
    ],
)  # fmt: skip
def test_layers_of_keras_before_the_first_convolution(layers: str, canonical: str) -> None:
    assert str(read(KERAS.format(layers))) == f"INPUT[30x20x3] -> {canonical}CONV3-4(P=0)"


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("m = Sequential([Conv2D(4, 3), Cropping2D(2)])", "Cropping2D(2)", "2 rows at the top"),
        ("m = Sequential([Input((9, 9, 3)), Cropping2D(5)])", "Cropping2D(5)", "5 rows at the top"),
        ("m = Sequential([Input((9, 9, 3)), Cropping2D(n)])", "Cropping2D(n)", "is not read"),
        ("m = Sequential([Input((9, 9, 3)), Lambda(lambda v: v[:, 2:])])", "Lambda", "not a layer"),
        ("m = Sequential([Input((9, 9, 3)), Lambda(lambda v: v * w)])", "Lambda", "not a layer"),
    ],
)
def test_other_crops_and_lambdas_are_refused(text: str, place: str, words: str) -> None:
    characters, diagnostic = refused(text)
    assert characters == place
    assert words in diagnostic.message


def test_paddings_without_zeros_are_read_with_a_note() -> None:
    network = read(
        "n = nn.Sequential(nn.ReflectionPad2d(3), nn.ConstantPad2d((1, 2, 3, 4), 0.5), nn.Conv2d(3, 4, 7))"
    )
    assert str(network) == "PAD3 -> PAD(left=1, right=2, top=3, bottom=4) -> CONV7-4(P=0, in=3)"
    assert any("pads with reflected values" in note for note in network.notes)


def test_data_is_the_input_of_a_whole_model_only() -> None:
    model = "net = nn.Sequential(nn.Conv2d(3, 4, 3))\n"
    for data in ("torch.Tensor(8, 3, 9, 9)", "next(iter(loader))", "images.to(device)"):
        assert str(read(f"{model}x = {data}\nout = net(x)\nmore = net(x)")).endswith(
            "CONV3-4(P=0, in=3)"
        )
    assert refused("x = base.output\nx = Dense(3)(x)")[0] == "x"
