"""Texts that may mean two things, or hold a word that is unknown, and the message for each."""

from __future__ import annotations

import pytest

import cnnsize
from cnnsize import ArchitectureError

REFUSED = [
    # (text, code, 1-based position, message)
    # running numbers
    (
        "Conv5 -> ReLU -> Pool",
        "CNN001",
        1,
        "ambiguous: is 5 the filter size, or does it number the layer?",
    ),
    (
        "Conv3 -> BN -> ReLU",
        "CNN001",
        1,
        "ambiguous: is 3 the filter size, or does it number the layer?",
    ),
    (
        "conv-1 -> pool-1 -> conv-2 -> pool-2",
        "CNN003",
        15,
        "POOL takes no number of filters or units",
    ),
    # filters in the name
    (
        "CONV32 -> POOL -> CONV64 -> POOL -> FC128",
        "CNN001",
        1,
        "ambiguous: is 32 the filter size or the number of filters?",
    ),
    # lower-case k
    (
        "conv(k=3) -> relu",
        "CNN003",
        6,
        "ambiguous: is k= the filter size or the number of filters?",
    ),
    # times
    (
        "Conv-BN-ReLU x 2",
        "CNN001",
        14,
        "ambiguous: does the count repeat only RELU, or the layers before it too?",
    ),
    # shapes
    (
        "(13,13,4) --> Conv2D (11,11,4) --> Flatten (484)",
        "CNN003",
        22,
        "ambiguous: is (11,11,4) the output shape of Conv2D, or are these its arguments?",
    ),
    ("Conv(8, 3x3) -> ReLU -> output=8x8x8", "CNN001", 31, "expected an arrow between two layers"),
    # names
    ("norm -> global pool -> fc", "CNN001", 1, "ambiguous: which normalization is norm?"),
    ("conv -> norm -> relu", "CNN001", 9, "ambiguous: which normalization is norm?"),
    (
        "fc-bn-relu-fc-normalization",
        "CNN001",
        15,
        "ambiguous: is normalization at the end BN, or the division of a vector by its length?",
    ),
    ("strided conv -> bn -> relu", "CNN002", 1, "strided is not a layer"),
    ("dilated conv -> relu", "CNN002", 1, "dilated is not a layer"),
    # ellipsis, leading and trailing
    ("conv -> relu -> pool -> etc.", "CNN002", 25, "etc is not a layer"),
    (
        "conv -> relu -> pool with skip connections",
        "CNN001",
        21,
        "expected an arrow between two layers",
    ),
    ("conv -> relu -> pool twice", "CNN001", 21, "expected an arrow between two layers"),
    ("conv -> relu -> pool and then fc", "CNN001", 21, "expected an arrow between two layers"),
    (
        "Conv → BN → ReLU (×3 conv layers)",
        "CNN003",
        19,
        "cannot tell what '×3 conv layers' means for RELU",
    ),
    ("Architecture is conv - relu - fc", "CNN002", 1, "Architecture is not a layer"),
    # @
    (
        "INPUT 32x32 -> 6@28x28 -> 6@14x14 -> 16@10x10 -> 16@5x5",
        "CNN001",
        16,
        "two shapes with no layer between them",
    ),
    # unknown after hyphen
    ("conv-attention-relu", "CNN002", 6, "attention is not a layer of this notation"),
    ("conv-softpool-fc", "CNN002", 6, "softpool is not a layer"),
    ("fc-hidden -> relu", "CNN002", 4, "hidden is not a layer"),
    ("conv-maxpol-fc", "CNN002", 6, "maxpol is not a layer"),
    ("CONV3-num_filters -> relu", "CNN002", 7, "num_filters is not a layer"),
    ("INPUT[28x28x1] -> CONV3-32(P=full)", "CNN004", 30, "the padding 'full' is not supported"),
    ("CONV3-64(P=half) -> RELU", "CNN004", 12, "the padding 'half' is not supported"),
    # languages
    ("卷积 -> 激活(3) -> 池化", "CNN002", 7, "激活 is not a layer of this notation"),
    ("合成曲 -> ReLU", "CNN002", 1, "'合成曲' is not a layer of this notation"),
    ("合成層 -> 池化", "CNN002", 1, "'合成層' is not a layer of this notation"),
    ("注意力 -> 卷积", "CNN002", 1, "注意力 is not a layer of this notation"),
    ("Свертка -> Внимание -> Свертка", "CNN002", 12, "Внимание is not a layer of this notation"),
    (
        "FC layers: 256 -> 64 -> 5",
        "CNN001",
        12,
        "ambiguous: is 256 the input of this layer or its output?",
    ),
    ("conv3-16 | conv3-16 | maxpool", "CNN001", 9, "expected an arrow between two layers"),
    (
        "Conv1: 5x5x6 -> Pool1: 2x2 -> Conv2: 5x5x16 -> Pool2: 2x2",
        "CNN001",
        8,
        "ambiguous: is 5x5x6 the output shape, or are these 6 filters of 5x5?",
    ),
    (
        "Conv2D(8, 3x3, relu) | MaxPool | Dense(3)",
        "CNN001",
        21,
        "expected an arrow between two layers",
    ),
    ("conv 16 -> relu", "CNN001", 1, "ambiguous: is 16 the filter size or the number of filters?"),
    ("conv[16] -> relu -> fc[10]", "CNN001", 5, "expected an arrow between two layers"),
    ("conv<16> -> relu", "CNN001", 5, "expected an arrow between two layers"),
    ("conv{3x3} -> relu", "CNN001", 5, "expected an arrow between two layers"),
    ("3x3 dilated conv (rate 2) -> relu", "CNN001", 1, "expected a layer, not the size 3x3"),
    ("atrous conv 3x3 rate 2", "CNN002", 1, "atrous is not a layer"),
    ("conv -> relu and conv -> pool", "CNN001", 13, "expected an arrow between two layers"),
    ("conv, relu and pool", "CNN001", 11, "expected an arrow between two layers"),
    ("raw image -> conv -> fc", "CNN002", 1, "raw is not a layer"),
    ("Conv(8) -> ReLU  // note\n-> Pool", "CNN002", 21, "note is not a layer"),
    ("*Conv* → *ReLU*", "CNN001", 8, "expected a count, not '→'"),
    ("<Conv> -> <ReLU>", "CNN001", 1, "'<' is not an arrow"),
    ("Conv .. ReLU", "CNN001", 8, "expected an arrow between two layers"),
    (
        "CONV_3x3_4 -> RELU",
        "CNN001",
        1,
        "ambiguous: is 4 a running number or the number of filters?",
    ),
    (
        "conv3x3_2 -> relu",
        "CNN001",
        1,
        "ambiguous: is 2 a running number or the number of filters?",
    ),
    ("conv3x3_bn_relu -> pool", "CNN002", 1, "conv3x3_bn_relu is not a layer"),
    ("ConvBlock(64) -> ConvBlock(128) -> FC", "CNN002", 1, "ConvBlock is not a layer"),
    ("DoubleConv(64) -> MaxPool", "CNN002", 1, "DoubleConv is not a layer"),
    ("ResBlock x 3 -> FC", "CNN002", 1, "ResBlock is not a layer of this notation"),
    ("conv -> SE -> relu", "CNN002", 9, "SE is not a layer of this notation"),
    ("conv -> residual -> relu", "CNN002", 9, "residual is not a layer of this notation"),
    ("conv -> concat -> conv", "CNN002", 9, "concat is not a layer of this notation"),
    ("conv -> GroupNorm -> relu", "CNN001", 9, "GN needs the number of groups"),
    ("conv -> maxout -> pool", "CNN002", 9, "maxout is not a layer"),
    (
        "fc1 -> relu",
        "CNN001",
        1,
        "ambiguous: is 1 the number of units, or does it number the layer?",
    ),
    ("卷积核3x3 -> ReLU", "CNN002", 1, "卷积核3x3 is not a layer"),
    (
        "Input: 48x48x1\nConv1: 3x3, 16 filters, ReLU\nPool1: 2x2\nFC: 7",
        "CNN001",
        1,
        "the layers are listed one per line; separate them with arrows",
    ),
    (
        "fc: 512 -> 128 -> 7",
        "CNN001",
        5,
        "ambiguous: is 512 the input of this layer or its output?",
    ),
    (
        "Conv Block 1 (Conv → BN → ReLU → MaxPool) → Conv Block 2 (Conv → BN → ReLU → MaxPool)",
        "CNN001",
        15,
        "ambiguous: is Conv a layer, or does it name the layers in parentheses?",
    ),
    ("conv6 -> relu", "CNN001", 1, "ambiguous: is 6 the filter size, or does it number the layer?"),
    ("Conv 3 -> ReLU", "CNN001", 1, "ambiguous: is 3 the filter size or the number of filters?"),
    ("the first conv layer -> relu", "CNN002", 1, "the is not a layer"),
    ("Conv24x3x3 -> ReLU", "CNN001", 1, "ambiguous: are these 24 filters of 3x3, or 3 of 24x3?"),
    ("Conv(24x3x3) -> ReLU", "CNN001", 6, "ambiguous: are these 24 filters of 3x3, or 3 of 24x3?"),
    ("conv 24x3x3 -> relu", "CNN001", 6, "ambiguous: are these 24 filters of 3x3, or 3 of 24x3?"),
    ("24x(3x3) conv -> relu", "CNN001", 9, "expected an arrow between two layers"),
    (
        "Conv(d=2, k=3, f=3)",
        "CNN003",
        11,
        "ambiguous: is k= the filter size or the number of filters?",
    ),
    ("16×Conv3×3 → ReLU", "CNN001", 1, "ambiguous: is 16 a count or a number of filters?"),
    (
        "Conv-ReLU ×2 → Pool",
        "CNN001",
        11,
        "ambiguous: does the count repeat only RELU, or the layers before it too?",
    ),
    (
        "Conv → ReLU (×2) → Pool",
        "CNN001",
        13,
        "ambiguous: does the count repeat only RELU, or the layers before it too?",
    ),
    (
        "conv -> relu -> pool (repeated three times)",
        "CNN003",
        23,
        "cannot tell what 'repeated three times' means for POOL",
    ),
    ("conv -> relu -> pool, repeat", "CNN002", 23, "repeat is not a layer"),
    (
        "conv -> relu -> pool per block, then fc",
        "CNN001",
        21,
        "expected an arrow between two layers",
    ),
    ("C(8,3) - P(2) - FC(10)", "CNN002", 1, "C is not a layer"),
    # remarks that may change the layer
    (
        "conv 5x5 (halves the size) -> fc 9",
        "CNN003",
        11,
        "cannot tell what 'halves the size' means for CONV",
    ),
    ("maxpool (vertical) -> fc 9", "CNN003", 10, "cannot tell what 'vertical' means for POOL"),
    ("conv 5x5 (frozen) -> fc 9", "CNN003", 11, "cannot tell what 'frozen' means for CONV"),
    (
        "fc 9 (with a lot of dropout)",
        "CNN003",
        7,
        "cannot tell what 'with a lot of dropout' means for FC",
    ),
    ("conv (the 8 best)", "CNN003", 7, "cannot tell what 'the 8 best' means for CONV"),
    ("conv(9->18, k5 wide s2)", "CNN003", 16, "cannot tell what 'wide s2' means for CONV"),
    ("conv(9, x3) -> relu", "CNN003", 9, "cannot tell what 'x3' means for CONV"),
    ("--conv-relu-conv-+-", "CNN001", 17, "'+' with no layer on one side"),
    (
        "conv: 24x5x5 -> relu",
        "CNN001",
        7,
        "ambiguous: is 24x5x5 the output shape, or are these 24 filters of 5x5?",
    ),
    (
        "conv -> relu -> maxpool x 3",
        "CNN001",
        25,
        "ambiguous: does the count repeat only POOL, or the layers before it too?",
    ),
    (
        "conv1-3 -> pool -> conv4-6 -> pool",
        "CNN001",
        1,
        "ambiguous: is 1-3 a range of layers, or a filter size and a number of filters?",
    ),
    (
        "Conv1-24 -> Conv2-48 -> FC1-90",
        "CNN001",
        1,
        "ambiguous: is 1 the filter size, or does it number the layer?",
    ),
    (
        "Input 3@90x90 -> Conv 24@5x5",
        "CNN001",
        23,
        "ambiguous: is 24@5x5 a volume, or are these 24 filters of 5x5?",
    ),
    ("Tanh(Conv) -> pool", "CNN001", 6, "Conv is a layer within the parentheses of Tanh"),
    ("Conv 5x5 x 24 -> pool", "CNN001", 10, "ambiguous: is 24 a count or a number of filters?"),
    (
        "Dense [90, 9] -> relu",
        "CNN001",
        7,
        "ambiguous: is [90, 9] an output shape, or are these options of Dense?",
    ),
    ("conv 5x5 24/48 -> pool", "CNN001", 13, "expected a layer, not the number 48"),
    # numbers in either order
    (
        "conv(9, 24, 2) -> relu",
        "CNN001",
        6,
        "ambiguous: does (9, 24, 2) begin with kernel, filters, stride, or with in, out, kernel?",
    ),
    (
        "conv(24, 5, 5) -> relu",
        "CNN001",
        6,
        "ambiguous: does (24, 5, 5) begin with filters, kernel, stride, or with in, out, kernel?",
    ),
    (
        "conv(24, 5, 2) -> relu",
        "CNN001",
        6,
        "ambiguous: does (24, 5, 2) begin with filters, kernel, stride, or with in, out, kernel?",
    ),
    (
        "conv(3, 9) -> relu",
        "CNN001",
        6,
        "ambiguous: is 3 the filter size, the number of filters or of input channels?",
    ),
    ("conv(9, 3x3) -> pool(30)", "CNN001", 22, "ambiguous: is 30 the window or the output size?"),
    (
        "Conv3: 24 -> pool",
        "CNN001",
        8,
        "ambiguous: is 24 the number of filters or the filter size?",
    ),
    ("relu(conv(9)) -> pool", "CNN001", 6, "conv is a layer within the parentheses of relu"),
    ("conv-gelu-foo-fc", "CNN002", 11, "foo is not a layer"),
    ("conv-transformer-fc", "CNN002", 6, "transformer is not a layer of this notation"),
    ("FC-n_classes -> softmax", "CNN002", 4, "n_classes is not a layer"),
    ("第一层卷积 -> 池化", "CNN002", 1, "'第一层卷积' is not a layer of this notation"),
    (
        "3 conv blocks (8 → 16 → 32) + FC",
        "CNN001",
        1,
        "ambiguous: do all 3 layers have what is in these brackets?",
    ),
    (
        "Conv → ReLU → Conv → ReLU → Pool   (x3)",
        "CNN001",
        36,
        "ambiguous: does the count repeat only POOL, or the layers before it too?",
    ),
    ("Flatten → 2,888 → FC 6", "CNN001", 11, "ambiguous: is 2,888 one number or two?"),
    (
        "3 × Conv-BN-ReLU → FC",
        "CNN001",
        5,
        "ambiguous: does the count repeat only CONV, or the layers after it too?",
    ),
    (
        "Fully Connected: 25,088 → 4,096 → 2,048 → 3",
        "CNN001",
        18,
        "ambiguous: is 25088 the input of this layer or its output?",
    ),
    ("Flatten → 2,888 → FC 6", "CNN001", 11, "ambiguous: is 2,888 one number or two?"),
    (
        "2x Conv2d(3x3) + BN + ReLU + MaxPool2d",
        "CNN001",
        1,
        "ambiguous: does the count repeat only CONV, or the layers after it too?",
    ),
    (
        "3x conv -> relu",
        "CNN001",
        1,
        "ambiguous: does the count repeat only CONV, or the layers after it too?",
    ),
    (
        "3x conv - relu",
        "CNN001",
        1,
        "ambiguous: does the count repeat only CONV, or the layers after it too?",
    ),
    (
        "[conv3x3 + BN] + Identity + ReLU",
        "CNN001",
        16,
        "write the sum with an earlier layer as a join",
    ),
    ("Conv2d(in, out, k=3)", "CNN003", 8, "cannot tell what 'in' means for CONV"),
    (
        "3×Conv2d + MaxPool -> fc",
        "CNN001",
        1,
        "ambiguous: does the count repeat only CONV, or the layers after it too?",
    ),
    ("MaxPool (16x16)", "CNN001", 10, "ambiguous: is 16x16 the window or the output size?"),
    ("FC 96 -> 48 -> ReLU", "CNN001", 4, "ambiguous: is 96 the number of inputs or of units?"),
    (
        "Conv 24 -> 48, BN",
        "CNN001",
        6,
        "ambiguous: is 24 the number of input channels or of filters?",
    ),
    (
        "conv3_24 -> conv3_24",
        "CNN001",
        1,
        "ambiguous: is 3_24 a running number, or a filter size and a number of filters?",
    ),
    (
        "Conv(K=3, S=1) -> relu",
        "CNN003",
        6,
        "ambiguous: is K= the filter size or the number of filters?",
    ),
    (
        "Conv(9) -> relu -> Conv(5)",
        "CNN001",
        1,
        "ambiguous: is 9 the filter size or the number of filters?",
    ),
    (
        "conv-relu-fc, conv-pool-fc",
        "CNN001",
        13,
        "ambiguous: does this layer go on with the network, or begin a second one?",
    ),
    (
        "conv, pool, fc, tanh activations",
        "CNN001",
        17,
        "ambiguous: is TANH one layer, or does it follow every layer?",
    ),
    (
        "upsample + conv (x2)",
        "CNN001",
        10,
        "ambiguous: does the count repeat only this layer, or the layers before it too?",
    ),
    ("Conv(3x3/24)", "CNN003", 6, "cannot tell what '3x3/24' means for CONV"),
    (
        "MaxPool(1,4) -> conv",
        "CNN001",
        9,
        "ambiguous: is (1, 4) a window, or a window and a stride?",
    ),
    ("conv(8,24,40) -> fc(7)", "CNN003", 6, "cannot tell what these 3 numbers mean"),
    (
        "Input (96) -> Conv 1x1 (24)",
        "CNN001",
        1,
        "ambiguous: is 96 the side of the image or the number of its channels?",
    ),
    (
        "Conv 3x3, 24 -> Conv24-48",
        "CNN001",
        17,
        "ambiguous: is 24 the filter size or the number of input channels?",
    ),
    (
        "conv -> adaptive max pool -> fc 9",
        "CNN001",
        9,
        "the output size of adaptive max pool is missing",
    ),
    (
        "Input: (6, 20, 20) -> conv 3x3, 8",
        "CNN001",
        1,
        "ambiguous: is 6 the width or the number of channels?",
    ),
    (
        "Input 96x7x7 -> deconv 5x5, 48",
        "CNN001",
        1,
        "ambiguous: is 96 the width or the number of channels?",
    ),
    (
        "(1, 24, 48) -> conv -> pool",
        "CNN001",
        1,
        "ambiguous: is 1 the width or the number of channels?",
    ),
    (
        "gap -> Linear (48 units)/Dense (24 units) -> relu",
        "CNN001",
        8,
        "ambiguous: are Linear and Dense one layer or two?",
    ),
    (
        "AdaptiveAvgPool2d, flatten, fc 9",
        "CNN001",
        1,
        "the output size of AdaptiveAvgPool2d is missing",
    ),
    (
        "conv 3x3 -> upconv 2x2, 24 -> conv 3x3",
        "CNN001",
        13,
        "ambiguous: upconv may enlarge its input, and has no stride",
    ),
    (
        "deconv 2x2 -> relu",
        "CNN001",
        1,
        "ambiguous: deconv may enlarge its input, and has no stride",
    ),
    (
        "FC-720 -> Reshape(20, 6, 6) -> conv 3x3",
        "CNN001",
        11,
        "ambiguous: is 20 the width or the number of channels?",
    ),
    (
        "convT(k=2, s=2): 20 -> 40 -> conv 3x3",
        "CNN001",
        18,
        "ambiguous: are 20 and 40 numbers of channels, or sizes?",
    ),
    ("7x7 convoltion -> fc 9", "CNN002", 5, "convoltion is not a layer"),
    ("Conv(4,H,W) -> relu", "CNN003", 6, "4,H,W is a shape, and Conv takes numbers"),
    ("conv 3x3 -> fc 9 -> softmax40", "CNN003", 21, "SOFTMAX has no number of units"),
    ("Conv2D(24, 5, same, valid) -> relu", "CNN001", 1, "the padding is given twice"),
    ("conv -> Flatten/GAP -> fc 7", "CNN001", 9, "ambiguous: Flatten/GAP is one of two layers"),
    ("conv -> BN/LayerNorm -> relu", "CNN001", 9, "ambiguous: BN/LayerNorm is one of two layers"),
    ("conv -> Max Pool/AvgPool", "CNN001", 9, "ambiguous: Max Pool/AvgPool is one of two layers"),
    ("conv -> relu/ELU -> fc 7", "CNN001", 9, "ambiguous: relu/ELU is one of two layers"),
    ("stride-2 -> conv 5x5", "CNN002", 1, "stride is not a layer"),
    ("9-12: conv -> pool", "CNN001", 1, "expected a layer, not the number 9"),
]


@pytest.mark.parametrize(("text", "code", "position", "message"), REFUSED)
def test_refused(text: str, code: str, position: int, message: str) -> None:
    with pytest.raises(ArchitectureError) as caught:
        cnnsize.parse(text)
    diagnostic = caught.value.diagnostic
    assert (diagnostic.code, diagnostic.span.start + 1) == (code, position)
    assert diagnostic.message == message


def test_the_fix_of_an_ambiguous_number_names_every_reading() -> None:
    with pytest.raises(ArchitectureError) as caught:
        cnnsize.parse("Conv5 -> ReLU -> Pool")
    (help,) = caught.value.diagnostic.help
    assert help == (
        "write CONV5 for filters of 5x5, CONV-5 for 5 filters, and CONV if 5 is a running number"
    )


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("conv2 -> relu2 -> pool2", "conv2: read as running numbers, not as filter sizes"),
        ("28x28 -> conv16", "INPUT[28x28] has no depth; read as INPUT[28x28x1]"),
        ("conv -> (dropout) -> fc", "(dropout) is read as optional: DROPOUT?"),
        ("conv -> relu for each stage", "ignored: for each stage"),
        ("MNIST 28x28x1 -> conv", "ignored: MNIST"),
        ("conv -> pool (Block 1) -> fc", "ignored: (Block 1)"),
        (
            "Conv2d(3, 8, 3, padding=1) → (8, 32, 32)",
            "8, 32, 32 is read as (channels, height, width): [32x32x8]",
        ),
    ],
)
def test_notes_say_how_a_text_was_read(text: str, note: str) -> None:
    assert note in cnnsize.parse(text).notes
