"""What a file says about the size of a network's input: words, calls, data sets, comments."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cnnsize.models.source.machine import Machine, TooLongError
from cnnsize.models.source.values.number import has_letters
from cnnsize.models.source.values.objects import NotReadError

# How sure a size is. Findings that depend on it are errors for the first two only.
DECLARED = "declared"  # by a flag, a comment, the configuration or the docstring
CALLED = "called"  # the file calls the network on a tensor of this size
MENTIONED = "mentioned"  # elsewhere in the file
SOLVED = "solved"  # the layers fit it
DATASETS = {
    "MNIST": (1, 28),
    "FashionMNIST": (1, 28),
    "KMNIST": (1, 28),
    "QMNIST": (1, 28),
    "EMNIST": (1, 28),
    "USPS": (1, 16),
    "CIFAR10": (3, 32),
    "CIFAR100": (3, 32),
    "SVHN": (3, 32),
    "STL10": (3, 96),
    "Omniglot": (1, 105),
}
CROPS = frozenset(["CenterCrop", "RandomCrop", "RandomResizedCrop"])
SIZED = CROPS | {"Resize"}
COMPOSITIONS = frozenset(["Compose"])
CREATORS = frozenset(["randn", "rand", "zeros", "ones", "empty"])
SUMMARIES = frozenset(["summary", "get_model_complexity_info"])
NUMBER = r"(\d{1,9})"
INPUT = re.compile(rf"\bINPUT\[{NUMBER}x{NUMBER}x{NUMBER}\]")
TIMES = r"\s*[x×*,]\s*"
# Three sizes in a comment, after a letter or a number for the batch: # (N, 3, 32, 32)
SHAPE = re.compile(
    rf"#.*?(?<![\w.])(?:(?:[BNbn-]|-?1|batch\w*){TIMES})?(\d{{1,4}}){TIMES}(\d{{1,4}}){TIMES}(\d{{1,4}})(?![\w.])"
)
SMALLEST = 8  # a tensor of fewer rows and columns is rarely an image
LARGEST = 20_000  # side of an image
MOST_CHANNELS = 16  # of the input in a comment; more are those of a layer


class Evidence(NamedTuple):
    """A size of the input, and where the file or the user says so. ``depth`` is None where it is not known."""

    depth: int | None
    height: int
    width: int
    source: str
    strength: str = MENTIONED
    is_for_file: bool = False  # it is given for all networks of a file
    is_for_network: bool = False  # the user gives it for a network of a name


def input_in_docstring(node: ast.AST) -> Evidence | None:
    """Return the size of ``INPUT[32x32x3]`` in the docstring of a class or function."""
    if not isinstance(node, (ast.ClassDef, ast.FunctionDef)):
        return None
    sizes = set(INPUT.findall(ast.get_docstring(node, clean=False) or ""))
    if len(sizes) != 1:
        return None
    W, H, D = map(int, sizes.pop())
    return Evidence(D, H, W, f"the docstring on line {node.body[0].lineno}", DECLARED)


def mentioned(machine: Machine, calls: list[ast.Call]) -> list[Evidence]:
    """Return the sizes that calls in a file say: tensors, then transforms, then data sets."""
    tensors: list[Evidence] = []
    crops: list[Evidence] = []
    resizes: list[Evidence] = []
    datasets: list[Evidence] = []
    others = superseded(calls)
    for node in calls:
        if id(node) in others:
            continue
        name = called_name(node)
        source = f"{name}() on line {node.lineno}"
        if name in CREATORS or name in SUMMARIES:
            tensors += tensor_evidence(machine, node, name, source)
        elif name in CROPS:
            crops += transform_evidence(machine, node, source)
        elif name == "Resize":
            resizes += transform_evidence(machine, node, source)
        elif name in DATASETS:
            depth, side = DATASETS[name]
            datasets.append(Evidence(depth, side, side, f"{name} on line {node.lineno}"))
    return list(dict.fromkeys([*tensors, *crops, *resizes, *datasets]))


def called_name(node: ast.Call) -> str:
    """Return the last part of the name of a called function."""
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def whole_numbers(machine: Machine, nodes: list[ast.expr]) -> list[int | None]:
    """Return whole numbers, which names of the file may stand for; None for anything else."""
    return [whole_number(machine, node) for node in nodes]


def whole_number(machine: Machine, node: ast.expr) -> int | None:
    """Return the value of an expression at the top of the file, if it is a positive number."""
    if not isinstance(node, (ast.Constant, ast.Name, ast.Attribute, ast.BinOp)):
        return None
    try:
        value = machine.evaluate(node, machine.top)
    except TooLongError:
        raise
    except NotReadError:
        return None
    is_number = type(value) is int and not has_letters(value) and 0 < value <= LARGEST
    return value if is_number else None


def tensor_evidence(machine: Machine, node: ast.Call, name: str, source: str) -> Iterator[Evidence]:
    """Yield the size of torch.randn(1, 3, 32, 32) or summary(net, (3, 32, 32))."""
    arguments = list(node.args)
    if name in SUMMARIES:
        keywords = [keyword.value for keyword in node.keywords if keyword.arg == "input_size"]
        arguments = keywords or arguments[1:2]
    if len(arguments) == 1 and isinstance(arguments[0], (ast.Tuple, ast.List)):
        arguments = arguments[0].elts
    if len(arguments) != 4 and (name not in SUMMARIES or len(arguments) != 3):
        return
    depth, height, width = whole_numbers(machine, arguments[-3:])
    if depth and height and width and min(height, width) >= SMALLEST:
        yield Evidence(depth, height, width, source)


def transform_evidence(machine: Machine, node: ast.Call, source: str) -> Iterator[Evidence]:
    """Yield the size of Resize((32, 32)) or CenterCrop(224)."""
    size = size_argument(node)
    if size is None:
        return
    parts = size.elts if isinstance(size, (ast.Tuple, ast.List)) else [size, size]
    numbers = whole_numbers(machine, parts)
    if len(numbers) == 2 and numbers[0] and numbers[1]:
        yield Evidence(None, numbers[0], numbers[1], source)


def size_argument(node: ast.Call) -> ast.expr | None:
    """Return the size of a transform as it is written."""
    return next(
        (keyword.value for keyword in node.keywords if keyword.arg == "size"),
        node.args[0] if node.args else None,
    )


def composed(node: ast.Call) -> Sequence[ast.expr] | None:
    """Return the transforms that Compose([...]) lists; None where it is no list."""
    items = node.args[0] if len(node.args) == 1 else None
    return items.elts if isinstance(items, (ast.List, ast.Tuple)) else None


def last_sized(items: Sequence[ast.expr]) -> tuple[Sequence[ast.expr], list[bool]]:
    """Return transforms, and of each whether it is the last that gives images a size."""
    sized = [isinstance(item, ast.Call) and called_name(item) in SIZED for item in items]
    return items, [is_sized and not any(sized[index + 1 :]) for index, is_sized in enumerate(sized)]


def superseded(calls: list[ast.Call]) -> set[int]:
    """Return the ids of transforms that give images a size which a later one changes."""
    return {
        id(item)
        for call in calls
        if called_name(call) in COMPOSITIONS
        for item, is_last in zip(*last_sized(composed(call) or ()), strict=True)
        if not is_last
    }


def shape_comment(text: str, node: ast.AST) -> Evidence | None:
    """Return the first three sizes in a comment of a class, where it is clear which of them is the channels."""
    first, last = getattr(node, "lineno", 1), getattr(node, "end_lineno", 0) or 0
    for number, line in enumerate(text.split("\n")[first - 1 : last], first):
        is_other = "#" not in line or "cnnsize:" in line
        match = None if is_other else SHAPE.search(line)
        if match is None:
            continue
        a, b, c = map(int, match.groups())
        source = f"the comment on line {number}"
        if b == c >= SMALLEST and a <= MOST_CHANNELS:  # C x H x W
            return Evidence(a, b, c, source)
        if a == b >= SMALLEST and c <= MOST_CHANNELS:  # H x W x C
            return Evidence(c, a, b, source)
        return None
    return None
