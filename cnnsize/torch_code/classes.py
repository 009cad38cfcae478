"""The classes of emitted source: one for each block, and one for the network."""

from __future__ import annotations

import textwrap

from cnnsize.sizing.sized import SizedNetwork
from cnnsize.torch_code.arguments import ArgumentWriter
from cnnsize.torch_code.blocks import canonical
from cnnsize.torch_code.forward import ForwardWriter
from cnnsize.torch_code.layout import WIDTH, Code, lines
from cnnsize.torch_code.nodes import BlockClass, Merge, ModuleCall, ModuleNode
from cnnsize.torch_code.ranks import MAP, shape_text

# A network that has nothing but consecutive modules is split before the first of these, into
# ``features`` and ``classifier`` as in torchvision.
CLASSIFIER_HEADS = ("nn.Flatten", "nn.AdaptiveAvgPool2d", "nn.AdaptiveMaxPool2d", "nn.Linear")
Lines = list[str]


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
    name: str, body: tuple[ModuleNode, ...], network: SizedNetwork, writer: ArgumentWriter
) -> Lines:
    """Return the class of a network, with shapes in comments."""
    opening = [*docstring(canonical(network.architecture.statement)), "", *signature("")]
    forward = ForwardWriter(writer, with_shapes=True)
    if any(isinstance(node, Merge) for node in body):
        forward.chain(body, "x")
    else:
        cut = next((index for index, node in enumerate(body) if starts_classifier(node)), 0)
        if not 0 < cut < len(body):
            return sequential_class(name, opening, body, writer, with_shapes=True)
        forward.apply(body[:cut], "features")
        forward.apply(body[cut:], "classifier")
    comment = f"        # {shape_text(network.input, MAP)}"
    return module_class(name, opening, forward, comment)


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


def starts_classifier(node: ModuleNode) -> bool:
    """Return whether the classifier of a network may begin with this module."""
    return isinstance(node, ModuleCall) and node.code.head in CLASSIFIER_HEADS


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
