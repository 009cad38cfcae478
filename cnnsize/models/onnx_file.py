"""An ONNX file as text in the notation, checked against the shapes and weights of its graph."""

from __future__ import annotations

from collections.abc import Sequence
from os.path import basename, splitext
from typing import TYPE_CHECKING, Any

from cnnsize.limits import MAX_OUTPUTS
from cnnsize.models.axes import Axes, names_of
from cnnsize.models.flow import Flow, UnreadableModelError
from cnnsize.models.network_text import ReadModel, network_of
from cnnsize.record import replace

if TYPE_CHECKING:
    from cnnsize.models.onnx.builder import Builder

Size = tuple[int, int, int]  # W x H x D
MAX_NAMES = 4  # of inputs or outputs, in a message
MISSING = "ONNX files are read with the package onnx: pip install 'cnnsize[onnx]'"


class MissingOnnxError(UnreadableModelError):
    """Raised where the package onnx is not installed."""


def read_onnx(path: str, input: Size | None = None, *, flat: bool = False) -> ReadModel:
    """Return the model in a file as text. Weights are not loaded.

    ``input`` (W x H x D) sets what the file leaves open of the size of the input. Raises OSError,
    and UnreadableModelError with the operator that the notation does not have.
    """
    from cnnsize.models.onnx.bytes import bytes_without_weights

    content = bytes_without_weights(path)
    model = parsed(content)
    flow = flow_of(model, splitext(basename(path))[0], input)
    read = network_of(flow, flat=flat)
    return ReadModel(replace(read.network, notes=read.notes), read.notes)


def parsed(content: bytes) -> Any:
    """Return the message in the bytes of a file, with the functions that it defines inlined."""
    try:
        import onnx
        from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    except ImportError:
        raise MissingOnnxError(MISSING) from None
    from cnnsize.models.onnx.bytes import NotOnnxError

    try:
        model = onnx.ModelProto.FromString(content)
    except DecodeError:
        raise NotOnnxError("not an ONNX model") from None
    if not model.opset_import or not model.graph.node:
        raise NotOnnxError("not an ONNX model, or one without operators")
    if not has_text_alone(model.graph):
        raise NotOnnxError("not an ONNX model: a name in it is not UTF-8")
    if model.functions:
        from onnx.inliner import inline_local_functions

        model = inline_local_functions(model)
    return model


def has_text_alone(graph: Any) -> bool:
    """Return whether the names in a graph are text; protobuf gives other bytes as bytes."""
    names = [tensor.name for tensor in graph.initializer]
    names += [value.name for value in (*graph.input, *graph.output)]
    for node in graph.node:
        names += [node.name, node.op_type, node.domain, *node.input, *node.output]
        names += [entry.name for entry in node.attribute]
        names += [word for entry in node.metadata_props for word in (entry.key, entry.value)]
    return all(isinstance(name, str) for name in names)


def flow_of(model: Any, name: str, size: Size | None) -> Flow:
    """Return the layers of a model in the order in which they run."""
    from cnnsize.models.axes import vector_axes
    from cnnsize.models.onnx.builder import Builder
    from cnnsize.models.onnx.graph import Graph, channels_last
    from cnnsize.models.onnx.shapes import laid_out
    from cnnsize.models.onnx.table import HANDLERS

    stored = {tensor.name for tensor in model.graph.initializer}
    given = [value for value in model.graph.input if value.name not in stored]
    targets = [value.name for value in model.graph.output]
    require_few([value.name for value in given], "inputs")
    require_few(targets, "outputs")
    sources: dict[str, Axes] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    for number, value in enumerate(given):
        is_last = value.name in channels_last(model.graph.node)
        order = "HWC" if is_last else "CHW"
        dims = input_dims(value, size if number == 0 else None, order, is_first=number == 0)
        axes = vector_axes(*dims) if len(dims) == 2 else laid_out(dims, is_last=is_last)
        shapes[value.name], sources[value.name] = dims, axes
    graph = Graph(model, shapes)
    builder = Builder(graph, sources)
    for operation in graph.operations:
        builder.add_operation(operation, HANDLERS)
    first, *further = [output_node(builder, targets, number) for number in range(len(targets))]
    notes = tuple(builder.all_notes())
    return Flow(tuple(builder.nodes), 0, first, name, notes, tuple(further))


def output_node(builder: Builder, names: list[str], number: int) -> int:
    """Return the node of an output. Raises UnreadableModelError."""
    result = builder.values.get(names[number])
    what = "the output" if len(names) == 1 else f"the output {names[number]!r}"
    if names[number] not in builder.graph.tensors:
        raise UnreadableModelError(f"no operator computes the output {names[number]!r}")
    if result is None:
        raise UnreadableModelError(f"{what} does not depend on the input")
    if not builder.nodes[result.node].reason and not has_whole_axes(result.axes):
        raise UnreadableModelError(f"{what} is no map and no vector")
    return result.node


def require_few(names: list[str], what: str) -> None:
    """Raise UnreadableModelError for no input or output, and for too many."""
    if not 0 < len(names) <= MAX_OUTPUTS:
        listed = ", ".join(names[:MAX_NAMES]) + (", ..." if len(names) > MAX_NAMES else "")
        raise UnreadableModelError(f"the model has {len(names)} {what}: {listed or 'none'}")


def input_dims(value: Any, size: Size | None, order: str, *, is_first: bool) -> tuple[int, ...]:
    """Return the shape of the input: what the file says, and the rest from a size.

    ``order`` is that of channels, height and width. Raises UnreadableModelError.
    """
    sides = value.type.tensor_type.shape.dim
    if len(sides) not in (2, 4):
        raise UnreadableModelError(
            f"the input {value.name!r} has {len(sides)} axes; the notation has maps and vectors"
        )
    words = [side.dim_param or "?" if not side.dim_value else str(side.dim_value) for side in sides]
    stored = [side.dim_value if side.dim_value > 0 else None for side in sides]
    stored[0] = stored[0] or 1  # the batch
    names = f"N{order}" if len(sides) == 4 else "NC"
    shape = " x ".join(words)
    if order == "HWC":
        shape += f", {' x '.join(names)}"
    for place, name in enumerate(names):
        if stored[place] is not None:
            continue
        if size is None:
            way = (
                "give it with --input 224x224x3, or in Python with input=(3, 224, 224)"
                if is_first
                else "only that of the first input can be given, with --input"
            )
            raise UnreadableModelError(
                f"the size of the input {value.name!r} is open ({shape}); {way}"
            )
        stored[place] = size["WHC".index(name)]
    if size is not None and is_open(sides):
        own = [stored[names.index(name)] if name in names else 1 for name in "WHC"]
        if list(size) != own:
            raise UnreadableModelError(
                f"the input {value.name!r} is {shape}, "
                f"so --input {'x'.join(map(str, size))} does not fit"
            )
    return tuple(int(side or 1) for side in stored)


def is_open(sides: Sequence[Any]) -> bool:
    """Return whether the file leaves a side of the input open, other than the batch."""
    return any(side.dim_value <= 0 for side in list(sides)[1:])


def has_whole_axes(axes: Axes) -> bool:
    """Return whether each axis holds one of batch, channels, height and width."""
    return len(axes) in (2, 4) and all(names_of(own) in ("", "N", "C", "H", "W") for own in axes)
