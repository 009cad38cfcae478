"""ONNX graphs as exporters write them, and the text that is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from cnnsize.models.flow import UnreadableModelError
from cnnsize.models.onnx_file import read_onnx
from cnnsize.sizing.size import sized
from cnnsize.sizing.totals import totals
from tests.models.onnx_graphs import chain, op, saved

CONV: dict[str, Any] = {"kernel_shape": [3, 3]}
SAME: dict[str, Any] = {**CONV, "auto_pad": "SAME_UPPER"}
TO_FIRST = op("Transpose", perm=[0, 3, 1, 2])
TO_LAST = op("Transpose", perm=[0, 2, 3, 1])
VECTOR = (1, 8)
NHWC = (1, 32, 32, 3)


def text_of(model: Any, folder: Path, **options: Any) -> str:
    """The network of a model, without its name and its input."""
    text = read_onnx(saved(model, folder), **options).network.text
    return text.partition("] -> ")[2]


@pytest.mark.parametrize(
    ("operators", "text"),
    [
        # convolutions and their padding
        ([op("Conv", (8, 3, 3, 3), pads=[1, 1, 1, 1])], "CONV3-8(bias=no)"),
        ([op("Conv", (8, 3, 3, 3), (8,), strides=[2, 1])], "CONV3-8(S=1x2, P=0)"),
        ([op("Conv", (8, 3, 1, 7), (8,), pads=[0, 3, 0, 3])], "CONV7x1-8"),
        ([op("Conv", (6, 1, 3, 3), (6,), group=3)], "DWCONV3(P=0, M=2)"),
        ([op("Conv", (3, 3, 3, 3), (3,), dilations=[2, 2], pads=[2] * 4)], "CONV3-3(D=2)"),
        ([op("Conv", (8, 3, 3, 3), (8,), **SAME)], "CONV3-8"),
        (
            [op("Conv", (8, 3, 3, 3), (8,), strides=[2, 2], **SAME)],
            "PAD(right=1, bottom=1) -> CONV3-8(S=2, P=0)",
        ),
        (
            [op("Conv", (8, 3, 3, 3), (8,), strides=[2, 2], **CONV, auto_pad="SAME_LOWER")],
            "PAD(left=1, top=1) -> CONV3-8(S=2, P=0)",
        ),
        ([op("Conv", (8, 3, 3, 3), (8,), **CONV, auto_pad="VALID")], "CONV3-8(P=0)"),
        (
            [op("Conv", (8, 3, 3, 3), (8,), pads=[0, 1, 2, 3])],
            "PAD(left=1, right=3, bottom=2) -> CONV3-8(P=0)",
        ),
        ([op("Conv", (8, 3, 3, 3)), op("Add", (1, 8, 1, 1))], "CONV3-8(P=0)"),
        # transposed convolutions
        ([op("ConvTranspose", (3, 8, 4, 4), (8,), strides=[2, 2], pads=[1] * 4)], "TCONV4-8(S=2, P=1)"),
        (
            [op("ConvTranspose", (3, 8, 3, 3), strides=[2, 2], output_shape=[64, 64])],
            "TCONV3-8(S=2, P=1, output_padding=1, bias=no)",
        ),
        (
            [op("ConvTranspose", (3, 8, 3, 3), strides=[2, 2], auto_pad="SAME_UPPER")],
            "TCONV3-8(S=2, bias=no) -> CROP[64x64](left=0, top=0)",
        ),
        # pools
        ([op("MaxPool", kernel_shape=[2, 2], strides=[2, 2])], "POOL2"),
        ([op("MaxPool", kernel_shape=[2, 2])], "POOL2(S=1)"),
        ([op("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)], "POOL3(S=2, P=1)"),
        (
            [op("MaxPool", kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")],
            "POOL3(S=2, ceil=yes)",
        ),
        (
            [op("AveragePool", kernel_shape=[3, 3], strides=[1, 1], pads=[1] * 4)],
            "AVGPOOL3(S=1, P=1, include_pad=no)",
        ),
        (
            [op("AveragePool", kernel_shape=[3, 3], strides=[3, 3], count_include_pad=1, pads=[1] * 4)],
            "AVGPOOL3(P=1)",
        ),
        ([op("GlobalAveragePool"), op("Flatten"), op("Gemm", (3, 10), (10,))], "GAP -> FC-10"),
        ([op("ReduceMean", axes=[2, 3], keepdims=0), op("Gemm", (9, 3), transB=1)], "GAP -> FC-9(bias=no)"),
        ([op("ReduceMax", axes=[-1, -2])], "GMP"),
        ([op("ReduceMean", axes=[3])], "AVGPOOL32x1"),
        # vectors
        ([op("Flatten"), op("Gemm", (3072, 10), (10,))], "FLATTEN -> FC-10"),
        ([op("Reshape", [0, -1]), op("MatMul", (3072, 10)), op("Add", (10,))], "FLATTEN -> FC-10"),
        (
            [op("Flatten"), op("Gemm", (3072, 32)), op("Reshape", [1, 2, 4, 4])],
            "FLATTEN -> FC-32(bias=no) -> UNFLATTEN[4x4x2]",
        ),
        # norms
        ([op("BatchNormalization", (3,), (3,), (3,), (3,))], "BN"),
        ([op("InstanceNormalization", (3,), (3,))], "IN(affine=yes)"),
        ([op("LRN", size=5)], "LRN"),
        # activations, as one operator or several
        ([op("Clip", 0.0, 6.0)], "RELU6"),
        ([op("Clip", 0.0)], "RELU"),
        ([op("Sigmoid"), op("Mul", "x", "t0")], "SILU"),
        ([op("HardSigmoid", alpha=1 / 6), op("Mul", "t0", "x")], "HSWISH"),
        ([op("Add", 3.0), op("Clip", 0.0, 6.0), op("Mul", "x", "t1"), op("Div", 6.0)], "HSWISH"),
        ([op("Softplus"), op("Tanh"), op("Mul", "x", "t1")], "MISH"),
        (
            [op("Div", 2**0.5), op("Erf"), op("Add", 1.0), op("Mul", "x", "t2"), op("Mul", 0.5)],
            "GELU",
        ),
        ([op("PRelu", (3, 1, 1))], "PRELU(per=channel)"),
        ([op("PRelu", (1,))], "PRELU"),
        ([op("Dropout", 0.25)], "DROPOUT(0.25)"),
        ([op("Softmax", axis=1)], "SOFTMAX"),
        # values moved
        ([op("Slice", [1], [3], [1])], "SLICE(from=1, to=3)"),
        ([op("Slice", [2, 3], [-2, 20], [2, 3])], "CROP[17x28](left=3, top=2)"),
        ([op("Slice", [0, 0], [99, 99], [2, 3], [2, 2])], "POOL1(S=2)"),
        ([op("Pad", [0, 0, 1, 2, 0, 0, 3, 4])], "PAD(left=2, top=1, right=4, bottom=3)"),
        ([op("Pad", [0, 2, 0, 0, 0, 3, 0, 0])], "PAD(front=2, back=3)"),
        ([op("Pad", [0, 0, 1, 1, 0, 0, 1, 1])], "PAD1"),
        ([op("Split", [1, 2], axis=1, parts=[1, 2]), op("Concat", "t0.1", "t0", axis=1)],
         "CAT{SLICE(from=1, to=3) | SLICE(from=0, to=1)}"),
        ([op("SpaceToDepth", blocksize=2), op("DepthToSpace", blocksize=2, mode="CRD")],
         "PIXELUNSHUFFLE2 -> PIXELSHUFFLE2"),
        (
            [
                op("Conv", (8, 3, 1, 1)),
                op("Reshape", [1, 2, 4, 32, 32]),
                op("Transpose", perm=[0, 2, 1, 3, 4]),
                op("Reshape", [1, -1, 32, 32]),
            ],
            "CONV1-8(bias=no) -> CHSHUFFLE(2)",
        ),
        (
            [
                op("Reshape", [1, 3, 16, 2, 16, 2]),
                op("Transpose", perm=[0, 1, 3, 5, 2, 4]),
                op("Reshape", [1, 12, 16, 16]),
            ],
            "PIXELUNSHUFFLE2",
        ),
        # joins
        ([op("Conv", (3, 3, 1, 1), (3,)), op("Add", "t0", "x")], "ADD{CONV1-3 | ID}"),
        ([op("GlobalAveragePool"), op("Conv", (3, 3, 1, 1)), op("Mul", "t1", "x")],
         "MUL{GAP -> CONV1-3(bias=no) | ID}"),
        ([op("Mul", (3, 1, 1)), op("Add", (3, 1, 1))], "SCALE(bias=yes)"),
        ([op("Sub", 0.5), op("Mul", 2.0), op("Relu")], "RELU"),
    ],
)  # fmt: skip
def test_operators(operators: list[Any], text: str, tmp_path: Path) -> None:
    assert text_of(chain(*operators), tmp_path) == text


def test_resize(tmp_path: Path) -> None:
    """The factors and the sizes of a Resize are inputs; other inputs may be missing."""
    twice = chain(op("Resize", "x", "", "scales", mode="linear"))
    factors = np.array([1, 1, 2, 2], np.float32)
    twice.graph.initializer.append(numpy_helper.from_array(factors, "scales"))
    assert text_of(twice, tmp_path) == "UP2(mode=bilinear)"
    fitted = chain(op("Resize", "x", "", "", "sizes"))
    fitted.graph.initializer.append(numpy_helper.from_array(np.array([1, 3, 48, 40]), "sizes"))
    assert text_of(fitted, tmp_path) == "UP(to=40x48)"


def test_channels_last(tmp_path: Path) -> None:
    """A Keras model: the input and the pools are N x H x W x C, the convolutions N x C x H x W."""
    model = chain(
        op("Div", 255.0),
        TO_FIRST,
        op("Conv", (8, 3, 3, 3), (8,), strides=[2, 2], **SAME),
        op("Relu"),
        TO_LAST,
        op("Pad", [0, 1, 1, 0, 0, 1, 1, 0]),
        TO_FIRST,
        op("Conv", (8, 1, 3, 3), (8,), group=8),
        TO_LAST,
        op("ReduceMean", axes=[1, 2], keepdims=1),
        op("MatMul", (8, 4)),
        op("Add", (4,)),
        op("Relu"),
        op("MatMul", (4, 8)),
        op("Add", (8,)),
        op("Sigmoid"),
        op("Mul", "t8", "t15"),
        op("MatMul", (8, 5)),
        op("Reshape", [-1, 1280]),
        op("MatMul", (1280, 10)),
        op("Softmax"),
        input=("N", 32, 32, 3),
        producer="tf2onnx",
    )
    gate = "MUL{ID | GAP -> FC-4 -> RELU -> FC-8 -> SIGMOID}"
    assert text_of(model, tmp_path) == (
        "PAD(right=1, bottom=1) -> CONV3-8(S=2, P=0) -> RELU -> PAD1 -> DWCONV3(P=0) -> "
        f"{gate} -> CONV1-5(bias=no) -> FLATTEN -> FC-10(bias=no) -> SOFTMAX"
    )


def test_vector_as_map_with_channels_last(tmp_path: Path) -> None:
    model = chain(
        op("Gemm", (8, 128)),
        op("Reshape", [-1, 8, 4, 4]),
        TO_FIRST,
        op("Conv", (2, 4, 1, 1)),
        input=VECTOR,
    )
    assert text_of(model, tmp_path) == ("FC-128(bias=no) -> UNFLATTEN[4x8x4] -> CONV1-2(bias=no)")


def test_group_norm_and_layer_norm_of_operators(tmp_path: Path) -> None:
    ones = numpy_helper.from_array(np.ones(4, np.float32))
    group_norm = chain(
        op("Conv", (8, 3, 1, 1)),
        op("Reshape", [0, 4, -1]),
        op("InstanceNormalization", "t1", "ones", "ones"),
        op("Reshape", [1, 8, 32, 32]),
        op("Mul", (8, 1, 1)),
        op("Add", (8, 1, 1)),
    )
    group_norm.graph.node.insert(0, helper.make_node("Constant", [], ["ones"], value=ones))
    assert text_of(group_norm, tmp_path) == "CONV1-8(bias=no) -> GN(4)"
    layer_norm = chain(
        TO_LAST,
        op("ReduceMean", axes=[-1]),
        op("Sub", "t0", "t1"),
        op("Pow", 2.0),
        op("ReduceMean", axes=[-1]),
        op("Add", 1e-5),
        op("Sqrt"),
        op("Div", "t2", "t6"),
        op("Mul", (3,)),
        op("Add", (3,)),
        TO_FIRST,
    )
    assert text_of(layer_norm, tmp_path) == "LN"


def test_shapes_are_computed(tmp_path: Path) -> None:
    """A Reshape to what Shape, Gather, Unsqueeze and Concat compute, for any batch."""
    model = chain(
        op("Conv", (8, 3, 3, 3), pads=[1] * 4),
        op("Shape"),
        op("Gather", "t1", "zero", axis=0),
        op("Unsqueeze", [0]),
        op("Concat", "t3", "rest", axis=0),
        op("Reshape", "t0", "t4"),
        op("Gemm", (8192, 10)),
        input=("batch", 3, "height", "width"),
    )
    model.graph.initializer.append(numpy_helper.from_array(np.array(0), "zero"))
    model.graph.initializer.append(numpy_helper.from_array(np.array([-1]), "rest"))
    read = read_onnx(saved(model, tmp_path), (32, 32, 3))
    assert read.network.text == (
        "net = INPUT[32x32x3] -> CONV3-8(bias=no) -> FLATTEN -> FC-10(bias=no)"
    )
    sums = totals(sized(read.network))
    assert (sums.params, sums.macs) == (8 * 27 + 81920, 8 * 27 * 1024 + 81920)


def test_scopes_become_blocks(tmp_path: Path) -> None:
    model = chain(
        *(
            op("Conv", (8, 3 if place == 0 else 8, 3, 3), pads=[1] * 4)
            if place % 3 != 1
            else op("Relu")
            for place in range(6)
        )
    )
    for place, node in enumerate(model.graph.node):
        node.name = f"/stages/stages.{place // 3}/conv{place}/{node.op_type}"
    assert read_onnx(saved(model, tmp_path)).network.text == (
        "stages() = CONV3-8(bias=no) -> RELU -> CONV3-8(bias=no)\n"
        "net = INPUT[32x32x3] -> stages()*2"
    )


def test_if_with_a_known_condition(tmp_path: Path) -> None:
    branch = helper.make_graph(
        [helper.make_node("Relu", ["t0"], ["inner"])],
        "branch",
        [],
        [helper.make_tensor_value_info("inner", TensorProto.FLOAT, None)],
    )
    model = chain(
        op("Conv", (8, 3, 1, 1)),
        op("If", "condition", then_branch=branch, else_branch=branch),
        op("Tanh"),
    )
    true = numpy_helper.from_array(np.array(True), "condition")
    model.graph.initializer.append(true)
    assert text_of(model, tmp_path) == "CONV1-8(bias=no) -> RELU -> TANH"
    del model.graph.initializer[:]
    for name, kind, dims in (
        ("w0.0", TensorProto.FLOAT, (8, 3, 1, 1)),
        ("condition", TensorProto.BOOL, ()),  # without its value
    ):
        model.graph.initializer.append(TensorProto(name=name, data_type=kind, dims=dims))
    with pytest.raises(UnreadableModelError, match="If 'n1': the notation has no layer for it"):
        text_of(model, tmp_path)


@pytest.mark.parametrize(
    ("operators", "message"),
    [
        ([op("Relu"), op("Einsum", equation="abcd->abcd")],
         "Einsum 'n1': the notation has no layer for it"),
        ([op("Gelu", domain="com.microsoft")],
         "com.microsoft.Gelu 'n0': the notation has no layer for it"),
        ([op("QLinearConv", 1.0, [1], (8, 3, 1, 1), 1.0, [1], 1.0, [1])],
         "QLinearConv 'n0': the notation has no layer for it"),
        ([op("Conv", (8, 3, 3)), op("Relu")],
         "Conv 'n0': onnx finds no shape for its output from inputs of 1x3x32x32, 8x3x3"),
        ([op("Gemm", "missing", (3, 5))],
         "Gemm 'n0': its input 'missing' is not stored in the file, and no operator before it computes it"),
        ([op("MatMul", (5, 32), "x")],
         "MatMul 'n0': its weight is not the second of two matrices"),
        ([op("Conv", (3, 3, 1, 1)), op("Conv", "t0", "w0.0")],
         "Conv 'n1': it shares the weight 'w0.0' with Conv 'n0'"),
        ([op("Conv", (1, 3, 1, 1)), op("Mul", "t0", "x")],
         "Mul 'n1': its operands differ: 32x32x1 and 32x32x3"),
        ([op("Transpose", perm=[0, 2, 3, 1]), op("Add", "t0", "x")],
         "Add 'n1': onnx finds no shape for its output from inputs of 1x32x32x3, 1x3x32x32"),
        ([op("Softmax", axis=2)], "Softmax 'n0': it is over another axis than the channels"),
        ([op("Clip", -1.0, 1.0)], "Clip 'n0': a Clip with other bounds than 0 and 6"),
        ([op("Concat", "x", "x", axis=2)], "Concat 'n0': it is along another axis than the channels"),
        ([op("Reshape", [-1, 1024]), op("Gemm", (1024, 5))],
         "Gemm 'n1': it is not over the channels alone"),
        ([op("Reshape", [1, 3, -1])], "the output is no map and no vector"),
        ([op("MatMul", "x", "x")],
         "MatMul 'n0': a product of two tensors that both depend on the input"),
        ([op("MaxPool", kernel_shape=[2, 2], parts=[1, 2]), op("Cast", "t0.1", to=1)],
         "MaxPool 'n0': its indices are used"),
    ],
)  # fmt: skip
def test_refused(operators: list[Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableModelError) as caught:
        text_of(chain(*operators), tmp_path)
    assert str(caught.value) == message


def test_inputs_and_outputs(tmp_path: Path) -> None:
    two = chain(op("Relu"), op("Tanh"), outputs=["t0", "t1"])
    assert text_of(two, tmp_path) == "RELU -> OUTPUT{TANH}"
    two = chain(op("Relu"))
    two.graph.input.append(helper.make_tensor_value_info("y", TensorProto.FLOAT, [1]))
    with pytest.raises(UnreadableModelError, match="the input 'y' has 1 axes"):
        text_of(two, tmp_path)
    two.graph.input[-1].CopyFrom(
        helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3, "H", "W"])
    )
    with pytest.raises(UnreadableModelError, match="only that of the first input can be given"):
        text_of(two, tmp_path, input=(20, 10, 3))
    volume = chain(op("Relu"), input=(1, 3, 8, 8, 8))
    with pytest.raises(UnreadableModelError, match="the input 'x' has 5 axes"):
        text_of(volume, tmp_path)


def test_open_sizes_need_an_input(tmp_path: Path) -> None:
    model = chain(op("Relu"), input=("N", 3, "H", "W"))
    with pytest.raises(UnreadableModelError) as caught:
        text_of(model, tmp_path)
    assert str(caught.value) == (
        "the size of the input 'x' is open (N x 3 x H x W); give it with --input "
        "224x224x3, or in Python with input=(3, 224, 224)"
    )
    assert text_of(model, tmp_path, input=(20, 10, 3)) == "RELU"
    with pytest.raises(UnreadableModelError, match="so --input 20x10x1 does not fit"):
        text_of(model, tmp_path, input=(20, 10, 1))


def test_notes(tmp_path: Path) -> None:
    folded = chain(op("Conv", "x", "onnx::Conv_7", "onnx::Conv_8"), producer="pytorch")
    for name, dims in (("onnx::Conv_7", (8, 3, 1, 1)), ("onnx::Conv_8", (8,))):
        folded.graph.initializer.append(
            TensorProto(name=name, data_type=TensorProto.FLOAT, dims=dims)
        )
    assert read_onnx(saved(folded, tmp_path)).notes == (
        "BN is folded into 1 of 1 layers with weights",
    )
    convolutions = [op("Conv", (3, 3, 1, 1), (3,)) for _ in range(5)]
    assert read_onnx(saved(chain(*convolutions), tmp_path)).notes == (
        "the file has no BN; exporters fold it into the convolutions",
    )
    assert read_onnx(saved(chain(op("Add", 1.0)), tmp_path)).notes == (
        "arithmetic with plain numbers is left out",
    )


@pytest.mark.parametrize("kind", ["text", "empty", "cut", "random"])
def test_no_onnx_file(kind: str, tmp_path: Path) -> None:
    content = chain(op("Conv", (8, 3, 3, 3))).SerializeToString()
    content = {
        "text": b"INPUT[8x8x3] -> FC-10\n",
        "empty": b"",
        "cut": content[: len(content) - 5],
        "random": bytes(range(256)) * 9,
    }[kind]
    path = tmp_path / "net.onnx"
    path.write_bytes(content)
    with pytest.raises(UnreadableModelError, match="not an ONNX model"):
        read_onnx(str(path))


def test_weights_are_not_read(tmp_path: Path) -> None:
    """The values of a weight may be missing, in another file, or large: they are left out."""
    from cnnsize.models.onnx.bytes import bytes_without_weights

    model = chain(op("Conv", (64, 3, 7, 7)), op("Conv", (64, 64, 3, 3)))
    tensor = model.graph.initializer[1]
    tensor.raw_data = b"\0" * (4 * 64 * 64 * 9)
    path = saved(model, tmp_path)
    assert len(bytes_without_weights(path)) < 600
    assert text_of(model, tmp_path) == "CONV7-64(P=0, bias=no) -> CONV3-64(P=0, bias=no)"
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="missing.data")
    (tmp_path / "external.onnx").write_bytes(model.SerializeToString())
    assert "CONV3-64" in read_onnx(str(tmp_path / "external.onnx")).network.text


def test_many_nodes_are_refused(tmp_path: Path) -> None:
    model = chain(*(op("Relu") for _ in range(10_002)))
    with pytest.raises(UnreadableModelError, match="the model has more than 10,000 layers"):
        text_of(model, tmp_path)


def test_the_message_survives_onnx(tmp_path: Path) -> None:
    """What is left of a file without weights is the same model."""
    from cnnsize.models.onnx.bytes import without_weights

    model = chain(op("Conv", (8, 3, 3, 3), (8,), pads=[1] * 4), op("Resize", "t0", "", "s"))
    content = model.SerializeToString()
    assert onnx.ModelProto.FromString(without_weights(content)) == model
