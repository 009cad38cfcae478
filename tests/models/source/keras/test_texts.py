"""The text that is read: layers, names, inputs, and where each network comes from."""

from __future__ import annotations

import pytest

from cnnsize.models.source.read import Request, SourceNetwork, UnreadNetwork, read_source
from tests.models.source.keras.sources import KERAS, TF

BODY = "Conv2D(4, 3{}), Flatten(), Dense(2)])"
MODEL = KERAS + "model = Sequential([" + BODY
TEXTS = [
    # strides and 'same': symmetric, or more at the right and bottom
    (
        "Conv2D(8, 3, strides=2, padding='same', input_shape=(15, 16, 3))",
        "INPUT[16x15x3] -> PAD(top=1, right=1, bottom=1) -> CONV3-8(S=2, P=0)",
    ),
    (
        "Conv2D(8, 3, strides=2, padding='same', input_shape=(15, 15, 3))",
        "INPUT[15x15x3] -> CONV3-8(S=2)",
    ),
    ("Conv2D(8, 4, padding='same', input_shape=(15, 15, 3))", "INPUT[15x15x3] -> CONV4-8(P=same)"),
    ("Conv2D(8, (3, 5), input_shape=(15, 15, 3))", "INPUT[15x15x3] -> CONV5x3-8(P=0)"),
    ("DepthwiseConv2D(3, input_shape=(15, 15, 3))", "INPUT[15x15x3] -> DWCONV3(P=0)"),
    (
        "SeparableConv2D(8, 3, padding='same', input_shape=(15, 15, 3))",
        "INPUT[15x15x3] -> DWCONV3(bias=no) -> CONV1-8",
    ),
    (
        "Conv2D(8, 1, input_shape=(15, 15, 3)), MaxPooling2D(3, 2, 'same')",
        "INPUT[15x15x3] -> CONV1-8 -> POOL3(S=2, P=1)",
    ),
    (
        "Conv2D(8, 1, input_shape=(15, 15, 3)), MaxPooling2D(2, padding='same')",
        "INPUT[15x15x3] -> CONV1-8 -> POOL2(ceil=yes)",
    ),
    (
        "Conv2D(8, 1, input_shape=(16, 16, 3)), AveragePooling2D(3, 2, padding='same')",
        "INPUT[16x16x3] -> CONV1-8 -> AVGPOOL3(S=2, ceil=yes)",
    ),
    (
        "Conv2D(8, 1, input_shape=(15, 15, 3)), AveragePooling2D(3, 2, padding='same')",
        "INPUT[15x15x3] -> CONV1-8 -> AVGPOOL3(S=2, P=1, include_pad=no)",
    ),
    (
        "Conv2D(8, 1, input_shape=(6, 6, 3)), MaxPooling2D(2, 1, 'same')",
        "INPUT[6x6x3] -> CONV1-8 -> PAD(right=1, bottom=1) -> POOL2(S=1)",
    ),
    (
        "Conv2DTranspose(8, 3, strides=2, padding='same', input_shape=(6, 6, 3))",
        "INPUT[6x6x3] -> TCONV3-8(S=2, P=1, output_padding=1)",
    ),
    (
        "Conv2DTranspose(8, 4, padding='same', input_shape=(6, 6, 3))",
        "INPUT[6x6x3] -> TCONV4-8(P=1) -> CROP[6x6](left=0, top=0)",
    ),
    ("Conv2DTranspose(8, 3, strides=2, input_shape=(6, 6, 3))", "INPUT[6x6x3] -> TCONV3-8(S=2)"),
    (
        "Conv2D(8, 1, input_shape=(6, 6, 3)), PReLU(shared_axes=[1, 2])",
        "INPUT[6x6x3] -> CONV1-8 -> PRELU(per=channel)",
    ),
    (
        "Conv2D(8, 1, input_shape=(6, 6, 3)), ReLU(6.0), ReLU(negative_slope=0.1)",
        "INPUT[6x6x3] -> CONV1-8 -> RELU6 -> LRELU",
    ),
    ("Conv2D(8, 1, activation='swish', input_shape=(6, 6, 3))", "INPUT[6x6x3] -> CONV1-8 -> SILU"),
    (
        "Conv2D(8, 1, input_shape=(6, 6, 3)), Cropping2D(((1, 2), (0, 1)))",
        "INPUT[6x6x3] -> CONV1-8 -> CROP[5x3](left=0, top=1)",
    ),
    (
        "Conv2D(8, 1, input_shape=(6, 6, 3)), BatchNormalization(center=False, scale=False)",
        "INPUT[6x6x3] -> CONV1-8 -> BN(affine=no)",
    ),
    (
        "Conv2D(8, 1, input_shape=(6, 6, 3)), GlobalAveragePooling2D()",
        "INPUT[6x6x3] -> CONV1-8 -> GAP",
    ),
    (
        "Conv2D(8, 1, input_shape=(6, 6, 3)), UpSampling2D((2, 3), interpolation='bilinear')",
        "INPUT[6x6x3] -> CONV1-8 -> UP3x2(mode=bilinear)",
    ),
    # channels first: the input is relabelled by the first layer that says so
    (
        "Conv2D(8, 3, data_format='channels_first', input_shape=(3, 32, 40)), BatchNormalization(axis=1), Flatten(), Dense(2)",
        "INPUT[40x32x3] -> CONV3-8(P=0) -> BN -> FLATTEN -> FC-2",
    ),
    # Keras 1
    (
        "Convolution2D(8, 3, 5, border_mode='same', subsample=(2, 1), init='he_normal', input_shape=(15, 15, 3)), Dropout(p=0.2)",
        "INPUT[15x15x3] -> CONV5x3-8(S=1x2) -> DROPOUT(0.2)",
    ),
    (
        "Convolution2D(nb_filter=8, nb_row=3, nb_col=3, input_shape=(15, 15, 3)), Flatten(), Dense(output_dim=4)",
        "INPUT[15x15x3] -> CONV3-8(P=0) -> FLATTEN -> FC-4",
    ),
]


@pytest.mark.parametrize(("layers", "expected"), TEXTS)
def test_the_text_of_layers(layers: str, expected: str) -> None:
    network = only(KERAS + f"model = Sequential([{layers}])")
    assert network.text == f"model = {expected}"


def only(source: str, name: str | None = None, **named: tuple[int, int, int]) -> SourceNetwork:
    (network,) = read_source(source, Request(only=name, input=named.get("input")))
    assert isinstance(network, SourceNetwork), network
    return network


def test_functions_that_are_called_more_than_once_become_blocks() -> None:
    source = KERAS + (
        "def residual(x, filters):\n"
        "    y = Conv2D(filters, 3, padding='same', activation='relu')(x)\n"
        "    y = Conv2D(filters, 3, padding='same')(y)\n"
        "    return Activation('relu')(add([y, x]))\n"
        "i = Input((16, 16, 8))\n"
        "x = residual(residual(i, 8), 8)\n"
        "x = residual(Conv2D(16, 1)(x), 16)\n"
        "model = Model(i, x)\n"
    )
    assert only(source).text == (
        "residual(k) = ADD{CONV3-k -> RELU -> CONV3-k | ID} -> RELU\n"
        "model = INPUT[16x16x8] -> residual(8)*2 -> CONV1-16 -> residual(16)"
    )


def test_a_pretrained_network_is_that_of_the_zoo() -> None:
    import cnnsize

    source = TF + "from tensorflow.keras.applications import VGG16\nmodel = VGG16()\n"
    text = only(source).text
    own = cnnsize.parse(text, name="model").sized()
    zoo = cnnsize.load("vgg16").sized()
    assert (own.params, own.macs, own.output) == (zoo.params, zoo.macs, zoo.output)
    headless = TF + (
        "base = tf.keras.applications.VGG16(include_top=False, input_shape=(64, 64, 3), pooling='avg')\n"
        "base.trainable = False\n"
        "model = tf.keras.Sequential([base, layers.Dense(5)])\n"
    )
    text = only(headless).text
    assert text.startswith("model = INPUT[64x64x3] -> [CONV3-64 -> RELU]*2 -> POOL2 -> ")
    assert text.endswith("-> POOL2]*2 -> GAP -> FC-5")


SHAPE = ", input_shape=(16, 20, 3)"
SOURCES = [
    (MODEL.format(SHAPE), None, "input 20x16x3: input_shape on line 3"),
    (
        KERAS + "i = Input((16, 20, 3))\nmodel = Model(i, Conv2D(2, 1)(i))",
        None,
        "input 20x16x3: Input on line 3",
    ),
    (
        MODEL.format("") + "\nmodel.build((None, 16, 20, 3))",
        None,
        "input 20x16x3: build() on line 3",
    ),
    (MODEL.format(SHAPE), (30, 40, 3), "input 30x40x3: --input"),
    (
        KERAS + "i = Input((None, None, 3))\nmodel = Model(i, Conv2D(2, 1)(i))",
        None,
        "input 224x224x3: 224x224 is used; Input on line 3 leaves it open",
    ),
    (
        KERAS
        + "# cnnsize: input 64x48x3\ndef build():\n    i = Input((None, None, 3))\n    return Model(i, Conv2D(2, 1)(i))",
        None,
        "input 64x48x3: the comment on line 3",
    ),
    (
        KERAS
        + "from keras.datasets import cifar10\n(x, y), _ = cifar10.load_data()\nx = x.astype('float32') / 255\n"
        + "model = Sequential(["
        + BODY.format(", input_shape=x.shape[1:]"),
        None,
        "input 32x32x3: input_shape on line 6",
    ),
    (
        KERAS
        + "def build(height, width, classes):\n    i = Input((height, width, 3))\n    return Model(i, Dense(classes)(GlobalAveragePooling2D()(Conv2D(2, 1)(i))))",
        None,
        "input 224x224x3: 224x224 is used for height, width, which no line says",
    ),
]


@pytest.mark.parametrize(("source", "input", "note"), SOURCES)
def test_the_source_of_the_size_is_said(
    source: str, input: tuple[int, int, int] | None, note: str
) -> None:
    (network,) = read_source(source, Request(input=input))
    assert isinstance(network, SourceNetwork), network
    assert network.notes[0] == note


def test_widths_that_cannot_be_read_are_letters() -> None:
    source = KERAS + (
        "data = load()\n"
        "model = Sequential([Conv2D(4, 3, input_shape=(8, 8, 1)), Flatten(), Dense(len(data.labels))])\n"
    )
    network = only(source)
    assert network.text == "model = INPUT[8x8x1] -> CONV3-4(P=0) -> FLATTEN -> FC-load"
    assert network.notes[1].startswith("arguments without a value are letters; --set load=N")


NAMES = KERAS + (
    "class Nets:\n"
    "    @staticmethod\n"
    "    def build(classes=2):\n"
    "        return Sequential([Conv2D(4, 3, input_shape=(8, 8, 1)), Flatten(), Dense(classes)])\n"
    "class Holder:\n"
    "    def __init__(self):\n"
    "        self.net = Sequential([Conv2D(4, 3, input_shape=(8, 8, 1)), Flatten(), Dense(3)])\n"
    "class Agent:\n"
    "    def create(self, rate):\n"
    "        self.q = Sequential([Conv2D(4, 3, input_shape=(8, 8, 1)), Flatten(), Dense(6)])\n"
    "        self.q.compile(Adam(rate))\n"
    "def main():\n"
    "    inner = Sequential([Conv2D(4, 3, input_shape=(8, 8, 1)), Flatten(), Dense(4)])\n"
    "    inner.fit(load())\n"
    "if __name__ == '__main__':\n"
    "    main()\n"
    "    model = Nets.build(5)\n"
)


def test_the_networks_of_a_file_are_listed_by_name() -> None:
    networks = read_source(NAMES)
    widths = {
        network.name: network.text.rpartition("-")[2]
        for network in networks
        if isinstance(network, SourceNetwork)
    }
    assert widths == {"model": "5", "inner": "4", "Holder.net": "3", "Agent.q": "6"}
    assert only(NAMES, "Nets").text.endswith("FC-5")  # as the file calls it
    assert only(NAMES, "Nets.build").text.endswith("FC-5")
    assert only(NAMES, "Holder").text.endswith("FC-3")


def test_the_places_of_layers_are_those_of_the_source() -> None:
    source = (
        KERAS
        + "i = Input((8, 8, 1))\nconv = Conv2D(4, 3, activation='relu')\nx = conv(i)\nmodel = Model(i, x)\n"
    )
    places = only(source).run.places
    lines = [
        (getattr(p.constructor, "lineno", 0), getattr(p.application, "lineno", 0)) for p in places
    ]
    assert lines == [(3, 3), (4, 5), (4, 5)]


REFUSED = [
    (
        "model = Sequential([Conv2D(4, 3, input_shape=(8, 8, 1))])\n"
        "def extend(net):\n    net.add(Flatten())\n    net.add(Dense(3, **options))\nextend(model)",
        (6, 13, "`options` is not defined in this file"),
    ),
    (
        "model = Sequential([Conv1D(4, 3, input_shape=(8, 1)), Dense(2)])",
        (3, 21, "Conv1D is a layer of 1 dimension, which the notation does not have"),
    ),
    (
        "model = Sequential([Conv3D(4, 3, input_shape=(8, 8, 8, 1))])",
        (3, 21, "Conv3D is a layer of 3 dimensions, which the notation does not have"),
    ),
    ("model = Sequential([LSTM(4, input_shape=(8, 1))])", (3, 21, "LSTM is not in the notation")),
    (
        "i = Input((8, 8, 3))\nc = Conv2D(3, 3, padding='same')\nmodel = Model(i, c(c(i)))",
        (5, 18, "Conv2D is applied twice, and both share its weights"),
    ),
    (
        "model = Sequential([Conv2D(4, 3, input_shape=(8, 8, 1)), Lambda(lambda x: K.resize(x))])",
        (3, 58, "Lambda: `K` is not defined in this file"),
    ),
    (
        "model = Sequential([Conv2D(4, 3, input_shape=(8, 8, 1)), BatchNormalization(scale=False)])",
        (
            3,
            58,
            "BatchNormalization with a shift only, and a norm of the notation has both or neither",
        ),
    ),
    (
        "model = Sequential([Conv2D(4, 3, input_shape=(8, 8, 1)), BatchNormalization(axis=1)])",
        (3, 58, "BatchNormalization over axis 1, which is not that of the channels"),
    ),
    (
        "model = Sequential([Conv2D(4, 3, input_shape=(8, 8, 1)), PReLU()])",
        (
            3,
            58,
            "PReLU with a slope for each value of a map; shared_axes=[1, 2] has one for each channel",
        ),
    ),
    (
        "model = Sequential([DepthwiseConv2D(3, strides=2, dilation_rate=2, input_shape=(8, 8, 1))])",
        (
            3,
            21,
            "strides of DepthwiseConv2D together with a dilation_rate depends on the backend",
        ),
    ),
    (
        "first = Conv2D(4, 3, data_format='channels_first', input_shape=(3, 8, 8))\n"
        "model = Sequential([first, MaxPooling2D()])",
        (4, 28, "MaxPooling2D without data_format reads channels_last"),
    ),
    (
        "model = Sequential([Conv2D(32, 3, 3, input_shape=(28, 28, 1))])",
        (
            3,
            21,
            "Conv2D(32, 3, 3) has a filter of 3x3 until Keras 2, and a stride of 3 in tf.keras and Keras 3; write kernel_size=(3, 3) or strides=3",
        ),
    ),
    (
        "i = Input((3, 32, 32))\nmodel = Model(i, Conv2D(4, 1)(i))",
        (
            3,
            5,
            "an input of 3 x 32 x 32 has 3 rows in channels_last and 3 channels in channels_first; data_format= or K.set_image_data_format() says which",
        ),
    ),
    (
        "import keras\nmodel = keras.applications.InceptionV3()",
        (
            4,
            9,
            "keras.applications.InceptionV3 has norms with a shift only, which are not in the notation",
        ),
    ),
    (
        "import keras\nmodel = keras.applications.NASNetMobile()",
        (4, 9, "keras.applications.NASNetMobile is not one of the networks that are read"),
    ),
    (
        "model = Sequential([Conv2D(4, 3, input_shape=(8, 8, 1))])\nif flag:\n    model.add(Dropout(0.5))",
        (4, 1, "the condition `flag` is not known"),
    ),
    (
        "model = Sequential([Conv2D(4, 3, input_shape=(8, 8, 1))])\nfor width in widths:\n    model.add(Conv2D(width, 3))",
        (4, 1, "it is assigned in a loop that is not read"),
    ),
    (
        "model = Sequential([Conv2D(4, 3, input_shape=(8, 8, 1))])\nmodel.layers.pop()",
        (4, 1, "a change of the layers of a model"),
    ),
    (
        "model = Sequential([Conv2D(4, size, input_shape=(8, 8, 1))])",
        (3, 31, "kernel_size of Conv2D: `size` is not defined in this file"),
    ),
    (
        "model = Sequential([Conv2D(4, 3, colour=2, input_shape=(8, 8, 1))])",
        (3, 21, "Conv2D has no argument colour"),
    ),
]


@pytest.mark.parametrize(("body", "expected"), REFUSED)
def test_the_reason_and_the_place(body: str, expected: tuple[int, int, str]) -> None:
    (network,) = read_source(KERAS + body)
    assert isinstance(network, UnreadNetwork), network
    assert (network.line, network.column, network.reason) == expected


SEVERAL = [
    (
        "i, j = Input((8, 8, 3)), Input((8, 8, 3))\nmodel = Model([i, j], add([Conv2D(3, 1)(i), j]))",
        "model = INPUT[8x8x3] -> CONV1-3 -> ADD{ID | INPUT[8x8x3]}",
    ),
    (
        "i = Input((8, 8, 3))\nx = Conv2D(4, 3)(i)\nmodel = Model(i, [Flatten()(x), GlobalAveragePooling2D()(x)])",
        "model = INPUT[8x8x3] -> CONV3-4(P=0) -> OUTPUT{GAP} -> FLATTEN",
    ),
]


@pytest.mark.parametrize(("source", "text"), SEVERAL)
def test_several_inputs_and_outputs(source: str, text: str) -> None:
    assert only(KERAS + source).text == text
