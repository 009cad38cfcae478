"""The same network for every contender: what it is called, how it is prepared, and what one call
does.

onnx, torch and torchinfo are imported by name, so that type checks do not depend on what is
installed.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any, NamedTuple

import cnnsize
from cnnsize.cached import clear_caches
from tests.bench.networks import Case, never_seen

Shape = tuple[int, ...]


class Answer(NamedTuple):
    """What a contender makes of a network: (W, H, D), and its parameters where it counts them."""

    output: Shape
    params: int | None


class Contender(NamedTuple):
    """``prepare`` runs untimed before each call of ``run``, which gets what it returned."""

    name: str
    run: Callable[[Any], object]
    prepare: Callable[[], object] = lambda: None
    answer: Callable[[], Answer] | None = None
    turns: int | None = None  # fewer than the others, where one call is slow


def installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def ours(case: Case) -> list[Contender]:
    text = case.text
    parse = cnnsize.parse

    def sized(text: Any) -> object:
        return parse(text).sized().output

    def warm() -> str:
        return text

    def cold() -> str:
        clear_caches()
        return text

    def totals(text: Any) -> object:
        network = parse(text).sized()
        return network.output, network.params, network.macs, network.receptive_field

    def answer() -> Answer:
        network = parse(text).sized()
        if network.output is None or not network.valid:
            raise SystemExit(f"{case.name}: cnnsize finds it invalid: {network.diagnostics}")
        return Answer(tuple(network.output), network.params)

    return [
        Contender("cnnsize, warm", sized, warm, answer),
        Contender("cnnsize, cold caches", sized, cold, answer),
        Contender("cnnsize, every width new", sized, lambda: never_seen(text)),
        Contender("cnnsize with all totals, warm", totals, warm, answer),
        Contender("cnnsize with all totals, cold caches", totals, cold, answer),
    ]


def onnx_model(case: Case) -> bytes:
    """The network as ONNX without its weights: they are declared, as inputs with a shape."""
    helper = importlib.import_module("onnx.helper")
    FLOAT = importlib.import_module("onnx").TensorProto.FLOAT
    width, height, depth = case.input
    inputs = [helper.make_tensor_value_info("x", FLOAT, [1, depth, height, width])]
    nodes: list[Any] = []
    values, flat, name = 0, False, "x"  # values: how many a Gemm meets

    def declared(name: str, *shape: int) -> str:
        inputs.append(helper.make_tensor_value_info(name, FLOAT, list(shape)))
        return name

    for index, op in enumerate(case.ops):
        made = f"v{index}"
        if op.kind == "conv":
            weights = [declared(f"w{index}", op.K, depth, op.F, op.F), declared(f"b{index}", op.K)]
            more = {"kernel_shape": [op.F, op.F], "strides": [op.S, op.S], "pads": [op.P] * 4}
            nodes.append(helper.make_node("Conv", [name, *weights], [made], **more))
            width, height, depth = (
                (width - op.F + 2 * op.P) // op.S + 1,
                (height - op.F + 2 * op.P) // op.S + 1,
                op.K,
            )
        elif op.kind == "relu":
            nodes.append(helper.make_node("Relu", [name], [made]))
        elif op.kind == "pool":
            more = {"kernel_shape": [op.F, op.F], "strides": [op.S, op.S]}
            nodes.append(helper.make_node("MaxPool", [name], [made], **more))
            width, height = (width - op.F) // op.S + 1, (height - op.F) // op.S + 1
        else:
            if not flat:
                nodes.append(helper.make_node("Flatten", [name], ["flat"]))
                name, flat, values = "flat", True, width * height * depth
            weights = [declared(f"w{index}", op.K, values), declared(f"b{index}", op.K)]
            nodes.append(helper.make_node("Gemm", [name, *weights], [made], transB=1))
            values = op.K
        name = made
    # the output has no shape here: it is the inference that must find it
    output = helper.make_tensor_value_info(name, FLOAT, None)
    model = helper.make_model(helper.make_graph(nodes, "network", inputs, [output]))
    bytes_: bytes = model.SerializeToString()
    return bytes_


def onnx_shape(model: Any) -> Shape:
    """(W, H, D) of an inferred model's output; every value on the way must have a shape too."""
    graph = model.graph
    known = [
        tuple(d.dim_value for d in value.type.tensor_type.shape.dim) for value in graph.value_info
    ]
    if len(known) != len(graph.node) - 1 or not all(shape and min(shape) > 0 for shape in known):
        raise SystemExit(f"onnx left shapes open: {len(known)} known of {len(graph.node) - 1}")
    return turned(tuple(d.dim_value for d in graph.output[0].type.tensor_type.shape.dim))


def turned(shape: Shape) -> Shape:
    """(W, H, D) of a batch shape (1, D, H, W) or (1, D)."""
    return (1, 1, shape[1]) if len(shape) == 2 else (shape[3], shape[2], shape[1])


def onnx(case: Case) -> list[Contender]:
    infer = importlib.import_module("onnx.shape_inference").infer_shapes
    inner = importlib.import_module("onnx.onnx_cpp2py_export.shape_inference").infer_shapes
    model = onnx_model(case)
    load = importlib.import_module("onnx").load_from_string
    return [
        Contender(
            "onnx infer_shapes",
            lambda _: infer(model),
            answer=lambda: Answer(onnx_shape(infer(model)), None),
        ),
        Contender(
            "onnx infer_shapes, C++ alone (bytes to bytes)",
            lambda _: inner(model, False, False, False),
            answer=lambda: Answer(onnx_shape(load(inner(model, False, False, False))), None),
        ),
    ]


def torch_model(case: Case) -> Any:
    nn = importlib.import_module("torch.nn")
    width, height, depth = case.input
    layers: list[Any] = []
    values = 0
    with importlib.import_module("torch").device("meta"):
        for op in case.ops:
            if op.kind == "conv":
                layers.append(nn.Conv2d(depth, op.K, op.F, op.S, op.P))
                width, height, depth = (
                    (width - op.F + 2 * op.P) // op.S + 1,
                    (height - op.F + 2 * op.P) // op.S + 1,
                    op.K,
                )
            elif op.kind == "relu":
                layers.append(nn.ReLU())
            elif op.kind == "pool":
                layers.append(nn.MaxPool2d(op.F, op.S))
                width, height = (width - op.F) // op.S + 1, (height - op.F) // op.S + 1
            else:
                if not values:
                    layers.append(nn.Flatten())
                    values = width * height * depth
                layers.append(nn.Linear(values, op.K))
                values = op.K
        return nn.Sequential(*layers).eval()


def torch(case: Case, turns: int | None) -> list[Contender]:
    module = importlib.import_module("torch")
    model = torch_model(case)
    size = (1, case.input[2], case.input[1], case.input[0])
    image = module.empty(size, device="meta")

    def forward(_: object) -> Any:
        with module.no_grad():
            return model(image)

    def answer() -> Answer:
        return Answer(
            turned(tuple(forward(None).shape)), sum(part.numel() for part in model.parameters())
        )

    found = [Contender("torch forward on meta", forward, answer=answer, turns=turns)]
    if installed("torchinfo"):
        summary = importlib.import_module("torchinfo").summary

        def summed(_: object) -> Any:
            return summary(model, input_size=size, device="meta", verbose=0)

        def summed_answer() -> Answer:
            made = summed(None)
            return Answer(turned(tuple(made.summary_list[-1].output_size)), made.total_params)

        found.append(
            Contender("torchinfo.summary on meta", summed, answer=summed_answer, turns=turns)
        )
    return found


def contenders(case: Case, slow_turns: int | None) -> tuple[list[Contender], list[str]]:
    """Everyone for one network, and the names of those that are not installed."""
    found = ours(case)
    missing = [name for name in ("onnx", "torch", "torchinfo") if not installed(name)]
    if "onnx" not in missing:
        found += onnx(case)
    if "torch" not in missing:
        found += torch(case, slow_turns)
    return found, missing


def agree(case: Case, found: list[Contender]) -> Answer:
    """The one answer of all contenders. Fails where two differ: what differs is not worth
    timing.
    """
    answers = {one.name: one.answer() for one in found if one.answer is not None}
    outputs = {answer.output for answer in answers.values()}
    params = {answer.params for answer in answers.values() if answer.params is not None}
    if len(outputs) != 1 or len(params) != 1:
        lines = [f"{case.name}: the contenders disagree"]
        lines += [
            f"  {name}: output {answer.output}, {answer.params} parameters"
            for name, answer in answers.items()
        ]
        raise SystemExit("\n".join(lines))
    return Answer(outputs.pop(), params.pop())
