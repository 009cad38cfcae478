"""Networks of keras.applications, from a file with their layers; others are refused by name."""

from __future__ import annotations

import ast
from functools import lru_cache
from pathlib import Path

from cnnsize.models.axes import volume_of
from cnnsize.models.source.errors import RefusedError, StatedError, Statement
from cnnsize.models.source.keras.inputs import Shape, make_input
from cnnsize.models.source.keras.signatures import known
from cnnsize.models.source.keras.state import state_of
from cnnsize.models.source.machine import Machine, Place
from cnnsize.models.source.python.siblings import execute_aside
from cnnsize.models.source.values.keras import KerasModel
from cnnsize.models.source.values.number import has_letters
from cnnsize.models.source.values.objects import (
    Arguments,
    NotReadError,
    Scope,
    Tensor,
    Unknown,
    Value,
)

PARAMETERS = ("include_top", "weights", "input_tensor", "input_shape", "pooling", "classes")
OF_MOBILENET = ("input_shape", "alpha", "depth_multiplier", "dropout", "include_top", "weights")
ORDERS = {  # of the arguments, where it is another one
    "MobileNet": (*OF_MOBILENET, "input_tensor", "pooling", "classes"),
    "MobileNetV2": ("input_shape", "alpha", "include_top", "weights", "input_tensor", "pooling"),
}
DEFAULTS = {"include_top": True, "weights": "imagenet", "classes": 1000}
# The side of the input where include_top needs one.
SIDES = {"Xception": 299, "EfficientNetB1": 240, "EfficientNetB2": 260, "EfficientNetB3": 300}
SIDES |= {"EfficientNetB4": 380, "EfficientNetB5": 456, "EfficientNetB6": 528}
SIDES |= {"EfficientNetB7": 600}
SMALLEST = {"Xception": 71}  # side of an input; that of the others is 32
NORMS = ("InceptionV3", "InceptionResNetV2")


@lru_cache(1)
def tree() -> ast.Module:
    """Return the syntax tree of the networks."""
    return ast.parse((Path(__file__).parent / "backbones.txt").read_text("utf-8"))


def is_known(name: str) -> bool:
    """Return whether a network of keras.applications can be read."""
    definitions = (own.name for own in tree().body if isinstance(own, ast.FunctionDef))
    return name[:1].isupper() and name in definitions


def pretrained(machine: Machine, name: str, arguments: Arguments) -> Value:
    """Return a network of keras.applications."""
    node = arguments.node
    path = f"keras.applications.{name}"
    if name in NORMS:
        return Unknown(f"{path} has norms with a shift only, which are not in the notation", node)
    if not is_known(name):
        return Unknown(f"{path} is not one of the networks that are read", node)
    given = dict(zip(ORDERS.get(name, PARAMETERS), arguments.positional, strict=False))
    values = DEFAULTS | given | arguments.keywords
    for key, value in values.items():
        if key not in ("weights", "input_shape"):
            known(value, f"{key} of {name}", node)
    if values.get("depth_multiplier", 1) != 1 or values.get("include_preprocessing") is not None:
        raise NotReadError(f"{name} with other arguments than the usual ones", node)
    ends = [values.get(key) for key in ("include_top", "pooling", "classes")]
    ends.append(values.get("classifier_activation", "softmax"))
    options: dict[str, Value] = {key: values[key] for key in ("alpha", "dropout") if key in values}
    scope = Scope()
    execute_aside(machine, tree(), scope, node)

    def apply(tensor: Tensor) -> Value:
        before = len(machine.nodes)
        try:
            return machine.call(scope.names[name], Arguments([tensor, *ends], options, node))
        except RefusedError as error:
            raise NotReadError(f"{name}: {error.reason}", node) from None
        finally:
            for index in range(before, len(machine.nodes)):
                machine.places[index] = Place(None, node)

    source = input_of(machine, name, values, node)
    model = KerasModel([source], [apply(source)], node)
    model.is_pretrained = True
    model.apply = apply
    return model


def input_of(machine: Machine, name: str, values: dict[str, Value], node: ast.AST) -> Tensor:
    """Return the input of a network. Raises RefusedError for a size that Keras refuses."""
    source = values.get("input_tensor")
    if isinstance(source, Tensor):
        return source
    shape = values.get("input_shape")
    if shape is None:
        side = SIDES.get(name, 224) if values["include_top"] else None
        sizes = {"H": side, "W": side, "C": 3}
        shape = tuple(sizes[axis] for axis in state_of(machine).order if axis != "N")
    tensor = make_input(machine, Shape(shape, node, f"input_shape of {name}"))
    W, H, D = volume_of(tensor.axes)
    least = SMALLEST.get(name, 32)
    is_small = any(not has_letters(side) and side < least for side in (W, H))
    has_weights = values["weights"] == "imagenet" and not has_letters(D)
    message, code = "", "CNN102"
    if len(tensor.axes) == 4 and is_small:
        message = f"{name} expects an input of at least {least}x{least} but receives {W}x{H}"
    elif len(tensor.axes) == 4 and has_weights and D != 3:
        message, code = (
            f"{name} with weights='imagenet' expects 3 channels but receives {D}",
            "CNN120",
        )
    if message:
        numbers = (W, H) if code == "CNN102" else (D,)
        statement = Statement(message, numbers=numbers)
        raise machine.refused(StatedError(message, node, statement, code, tensors=[tensor]))
    return tensor
