"""Networks of keras.applications: those that the zoo has layer by layer; others are refused."""

from __future__ import annotations

import ast

from cnnsize.models.source.keras.inputs import Shape, in_order, make_input
from cnnsize.models.source.keras.layers import apply_layer
from cnnsize.models.source.keras.signatures import Dialect, construct, known
from cnnsize.models.source.keras.state import SIDE, Sides
from cnnsize.models.source.keras_values import KerasModel
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.values import Arguments, Tensor, Unknown, Value

VGG = {"VGG16": (2, 2, 3, 3, 3), "VGG19": (2, 2, 4, 4, 4)}  # convolutions of each block
WIDTHS = (64, 128, 256, 512, 512)
PARAMETERS = ("include_top", "weights", "input_tensor", "input_shape", "pooling", "classes")
POOLING = {"avg": "GlobalAveragePooling2D", "max": "GlobalMaxPooling2D"}


def pretrained(machine: Machine, name: str, arguments: Arguments) -> Value:
    """Return a network of keras.applications."""
    node = arguments.node
    if name not in VGG:
        return Unknown(f"keras.applications.{name} is not in the zoo as Keras builds it", node)
    values = dict(zip(PARAMETERS, arguments.positional, strict=False)) | arguments.keywords
    for key in ("include_top", "input_tensor", "pooling", "classes", "classifier_activation"):
        known(values.get(key), f"{key} of {name}", node)
    has_top = bool(values.get("include_top", True))
    source = values.get("input_tensor")
    if not isinstance(source, Tensor):
        shape = values.get("input_shape")
        if shape is None:
            side = SIDE if has_top else None
            sides = in_order(machine, Sides(SIDE, SIDE, 3))
            shape = tuple(sides) if has_top else tuple(3 if own == 3 else side for own in sides)
        source = make_input(machine, Shape(shape, node, f"input_shape of {name}"))
    builder = Stack(machine, source, node)
    for block, (times, width) in enumerate(zip(VGG[name], WIDTHS, strict=True), 1):
        for number in range(1, times + 1):
            convolution = {"filters": width, "kernel_size": 3, "padding": "same"}
            builder.add("Conv2D", f"block{block}_conv{number}", **convolution, activation="relu")
        builder.add("MaxPooling2D", f"block{block}_pool")
    if has_top:
        builder.add("Flatten", "flatten")
        builder.add("Dense", "fc1", units=4096, activation="relu")
        builder.add("Dense", "fc2", units=4096, activation="relu")
        classes = values.get("classes", 1000)
        activation = values.get("classifier_activation", "softmax")
        builder.add("Dense", "predictions", units=classes, activation=activation)
    elif values.get("pooling") in POOLING:
        builder.add(POOLING[values["pooling"]], "pool")
    model = KerasModel([source], [builder.tensor], node)
    model.is_pretrained = True
    return model


class Stack:
    """Layers that are applied one after the other."""

    def __init__(self, machine: Machine, tensor: Tensor, node: ast.AST) -> None:
        self.machine = machine
        self.tensor = tensor
        self.node = node

    def add(self, kind: str, name: str, **options: Value) -> None:
        """Apply a layer of Keras under its name."""
        arguments = Arguments([], {**options, "name": name}, self.node)
        layer = construct(kind, arguments, Dialect("tensorflow", False))
        self.tensor = apply_layer(self.machine, layer, self.tensor, self.node)
        layer.attributes["output"] = self.tensor
