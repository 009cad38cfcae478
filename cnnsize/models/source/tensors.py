"""Functions of torch and methods of tensors: a table by their names."""

from __future__ import annotations

import ast
from collections.abc import Callable
from math import prod

from cnnsize.models.axes import axis_of, names_of
from cnnsize.models.source.arithmetic import ARITHMETIC_NOTE, tensor_operation
from cnnsize.models.source.dummies import is_of_input, on_dummy
from cnnsize.models.source.errors import RefusedError
from cnnsize.models.source.graph import add_layer, join
from cnnsize.models.source.layer_calls import apply_layer, padded
from cnnsize.models.source.machine import BATCH, Machine, Place
from cnnsize.models.source.number import has_letters
from cnnsize.models.source.shapes import (
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
from cnnsize.models.source.signatures import FUNCTIONS, SIGNATURES
from cnnsize.models.source.sites import places_of
from cnnsize.models.source.values import (
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
from cnnsize.models.source.weight_layers import functional_layer_norm

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
CREATORS = frozenset(["randn", "rand", "zeros", "ones", "empty", "full", "randint"])


def concatenate(machine: Machine, arguments: Arguments) -> Value:
    node = arguments.node
    tensors = arguments.get(0, "tensors")
    if isinstance(tensors, Unknown):
        raise NotReadError(tensors.reason, tensors.node or node)
    if not isinstance(tensors, (list, tuple)) or not tensors:
        raise NotReadError("torch.cat of something that is no list", node)
    for tensor in tensors:
        if isinstance(tensor, Unknown):
            raise NotReadError(tensor.reason, tensor.node or node)
        if not isinstance(tensor, Tensor):
            raise NotReadError("torch.cat of a tensor that does not come from the input", node)
    if len({len(tensor.axes) for tensor in tensors}) > 1:
        reason = "torch.cat of tensors with different numbers of axes"
        facts = {"kind": "CAT"}
        raise machine.refused(RefusedError(reason, node, "CNN122", tensors=tensors, facts=facts))
    dim = arguments.get(1, "dim", arguments.keywords.get("axis", 0))
    index = axis_index(dim, len(tensors[0].axes), node)
    if any(names_of(tensor.axes[index]) not in ("C", "") for tensor in tensors):
        raise NotReadError("torch.cat along another axis than the channels", node)
    if len(tensors) == 1:
        return tensors[0]
    axes = list(tensors[0].axes)
    axes[index] = axis_of("C", sum(tensor.shape[index] for tensor in tensors))
    return join(machine, "CAT", list(tensors), tuple(axes), node)


def split(machine: Machine, arguments: Arguments) -> Value:
    """Return the parts of torch.split or chunk along the channels."""
    return parts_of(machine, arguments, chunks=False)


def chunk(machine: Machine, arguments: Arguments) -> Value:
    return parts_of(machine, arguments, chunks=True)


def parts_of(machine: Machine, arguments: Arguments, *, chunks: bool) -> Value:
    node, tensor = arguments.node, arguments.positional[0]
    given = arguments.get(1, "chunks" if chunks else "split_size_or_sections")
    given = arguments.keywords.get("split_size", given)
    index = axis_index(arguments.get(2, "dim", 0), len(tensor.axes), node)
    size = tensor.shape[index]
    if names_of(tensor.axes[index]) != "C" or has_letters(size) or has_letters(given):
        raise NotReadError("a split along another axis than the channels", node)
    if isinstance(given, int) and given > 0:
        width = -(-size // given) if chunks else given
        parts = [min(width, size - start) for start in range(0, size, width)]
    elif isinstance(given, (list, tuple)) and all(isinstance(part, int) for part in given):
        parts = list(given)
    else:
        raise NotReadError("a split that is not known", node)
    if sum(parts) != size or min(parts) < 1:
        raise RefusedError(f"a split of {size} channels into {parts}", node)
    result: list[Value] = []
    start = 0
    for part in parts:
        axes = list(tensor.axes)
        axes[index] = axis_of("C", part)
        options = {"from": start, "to": start + part}
        result.append(add_layer(machine, "SLICE", options, tensor, Place(None, node), tuple(axes)))
        start += part
    return tuple(result)


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


def reduced(kind: str) -> Callable[[Machine, Arguments], Value]:
    """Return the function for a mean or maximum over height and width."""

    def reduce(machine: Machine, arguments: Arguments) -> Value:
        dims = arguments.get(1, "dim", arguments.keywords.get("axis"))
        keep = arguments.get(2, "keepdim", arguments.keywords.get("keepdims", False))
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


def expand_as(machine: Machine, arguments: Arguments) -> Value:
    """Return a tensor that is repeated to the size of another, for a product with that."""
    tensor, other = (*arguments.positional, None)[:2]
    return expanded(tensor, other.shape if isinstance(other, Tensor) else (), arguments.node)


def expand(machine: Machine, arguments: Arguments) -> Value:
    tensor, *sizes = arguments.positional
    if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)):
        sizes = list(sizes[0])
    return expanded(tensor, tuple(sizes), arguments.node)


def expanded(tensor: Tensor, shape: tuple[Value, ...], node: ast.AST) -> Tensor:
    """Return a tensor repeated to a shape along height and width."""
    own = tensor.shape
    wanted = [size if keep == -1 else keep for size, keep in zip(own, shape, strict=False)]
    if len(shape) != len(own) or not all(isinstance(size, int) for size in wanted):
        raise NotReadError("expand() to a size that is not known", node)
    if tuple(wanted) == own:
        return tensor
    if len(own) != 4 or own[2:] != (1, 1) or tuple(wanted[:2]) != own[:2]:
        raise NotReadError("expand() of something other than a 1x1 map", node)
    return Expanded(tensor.node, tensor.axes)


def operation(kind: type[ast.operator]) -> Callable[[Machine, Arguments], Value]:
    """Return the function for torch.add and the like."""

    def combine(machine: Machine, arguments: Arguments) -> Value:
        if len(arguments.positional) + len(arguments.keywords) != 2:
            raise NotReadError("a sum or product with a factor", arguments.node)
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
    "mean": reduced("GAP"),
    "layer_norm": functional_layer_norm,
    "amax": reduced("GMP"),
    "pad": pad,
    "add": operation(ast.Add),
    "add_": operation(ast.Add),
    "mul": operation(ast.Mult),
    "mul_": operation(ast.Mult),
    "multiply": operation(ast.Mult),
    "sub": operation(ast.Sub),
    "div": operation(ast.Div),
    "div_": operation(ast.Div),
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
        raise NotReadError("a map that is repeated to a larger size", node)
    if name in FUNCTIONS and (isinstance(first, Tensor) or not machine.lenient):
        return apply_layer(machine, functional_layer(machine, name, arguments), first, node)
    is_cat = name in ("cat", "concat", "concatenate") and not machine.lenient
    if isinstance(first, Tensor) or is_cat:
        function = TENSOR_FUNCTIONS.get(name)
        if function is not None:
            return function(machine, arguments)
        if name in TRANSPARENT:
            return first
        if name in ARITHMETIC:
            machine.notes[ARITHMETIC_NOTE] = None
            return first
        raise NotReadError(f"{name}() is not in the notation", node)
    if isinstance(first, Constant):
        return constant_function(machine, name, arguments)
    if isinstance(first, Unknown):
        return Unknown(first.reason, first.node, is_weights=first.is_weights)
    return Unknown(f"torch.{name}()", node)


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
    if name in TRANSPARENT or name in ARITHMETIC:
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
    if name == "unsqueeze" and arguments.get(1, "dim") == 0:
        return Constant((1, *tensor.shape), tensor.node)
    return Unknown("a tensor that does not come from the input", arguments.node)


def tensor_attribute(
    machine: Machine, tensor: Tensor | Constant, name: str, node: ast.AST
) -> Value:
    """Return an attribute or a method of a tensor."""
    if isinstance(tensor, Expanded) and name in ("shape", "ndim"):
        raise NotReadError("a map that is repeated to a larger size", node)
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
