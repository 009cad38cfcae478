"""Functions of torch and methods of tensors: a table by their names."""

from __future__ import annotations

import ast
from collections.abc import Callable
from math import prod

from cnnsize.models.source.machine import BATCH, Machine, Place
from cnnsize.models.source.tensors.arithmetic import ARITHMETIC_NOTE, tensor_operation
from cnnsize.models.source.tensors.broadcasting import (
    einsum,
    elementwise,
    linear,
    of_tensors,
    operand,
    product,
)
from cnnsize.models.source.tensors.expanding import expand, expand_as, repeated
from cnnsize.models.source.tensors.pieces import chunk, concatenate, split, stacked, unbound
from cnnsize.models.source.tensors.sampling import affine_grid, grid_sample
from cnnsize.models.source.tensors.shapes import (
    axis_index,
    flatten,
    movedim,
    permute,
    reduction,
    reshape,
    squeeze,
    transpose,
    unsqueeze,
)
from cnnsize.models.source.torch.dummies import is_of_input, on_dummy
from cnnsize.models.source.torch.layer_calls import apply_layer, padded
from cnnsize.models.source.torch.signatures import FUNCTIONS, SIGNATURES
from cnnsize.models.source.torch.tensor_names import (
    ARITHMETIC,
    CREATORS,
    IN_PLACE,
    LIKE,
    OF_TENSORS,
    REDUCTIONS,
    SAME_SHAPE,
    SIZES,
    TRANSPARENT,
)
from cnnsize.models.source.torch.weight_layers import functional_layer_norm
from cnnsize.models.source.values.objects import (
    Arguments,
    Builtin,
    Constant,
    Expanded,
    LayerModule,
    NotReadError,
    Parameter,
    Size,
    Tensor,
    Unknown,
    Value,
)
from cnnsize.models.source.values.sites import places_of


def view(machine: Machine, arguments: Arguments) -> Value:
    tensor, *shape = arguments.positional
    if not shape:
        shape = list(arguments.keywords.values())
    if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
        shape = list(shape[0])
    return reshape(machine, tensor, shape, arguments.node)


def flattened(machine: Machine, arguments: Arguments) -> Value:
    start, end = arguments.get(1, "start_dim", 0), arguments.get(2, "end_dim", -1)
    return flatten(machine, arguments.positional[0], start, end, arguments.node)


def permuted(machine: Machine, arguments: Arguments) -> Value:
    tensor, *order = arguments.positional
    order = order or [arguments.keywords.get("dims", ())]
    if len(order) == 1 and isinstance(order[0], (tuple, list)):
        order = list(order[0])
    return permute(machine, tensor, order, arguments.node)


def transposed(machine: Machine, arguments: Arguments) -> Value:
    first, second = arguments.get(1, "dim0"), arguments.get(2, "dim1")
    return transpose(machine, arguments.positional[0], first, second, arguments.node)


def moved(machine: Machine, arguments: Arguments) -> Value:
    source, target = arguments.get(1, "source"), arguments.get(2, "destination")
    return movedim(machine, arguments.positional[0], source, target, arguments.node)


def squeezed(machine: Machine, arguments: Arguments) -> Value:
    return squeeze(machine, arguments.positional[0], arguments.get(1, "dim"), arguments.node)


def unsqueezed(machine: Machine, arguments: Arguments) -> Value:
    return unsqueeze(machine, arguments.positional[0], arguments.get(1, "dim"), arguments.node)


def reduced(kind: str, dim: int = 1, keepdim: int = 2) -> Callable[[Machine, Arguments], Value]:
    """Return the function for a mean or maximum over height and width, or for another reduction.

    ``dim`` and ``keepdim`` are the positions of these arguments.
    """

    def reduce(machine: Machine, arguments: Arguments) -> Value:
        dims = arguments.get(dim, "dim", arguments.keywords.get("axis"))
        keep = arguments.get(keepdim, "keepdim", arguments.keywords.get("keepdims", False))
        return reduction(machine, kind, arguments.positional[0], dims, keep, arguments.node)

    return reduce


def pad(machine: Machine, arguments: Arguments) -> Value:
    sides = arguments.get(1, "pad")
    if not isinstance(sides, (list, tuple)):
        raise NotReadError("a padding that is not known", arguments.node)
    if arguments.get(2, "mode", "constant") != "constant":
        machine.notes["a padding that repeats or mirrors values is written as zeros"] = None
    place = Place(None, arguments.node)
    return padded(machine, arguments.positional[0], list(sides), place)


def extreme(kind: str, word: str) -> Callable[[Machine, Arguments], Value]:
    """Return the function for torch.max or min: of two tensors, over an axis, or of all values."""

    def choose(machine: Machine, arguments: Arguments) -> Value:
        tensor, second = arguments.positional[0], arguments.get(1, "other")
        if isinstance(second, (Tensor, Constant)):
            return of_tensors(word)(machine, arguments)
        dims = arguments.get(1, "dim", arguments.keywords.get("axis"))
        keep = arguments.get(2, "keepdim", False)
        result = reduction(machine, kind, tensor, dims, keep, arguments.node)
        return result if dims is None else (result, result)

    return choose


def distance(dim: int) -> Callable[[Machine, Arguments], Value]:
    """Return the function for a distance of two tensors along an axis, ``dim`` by default."""

    def measure(machine: Machine, arguments: Arguments) -> Value:
        node = arguments.node
        second = arguments.get(1, "x2")
        tensors = [arguments.positional[0], second]
        both = elementwise(machine, tensors, node, "distance", "a distance of two tensors")
        axis = arguments.get(2, "dim", dim) if dim > 0 else dim
        keep = arguments.keywords.get("keepdim", False)
        return reduction(machine, "", both, axis, keep, node)

    return measure


def like(machine: Machine, arguments: Arguments) -> Value:
    """Return a tensor of the shape of another that is not computed from it."""
    tensor = arguments.positional[0]
    return machine.outside([tensor], tensor.axes, arguments.node, "a tensor that is not computed")


def of_same_shape(machine: Machine, name: str, arguments: Arguments) -> Value:
    """Return the result of a function of each value, or along an axis, that keeps all sizes."""
    tensor = arguments.positional[0]
    return machine.outside(
        [tensor], tensor.axes, arguments.node, f"{name}() is not in the notation"
    )


def operation(kind: type[ast.operator]) -> Callable[[Machine, Arguments], Value]:
    """Return the function for torch.add and the like."""

    def combine(machine: Machine, arguments: Arguments) -> Value:
        if len(arguments.positional) + len(arguments.keywords) != 2:
            return of_tensors("sum")(machine, arguments)
        first, second = (*arguments.positional, *arguments.keywords.values())
        return tensor_operation(machine, kind, first, second, arguments.node)

    return combine


def size(machine: Machine, arguments: Arguments) -> Value:
    tensor, dim = arguments.positional[0], arguments.get(1, "dim")
    if dim is None:
        return Size(tensor.shape)
    return tensor.shape[axis_index(dim, len(tensor.shape), arguments.node)]


TENSOR_FUNCTIONS: dict[str, Callable[[Machine, Arguments], Value]] = {
    "cat": concatenate,
    "concat": concatenate,
    "concatenate": concatenate,
    "split": split,
    "chunk": chunk,
    "view": view,
    "reshape": view,
    "flatten": flattened,
    "permute": permuted,
    "transpose": transposed,
    "swapaxes": transposed,
    "movedim": moved,
    "squeeze": squeezed,
    "unsqueeze": unsqueezed,
    "stack": stacked,
    "unbind": unbound,
    "mean": reduced("GAP"),
    "layer_norm": functional_layer_norm,
    "amax": reduced("GMP"),
    "max": extreme("GMP", "maximum"),
    "min": extreme("", "minimum"),
    **{name: reduced("", *positions) for name, positions in REDUCTIONS.items()},
    "cosine_similarity": distance(1),
    "pairwise_distance": distance(-1),
    "pad": pad,
    "affine_grid": affine_grid,
    "grid_sample": grid_sample,
    "add": operation(ast.Add),
    "add_": operation(ast.Add),
    "mul": operation(ast.Mult),
    "mul_": operation(ast.Mult),
    "multiply": operation(ast.Mult),
    "sub": operation(ast.Sub),
    "div": operation(ast.Div),
    "div_": operation(ast.Div),
    "sub_": operation(ast.Sub),
    "subtract": operation(ast.Sub),
    "divide": operation(ast.Div),
    "true_divide": operation(ast.Div),
    "matmul": product,
    "bmm": product,
    "mm": product,
    "linear": linear,
    "einsum": einsum,
    **{name: of_tensors(name) for name in OF_TENSORS},
    **dict.fromkeys(LIKE, like),
    "repeat": repeated,
    "expand": expand,
    "expand_as": expand_as,
    "size": size,
    "dim": lambda machine, arguments: len(arguments.positional[0].shape),
    "ndimension": lambda machine, arguments: len(arguments.positional[0].shape),
    "numel": lambda machine, arguments: prod(arguments.positional[0].shape),
}


def tensor_function(machine: Machine, name: str, arguments: Arguments) -> Value:
    """Return the value of a function of torch, or of a method with the tensor as first argument."""
    arguments = with_tensor_first(arguments)
    if name in CREATORS:
        return created(name, arguments)
    first = arguments.positional[0] if arguments.positional else None
    node = arguments.node
    if is_of_input(first) and machine.constructing:
        return first
    if isinstance(first, Constant) and not isinstance(first, Parameter) and name in FUNCTIONS:
        return apply_layer(machine, functional_layer(machine, name, arguments), first, node)
    if isinstance(first, Expanded) and name not in ("mul", "mul_", "multiply"):
        first = operand(machine, first, node)
        arguments = arguments._replace(positional=[first, *arguments.positional[1:]])
    if name in TENSOR_FUNCTIONS and name not in SIZES and is_made(machine, first):
        first = operand(machine, first, node)
        arguments = arguments._replace(positional=[first, *arguments.positional[1:]])
    if name in FUNCTIONS and (isinstance(first, Tensor) or not machine.lenient):
        return apply_layer(machine, functional_layer(machine, name, arguments), first, node)
    is_list = name in ("cat", "concat", "concatenate", "stack", "einsum") and not machine.lenient
    if isinstance(first, Tensor) or is_list:
        function = TENSOR_FUNCTIONS.get(name)
        if function is not None:
            return function(machine, arguments)
        if name in TRANSPARENT:
            return first
        if name in ARITHMETIC:
            machine.notes[ARITHMETIC_NOTE] = None
            return first
        if name in SAME_SHAPE:
            return of_same_shape(machine, name, arguments)
        raise NotReadError(f"{name}() is not in the notation", node)
    if isinstance(first, Constant):
        return constant_function(machine, name, arguments)
    if isinstance(first, Unknown):
        return Unknown(first.reason, first.node, is_weights=first.is_weights)
    return Unknown(f"torch.{name}()", node)


def is_made(machine: Machine, value: Value) -> bool:
    """Return whether a value is a tensor that forward makes itself, or a parameter."""
    return not (machine.lenient or machine.constructing) and type(value) in (Constant, Parameter)


def with_tensor_first(arguments: Arguments) -> Arguments:
    """Return arguments with the tensor ``input=`` or ``tensors=`` as the first positional one."""
    for key in ("input", "tensors"):
        if key in arguments.keywords and not arguments.positional:
            keywords = {name: value for name, value in arguments.keywords.items() if name != key}
            return Arguments([arguments.keywords[key]], keywords, arguments.node)
    return arguments


def functional_layer(machine: Machine, name: str, arguments: Arguments) -> LayerModule:
    """Return the layer that a function of torch.nn.functional applies."""
    layer, parameters = FUNCTIONS[name]
    values: dict[str, Value] = dict(SIGNATURES[layer])
    given = zip(parameters, arguments.positional[1:], strict=False)
    values.update([*given, *arguments.keywords.items()])
    places = places_of(["input", *parameters], arguments)
    return LayerModule(layer, values, arguments.node, places, machine.site)


def created(name: str, arguments: Arguments) -> Value:
    """Return a tensor that the source makes itself."""
    sizes: Value = arguments.positional
    if name == "full":
        sizes = arguments.positional[:1]
    elif name == "randint":
        sizes = [value for value in sizes if isinstance(value, (tuple, list))]
    if "size" in arguments.keywords:
        sizes = [arguments.keywords["size"]]
    if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)):
        sizes = sizes[0]
    if sizes and all(isinstance(value, int) for value in sizes):
        return Constant(tuple(sizes), arguments.node)
    return Unknown(f"torch.{name}() of sizes that are not known", arguments.node)


def constant_function(machine: Machine, name: str, arguments: Arguments) -> Value:
    """Return a function of a tensor that the source makes itself."""
    tensor, *rest = arguments.positional
    if name in TRANSPARENT or name in ARITHMETIC or name in SAME_SHAPE:
        return tensor
    if name == "size":
        dim = arguments.get(1, "dim")
        own = tensor.shape
        return Size(own) if dim is None else own[axis_index(dim, len(own), arguments.node)]
    if name in ("numel", "nelement"):
        return prod(tensor.shape)
    if name in ("dim", "ndimension"):
        return len(tensor.shape)
    if name == "flatten" and not (rest or arguments.keywords):
        return Constant((prod(tensor.shape),), arguments.node)
    if machine.constructing and name in TENSOR_FUNCTIONS:
        if name in ("view", "reshape") and rest[:1] == [tensor.shape[0]]:
            rest = [BATCH, *rest[1:]]
        return on_dummy(
            machine,
            tensor,
            arguments.node,
            lambda dummy: TENSOR_FUNCTIONS[name](
                machine, Arguments([dummy, *rest], arguments.keywords, arguments.node)
            ),
        )
    if name in IN_PLACE:
        tensor.shape = ()  # which is no input
        return tensor
    if name == "unsqueeze" and arguments.get(1, "dim") == 0:
        return Constant((1, *tensor.shape), tensor.node)
    return Unknown("a tensor that does not come from the input", arguments.node)


def tensor_attribute(
    machine: Machine, tensor: Tensor | Constant, name: str, node: ast.AST
) -> Value:
    """Return an attribute or a method of a tensor."""
    if isinstance(tensor, Expanded) and name in ("shape", "ndim"):
        tensor = operand(machine, tensor, node)
    if name == "shape":
        return Size(tensor.shape)
    if name == "ndim":
        return len(tensor.shape)
    if name == "data":
        return tensor
    if name in ("is_cuda", "requires_grad", "is_sparse", "is_quantized"):
        return False
    if name in ("device", "dtype", "grad", "layout"):
        return Unknown(f"the {name} of a tensor", node)
    return Builtin(
        name,
        lambda arguments: tensor_function(
            machine,
            name,
            Arguments([tensor, *arguments.positional], arguments.keywords, arguments.node),
        ),
    )
