"""The other notations that are known: how to find each in a text, and how to write it here."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from cnnsize.text.span import Span

ARROW_SIGN = re.compile(r"[-=─]\s?[>►]|[→⇒⟶➡↓▼]")
LAYER_LINE = re.compile(
    r"(?im)^[ \t]{0,40}(?:[-*•][ \t]*)?(?:\[\d{1,9}(?:[ ]?x[ ]?\d{1,9})*\][ \t]*[a-z]|[a-z][\w -]{0,30}:[ \t]*\[\d{1,9}x\d{1,9}x\d{1,9}\])"
)
MAX_LINES = 400  # lines of a text that are read as a list of layers
VGG = r"\[\s*\d{1,5}\s*(?:,\s*(?:\d{1,5}|['\"][MAma]['\"])\s*){1,200}(?:,\s*)?\]"
BARE_VGG = r"[(]?\s*\d+\s*(?:,\s*(?:\d+|['\"][MAma]['\"])\s*)+(?:,\s*)?[)]?"
CIRESAN = r"(?<![\w-])(?:\d+x)?\d+[cC]\d+(?:[sS]\d+)?(?=\s*-|\s*$|-->|\])|(?<=-)\d+[cC]\d+"
LENET = r"\bC1\s*[-–]\s*S2\b"
MERMAID = r"(?m)^[ \t]*(?:graph|flowchart)[ \t]+(?:TD|TB|LR|RL|BT)\b"
MERMAID_NODE = r"(\w{1,40})(?:\[(.{0,200})\]|\((.{0,200})\)|\{(.{0,200})\})?[ \t;]*"
BOXES = "┌┐└┘├┤┬┴╔╗╚╝╠╣┏┓┗┛"
BOX_LINE = re.compile(r"[─━═]{2,}|[│┃║▼↓|" + BOXES + "]")
LINES_MESSAGE = "the layers are listed one per line; separate them with arrows"


class Notation(NamedTuple):
    """Another notation. ``hint`` says how its parts are written here; ``translate`` returns a text
    written here, which may turn out to be no network, or None where it is not plain.
    """

    message: str
    find: Callable[[str], Span | None]
    hint: str
    translate: Callable[[str], str | None] = lambda text: None


def pattern(regex: str) -> Callable[[str], Span | None]:
    """Return the function that finds a pattern in a text, or its only group."""

    def find(text: str) -> Span | None:
        match = re.search(regex, text)
        return Span(*match.span(match.lastindex or 0)) if match else None

    return find


def first_line(text: str) -> Span:
    """Return the span of the first line."""
    return Span(0, len(text.split("\n")[0]))


def find_vgg(text: str) -> Span | None:
    """Find a list of widths and 'M', in brackets or as the whole text."""
    match = re.search(VGG, text) or re.fullmatch(BARE_VGG, text.strip())
    is_list = match is not None and re.search("['\"]", match[0]) is not None
    return Span(0, len(text)) if is_list else None


def find_lenet(text: str) -> Span | None:
    """Find the names of LeNet's layers anywhere in a text, and return the span of all of it."""
    return Span(0, len(text)) if re.search(LENET, text) else None


def find_lines(text: str) -> Span | None:
    """Find layers with their shapes, one a line, and return the first line."""
    is_list = "\n" in text.strip() and not ARROW_SIGN.search(text)
    return first_line(text) if is_list and len(LAYER_LINE.findall(text)) > 1 else None


def find_boxes(text: str) -> Span | None:
    """Find the corners of boxes, or the branches of a tree."""
    match = re.search(f"[{BOXES}]", text)
    return Span(match.start(), match.end()) if match else None


def translate_vgg(text: str) -> str | None:
    """Translate ``[64, 'M', 128, 'M']``."""
    match = re.search(VGG, text)
    layers = [
        "POOL2" if re.search("[mM]", part) else f"CONV3-{part.strip()} -> RELU"
        for part in re.findall(r"\d+|['\"]\w['\"]", match[0] if match else text)
    ]
    return " -> ".join(layers)


CIRESAN_PARTS: tuple[tuple[str, str], ...] = (
    (r"(\d+)[cC](\d+)", "CONV{1}-{0}"),
    (r"(\d+)x(\d+)[cC](\d+)", "[CONV{2}-{1}]*{0}"),
    (r"(\d+)[cC](\d+)[sS](\d+)", "CONV{1}-{0}(S={2})"),
    (r"[mM]?[pP](\d+)", "POOL{0}"),
    (r"(0?\.\d+)[dD]", "DROPOUT({0})"),
    (r"(?:BN|bn)", "BN"),
    (r"(?:ReLU|relu)", "RELU"),
    (r"F", "FLATTEN"),
    (r"(\d+)(?:FC|fc|N|n|D)?", "FC-{0}"),
)


def translate_ciresan(text: str) -> str | None:
    """Translate ``16C5-MP2-10N`` where every part of it is plain."""
    layers: list[str] = []
    for index, part in enumerate(re.split(r"\s*-+>?\s*", text.strip("[] \n"))):
        size = re.fullmatch(r"(\d+)x(\d+)(?:x(\d+))?", part)
        if size and index == 0:
            depth, w, h = (size[1], size[2], size[3]) if size[3] else ("1", size[1], size[2])
            layers.append(f"INPUT[{w}x{h}x{depth}]")
            continue
        for regex, layer in CIRESAN_PARTS:
            match = re.fullmatch(regex, part)
            if match:
                layers.append(layer.format(*match.groups()))
                break
        else:
            return None
    return " -> ".join(layers)


def translate_mermaid(text: str) -> str | None:
    """Translate a path of labelled nodes: ``A[Input] --> B[Conv2D]``."""
    labels: dict[str, str] = {}
    path: list[str] = []
    for line in text.split("\n", MAX_LINES)[1:]:
        nodes = re.split(r"[ \t]*-{1,3}>(?:\|[^|\n]*\|)?[ \t]*", line.strip())
        for index, node in enumerate(nodes):
            match = re.fullmatch(MERMAID_NODE, node.strip())
            if match is None:
                return None
            name = match[1]
            label = next(filter(None, match.groups()[1:]), "").strip('"')
            labels[name] = label or labels.get(name, name)
            continues = index == 0 and path and path[-1] == name
            if name in path and not continues:
                return None  # no path: a node with two edges
            if not continues:
                path.append(name)
    return " -> ".join(re.sub(r"<br\s*/?>|\\n", ", ", labels[name]) for name in path)


def translate_boxes(text: str) -> str | None:
    """Translate boxes with one layer, or a chain of them, in each line."""
    lines = (BOX_LINE.sub(" ", line).strip() for line in text.split("\n", MAX_LINES))
    return " -> ".join(line for line in lines if line)


NOTATIONS = (
    Notation(
        "this is a Darknet configuration, not a chain of layers",
        pattern(
            r"(?m)^[ \t]*\[(net|convolutional|maxpool|route|shortcut|upsample|yolo|connected)\][ \t]*$"
        ),
        "[convolutional] with filters=16, size=3 is CONV3-16; [maxpool] is POOL2",
    ),
    Notation(
        "this is a timm block string",
        pattern(r"\b(?:ir|ds|dsa|cn|er|uib)_r\d+_k\d\w*|\br\d+_k\d+_s\d+_e\d\w*"),
        "write the block out: CONV1-96 -> BN -> SILU -> DWCONV3 -> BN -> SILU -> CONV1-24 -> BN",
    ),
    Notation(
        "this is a cell of NAS-Bench-201",
        pattern(r"\|[a-z_0-9]{1,40}~\d"),
        "write the sums as joins: ADD{CONV3-16 | CONV1-16}",
    ),
    Notation(
        "this is VGSL, the notation of Tesseract and kraken",
        pattern(r"\bC[rtslm]?\d+,\d+,\d+"),
        "Cr3,3,32 is CONV3-32 -> RELU; Mp2,2 is POOL2",
    ),
    Notation(
        "this is a configuration list of torchvision's VGG",
        find_vgg,
        "64 is CONV3-64 -> RELU; 'M' is POOL2",
        translate_vgg,
    ),
    Notation(
        "this is a model file of Ultralytics",
        pattern(r"\[\s*-?\d+\s*,\s*\d+\s*,\s*'?(?:nn\.)?[A-Z]\w*'?\s*,\s*\["),
        "[-1, 1, Conv, [64, 3, 2]] is CONV3-64(S=2, P=1, bias=no) -> BN -> SILU",
    ),
    Notation(
        "this is a Mermaid diagram",
        pattern(MERMAID),
        "write the labels as one chain: INPUT -> CONV3-32 -> RELU -> POOL2",
        translate_mermaid,
    ),
    Notation(
        "this is a Graphviz graph",
        pattern(r"\b(?:strict\s+)?(?:digraph|graph)\s*\"?\w*\"?\s*\{"),
        "write the labels as one chain: INPUT -> CONV3-32 -> RELU -> POOL2",
    ),
    Notation(
        "this is a TikZ picture",
        pattern(
            r"\\begin\s*\{tikzpicture\}|\\(?:node|draw|pic|tikz)\b\s*[\[({]|\bto_(?:Conv|Pool|SoftMax|input)\w*\("
        ),
        "write its boxes as one chain: INPUT -> CONV3-32 -> RELU -> POOL2",
    ),
    Notation(
        "this is a formula in LaTeX",
        pattern(r"\\(?:text|mathrm|mathsf|operatorname)\s*\{[^{}]{0,80}\}\s*(?:[_^(]|=)"),
        "an FC with the index 256 is FC-256; write the names of the layers without arguments",
    ),
    Notation(
        "this is a Markdown table",
        pattern(r"(?m)^[ \t]{0,40}\|?[ \t]{0,40}:?-{2,}:?[ \t]*\|[-:| \t]*$"),
        "write its rows as one chain: INPUT[32x32x3] -> CONV3-32 -> RELU -> POOL2 -> FC-10",
    ),
    Notation(
        "this is a drawing of boxes or branches",
        find_boxes,
        "write one chain: INPUT[32x32x3] -> CONV3-32 -> RELU -> POOL2 -> FC-10",
        translate_boxes,
    ),
    Notation(
        "this is a Caffe prototxt",
        pattern(r"\blayers?\s*\{\s*(?:name|type|bottom|top)\s*:"),
        'type: "Convolution" with num_output: 20, kernel_size: 5 is CONV5-20(P=0)',
    ),
    Notation(
        "this is a Keras configuration in JSON",
        pattern(r"[\"']class_name[\"']\s*:"),
        "Conv2D with filters 32, kernel_size [3, 3] and padding valid is CONV3-32(P=0)",
    ),
    Notation(
        "these are layers of ConvNetJS",
        pattern(r"\btype\s*:\s*['\"](?:input|conv|pool|fc|softmax|relu)['\"]"),
        "{type:'conv', sx:5, filters:8, stride:1, pad:2} is CONV5-8(P=2); {type:'pool', sx:2} is POOL2",
    ),
    Notation(
        "this is ONNX or a printed graph",
        pattern(
            r"\bop_type\s*:\s*\"|\bir_version\s*:|%[\w.]+\s*(?:=\s*\w+\[|:\s*(?:Tensor|Float)\b)|=\s*(?:Conv|MaxPool|Gemm|Relu)\s*[<\[]"
        ),
        "write its nodes as one chain: INPUT[32x32x3] -> CONV3-32 -> RELU -> POOL2 -> FC-10",
    ),
    Notation(
        "these are layers of MATLAB",
        pattern(
            r"\b(?:convolution2dLayer|maxPooling2dLayer|averagePooling2dLayer|imageInputLayer|fullyConnectedLayer|transposedConv2dLayer)\b"
        ),
        "convolution2dLayer(5, 20) is CONV5-20(P=0); maxPooling2dLayer(2, 'Stride', 2) is POOL2",
    ),
    Notation(
        "this is Keras for R",
        pattern(r"\blayer_(?:conv_2d|dense|max_pooling_2d|average_pooling_2d|flatten)\s*\("),
        "layer_conv_2d(filters = 32, kernel_size = c(3, 3)) is CONV3-32(P=0)",
    ),
    Notation(
        "these are layers of Flux",
        pattern(r"\bChain\s*\(|\bConv\s*\(\s*\(\d+\s*,\s*\d+\)\s*,\s*\d+\s*=>"),
        "Conv((3, 3), 1 => 16, relu) is CONV3-16(P=0) -> RELU",
    ),
    Notation(
        "this is Java code of Deeplearning4j",
        pattern(r"\bnew\s+\w{1,40}\.Builder\("),
        "ConvolutionLayer.Builder(5, 5).nOut(20) is CONV5-20(P=0)",
    ),
    Notation(
        "these are layers of TF-Slim or tf.layers",
        pattern(r"\b(?:slim|tf\.layers|tf\.contrib\.layers)\.\w+"),
        "slim.conv2d(net, 32, [3, 3]) is CONV3-32(P=same) -> RELU; tf.layers.conv2d(net, 32, 3) is CONV3-32(P=0)",
    ),
    Notation(
        "these are functions of TensorFlow",
        pattern(r"\btf\.nn\.\w+\("),
        "tf.nn.max_pool(x, [1, 2, 2, 1], [1, 2, 2, 1], 'SAME') is POOL2(P=same)",
    ),
    Notation(
        "these are layers of TFLearn",
        pattern(r"\btflearn\.\w+"),
        "conv_2d(net, 32, 3) is CONV3-32(P=same); max_pool_2d(net, 2) is POOL2(P=same)",
    ),
    Notation(
        "these are layers of Lasagne",
        pattern(r"\blasagne\.layers\.\w+"),
        "Conv2DLayer(net, num_filters=32, filter_size=5) is CONV5-32(P=0) -> RELU",
    ),
    Notation(
        "these are layers of MXNet",
        pattern(r"\b(?:mx\.sym(?:bol)?|(?:mx\.)?gluon\.nn)\.\w+"),
        "Convolution(num_filter=20, kernel=(5, 5)) is CONV5-20(P=0)",
    ),
    Notation(
        "these are layers of Chainer or Caffe",
        pattern(r"\bL\.(?:Convolution|Pooling|InnerProduct|Linear|Deconvolution)\w*"),
        "L.Convolution2D(3, 16, 3) is CONV3-16(P=0, in=3); L.Convolution(num_output=16, kernel_size=3) is CONV3-16(P=0)",
    ),
    Notation(
        "these are layers of Haiku, Sonnet or stax",
        pattern(r"\b(?:hk|snt|stax)\.[A-Z]\w*"),
        "hk.Conv2D(32, kernel_shape=3) is CONV3-32(P=same); stax.Conv(32, (3, 3)) is CONV3-32(P=0)",
    ),
    Notation(
        "these are layers of Flax, PaddlePaddle or Equinox with their module",
        pattern(r"\b(?:nnx|flax\.linen|paddle\.nn|eqx\.nn)\.[A-Z]\w*"),
        "write the calls as PyTorch has them: nn.Conv2d(3, 32, 3) is CONV3-32(P=0, in=3)",
    ),
    Notation(
        "these are layers of Torch7",
        pattern(r"\bSpatial(?:Convolution|MaxPooling|AveragePooling)\w*"),
        "SpatialConvolution(1, 6, 5, 5) is CONV5-6(P=0, in=1); SpatialMaxPooling(2, 2, 2, 2) is POOL2",
    ),
    Notation(
        "this is Python code",
        pattern(
            r"(?m)^[ \t]*(?:class[ \t]+\w+[ \t]*[(:]|def[ \t]+\w+[ \t]*\(|import[ \t]+\w+|from[ \t]+[\w.]+[ \t]+import\b"
            r"|self\.\w+[ \t]*=|return\b)|\bself\.\w+\(|\bF\.\w+\("
            r"|(?m:^[ \t]*\w+[ \t]*=[ \t]*[\w.]+\([^\n]{0,200}\)\(\w+\))"
            r"|(?m:^[ \t]*(\w+)[ \t]*=[ \t]*[\w.]+\(\s*\1\s*,)"  # net = conv_2d(net, 32, 3)
        ),
        "write what forward() does as one chain: INPUT[32x32x3] -> CONV3-32 -> RELU -> POOL2 -> FC-10",
    ),
    Notation(
        "these are the layer names from LeNet's figure, which have no sizes",
        find_lenet,
        "INPUT[32x32x1] -> CONV5-6(P=0) -> AVGPOOL2 -> CONV5-16(P=0) -> AVGPOOL2 -> CONV5-120(P=0) -> FC-84 -> FC-10",
    ),
    Notation(
        "this is the notation of CycleGAN",
        pattern(r"\bc\d+s\d+-\d+"),
        "c7s1-64 is CONV7-64 -> IN -> RELU; d128 is CONV3-128(S=2, P=1) -> IN -> RELU; u64 is TCONV3-64(S=2, P=1, output_padding=1) -> IN -> RELU",
    ),
    Notation(
        "this is the notation of pix2pix",
        pattern(r"(?<![\w-])CD?\d{2,4}(?:\s{0,9}-\s{0,9}CD?\d{1,4}){1,40}\b"),
        "in the encoder, C64 is CONV4-64(S=2, P=1) -> BN -> LRELU; in the decoder, CD64 is TCONV4-64(S=2, P=1) -> BN -> DROPOUT(0.5) -> RELU",
    ),
    Notation(
        "this is a row of the ResNet paper's table",
        pattern(
            r"(?:\[\s{0,9})?\b\d{1,3}\s{0,9}[x×]\s{0,9}\d{1,3}\s{0,9},\s{0,9}\d{1,6}\s{0,9}(?:;|\\\\)\s{0,9}\d{1,3}\s{0,9}[x×]\s{0,9}\d{1,3}\s{0,9},\s{0,9}\d{1,6}"
        ),
        "ADD{CONV3-64 -> BN -> RELU -> CONV3-64 -> BN | ID} -> RELU",
    ),
    Notation(
        "this is a row of the MobileNet paper's table",
        pattern(r"\bConv dw\s*/\s*s\d"),
        "Conv dw / s2 is DWCONV3(S=2, P=1) -> BN -> RELU",
    ),
    Notation(
        "this is Ciresan's notation, as in 32C3-MP2",
        pattern(CIRESAN),
        "32C3 is CONV3-32; MP2 is POOL2; 10N is FC-10",
        translate_ciresan,
    ),
    Notation(
        LINES_MESSAGE, find_lines, "INPUT[32x32x1] -> CONV3-32: [32x32x32] -> POOL2: [16x16x32]"
    ),
)
