"""What people really write, and the canonical text that it means, form by form."""

from __future__ import annotations

import pytest

import cnnsize
from cnnsize import ArchitectureError
from cnnsize.language.informal.numbers import NUMBER_READERS
from cnnsize.language.informal.signatures import CALLS, SIGNATURES
from cnnsize.language.informal.vocabulary import DROPOUTS, WINDOWED, WITH_SHAPE, WITH_WIDTH
from cnnsize.layers import KINDS

READ = [
    # arrows
    ("INPUT => CONV => RELU", "INPUT -> CONV -> RELU"),
    ("INPUT --> CONV ==> RELU -- > POOL - > FC", "INPUT -> CONV -> RELU -> POOL -> FC"),
    (
        "INPUT → CONV ⇒ RELU ⟶ POOL ➡ FC ──► SOFTMAX",
        "INPUT -> CONV -> RELU -> POOL -> FC -> SOFTMAX",
    ),
    ("Input\n  ↓\nConv\n  │\n  ▼\nPool\n  |\nFC", "INPUT -> CONV -> POOL -> FC"),
    ("INPUT - CONV - RELU – POOL — FC", "INPUT -> CONV -> RELU -> POOL -> FC"),
    ("conv-relu-pool", "CONV -> RELU -> POOL"),
    ("conv-relu-max-pool-fully-connected", "CONV -> RELU -> POOL -> FC"),
    ("conv + bn + relu, pool", "CONV -> BN -> RELU -> POOL"),
    ("conv > relu > pool", "CONV -> RELU -> POOL"),
    ("conv -> relu ->\n  -> pool ->\n  -> fc", "CONV -> RELU -> POOL -> FC"),
    ("-> Conv(5x5) -> ReLU", "CONV5 -> RELU"),
    ("INPUT -> CONV -> RELU\n// -> POOL\n// -> FC", "INPUT -> CONV -> RELU -> POOL -> FC"),
    ("INPUT -> CONV ->\n# RELU -> FC", "INPUT -> CONV -> RELU -> FC"),
    (r"$$INPUT \rightarrow [CONV \to RELU] \times 2$$", "INPUT -> [CONV -> RELU]*2"),
    # repeats
    ("(CONV -> RELU)*2", "[CONV -> RELU]*2"),
    ("{conv -> relu}*2 -> fc", "[CONV -> RELU]*2 -> FC"),
    ("[CONV -> RELU] * 2 -> FC", "[CONV -> RELU]*2 -> FC"),
    (
        "[CONV -> RELU]x2 -> [CONV -> RELU] x 3 -> [FC]X2",
        "[CONV -> RELU]*2 -> [CONV -> RELU]*3 -> [FC]*2",
    ),
    ("[CONV -> RELU] × 2 -> FC", "[CONV -> RELU]*2 -> FC"),
    ("[CONV -> RELU]\\*2 -> FC", "[CONV -> RELU]*2 -> FC"),
    ("[CONV -> RELU]^3 -> FC", "[CONV -> RELU]*3 -> FC"),
    ("3x [Conv -> ReLU] -> 2×(FC + ReLU)", "[CONV -> RELU]*3 -> [FC -> RELU]*2"),
    ("CONV3-32x2,POOL2", "CONV3-32*2 -> POOL2"),
    ("Conv 16 x2 -> pool", "CONV-16*2 -> POOL"),
    ("Conv*2 -> MaxPool x 3", "CONV*2 -> POOL*3"),
    (
        "[conv -> relu]*n -> [fc -> relu]x(L-1) -> fc",
        "[CONV -> RELU]*n -> [FC -> RELU]*(L - 1) -> FC",
    ),
    (
        "INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC",
        "INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC",
    ),
    (
        "[(CONV-TANH)*N-POOL?]*M-(FC-TANH)*K,SOFTMAX",
        "[[CONV -> TANH]*N -> POOL?]*M -> [FC -> TANH]*K -> SOFTMAX",
    ),
    ("INPUT -> [CONV -> RELU]*N -> FC | N >= 0", "INPUT -> [CONV -> RELU]*N -> FC"),
    # names
    (
        "Conv3x3 -> Conv 5x5 -> 3x3 conv -> 2x2 max pool -> conv3x3(8) -> conv 16@3x3",
        "CONV3 -> CONV5 -> CONV3 -> POOL2 -> CONV3-8 -> CONV3-16",
    ),
    (
        "maxpool -> MaxPool2D -> MaxPooling -> Max Pool -> max-pool -> pooling",
        "POOL -> POOL -> POOL -> POOL -> POOL -> POOL",
    ),
    (
        "AvgPool2d -> AveragePooling -> avg-pool -> GlobalAvgPool -> global average pooling",
        "AVGPOOL -> AVGPOOL -> AVGPOOL -> GAP -> GAP",
    ),
    (
        "BatchNorm -> batch norm -> Batch-Norm -> BatchNormalization -> Normalization -> LayerNorm",
        "BN -> BN -> BN -> BN -> BN -> LN",
    ),
    (
        "Dense -> Linear -> affine -> Fully Connected -> fully-connected layer -> ip -> FullyConnected",
        "FC -> FC -> FC -> FC -> FC -> FC -> FC",
    ),
    ("FC 128 -> Dense 10 -> FC4096", "FC-128 -> FC-10 -> FC-4096"),
    (
        "Leaky ReLU -> swish -> smax -> flat -> view -> do -> drop out",
        "LRELU -> SILU -> SOFTMAX -> FLATTEN -> FLATTEN -> DROPOUT -> DROPOUT",
    ),
    ("ZeroPad2D -> Deconv -> ConvTranspose -> Upsample", "PAD1 -> TCONV -> TCONV -> UP2"),
    ("Image -> conv", "INPUT -> CONV"),
    ("X -> conv", "INPUT -> CONV"),
    ("(fingerprint) -> conv -> fc", "INPUT -> CONV -> FC"),
    ("Input (32x32x3) -> conv", "INPUT[32x32x3] -> CONV"),
    ("28x28x1 -> conv", "INPUT[28x28x1] -> CONV"),
    ("Input: 3×32×32 -> conv", "INPUT[3x32x32] -> CONV"),
    ("Input (28, 28, 1) -> conv", "INPUT[28x28x1] -> CONV"),
    ("conv/relu -> FC/ReLU -> CONV+RELU", "CONV -> RELU -> FC -> RELU -> CONV -> RELU"),
    ("FC (Softmax)", "FC -> SOFTMAX"),
    ("affine - [softmax or SVM]", "FC -> [SOFTMAX]"),
    ("FC (output)", "FC"),
    ("conv -> 16x16x32 -> pool", "CONV-32: [16x16x32] -> POOL"),
    ("Flatten → 256 → FC → 64 → 32", "FLATTEN: [1x1x256] -> FC-64 -> FC-32"),
    # calls
    ("Conv2D(32, 3x3) -> Conv2D(64, (3, 5))", "CONV3-32 -> CONV5x3-64(P=0)"),
    (
        "Conv(32, kernel=3, strides=2, padding='same', activation='relu')",
        "CONV3-32(S=2, P=same) -> RELU",
    ),
    (
        "Conv2d(3, 64, 3, stride=2) -> Linear(288, 10)",
        "CONV3-64(S=2, P=0, in=3) -> FC-10(in=288)",
    ),
    ("nn.Conv2d(3, 64, kernel_size=3, padding=1) -> nn.ReLU()", "CONV3-64(P=1, in=3) -> RELU"),
    (
        "3x3 conv, 64 -> 3x3 conv, 128 -> avg pool, fc 1000",
        "CONV3-64 -> CONV3-128 -> AVGPOOL -> FC-1000",
    ),
    ("7x7 conv, 64, /2 -> pool, /2", "CONV7-64(S=2) -> POOL(S=2)"),
    ("Conv (32 3x3 filters) -> Conv, 16 filters, 5x5, stride 2", "CONV3-32 -> CONV5-16(S=2)"),
    ("conv(5x5x32) -> pool", "CONV5-32 -> POOL"),
    (
        "Dropout(50%) -> Activation(relu) -> Activation('softmax')",
        "DROPOUT(0.5) -> RELU -> SOFTMAX",
    ),
    ("ConvBNReLU -> conv_bn_relu -> MaxPool", "CONV -> BN -> RELU -> CONV -> BN -> RELU -> POOL"),
    ("[Conv → ReLU](×3) → MaxPool (x2) → 2x Conv", "[CONV -> RELU]*3 -> POOL*2 -> CONV*2"),
    ("16@3x3 -> CONV2-8", "CONV3-16 -> CONV2-8"),
    ("[CONV]*N -> FC (N=2)", "[CONV]*N -> FC"),
    ("# CONV => RELU => POOL", "CONV -> RELU -> POOL"),
    ("POOL2 -> POOL3(S=2)", "POOL2 -> POOL3(S=2)"),
    (
        "SLICE(from=0, to=58) -> AVGPOOL(to=7) -> POOL(to=3x4)",
        "SLICE(from=0, to=58) -> AVGPOOL(to=7x7) -> POOL(to=3x4)",
    ),
    ("Conv 3×3×16 -> CONV3x3x64", "CONV3-16 -> CONV3-64"),
    (
        "Input(shape=(28,28,1)) -> AdaptiveAvgPool2d((1,2)) -> Flatten(1)",
        "INPUT[28x28x1] -> AVGPOOL(to=2x1) -> FLATTEN",
    ),
    ("BatchNorm2d(64, eps=1e-05, momentum=0.1) -> Softmax(dim=1)", "BN(in=64) -> SOFTMAX"),
    ("Linear(16 * 5 * 5, 120)", "FC-120(in=400)"),
    ("pool (average) -> AvgPool(global) -> pool (max)", "AVGPOOL -> GAP -> POOL"),
    ("FC1 (120) -> FC2 (84)", "FC-120 -> FC-84"),
    ("conv -&gt; relu &rarr; fc", "CONV -> RELU -> FC"),
    (
        "Conv(3->8) -> Linear 288->10 -> Dense(784→128)",
        "CONV-8(in=3) -> FC-10(in=288) -> FC-128(in=784)",
    ),
    (
        "conv(64) -> maxpool(3, 2) -> dropout(0.4) -> dense(11, softmax)",
        "CONV-64 -> POOL3(S=2) -> DROPOUT(0.4) -> FC-11 -> SOFTMAX",
    ),
    ("MaxPool2d(kernel_size=3, stride=2, padding=1)", "POOL3(S=2, P=1)"),
    ("Conv (7x7 kernel, stride 3, 9 output maps)", "CONV7-9(S=3)"),
    ("Conv1 (3×3, 7 channels) -> Conv2 (3x3, 9 channels)", "CONV3-7 -> CONV3-9"),
    ("Conv2D(7 filters, 3×3, no padding)", "CONV3-7(P=0)"),
    ("conv 24 filters of 5x5, padded, stride 1 -> relu", "CONV5-24(S=1, P=same) -> RELU"),
    ("Conv1(8@3x3) -> MaxPool -> Conv2(12@3x3)", "CONV3-8 -> POOL -> CONV3-12"),
    ("MaxPool2d(3x3,s2)", "POOL3(S=2)"),
    ("Dropout(p=0.25) -> Dropout 0.5", "DROPOUT(0.25) -> DROPOUT(0.5)"),
    ("LeakyReLU(0.2) -> BatchNorm2d(64) -> GroupNorm(8, 64)", "LRELU -> BN(in=64) -> GN(8, in=64)"),
    ("ConvTranspose2d(64, 32, 4, 2, 1)", "TCONV4-32(S=2, P=1, in=64)"),
    # running numbers
    ("conv1 -> pool1 -> conv2 -> pool2 -> fc1 -> fc2", "CONV -> POOL -> CONV -> POOL -> FC -> FC"),
    ("CONV1 -> POOL1 -> CONV2 -> POOL2", "CONV -> POOL -> CONV -> POOL"),
    (
        "fc6 -> relu6 -> drop6 -> fc7 -> relu7 -> fc8 -> prob",
        "FC -> RELU -> DROPOUT -> FC -> RELU -> FC -> SOFTMAX",
    ),
    ("conv1_1 -> relu1_1 -> conv1_2 -> pool1", "CONV -> RELU -> CONV -> POOL"),
    ("CONV3 -> RELU6 -> POOL2", "CONV3 -> RELU6 -> POOL2"),
    (
        "[CONV3 -> RELU]*2 -> POOL2 -> CONV3 -> POOL2",
        "[CONV3 -> RELU]*2 -> POOL2 -> CONV3 -> POOL2",
    ),
    ("CONV(F=1) -> CONV(F=2)", "CONV(F=1) -> CONV(F=2)"),
    # labels and marks
    ("Layer 1: conv3-32", "CONV3-32"),
    ("C1: Conv2D(6, 5x5) -> S2: AvgPool(2x2)", "CONV5-6 -> AVGPOOL2"),
    ("FC1: 4096, FC2: 4096, FC3: 1000", "FC-4096 -> FC-4096 -> FC-1000"),
    ("**Conv** -> `ReLU` -> \"pool\" -> 'fc'", "CONV -> RELU -> POOL -> FC"),
    ("\\[INPUT - CONV - FC\\]", "INPUT -> CONV -> FC"),
    ("[INPUT - CONV - TANH - POOL - FC]", "INPUT -> CONV -> TANH -> POOL -> FC"),
    ("conv layer --> tanh --> pooling layer", "CONV -> TANH -> POOL"),
    ("drop out (some of the maps, picked at random) -> fc", "DROPOUT -> FC"),
    ("CONV -> RELU -> ...", "CONV -> RELU -> ..."),
    ("[CONV]*[32,64] -> FC", "[CONV]*[32, 64] -> FC"),
    # strict text that stays as it is
    ("INPUT[227x227x3] -> CONV11-96(S=4, P=0) -> RELU -> POOL3(S=2) -> FC-1000",) * 2,
    (
        "INPUT[(n)x(n)x3] -> CONV-k(F=f, S=(2*s)) -> CONV1x7-192 -> FC-10 where n = 32, k in 1..3",
        "INPUT[(n)x(n)x3] -> CONV-k(F=f, S=(2*s)) -> CONV1x7-192 -> FC-10 where n = 32, k in 1..3",
    ),
    ("INPUT[8x8x4] -> ADD{CONV3-4 -> RELU | ID} -> CAT{CONV1-4 | POOL3(S=1, P=1)} -> FC",) * 2,
    ("conv(filters=8, kernel_size=5, use_bias=False)", "CONV5-8(bias=no)"),
    ("CONV3-64(P=1,S=2,G=4)", "CONV3-64(S=2, P=1, G=4)"),
]


@pytest.mark.parametrize(("written", "canonical"), READ)
def test_reads_as(written: str, canonical: str) -> None:
    net = cnnsize.parse(written)
    assert str(net) == canonical
    assert str(cnnsize.parse(canonical)) == canonical, "canonical text round-trips"
    assert net.statement.open_fc == cnnsize.parse(canonical).statement.open_fc


REFUSED = [
    # (text, code, 1-based column, words of the message or help)
    ("INPUT -> CONV -> POLL -> FC", "CNN002", 18, "POOL"),
    ("INPUT -> MaxPolling2D -> FC", "CNN002", 10, "POOL"),
    ("INPUT -> Affin -> FC", "CNN002", 10, "FC"),
    ("conv -> LSTM -> fc", "CNN002", 9, "recurrent"),
    ("conv -> CBAM -> fc", "CNN002", 9, "attention"),
    ("conv -> attention -> fc", "CNN002", 9, "attention"),
    ("CONV 64 -> RELU", "CNN001", 1, "CONV-64"),
    ("affine - 10", "CNN001", 8, "FC-10"),
    ("CONV -> 10 -> FC", "CNN001", 9, "FC-10"),
    ("CONV3-64(F=5)", "CNN001", 10, "twice"),
    ("CONV3-64(K=5)", "CNN001", 10, "twice"),
    ("[CONV -> RELU]*2*3", "CNN001", 17, "two counts"),
    ("CONV3--64", "CNN004", 6, "negative"),
    ("CONV3-64(P=-1)", "CNN004", 12, "negative"),
    ("INPUT[32x32x3] -> ADD{CONV}", "CNN001", 19, "two branches"),
    ("INPUT -> [CONV -> RELU", "CNN001", 10, "never closed"),
    ("INPUT -> CONV]", "CNN001", 14, "never opened"),
    ("INPUT -> (CONV -> RELU]", "CNN001", 23, "expected ')'"),
    ("INPUT -> CONV ->", "CNN001", 15, "no layer after"),
    ("INPUT -> CONV RELU", "CNN001", 14, "arrow"),
    ("INPUT -> [] -> FC", "CNN001", 10, "empty"),
    (
        "16C5-MP2-32C5-MP2-100N-10N",
        "CNN001",
        1,
        "CONV5-16 -> POOL2 -> CONV5-32 -> POOL2 -> FC-100 -> FC-10",
    ),
    ("28x28-[16C3-MP2]-10", "CNN001", 8, "Ciresan"),
    ("[1,32,0,1 Cr5,5,16 Mp2,2 O1c50]", "CNN001", 11, "VGSL"),
    ("ir_r2_k3_s2_e4_c48_se0.5", "CNN001", 1, "timm"),
    ("[64, 'M', 128, 'M']", "CNN001", 1, "CONV3-64 -> RELU -> POOL2 -> CONV3-128"),
    ("[convolutional]\nfilters=16\n\n[maxpool]\nsize=2", "CNN001", 2, "Darknet"),
    ("C1-S2-C3-S4-F5-output", "CNN001", 1, "LeNet"),
    ("* INPUT: [32x32x1]\n* CONV3-32: [32x32x32]\n* POOL2: [16x16x32]", "CNN001", 1, "arrows"),
    (
        "INPUT[8x8x3]\nCONV3-8\nRELU\nPOOL\nFC",
        "CNN001",
        1,
        "INPUT[8x8x3] -> CONV3-8 -> RELU -> POOL -> FC",
    ),
    ("输入 -> 卷机 -> 全连接", "CNN002", 7, "English name"),
    ("CONV32 -> CONV64", "CNN001", 1, "CONV(F=32)"),
    ("INPUT -> CONV -> (+) -> RELU", "CNN001", 18, "ADD{"),
    ("28x28x1 -> 26x26x32 -> 13x13x32", "CNN001", 12, "no layer"),
    ("conv -> 3 fully connected neurons", "CNN001", 9, "[FC]*3"),
    ("[conv-relu]*N - 1 -> fc", "CNN001", 13, "parentheses"),
    ("INPUT[8x8x3] -> CONV -> -> FC", "CNN001", 22, "two arrows"),
    ("Input: 8x8x3x3", "CNN001", 8, "not a shape"),
    ("INPUT[8x8x3] -> BN: CONV3-8", "CNN001", 17, "label"),
    ("INPUT[8x8x3] -> CONV3-64 (stride two)", "CNN003", 27, "numbers"),
    ("INPUT[8x8x3] -> Conv-BN-ReLU x3", "CNN001", 30, "brackets around"),
    ("INPUT[8x8x3] -> Conv3x3(32, stide=2)", "CNN003", 17, "S"),
    ("INPUT[8x8x3] -> CONV -> INPUT[4x4x3]", "CNN001", 25, "must come first"),
    ("INPUT[8x8x3] -> CONV(k=3)", "CNN003", 22, "K= for the number of filters"),
    ("INPUT[8x8x3] -> CONV3(P=saem)", "CNN004", 25, "same"),
    ("INPUT[8x8x3] -> POOL(P=same)", "CNN109", 17, "target=tensorflow"),
    ("INPUT[8x8x3] -> PAD(P=same)", "CNN004", 23, "cannot be 'same'"),
    ("INPUT[8x8x3] -> CONV3-4(P=full)", "CNN004", 27, "F - 1"),
    ("INPUT[NxNx3] -> FC", "CNN001", 6, "[(N)x(N)x3]"),
    ("INPUT[8x8x3] -> CONV3-64(S)", "CNN001", 26, "S=1"),
    ("INPUT -> [CONV]*N -> FC where N > 2", "CNN001", 25, "where N in 0..3"),
    ("INPUT -> [CONV]*N -> FC | N = 2", "CNN001", 25, "where N in 0..3"),
    ("INPUT -> [CONV]*N -> FC where N = 2, M = 2", "CNN004", 38, "its only letter is N"),
    ("INPUT -> CONV -> FC where N = 2", "CNN004", 27, "it has no letters"),
]


@pytest.mark.parametrize(("text", "code", "column", "words"), REFUSED)
def test_refused(text: str, code: str, column: int, words: str) -> None:
    report = cnnsize.check(text)
    errors = [diagnostic for diagnostic in report.diagnostics if diagnostic.severity == "error"]
    assert len(errors) == 1, "one error does not cascade"
    error = errors[0]
    text = " ".join([error.message, error.label, *error.notes, *error.help])
    assert (error.code, error.location.column) == (code, column)
    assert words in text


def test_options_that_do_not_exist_are_refused_with_the_nearest() -> None:
    with pytest.raises(ArchitectureError) as caught:
        cnnsize.parse("INPUT[8x8x3] -> Conv(32, strid=2)").sized()
    assert caught.value.diagnostic.code == "CNN003"
    assert "S" in " ".join(caught.value.diagnostic.help)


def test_notes_say_what_was_dropped() -> None:
    net = cnnsize.parse(
        "INPUT -> CONV -> drop out (some of the maps, picked at random) -> CROSSENTROPY"
    )
    assert any("picked at random" in note for note in net.notes)
    assert any("loss" in note for note in net.notes)
    assert any(
        "optional layer is written POOL?" in note
        for note in cnnsize.parse("INPUT => [POOL] => FC").notes
    )


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        # in informal text the numbers of a kind that read 1, 2, ... count its layers, and the
        # others go along
        ("INPUT -> conv1 -> conv2 -> pool5 -> fc6", "INPUT -> CONV -> CONV -> POOL -> FC"),
        (
            "conv1 -> pool1 -> conv2 -> pool2 -> conv3 -> pool3 -> fc4",
            "CONV -> POOL -> CONV -> POOL -> CONV -> POOL -> FC",
        ),
        ("conv1 -> pool1 -> conv2 -> conv3 -> pool3", "CONV -> POOL -> CONV -> CONV -> POOL"),
        ("conv1 -> UP4 -> conv2 -> PAD2", "CONV -> UP4 -> CONV -> PAD2"),
        ("Conv1 -> ReLU -> pool", "CONV -> RELU -> POOL"),
        ("conv3 -> pool2 -> conv5 -> pool3", "CONV3 -> POOL2 -> CONV5 -> POOL3"),
        ("conv1 -> pool2 -> conv2 -> pool2", "CONV -> POOL2 -> CONV -> POOL2"),
        ("conv3x3 -> POOL3 -> fc1 -> fc2", "CONV3 -> POOL3 -> FC -> FC"),
        ("conv1 -> conv1 -> conv2", "CONV1 -> CONV1 -> CONV2"),
        ("conv1(stride=2) -> conv2(stride=1)", "CONV(S=2) -> CONV(S=1)"),
        ("Conv16 -> Conv32 -> FC128 -> FC10", "CONV-16 -> CONV-32 -> FC-128 -> FC-10"),
        # in canonical text they are sizes, unless they begin at 1
        (
            "CONV1 -> POOL1 -> CONV2 -> POOL2 -> CONV3 -> POOL3 -> FC4 -> FC5",
            "CONV -> POOL -> CONV -> POOL -> CONV -> POOL -> FC -> FC",
        ),
        ("CONV1 -> RELU -> CONV2", "CONV -> RELU -> CONV"),
        ("CONV(F=1) -> RELU -> CONV(F=2) -> POOL3", "CONV(F=1) -> RELU -> CONV(F=2) -> POOL3"),
        ("CONV1 -> RELU", "CONV1 -> RELU"),
        ("CONV1 -> CONV2 -> CONV3-64", "CONV(F=1) -> CONV(F=2) -> CONV3-64"),
        ("INPUT[36x36x4] -> POOL2 -> UP4 -> POOL3",) * 2,
        ("POOL2 -> DWCONV5 -> CONV5 -> POOL3",) * 2,
        ("PAD1 -> POOL2 -> PIXELSHUFFLE2 -> POOL3 -> PAD2",) * 2,
        ("CONV3 -> CONV4 -> DWCONV5 -> DWCONV6 -> AVGPOOL2 -> AVGPOOL3 -> TCONV2 -> TCONV3",) * 2,
        ("FC6 -> FC7", "FC-6 -> FC-7"),
        ("CONV(F=32) -> CONV(F=64)",) * 2,
    ],
)
def test_running_numbers(text: str, canonical: str) -> None:
    assert str(cnnsize.parse(text)) == canonical
    assert str(cnnsize.parse(canonical)) == canonical


def test_windows_of_two_and_three_keep_their_sizes() -> None:
    net = cnnsize.parse(
        "INPUT[32x32x3] -> CONV3-64 -> RELU -> POOL2 -> CONV3-64 -> RELU -> POOL3 -> FC-10"
    ).sized()
    assert [step.output[:2] for step in net.steps if step.kind == "POOL" and step.output] == [
        (16, 16),
        (5, 5),
    ]
    ceil = cnnsize.parse("INPUT[11x11x8] -> RELU6 -> POOL3(ceil=yes) -> POOL4").sized()
    assert ceil.output == (1, 1, 8)  # 11 -> 4 -> 1; two windows of 2 would give 3


def test_tables_of_the_reader_name_layer_kinds() -> None:
    kinds = {*CALLS, *(kind for kind, _ in SIGNATURES), *NUMBER_READERS}
    kinds |= {*WITH_WIDTH, *WINDOWED, *WITH_SHAPE, *DROPOUTS}
    assert kinds <= set(KINDS)
