"""Calls of frameworks whose defaults are not known here: refused by name, with what to write."""

from __future__ import annotations

from typing import NamedTuple

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.python_call import parse_arguments
from cnnsize.language.informal.tokens import Token
from cnnsize.language.informal.vocabulary import words


class OtherFramework(NamedTuple):
    """A framework, the classes and arguments that only it has, and its defaults in this notation."""

    name: str
    classes: frozenset[str]
    arguments: frozenset[str]
    hint: str


OTHER_FRAMEWORKS = (
    OtherFramework(
        "Lasagne",
        words("Conv2DLayer Pool2DLayer MaxPool2DLayer DenseLayer TransposedConv2DLayer"),
        words("num_units ignore_border"),
        "its default padding is 0, and it adds a RELU: Conv2DLayer(num_filters=32, filter_size=5) is "
        "CONV5-32(P=0) -> RELU; MaxPool2DLayer(pool_size=2) is POOL2",
    ),
    OtherFramework(
        "TFLearn",
        words("conv_2d max_pool_2d avg_pool_2d conv_2d_transpose"),
        words("nb_filters"),
        "its default padding is 'same': conv_2d(net, 32, 3) is CONV3-32(P=same); max_pool_2d(net, 2) "
        "is POOL2(P=same)",
    ),
    OtherFramework(
        "Caffe",
        frozenset(),
        words("num_output pool"),
        "its default padding is 0, and its pooling rounds up: Convolution(num_output=20, kernel_size=5) "
        "is CONV5-20(P=0); Pooling(pool=MAX, kernel_size=2, stride=2) is POOL2(ceil=yes)",
    ),
    OtherFramework(
        "MXNet",
        frozenset(),
        words("num_filter num_hidden pool_type act_type"),
        "its default padding is 0, and the default stride of a Pooling is 1: "
        "Convolution(num_filter=20, kernel=(5, 5)) is CONV5-20(P=0); "
        "Pooling(pool_type='max', kernel=(2, 2), stride=(2, 2)) is POOL2",
    ),
    OtherFramework(
        "TF-Slim",
        frozenset(),
        words("num_outputs scope normalizer_fn activation_fn"),
        "its default padding is 'same' for convolutions and 'valid' for pools, and it adds a RELU: "
        "conv2d(net, 32, [3, 3]) is CONV3-32(P=same) -> RELU; max_pool2d(net, [2, 2]) is POOL2",
    ),
    OtherFramework(
        "Chainer",
        frozenset(),
        words("ksize"),
        "its default padding is 0, and its pooling rounds up: Convolution2D(3, 16, ksize=3) is "
        "CONV3-16(P=0, in=3); max_pooling_2d(ksize=2) is POOL2(ceil=yes)",
    ),
)


def refuse_other_framework(
    cursor: TokenCursor, layer: DraftLayer, opened: Token, closed: Token
) -> None:
    """Raise ArchitectureError for a call of a framework whose defaults are not known here."""
    arguments = parse_arguments(cursor, opened, closed)
    if arguments is None:
        return
    keys = {key for key, _ in arguments.keywords}
    for other in OTHER_FRAMEWORKS:
        own = other.arguments & keys
        if own or layer.written in other.classes:
            what = f"{sorted(own)[0]}= is an argument" if own else f"{layer.written} is a class"
            cursor.fail(
                f"{what} of {other.name}, whose defaults differ from PyTorch's and Keras'",
                arguments.span if own else layer.span,
                help=(other.hint,),
            )
