"""A stand-in for Keras that runs source: shapes and parameters by separate arithmetic.

Keras is not installed. Each class computes the shape of its output (H x W x C) and its parameters,
as Keras' documentation gives them; ``load`` executes source with these classes in its modules.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from types import ModuleType
from typing import Any, ClassVar

Shape = tuple[Any, ...]


class Symbol:
    """A tensor: its shape without the batch, the layer that it comes from and that layer's inputs."""

    def __init__(self, shape: Shape, layer: Any = None, sources: tuple[Symbol, ...] = ()) -> None:
        self.sizes = shape
        self.layer = layer
        self.sources = sources

    @property
    def shape(self) -> Shape:
        return (None, *self.sizes)

    def __add__(self, other: Symbol) -> Symbol:
        return Add()([self, other])

    def __mul__(self, other: Any) -> Symbol:
        return Multiply()([self, other]) if isinstance(other, Symbol) else self

    __rmul__ = __mul__

    def __truediv__(self, other: float) -> Symbol:
        return self

    def __sub__(self, other: float) -> Symbol:
        return self


def pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)


class Layer:
    """A layer whose output has the shape of its input and that has no parameters."""

    names: tuple[str, ...] = ()
    defaults: ClassVar[dict[str, Any]] = {}

    def __init__(self, *values: Any, **named: Any) -> None:
        self.options = {**self.defaults, **dict(zip(self.names, values, strict=False)), **named}
        self.params = 0

    def __getattr__(self, name: str) -> Any:
        if name in ("options", "params") or name not in self.options:
            raise AttributeError(name)
        return self.options[name]

    def __call__(self, value: Any, **named: Any) -> Symbol:
        inputs = list(value) if isinstance(value, (list, tuple)) else [value]
        sizes = self.size(*[input.sizes for input in inputs])
        return Symbol(sizes, self, tuple(inputs))

    def size(self, *shapes: Shape) -> Shape:
        return shapes[0]

    def slid(self, shape: Shape, F: Any, dilation: Any = 1) -> Shape:
        """Return height and width after a window that slides over a map."""
        S = F if self.strides is None else self.strides
        sizes = zip(shape, pair(F), pair(S), pair(dilation), strict=False)
        return tuple(slid(side, f, s, self.padding, d) for side, f, s, d in sizes)


def slid(side: int, F: int, S: int, padding: str, D: int = 1) -> int:
    if padding.lower() == "same":
        return -(-side // S)
    reach = (F - 1) * D + 1
    assert side >= reach
    return (side - reach) // S + 1


class Conv2D(Layer):
    names = (
        "filters",
        "kernel_size",
        "strides",
        "padding",
        "data_format",
        "dilation_rate",
        "groups",
    )
    defaults: ClassVar[dict[str, Any]] = {
        "strides": 1,
        "padding": "valid",
        "dilation_rate": 1,
        "groups": 1,
        "use_bias": True,
    }

    def size(self, *shapes: Shape) -> Shape:
        C, K = shapes[0][-1], self.filters
        self.params = prod(pair(self.kernel_size)) * C // self.groups * K + K * bool(self.use_bias)
        return *self.slid(shapes[0], self.kernel_size, self.dilation_rate), K


class DepthwiseConv2D(Layer):
    names = ("kernel_size", "strides", "padding", "depth_multiplier")
    defaults: ClassVar[dict[str, Any]] = {
        "strides": 1,
        "padding": "valid",
        "depth_multiplier": 1,
        "use_bias": True,
    }

    def size(self, *shapes: Shape) -> Shape:
        K = shapes[0][-1] * self.depth_multiplier
        self.params = prod(pair(self.kernel_size)) * K + K * bool(self.use_bias)
        return *self.slid(shapes[0], self.kernel_size), K


class SeparableConv2D(Layer):
    names = ("filters", "kernel_size", "strides", "padding")
    defaults: ClassVar[dict[str, Any]] = {
        "strides": 1,
        "padding": "valid",
        "depth_multiplier": 1,
        "use_bias": True,
    }

    def size(self, *shapes: Shape) -> Shape:
        wide, K = shapes[0][-1] * self.depth_multiplier, self.filters
        self.params = (prod(pair(self.kernel_size)) + K) * wide + K * bool(self.use_bias)
        return *self.slid(shapes[0], self.kernel_size), K


class Conv2DTranspose(Layer):
    names = ("filters", "kernel_size", "strides", "padding")
    defaults: ClassVar[dict[str, Any]] = {"strides": 1, "padding": "valid", "use_bias": True}

    def size(self, *shapes: Shape) -> Shape:
        H, W, C = shapes[0]
        F, S = pair(self.kernel_size), pair(self.strides)
        K = self.filters
        self.params = F[0] * F[1] * C * K + K * bool(self.use_bias)
        more = [0 if self.padding == "same" else max(f - s, 0) for f, s in zip(F, S, strict=True)]
        return H * S[0] + more[0], W * S[1] + more[1], K


class MaxPooling2D(Layer):
    names = ("pool_size", "strides", "padding")
    defaults: ClassVar[dict[str, Any]] = {"pool_size": 2, "strides": None, "padding": "valid"}

    def size(self, *shapes: Shape) -> Shape:
        return *self.slid(shapes[0], self.pool_size), shapes[0][-1]


class GlobalAveragePooling2D(Layer):
    defaults: ClassVar[dict[str, Any]] = {"keepdims": False}

    def size(self, *shapes: Shape) -> Shape:
        C = shapes[0][-1]
        return (1, 1, C) if self.keepdims else (C,)


class Dense(Layer):
    names = ("units", "activation", "use_bias")
    defaults: ClassVar[dict[str, Any]] = {"use_bias": True}

    def size(self, *shapes: Shape) -> Shape:
        self.params = shapes[0][-1] * self.units + self.units * bool(self.use_bias)
        return (*shapes[0][:-1], self.units)


class BatchNormalization(Layer):
    defaults: ClassVar[dict[str, Any]] = {"center": True, "scale": True}

    def size(self, *shapes: Shape) -> Shape:
        self.params = shapes[0][-1] * (self.center + self.scale)  # trainable ones
        return shapes[0]


class LayerNormalization(BatchNormalization):
    pass


class GroupNormalization(BatchNormalization):
    names = ("groups",)


class PReLU(Layer):
    def size(self, *shapes: Shape) -> Shape:
        self.params = shapes[0][-1]
        return shapes[0]


class Flatten(Layer):
    def size(self, *shapes: Shape) -> Shape:
        return (prod(shapes[0]),)


class Reshape(Layer):
    names = ("target_shape",)

    def size(self, *shapes: Shape) -> Shape:
        total = prod(shapes[0])
        rest = prod(size for size in self.target_shape if size != -1)
        sizes = tuple(total // rest if size == -1 else size for size in self.target_shape)
        assert prod(sizes) == total
        return sizes


class Permute(Layer):
    names = ("dims",)

    def size(self, *shapes: Shape) -> Shape:
        return tuple(shapes[0][index - 1] for index in self.dims)


class ZeroPadding2D(Layer):
    names = ("padding",)
    defaults: ClassVar[dict[str, Any]] = {"padding": 1}
    sign = 1

    def size(self, *shapes: Shape) -> Shape:
        H, W, C = shapes[0]
        value: Any = self.options.get("padding" if self.sign > 0 else "cropping")
        rows, columns = (value, value) if isinstance(value, int) else value
        return (
            H + self.sign * sum(pair(rows)),
            W + self.sign * sum(pair(columns)),
            C,
        )


class Cropping2D(ZeroPadding2D):
    names = ("cropping",)
    sign = -1


class UpSampling2D(Layer):
    names = ("size",)
    defaults: ClassVar[dict[str, Any]] = {"size": 2}

    def __call__(self, value: Any, **named: Any) -> Symbol:
        H, W, C = value.sizes
        h, w = pair(self.options["size"])
        return Symbol((H * h, W * w, C), self, (value,))


class Resizing(Layer):
    names = ("height", "width")

    def size(self, *shapes: Shape) -> Shape:
        return self.height, self.width, shapes[0][-1]


class Concatenate(Layer):
    def size(self, *shapes: Shape) -> Shape:
        assert len({shape[:-1] for shape in shapes}) == 1
        return (*shapes[0][:-1], sum(shape[-1] for shape in shapes))


class Add(Layer):
    def size(self, *shapes: Shape) -> Shape:
        assert len(set(shapes)) == 1
        return shapes[0]


class Multiply(Layer):
    def size(self, *shapes: Shape) -> Shape:
        return max(shapes, key=prod)


class Lambda(Layer):
    names = ("function",)

    def __call__(self, value: Any, **named: Any) -> Symbol:
        result: Symbol = self.options["function"](value)
        return result


class InputLayer(Layer):
    pass


def Input(shape: Any = None, **named: Any) -> Symbol:
    shape = named["batch_shape"][1:] if shape is None else shape
    return Symbol((shape,) if isinstance(shape, int) else tuple(shape))


def declared(layer: Any) -> Symbol:
    """Return the input that the first layer declares."""
    if isinstance(layer, Symbol):
        return layer
    if isinstance(layer, Sequential):
        return declared(layer.layers[0])
    if isinstance(layer, Model):
        return Input(layer.inputs.sizes)
    options = layer.options
    if "input_dim" in options:
        return Input(options["input_dim"])
    if "batch_input_shape" in options:
        return Input(options["batch_input_shape"][1:])
    return Input(options.get("input_shape") or options["shape"])


class Model:
    """Model(inputs, outputs), or the base of a class with call()."""

    def __init__(self, inputs: Any = None, outputs: Any = None, **named: Any) -> None:
        self.inputs, self.outputs = inputs, outputs

    def __call__(self, value: Any, **named: Any) -> Any:
        if hasattr(self, "call"):
            return self.call(value)
        copies = {id(self.inputs): value}

        def copied(symbol: Any) -> Any:
            if id(symbol) not in copies:
                inputs = [copied(source) for source in symbol.sources]
                copies[id(symbol)] = Symbol(symbol.sizes, symbol.layer, tuple(inputs))
            return copies[id(symbol)]

        return copied(self.outputs)

    def ends(self) -> tuple[Symbol, Symbol]:
        return self.inputs, self.outputs

    def __getattr__(self, name: str) -> Any:
        if name in ("compile", "summary", "fit", "load_weights", "save"):
            return lambda *values, **named: None
        raise AttributeError(name)


class Sequential(Model):
    def __init__(self, layers: Any = (), **named: Any) -> None:
        self.layers = list(layers)

    def add(self, layer: Any) -> None:
        self.layers.append(layer)

    def pop(self) -> Any:
        return self.layers.pop()

    def __call__(self, value: Symbol, **named: Any) -> Symbol:
        for layer in self.layers:
            if not isinstance(layer, (Symbol, InputLayer)):
                value = layer(value)
        return value

    def ends(self) -> tuple[Symbol, Symbol]:
        source = declared(self.layers[0])
        return source, self(source)

    @property
    def input(self) -> Symbol:
        return self.both[0]

    @property
    def output(self) -> Symbol:
        return self.both[1]

    @property
    def both(self) -> tuple[Symbol, Symbol]:
        if "known" not in self.__dict__:
            self.known = self.ends()
        return self.known


def parameters(target: Symbol) -> int:
    """Return the trainable parameters of the layers that a tensor depends on."""
    layers: dict[int, Any] = {}
    waiting = [target]
    while waiting:
        symbol = waiting.pop()
        if symbol.layer is not None:
            layers[id(symbol.layer)] = symbol.layer
        waiting += symbol.sources
    return sum(layer.params for layer in layers.values())


def joined(cls: type[Layer]) -> Any:
    return lambda inputs, *values, **named: cls()(inputs)


def fake_module() -> ModuleType:
    """Return a module with all names, which is also each of its submodules."""
    module = ModuleType("keras")
    same: tuple[type[Layer], ...] = (
        Layer,
        Conv2D,
        DepthwiseConv2D,
        SeparableConv2D,
        Conv2DTranspose,
        MaxPooling2D,
    )
    same += (GlobalAveragePooling2D, Dense, BatchNormalization, LayerNormalization, PReLU, Flatten)
    same += (Reshape, Permute, ZeroPadding2D, Cropping2D, UpSampling2D, Resizing, Concatenate, Add)
    same += (Multiply, Lambda, InputLayer, GroupNormalization)
    names: dict[str, Any] = {cls.__name__: cls for cls in same}
    for alias in ("AveragePooling2D", "MaxPool2D", "AvgPool2D"):
        names[alias] = MaxPooling2D
    for alias in ("GlobalMaxPooling2D", "GlobalAvgPool2D", "GlobalMaxPool2D"):
        names[alias] = GlobalAveragePooling2D
    for alias in ("Activation", "ReLU", "LeakyReLU", "ELU", "Softmax", "Dropout", "Rescaling"):
        names[alias] = Layer
    for alias in ("SpatialDropout2D", "RandomFlip", "RandomRotation", "GaussianNoise"):
        names[alias] = Layer
    names |= {"Input": Input, "Model": Model, "Sequential": Sequential}
    names |= {"add": joined(Add), "concatenate": joined(Concatenate), "multiply": joined(Multiply)}
    names |= {"concat": joined(Concatenate), "relu": lambda value: value}
    names |= {"int_shape": lambda value: value.shape, "image_data_format": lambda: "channels_last"}
    names |= {"l2": lambda value: None, "Adam": lambda *values, **named: None}
    for name in (
        "layers",
        "models",
        "keras",
        "backend",
        "nn",
        "regularizers",
        "optimizers",
        "activations",
    ):
        names[name] = module
    module.__dict__.update(names)
    module.__all__ = list(names)  # type: ignore[attr-defined]
    module.__path__ = []
    return module


@contextmanager
def installed() -> Iterator[None]:
    """Let imports of keras and tensorflow find the stand-in."""
    module = fake_module()
    paths = [
        f"{root}{rest}"
        for root in ("keras", "tensorflow", "tensorflow.keras")
        for rest in ("", ".layers", ".models", ".backend", ".regularizers", ".optimizers", ".keras")
    ]
    before = {path: sys.modules.get(path) for path in paths}
    sys.modules.update(dict.fromkeys(paths, module))
    try:
        yield
    finally:
        for path, old in before.items():
            if old is None:
                del sys.modules[path]
            else:
                sys.modules[path] = old


def load(source: str, expression: str) -> tuple[Shape, Shape, int]:
    """Return (input, output, parameters) of the model that an expression gives after the source."""
    with installed():
        namespace: dict[str, Any] = {"__name__": "read"}
        exec(source, namespace)
        model = eval(expression, namespace)
        if type(model) not in (Model, Sequential) and hasattr(model, "call"):
            first = Input((32, 32, 3))
            ends = first, model(first)
        else:
            ends = model.ends()
    return ends[0].sizes, ends[1].sizes, parameters(ends[1])
