"""Functions of torch and methods of tensors by their names, in groups that do the same to a shape."""

from __future__ import annotations

# Methods that return the tensor itself, as far as its axes are concerned.
TRANSPARENT = frozenset(
    [
        *("contiguous", "clone", "detach", "to", "float", "half", "double", "bfloat16", "cpu"),
        *("cuda", "type", "type_as", "requires_grad_", "detach_", "pin_memory"),
    ]
)
# Functions of each value alone that change no size, and that the notation leaves out.
ARITHMETIC = frozenset(
    [
        *("pow", "clamp", "clip", "exp", "log", "sqrt", "rsqrt", "abs", "square", "sin", "cos"),
        *("round", "floor", "ceil", "neg", "clamp_", "sign"),
    ]
)
# Methods that change the shape of a tensor in place.
IN_PLACE = frozenset(
    [
        *("resize_", "resize_as_", "set_", "squeeze_", "unsqueeze_", "transpose_", "swapaxes_"),
        *("swapdims_", "t_", "as_strided_"),
    ]
)
# Functions that keep all sizes, and that the notation does not have.
SAME_SHAPE = frozenset(
    [
        *("cumsum", "cumprod", "flip", "roll", "nan_to_num", "erf", "tan", "atan", "logit"),
        *("reciprocal", "log1p", "expm1", "log2", "log10", "exp_", "logical_not", "bernoulli"),
        *("normalize", "gumbel_softmax", "softmin", "rrelu", "celu", "softsign", "logsigmoid"),
        *("hardshrink", "softshrink", "tanhshrink", "threshold", "dropout1d", "dropout3d"),
        *(
            "instance_norm",
            "tril",
            "triu",
            "layer_norm",
            "group_norm",
            "batch_norm",
            "clamp_min",
            "clamp_max",
            "bool",
        ),
        *("long", "int", "normal_", "uniform_", "bernoulli_", "zero_", "fill_", "mish_", "sgn"),
    ]
)
# Reductions, with the positions of the axes and of ``keepdim`` among their arguments.
REDUCTIONS = {
    **dict.fromkeys(("sum", "amin", "prod", "logsumexp", "argmax", "argmin"), (1, 2)),
    **dict.fromkeys(("std", "var"), (1, 3)),
    "norm": (2, 3),
}
# Functions of each value of several tensors.
OF_TENSORS = (
    *("maximum", "minimum", "lerp", "where", "addcmul", "addcdiv", "atan2", "fmod", "remainder"),
    *("masked_fill", "masked_fill_", "logaddexp", "gt", "lt", "ge", "le", "eq", "ne"),
    *("logical_and", "logical_or", "hypot", "copysign"),
)
LIKE = ("randn_like", "rand_like", "zeros_like", "ones_like", "empty_like", "full_like")
SIZES = ("size", "dim", "ndimension", "numel")
CREATORS = frozenset(["randn", "rand", "zeros", "ones", "empty", "full", "randint"])
