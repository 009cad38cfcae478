"""What each operator of ONNX means in the notation."""

from __future__ import annotations

from cnnsize.models.onnx import layers, shapes, values
from cnnsize.models.onnx.builder import Handler
from cnnsize.models.onnx.windows import global_pool, pool

ACTIVATIONS = {
    "Relu": "RELU",
    "LeakyRelu": "LRELU",
    "Elu": "ELU",
    "Selu": "SELU",
    "Gelu": "GELU",
    "Swish": "SILU",
    "Mish": "MISH",
    "HardSwish": "HSWISH",
    "Sigmoid": "SIGMOID",
    "Tanh": "TANH",
    "Softplus": "SOFTPLUS",
    "LRN": "LRN",
}
PATTERNS = (
    "LRN",
    "SOFTPLUS",
    "SILU",
    "HSWISH",
    "HSIGMOID",
    "MISH",
    "GELU",
)  # the layers of ``patterns``

HANDLERS: dict[str, Handler] = {
    **{name: values.activation(kind) for name, kind in ACTIVATIONS.items()},
    **{kind: values.activation(kind) for kind in PATTERNS},
    "LN": layers.layer_norm_of_operators,
    "GN": layers.group_norm_of_operators,
    "HardSigmoid": values.hard_sigmoid,
    "Clip": values.clip,
    "PRelu": layers.prelu,
    "Softmax": values.softmax("SOFTMAX"),
    "LogSoftmax": values.softmax("LOGSOFTMAX"),
    "Conv": layers.convolution,
    "ConvTranspose": layers.transposed_convolution,
    "Gemm": layers.gemm,
    "MatMul": layers.matrix_product,
    "BatchNormalization": layers.batch_norm,
    "InstanceNormalization": layers.instance_norm,
    "LayerNormalization": layers.layer_norm,
    "GroupNormalization": layers.group_norm,
    "MaxPool": pool("POOL"),
    "AveragePool": pool("AVGPOOL"),
    "GlobalMaxPool": global_pool("GMP"),
    "GlobalAveragePool": global_pool("GAP"),
    "ReduceMean": shapes.reduction("AVGPOOL"),
    "ReduceMax": shapes.reduction("POOL"),
    "Dropout": values.dropout,
    "Identity": values.transparent,
    "Cast": values.transparent,
    "CastLike": values.transparent,
    "Flatten": shapes.reshape,
    "Reshape": shapes.reshape,
    "Squeeze": shapes.reshape,
    "Unsqueeze": shapes.reshape,
    "Transpose": shapes.transpose,
    "Concat": shapes.concatenation,
    "Split": shapes.split,
    "Slice": shapes.slice_,
    "Pad": shapes.pad,
    "Resize": shapes.resize,
    "Upsample": shapes.resize,
    "DepthToSpace": shapes.shuffle("PIXELSHUFFLE"),
    "SpaceToDepth": shapes.shuffle("PIXELUNSHUFFLE"),
    "Gather": shapes.gather,
    "Expand": shapes.same_size,
    "Tile": shapes.same_size,
    "Add": values.combination("ADD"),
    "Sum": values.combination("ADD"),
    "Mul": values.combination("MUL"),
    **values.unary(
        "Sub", "Div", "Pow", "Neg", "Abs", "Exp", "Log", "Sqrt", "Reciprocal", "Floor", "Ceil",
        "Round", "Sin", "Cos", "Max", "Min",
    ),
}  # fmt: skip
