"""The source of a network: its classes, the imports that they need, and on request a test."""

from __future__ import annotations

import re

from cnnsize.faults.wording import diagnostics
from cnnsize.limits import MAX_MODULES
from cnnsize.sizing.rows import Fork, Loop, Part, Row
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.sizing.totals import totals
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic
from cnnsize.torch_code.arguments import ArgumentWriter
from cnnsize.torch_code.build import Model
from cnnsize.torch_code.classes import block_class, network_class
from cnnsize.torch_code.helpers import HELPERS, LAYER_HELPERS
from cnnsize.torch_code.names import MAX_NAME, Names, camel, class_name_error, snake
from cnnsize.torch_code.occurrences import Occurrence
from cnnsize.torch_code.ranks import MAP, VECTOR, Rank, rank_after_chain


def torch_source(network: SizedNetwork, name: str | None = None, *, test: bool = False) -> str:
    """Return the source of a PyTorch module for a network.

    ``name`` is the name of its class; None derives it from the name of the network. With ``test``
    the source ends with a pytest function. Raises ArchitectureError for a network without an
    output, for one with too many layers, and for a name that no class can have.
    """
    return emitted(network, name, test=test)[1]


def emitted(
    network: SizedNetwork, name: str | None = None, *, test: bool = False
) -> tuple[str, str]:
    """Return (name of the class, source). Raises ArchitectureError as ``torch_source`` does."""
    check_size(network)
    names = Names(frozenset(LAYER_HELPERS))
    own_name = name if name is not None else camel(network.architecture.name or "Net")
    if name is not None and (reason := class_name_error(own_name)) is not None:
        raise ArchitectureError(
            Diagnostic(
                "CNN004",
                f"{own_name!r} is not a valid class name: {reason}",
                network.architecture.chain.span,
            )
        )
    own_name = names.free(own_name, "Net")
    model = Model(network, names)
    writer = ArgumentWriter(names)
    classes = [block_class(block, writer) for block in model.classes]
    classes.append(network_class(own_name, model.body, network, writer))
    helpers = [
        re.sub(rf"\b{helper}\b", writer.helpers[helper], text, count=1).strip("\n").split("\n")
        for helper, text in HELPERS.items()
        if helper in writer.helpers
    ]
    parts = [*helpers, *classes]
    if test:
        parts.append(test_of(own_name, network))
    code = "\n\n\n".join("\n".join(part) for part in parts)
    docstring = f'"""{own_name} as a PyTorch module. Shapes in comments are C x H x W."""'
    head = "\n".join([docstring, "", *imports(code)])
    return own_name, f"{head}\n\n\n{code}\n"


def imports(code: str) -> list[str]:
    """Return the import statements that the code needs."""
    statements = ["import torch"] if "torch." in code else []
    used = [word for word in ("Tensor", "nn") if f"{word}." in code or f": {word}" in code]
    return [*statements, f"from torch import {', '.join(used)}"]


def check_size(network: SizedNetwork) -> None:
    """Raise ArchitectureError for a network without an output or with too many layers."""
    architecture = network.architecture
    if network.output is None:
        errors = [item for item in diagnostics(network) if item.severity == "error"]
        raise ArchitectureError(errors[0], architecture.text)
    layers = count_layers(network.rows)
    if layers > MAX_MODULES:
        raise ArchitectureError(
            Diagnostic(
                "CNN009",
                f"{layers:,} layers exceed the limit of {MAX_MODULES:,} for a PyTorch model",
                architecture.original(architecture.chain.span),
                help=("PyTorch needs one module per layer and repetition: repeat fewer times",),
            ),
            architecture.text,
        )


def count_layers(parts: tuple[Part, ...]) -> int:
    """Return the number of layers with repeats unrolled, INPUT not counted."""
    layers = 0
    for part in parts:
        if isinstance(part, Row):
            layers += part.layer.kind != "INPUT"
        elif isinstance(part, Fork):
            layers += 1 + sum(map(count_layers, part.branches))
        else:
            layers += count_layers(part.body) * (part.times if isinstance(part, Loop) else 1)
    return layers


def test_of(name: str, network: SizedNetwork) -> list[str]:
    """Return a pytest function that compares the output shape and the number of parameters.

    It builds the model on the meta device, which takes no memory and hardly any time.
    """
    assert network.output is not None
    W, H, D = network.input
    output = network.output
    if rank_of_output(network) == VECTOR:
        shape = f"(2, {output.D})"
    else:
        shape = f"(2, {output.D}, {output.H}, {output.W})"
    return [
        f"def test_{snake(name)[:MAX_NAME]}() -> None:",
        '    with torch.device("meta"):',
        f"        model = {name}().eval()",
        f"        y = model(torch.empty(2, {D}, {H}, {W}))",
        f"    assert y.shape == {shape}",
        f"    assert sum(p.numel() for p in model.parameters()) == {totals(network).params:_}",
    ]


def rank_of_output(network: SizedNetwork) -> Rank:
    """Return whether the emitted model gives a map or a vector."""
    architecture = network.architecture
    start = Occurrence({}, network.input, network.rows, 0)
    return rank_after_chain(architecture.chain, start, MAP, architecture.definitions)
