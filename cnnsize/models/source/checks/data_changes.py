"""Whether a file changes the shape of its data on the way to the network.

Data are what loops run over, batches, and tensors that the file makes. Where any of it is padded,
cut, viewed or passed through a function that is not known, the size of a data set or a tensor says
nothing about the input of the network.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from cnnsize.models.source.evidence import CREATORS, called_name

# What may change the size or the depth of images wherever it is written.
WORDS = re.compile(
    r"\b(?:Grayscale|Lambda|Pad|interpolate|resize|repeat|expand|unsqueeze|Upsample)\b"
)
# Functions and methods of data that change their shape.
CHANGING = frozenset(
    [
        *(
            "pad",
            "view",
            "reshape",
            "flatten",
            "squeeze",
            "unsqueeze",
            "cat",
            "concat",
            "concatenate",
        ),
        *("stack", "kron", "tile", "zoom", "unfold", "fold", "crop", "center_crop", "resized_crop"),
        *("ZeroPad2d", "ReflectionPad2d", "ReplicationPad2d", "ConstantPad2d", "narrow", "select"),
        *("rescale", "repeat_interleave", "permute", "rot90", "einsum", "ravel", "resize_as_"),
        *("pixel_shuffle", "pixel_unshuffle", "max_pool2d", "avg_pool2d", "adaptive_avg_pool2d"),
        *("split", "chunk", "index_select", "transpose", "rearrange", "fftn", "fft2"),
    ]
)
# Functions and methods that keep it.
KEEPING = frozenset(
    [
        *("to", "cuda", "cpu", "float", "double", "half", "type", "type_as", "long", "contiguous"),
        *(
            "clone",
            "detach",
            "requires_grad_",
            "Variable",
            "next",
            "iter",
            "enumerate",
            "zip",
            "range",
        ),
        *("tqdm", "get", "len", "int", "device", "pin_memory", *CREATORS),
    ]
)


def changes_data(text: str, tree: ast.Module) -> bool:
    """Return whether the shape of the data of a file may be changed before the network takes it."""
    known: bool | None = getattr(tree, "changes_data", None)
    if known is None:
        known = WORDS.search(text) is not None or any(map(changes, bodies_of(tree)))
        tree.changes_data = known  # type: ignore[attr-defined]
    return known


def bodies_of(tree: ast.Module) -> Iterator[list[ast.AST]]:
    """Yield the nodes of the top of a file, of its functions, and of methods that take a batch.

    The other methods of a class with ``forward`` are those of a network.
    """
    top: list[ast.AST] = []
    for statement in tree.body:
        if isinstance(statement, ast.ClassDef):
            methods = [own for own in statement.body if isinstance(own, ast.FunctionDef)]
            is_network = any(own.name == "forward" for own in methods)
            for method in methods:
                if not is_network or "batch" in parameters_of(method):
                    yield list(ast.walk(method))
        elif isinstance(statement, ast.FunctionDef):
            yield list(ast.walk(statement))
        else:
            top += ast.walk(statement)
    yield top


def parameters_of(function: ast.FunctionDef) -> list[str]:
    """Return the names of the parameters of a function."""
    return [parameter.arg for parameter in function.args.args]


def changes(body: list[ast.AST]) -> bool:
    """Return whether some nodes change the shape of data."""
    data = data_in(body)
    given = data | {name for node in body[:1] for name in names_given(node)}
    for node in body:
        if isinstance(node, ast.Call):
            parts = [*node.args, node.func.value if isinstance(node.func, ast.Attribute) else node]
            is_layer = isinstance(node.func, ast.Call)  # nn.ZeroPad2d(2)(x)
            name = called_name(node.func) if isinstance(node.func, ast.Call) else called_name(node)
            is_applied = any(root_of(part) & given for part in parts if part is not node)
            if is_applied and (name in CHANGING or is_layer):
                return True
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
            if root_of(node) & given and isinstance(node.ctx, ast.Load):
                return True
        elif isinstance(node, ast.Assign) and is_changed_by_call(node, data):
            return True
    return False


def names_given(node: ast.AST) -> list[str]:
    """Return the parameters of a function that may hold data."""
    return parameters_of(node) if isinstance(node, ast.FunctionDef) else []


def data_in(body: list[ast.AST]) -> set[str]:
    """Return the names that hold data: targets of loops, parts of batches, tensors of the file."""
    data = {"batch"}
    for node in body:
        if isinstance(node, (ast.For, ast.AsyncFor)):
            data |= stored_in(node.target)
        elif isinstance(node, ast.Assign):
            words = {called_name(own) for own in ast.walk(node.value) if isinstance(own, ast.Call)}
            is_part = isinstance(node.value, (ast.Name, ast.Attribute, ast.Subscript))
            if (is_part and root_of(node.value) & data) or words & {"next", *CREATORS}:
                data |= {name for target in node.targets for name in stored_in(target)}
    return data


def is_changed_by_call(node: ast.Assign, data: set[str]) -> bool:
    """Return whether data become what a function that is not known makes of themselves."""
    stored = {name for target in node.targets for name in stored_in(target)} & data
    calls = [own for own in ast.walk(node.value) if isinstance(own, ast.Call)]
    read = {own.id for own in ast.walk(node.value) if isinstance(own, ast.Name)}
    return bool(stored & read) and any(called_name(call) not in KEEPING for call in calls)


def stored_in(target: ast.AST) -> set[str]:
    """Return the names that a target assigns."""
    return {own.id for own in ast.walk(target) if isinstance(own, ast.Name)}


def root_of(node: ast.AST) -> set[str]:
    """Return the names that a value is a part of, or that a list or a chain of methods begins with."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call, ast.Starred)):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, (ast.List, ast.Tuple)):
        return {name for part in node.elts for name in root_of(part)}
    return {node.id} if isinstance(node, ast.Name) else set()
