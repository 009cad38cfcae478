"""The classes of emitted source: one for each block, and one for the network."""

from __future__ import annotations

import textwrap

from cnnsize.sizing.sized import SizedNetwork
from cnnsize.sizing.totals import totals
from cnnsize.torch_code.arguments import ArgumentWriter
from cnnsize.torch_code.blocks import canonical
from cnnsize.torch_code.forward import ForwardWriter
from cnnsize.torch_code.free import Freed
from cnnsize.torch_code.layout import WIDTH, Code, lines
from cnnsize.torch_code.nodes import (
    BlockClass,
    Merge,
    ModuleCall,
    ModuleLoop,
    ModuleNode,
    Part,
    used_names,
)
from cnnsize.torch_code.occurrences import Occurrence
from cnnsize.torch_code.ranks import MAP, Rank, rank_after_chain, shape_text

# A pool directly before the classifier -> its attribute.
POOLS = {"nn.AdaptiveAvgPool2d": "avgpool", "nn.AdaptiveMaxPool2d": "maxpool"}
FEATURES = "features"
QUOTES = '"""'
Lines = list[str]
NamedPart = tuple[str, tuple[ModuleNode, ...]]  # an attribute, and its modules


def block_class(block: BlockClass, writer: ArgumentWriter) -> Lines:
    """Return the class of a block."""
    arguments = "".join(f", {argument.name}: int" for argument in block.arguments)
    opening = [*docstring(block.text), "", *signature(arguments)]
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
        forward.chain(body, "x")
    else:
        parts = parts_of_network(body)
        if len(parts) == 1 and parts[0][0] == FEATURES:
            return sequential_class(name, opening, body, writer, with_shapes=True)
        for wanted, part in parts:
            forward.apply(part, wanted)
    comment = f"        # {shape_text(freed.network.input, MAP)}"
    return module_class(name, opening, forward, comment)


def network_docstring(name: str, network: SizedNetwork) -> Lines:
    """Return the docstring of a network: its sizes, and its text in the notation."""
    assert network.output is not None
    source = shape_text(network.input, MAP)
    target = shape_text(network.output, rank_of_output(network))
    count = f"{totals(network).params:,} parameters"
    text = docstring(canonical(network.architecture.statement))
    first = f'    """{name}: {source} to {target}, {count}.'
    if len(text) == 1:
        text = [f"    {text[0].strip().removeprefix(QUOTES).removesuffix(QUOTES)}", f"    {QUOTES}"]
    else:
        text[0] = f"    {text[0].strip().removeprefix(QUOTES)}"
    return [first, "", *text]


def rank_of_output(network: SizedNetwork) -> Rank:
    """Return whether the emitted model gives a map or a vector."""
    architecture = network.architecture
    start = Occurrence({}, network.input, network.rows, 0)
    return rank_after_chain(architecture.chain, start, MAP, architecture.definitions)


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
        "    def forward(self, x: Tensor) -> Tensor:",
        *([comment] if comment else []),
        *(f"        {statement}" for statement in forward.statements),
        "        return x",
    ]


def parts_of_network(body: tuple[ModuleNode, ...]) -> list[NamedPart]:
    """Return consecutive modules as parts, each with the name of its attribute.

    These are the stages of a network with blocks, else ``features``; a global pool; ``flatten``;
    and the classifier. A block that is a part keeps its name.
    """
    parts: list[NamedPart] = []
    chunk: list[ModuleNode] = []
    for node in body:
        if not isinstance(node, Part):
            chunk.append(node)
            continue
        parts += parts_of_chunk(tuple(chunk))
        chunk = []
        flat, rest = node.body[:1], node.body[1:]
        if is_head(flat[0], "nn.Flatten") and rest:
            parts.append(("flatten", flat))
            parts.append((node.name, rest))
        else:
            parts.append((node.name, node.body))
    return [*parts, *parts_of_chunk(tuple(chunk))]


def parts_of_chunk(body: tuple[ModuleNode, ...]) -> list[NamedPart]:
    """Return the parts of consecutive modules, none of which is a part itself."""
    flat = next(
        (index for index, node in enumerate(body) if is_head(node, "nn.Flatten")), len(body)
    )
    last = body[flat - 1] if flat else None
    pool = flat - 1 if last is not None and is_head(last, *POOLS) else flat
    parts = stages(body[:pool])
    if pool < flat:
        assert isinstance(last, ModuleCall)
        parts.append((POOLS[last.code.head], body[pool:flat]))
    parts.append(("flatten", body[flat : flat + 1]))
    parts.append(("classifier" if len(body) > flat + 2 else "", body[flat + 1 :]))
    return [part for part in parts if part[1]]


def stages(body: tuple[ModuleNode, ...]) -> list[NamedPart]:
    """Return the stages of a network with blocks: a new one begins where W or H changes."""
    if not any(map(calls_block, body)):
        return [(FEATURES, body)]
    groups: list[list[ModuleNode]] = []
    size = ""
    for node in body:
        own_size = node.shape.partition(" x ")[2] or size
        if not groups or (own_size != size and any(map(calls_block, groups[-1]))):
            groups.append([])
        groups[-1].append(node)
        size = own_size
    name = "stage" if len(groups) > 1 else FEATURES
    return [(name, tuple(group)) for group in groups]


def calls_block(node: ModuleNode) -> bool:
    """Return whether a module, or the body of a loop, is a block of the notation."""
    if isinstance(node, ModuleLoop):
        return any(map(calls_block, node.body))
    return isinstance(node, ModuleCall) and not node.code.head.startswith("nn.")


def is_head(node: ModuleNode, *heads: str) -> bool:
    """Return whether a node is a call of one of these modules."""
    return isinstance(node, ModuleCall) and node.code.head in heads


def signature(arguments: str) -> Lines:
    """Return the lines of a constructor's signature; ``arguments`` begins with a comma."""
    line = f"    def __init__(self{arguments}) -> None:"
    if len(line) <= WIDTH:
        return [line]
    words = ["self", *arguments.removeprefix(", ").split(", ")]
    return ["    def __init__(", *(f"        {word}," for word in words), "    ) -> None:"]


def docstring(text: str) -> Lines:
    """Return canonical text as a docstring: plain ASCII, and nothing that could end it."""
    plain = "".join(
        character if " " <= character <= "~" and character not in '"\\' else "?"
        for character in " ".join(text.split())
    )
    if len(plain) <= WIDTH - 10:
        return [f'    """{plain}"""']
    wrapped = textwrap.wrap(plain, WIDTH - 12, break_on_hyphens=False, break_long_words=False)
    return [f'    """{wrapped[0]}', *(f"    {line}" for line in wrapped[1:]), '    """']
