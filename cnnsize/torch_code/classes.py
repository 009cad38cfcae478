"""The classes of emitted source: one for each block, and one for the network."""

from __future__ import annotations

import textwrap

from cnnsize.sizing.sized import SizedNetwork
from cnnsize.sizing.totals import totals
from cnnsize.torch_code.arguments import ArgumentWriter
from cnnsize.torch_code.blocks import canonical
from cnnsize.torch_code.forward import SHORTCUT, ForwardWriter, branch_names
from cnnsize.torch_code.free import Freed
from cnnsize.torch_code.layout import WIDTH, Code, lines
from cnnsize.torch_code.nodes import BlockClass, Merge, ModuleNode, used_names
from cnnsize.torch_code.parts import FEATURES, parts_of_chunk, parts_of_network, start_of_head
from cnnsize.torch_code.ranks import MAP, shape_text
from cnnsize.torch_code.trace import ranked_outputs

QUOTES = '"""'
# What a join does, in the docstring of a block: with and without its input as one of the branches.
PURPOSES_WITH_INPUT = {
    "ADD": "Residual block: adds the input to the output of its layers.",
    "CAT": "Dense block: appends the output of its layers to the input.",
    "MUL": "Gate: multiplies the input by weights computed from it.",
}
PURPOSES = {
    "ADD": "Parallel branches, added.",
    "CAT": "Parallel branches, concatenated along the channels.",
    "MUL": "Parallel branches, multiplied.",
}
Lines = list[str]


def block_class(block: BlockClass, writer: ArgumentWriter) -> Lines:
    """Return the class of a block."""
    arguments = "".join(f", {argument.name}: int" for argument in block.arguments)
    opening = [*block_docstring(block), "", *signature(arguments)]
    if any(isinstance(node, Merge) for node in block.body):
        forward = ForwardWriter(writer, with_shapes=False)
        forward.chain(block.body, "x")
        return module_class(block.name, opening, forward)
    return sequential_class(block.name, opening, block.body, writer, with_shapes=False)


def network_class(
    name: str,
    body: tuple[ModuleNode, ...],
    freed: Freed,
    writer: ArgumentWriter,
    original: SizedNetwork,
) -> Lines:
    """Return the class of a network, with shapes in comments. ``original`` is for its docstring."""
    used = used_names(body)
    arguments = [
        f", {argument}: int = {value}"
        for argument, value in freed.arguments.items()
        if argument in used
    ]
    opening = [*network_docstring(name, original), "", *signature("".join(arguments))]
    forward = ForwardWriter(writer, with_shapes=True)
    if any(isinstance(node, Merge) for node in body):
        start = start_of_head(body)
        forward.chain(body[:start], "x")
        for wanted, part in parts_of_chunk(body[start:]):
            forward.apply(part, wanted)
    else:
        parts = parts_of_network(body)
        if len(parts) == 1 and parts[0][0] == FEATURES:
            return sequential_class(name, opening, body, writer, with_shapes=True)
        for wanted, part in parts:
            forward.apply(part, wanted)
    return module_class(name, opening, forward, shapes_of_inputs(forward, freed.network))


def network_docstring(name: str, network: SizedNetwork) -> Lines:
    """Return the docstring of a network: its sizes, and its text in the notation."""
    source = " and ".join(shape_text(volume, MAP) for volume in network.inputs)
    shapes = [shape_text(volume, rank) for volume, rank in ranked_outputs(network)]
    target = " and ".join(shapes if len(shapes) <= 3 else [shapes[0], f"{len(shapes) - 1} more"])
    count = f"{totals(network).params:,} parameters"
    text = canonical(network.architecture.statement)
    letters = [f"{letter} = {value}" for letter, value in network.values.items()]
    given = ", ".join(letter for letter in letters if letter not in text)
    end = f" with {given}" if given else ""
    summary = f"{name}: {source} to {target}, {count}"
    if len(summary + end) > WIDTH - 10:
        return docstring(text + end, f"{summary}.")
    return docstring(text, f"{summary}{end}.")


def block_docstring(block: BlockClass) -> Lines:
    """Return the docstring of a block: what its last join does, and its text in the notation."""
    merges = [node for node in block.body if isinstance(node, Merge)]
    if merges:
        return docstring(block.text, purpose(merges[-1]))
    is_short = len(block.text) <= WIDTH - 10
    return docstring(block.text, "" if is_short else "Layers in sequence.")


def purpose(merge: Merge) -> str:
    """Return what a join of branches does, in the words of the field."""
    keeps_input = not all(merge.branches)
    if keeps_input:
        return PURPOSES_WITH_INPUT[merge.op]
    if merge.op == "ADD" and SHORTCUT in branch_names(merge):
        return "Residual block with a projection on the shortcut."
    return PURPOSES[merge.op]


def sequential_class(
    name: str,
    opening: Lines,
    body: tuple[ModuleNode, ...],
    writer: ArgumentWriter,
    *,
    with_shapes: bool,
) -> Lines:
    """Return a subclass of ``nn.Sequential``, which needs no forward method."""
    arguments = writer.arguments(body, with_shapes=with_shapes)
    call = Code("super().__init__", arguments, open=len(body) > 1)
    return [f"class {name}(nn.Sequential):", *opening, *lines(call, " " * 8)]


def module_class(name: str, opening: Lines, forward: ForwardWriter, comment: str = "") -> Lines:
    """Return a subclass of ``nn.Module`` with a forward method, which begins with ``comment``."""
    attributes: Lines = []
    for attribute in forward.attributes():
        attributes += lines(attribute.code, " " * 8, f"self.{attribute.name} = ")
    return [
        f"class {name}(nn.Module):",
        *opening,
        "        super().__init__()",
        *attributes,
        "",
        *forward_signature(forward),
        *([comment] if comment else []),
        *(f"        {statement}" for statement in forward.statements),
        *returned(forward.outputs),  # not of the last call, which mypy --strict takes for Any
    ]


def shapes_of_inputs(forward: ForwardWriter, network: SizedNetwork) -> str:
    """Return a comment with the shape of each input."""
    shapes = [shape_text(volume, MAP) for volume in network.inputs]
    if len(shapes) == 1:
        return f"        # {shapes[0]}"
    named = [f"{name}: {shape}" for name, shape in zip(forward.inputs, shapes, strict=True)]
    return f"        # {', '.join(named)}"


def forward_signature(forward: ForwardWriter) -> Lines:
    """Return the lines of the signature of a forward method."""
    given = "Tensor"
    if len(forward.outputs) > 1:
        several = ", ".join(["Tensor"] * len(forward.outputs))
        given = f"tuple[{several}]" if len(forward.outputs) <= 4 else "tuple[Tensor, ...]"
    arguments = ["self", *(f"{name}: Tensor" for name in forward.inputs)]
    line = f"    def forward({', '.join(arguments)}) -> {given}:"
    if len(line) <= WIDTH:
        return [line]
    words = [f"        {argument}," for argument in arguments]
    return ["    def forward(", *words, f"    ) -> {given}:"]


def returned(outputs: list[str]) -> Lines:
    """Return the statement that returns the outputs of a network."""
    line = f"        return {', '.join(outputs)}"
    if len(line) <= WIDTH:
        return [line]
    return ["        return (", *(f"            {output}," for output in outputs), "        )"]


def signature(arguments: str) -> Lines:
    """Return the lines of a constructor's signature; ``arguments`` begins with a comma."""
    line = f"    def __init__(self{arguments}) -> None:"
    if len(line) <= WIDTH:
        return [line]
    words = ["self", *arguments.removeprefix(", ").split(", ")]
    return ["    def __init__(", *(f"        {word}," for word in words), "    ) -> None:"]


def docstring(text: str, summary: str = "") -> Lines:
    """Return a summary and canonical text as a docstring: plain ASCII, and nothing that ends it."""
    plain = "".join(
        character if " " <= character <= "~" and character not in '"\\' else "?"
        for character in " ".join(text.split())
    )
    if not summary and len(plain) <= WIDTH - 10:
        return [f'    """{plain}"""']
    wrapped = textwrap.wrap(plain, WIDTH - 12, break_on_hyphens=False, break_long_words=False)
    opening = [f'    """{summary}', ""] if summary else ['    """']
    return [*opening, *(f"    {line}" for line in wrapped), f"    {QUOTES}"]
