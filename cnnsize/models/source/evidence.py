"""What a file says about the size of its input, outside the calls of its networks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

DATASETS = {
    "MNIST": (1, 28),
    "FashionMNIST": (1, 28),
    "KMNIST": (1, 28),
    "EMNIST": (1, 28),
    "CIFAR10": (3, 32),
    "CIFAR100": (3, 32),
    "SVHN": (3, 32),
    "STL10": (3, 96),
}
TRANSFORMS = frozenset(["Resize", "CenterCrop", "RandomCrop", "RandomResizedCrop"])
CREATORS = frozenset(["randn", "rand", "zeros", "ones", "empty"])
COMMENT = re.compile(r"#\s*cnnsize:\s*input\s*[=:]?\s*(\d{1,9})x(\d{1,9})(?:x(\d{1,9}))?\s*$", re.M)
INPUT = re.compile(r"\bINPUT\[(\d{1,9})x(\d{1,9})x(\d{1,9})\]")
SMALLEST = 8  # a tensor of fewer rows and columns is rarely an image


class Evidence(NamedTuple):
    """A size of the input, and where it is said. ``depth`` is None where that is not said."""

    depth: int | None
    height: int
    width: int
    source: str


def said_in_comment(text: str, node: ast.AST) -> Evidence | None:
    """Return the size in a comment ``# cnnsize: input 32x32x3`` above a class or in its lines."""
    start = getattr(node, "lineno", 1)
    decorators = getattr(node, "decorator_list", [])
    start = min([start, *(decorator.lineno for decorator in decorators)])
    lines = text.split("\n")
    first = start - 1
    while first > 0 and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    for index in range(first, min(start, len(lines))):
        match = COMMENT.search(lines[index])
        if match is not None:
            depth = int(match[3]) if match[3] else None
            return Evidence(depth, int(match[2]), int(match[1]), f"the comment on line {index + 1}")
    return None


def said_in_docstring(node: ast.AST) -> Evidence | None:
    """Return the size of ``INPUT[32x32x3]`` in the docstring of a class or function."""
    if not isinstance(node, (ast.ClassDef, ast.FunctionDef)):
        return None
    sizes = set(INPUT.findall(ast.get_docstring(node, clean=False) or ""))
    if len(sizes) != 1:
        return None
    W, H, D = map(int, sizes.pop())
    return Evidence(D, H, W, f"the docstring on line {node.body[0].lineno}")


def evidence_in(tree: ast.Module) -> list[Evidence]:
    """Return the sizes that calls in a file say: tensors, then transforms, then data sets."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    tensors: list[Evidence] = []
    transforms: list[Evidence] = []
    datasets: list[Evidence] = []
    for node in calls:
        name = called_name(node)
        source = f"{name}() on line {node.lineno}"
        if name in CREATORS or name == "summary":
            tensors += tensor_evidence(node, name, source)
        elif name in TRANSFORMS:
            transforms += transform_evidence(node, source)
        elif name in DATASETS:
            depth, side = DATASETS[name]
            datasets.append(Evidence(depth, side, side, f"{name} on line {node.lineno}"))
    return list(dict.fromkeys([*tensors, *transforms, *datasets]))


def called_name(node: ast.Call) -> str:
    """Return the last part of the name of a called function."""
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def numbers_of(nodes: list[ast.expr]) -> list[int | None]:
    """Return literal integers; None for anything else."""
    return [
        node.value if isinstance(node, ast.Constant) and type(node.value) is int else None
        for node in nodes
    ]


def tensor_evidence(node: ast.Call, name: str, source: str) -> Iterator[Evidence]:
    """Yield the size of torch.randn(1, 3, 32, 32) or summary(net, (3, 32, 32))."""
    arguments = list(node.args)
    if name == "summary":
        keywords = [keyword.value for keyword in node.keywords if keyword.arg == "input_size"]
        arguments = keywords or arguments[1:2]
    if len(arguments) == 1 and isinstance(arguments[0], (ast.Tuple, ast.List)):
        arguments = arguments[0].elts
    numbers = numbers_of(arguments)
    if len(numbers) == 4 or (name == "summary" and len(numbers) == 3):
        depth, height, width = numbers[-3:]
        if depth and height and width and min(height, width) >= SMALLEST:
            yield Evidence(depth, height, width, source)


def transform_evidence(node: ast.Call, source: str) -> Iterator[Evidence]:
    """Yield the size of Resize((32, 32)) or CenterCrop(224)."""
    size = next(
        (keyword.value for keyword in node.keywords if keyword.arg == "size"),
        node.args[0] if node.args else None,
    )
    if size is None:
        return
    parts = size.elts if isinstance(size, (ast.Tuple, ast.List)) else [size, size]
    numbers = numbers_of(parts)
    if len(numbers) == 2 and numbers[0] and numbers[1]:
        yield Evidence(None, numbers[0], numbers[1], source)
