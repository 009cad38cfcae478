"""Other notations are refused by name, with a network of this one where it is plain."""

from __future__ import annotations

import re

import pytest

import cnnsize
from cnnsize.language.notations import NOTATIONS

REFUSED = [
    # (text, words of the message, help)
    (
        "graph TD\n  A[Input 28x28x1] --> B[Conv2D(8, 3x3)]\n  B --> C[ReLU]\n  C --> D[Dense 10]",
        "Mermaid",
        "INPUT[28x28x1] -> CONV3-8 -> RELU -> FC-10",
    ),
    ("graph LR; A-->B; A-->C", "Mermaid", "one chain"),
    ("flowchart LR\n a[Conv] --> b[ReLU]\n a --> c[Pool]", "Mermaid", "one chain"),
    ("digraph G { a -> b; b -> c }", "Graphviz", "one chain"),
    (r"\text{FC}_{64} \to \text{ReLU}", "LaTeX", "FC-256"),
    (r"\begin{tikzpicture}\node[draw] (c) {Conv};\end{tikzpicture}", "TikZ", "one chain"),
    ("| Layer | Out |\n|---|---|\n| Conv 3x3 | 8 |\n| Pool | 8 |", "Markdown table", "one chain"),
    (
        "┌──────────────┐\n│ Conv(8, 3x3) │\n│ ReLU         │\n└──────────────┘\n",
        "boxes",
        "CONV3-8 -> RELU",
    ),
    (
        "Input (24, 24, 3)\n├── Conv2D (8 filters, 3x3) -> ReLU\n└── Dense (4)",
        "branches",
        "INPUT[24x24x3] -> CONV3-8 -> RELU -> FC-4",
    ),
    ('layer { name: "c" type: "Convolution" bottom: "data" }', "Caffe", "CONV5-20(P=0)"),
    ('{"class_name": "Sequential", "config": []}', "Keras", "CONV3-32(P=0)"),
    ("layer_defs.push({type:'conv', sx:5, filters:8});", "ConvNetJS", "CONV5-8(P=2)"),
    ('node { op_type: "Conv" }', "ONNX", "one chain"),
    ("%5 = Conv[pads = [1, 1]](%0, %1)", "ONNX", "one chain"),
    ("layers = [imageInputLayer([28 28 1]) convolution2dLayer(5,20)]", "MATLAB", "CONV5-20"),
    ("model %>% layer_conv_2d(filters = 8) %>% layer_dense(4)", "Keras for R", "CONV3-32"),
    ("Chain(Conv((3,3), 1=>8, relu), MaxPool((2,2)))", "Flux", "CONV3-16"),
    (".layer(0, new ConvolutionLayer.Builder(5,5).build())", "Deeplearning4j", "CONV5-20"),
    ("class Net(nn.Module):\n    def forward(self, x):\n        return x", "Python", "forward()"),
    ("x = F.relu(self.conv1(x))\nx = self.pool(x)", "Python", "forward()"),
    ("net = conv_2d(net, 32, 3)\nnet = max_pool_2d(net, 2)", "Python", "forward()"),
    (
        "slim.conv2d(net, 8, [3, 3]) -> slim.max_pool2d([2, 2])",
        "TF-Slim",
        "CONV3-32(P=same) -> RELU",
    ),
    ("tf.layers.conv2d(x, 8, 5) -> tf.layers.dense(x, 4)", "tf.layers", "CONV3-32(P=0)"),
    ("tf.nn.conv2d(x, w, strides=[1, 2, 2, 1]) -> tf.nn.relu", "TensorFlow", "POOL2(P=same)"),
    ("tflearn.conv_2d(8, 5) -> tflearn.dropout", "TFLearn", "CONV3-32(P=same)"),
    ("lasagne.layers.Conv2DLayer(8, 5) -> relu", "Lasagne", "CONV5-32(P=0) -> RELU"),
    ("mx.sym.Convolution(kernel=(5,5)) -> mx.sym.Flatten()", "MXNet", "CONV5-20(P=0)"),
    ("L.Convolution2D(3, 8, 5) -> relu", "Chainer", "CONV3-16(P=0, in=3)"),
    ("hk.Conv2D(8, kernel_shape=5) -> relu", "Haiku", "CONV3-32(P=same)"),
    ("paddle.nn.Conv2D(3, 8, 5) -> relu", "PaddlePaddle", "CONV3-32(P=0, in=3)"),
    ("SpatialConvolution(3, 8, 5, 5) -> ReLU", "Torch7", "CONV5-6(P=0, in=1)"),
    ("c7s1-32,d64,R64,u32,c7s1-3", "CycleGAN", "CONV7-64"),
    ("C32-C64-C128", "pix2pix", "CONV4-64(S=2, P=1)"),
    ("CD256-CD128-C64", "pix2pix", "TCONV4-64(S=2, P=1)"),
    ("[3x3, 64; 3x3, 64] x 2", "ResNet", "ADD{"),
    ("Conv dw / s1", "MobileNet", "DWCONV3"),
    ("- [-1, 1, Conv, [32, 3, 2]]\n- [-1, 2, C2f, [64]]", "Ultralytics", "SILU"),
    ("|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|", "NAS-Bench-201", "ADD{"),
    ("r1_k3_s11_e1_i32_o16_se0.25", "timm", "DWCONV3"),
    (
        "24x24-16C3-MP2-2x32C3S2-MP2-0.5d-100N-4N",
        "Ciresan",
        "32C3 is CONV3-32",
    ),
    (
        "24x24-16C3-MP2-2x32C3-MP2-0.5d-100N-4N",
        "Ciresan",
        "INPUT[24x24x1] -> CONV3-16 -> POOL2 -> [CONV3-32]*2 -> POOL2 -> DROPOUT(0.5) -> FC-100 -> FC-4",
    ),
    ("cfg = [32, 'M', 64, 'M']", "VGG", "CONV3-32 -> RELU -> POOL2 -> CONV3-64 -> RELU -> POOL2"),
]


@pytest.mark.parametrize(("text", "name", "help"), REFUSED)
def test_refused_by_name(text: str, name: str, help: str) -> None:
    with pytest.raises(cnnsize.ArchitectureError) as caught:
        cnnsize.parse(text)
    diagnostic = caught.value.diagnostic
    assert diagnostic.code == "CNN001"
    assert name in diagnostic.message
    assert help in diagnostic.help[0]


# what a hint says that something is, up to the next such part
NETWORK = r"(?:\bis |chain: |out: |joins: |^)((?:INPUT|CONV|TCONV|DWCONV|FC|POOL|ADD)[^;]*)"


@pytest.mark.parametrize("hint", [notation.hint for notation in NOTATIONS])
def test_what_a_hint_tells_to_write_is_read(hint: str) -> None:
    networks = re.findall(NETWORK, hint)
    assert networks
    for network in networks:
        cnnsize.parse(network)


@pytest.mark.parametrize(
    "text",
    [
        "Conv -> ReLU -> Pool",
        "graph conv -> relu",
        "INPUT[32x32x3] -> ADD{CONV3-3 | ID} -> RELU",
        "Conv(3=>8) => ReLU",
        "[[CONV -> RELU]*2 -> POOL]*3 -> FC",
    ],
)
def test_this_notation_is_not_taken_for_another(text: str) -> None:
    foreign = {notation.message for notation in NOTATIONS}
    diagnostics = cnnsize.check(text).diagnostics
    assert foreign.isdisjoint(diagnostic.message for diagnostic in diagnostics)
