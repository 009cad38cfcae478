"""Whether the images of a file reach its network in the size that a data set or a transform says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from cnnsize.models.source.evidence import (
    COMPOSITIONS,
    CREATORS,
    CROPS,
    DATASETS,
    SIZED,
    called_name,
    composed,
    last_sized,
    size_argument,
    superseded,
    transform_evidence,
)
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.python.top import EXPECTED_ERRORS

# Transforms of torchvision that change neither the size nor the channels.
KEEPING = frozenset(
    [
        *("ToTensor", "PILToTensor", "ToPILImage", "ToImage", "ToDtype", "ConvertImageDtype"),
        *(
            "Normalize",
            "RandomHorizontalFlip",
            "RandomVerticalFlip",
            "ColorJitter",
            "RandomErasing",
        ),
        *("RandomGrayscale", "RandomPerspective", "GaussianBlur", "RandomAdjustSharpness"),
        *("RandomAutocontrast", "RandomEqualize", "RandomInvert", "RandomPosterize"),
        *("RandomSolarize", "AutoAugment", "RandAugment", "TrivialAugmentWide", "AugMix"),
    ]
)
ROTATIONS = frozenset(["RandomRotation", "RandomAffine"])  # which keep the size without expand
FOLDERS = frozenset(["ImageFolder", "DatasetFolder"])  # of images of any size
# What keeps the size of a batch, as in Variable(images.to(device)).
KEEPING_METHODS = frozenset(
    [
        *("to", "cuda", "cpu", "float", "half", "double", "type", "type_as", "detach", "clone"),
        *("contiguous", "requires_grad_"),
    ]
)
KEEPING_FUNCTIONS = frozenset(["Variable", "next", "iter"])
TRANSFORM_INDEX = 2  # of the positional arguments of a data set
# What may give a data set other transforms, or its batches another shape.
CHANGES = re.compile(
    r"\bcollate_fn\b|(?<!self)\.transforms?\s*=(?!=)|\.transforms\.(?:append|insert)\b"
)
MAX_NAMES = 3  # that are followed to what is assigned to them
METHODS = ("__init__", "forward")  # which are run, so that what they change is known


def reach_network(machine: Machine, tree: ast.Module, text: str, calls: list[ast.Call]) -> bool:
    """Return whether nothing changes the images but transforms whose sizes are read."""
    if CHANGES.search(text):
        return False
    names = set(map(called_name, calls))
    has_other_images = not names.isdisjoint(FOLDERS) and names.isdisjoint(SIZED)
    if has_other_images or not names.isdisjoint(EXPECTED_ERRORS) or has_handled_tensors(tree):
        return False
    transforms = Transforms(tree, calls)
    are_read = all(map(transforms.are_read, transforms.used(calls)))
    return are_read and have_sizes(machine, calls) and Batches(tree).are_plain(calls)


def have_sizes(machine: Machine, calls: list[ast.Call]) -> bool:
    """Return whether the sizes of all transforms that matter can be read."""
    others = superseded(calls)
    sized = [call for call in calls if called_name(call) in SIZED and id(call) not in others]
    return all(any(transform_evidence(machine, call, "")) for call in sized)


def has_handled_tensors(tree: ast.Module) -> bool:
    """Return whether a network may run on a tensor whose errors the file handles."""
    return any(
        isinstance(inner, ast.Call) and called_name(inner) in CREATORS
        for node in ast.walk(tree)
        if isinstance(node, ast.Try) and node.handlers
        for statement in node.body
        for inner in ast.walk(statement)
    )


class Transforms:
    """The transforms of a file, and what its names stand for."""

    def __init__(self, tree: ast.Module, calls: list[ast.Call]) -> None:
        names = set(map(called_name, calls))
        self.is_square = not names.isdisjoint(DATASETS) and "ImageFolder" not in names
        self.functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        self.assigned: dict[str, list[ast.expr]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                for name in map(name_of, node.targets):
                    if getattr(node.value, "id", "") != name:  # self.transform = transform
                        self.assigned.setdefault(name, []).append(node.value)

    def used(self, calls: list[ast.Call]) -> Iterator[ast.expr]:
        """Yield the compositions of a file, and the transforms of its data sets."""
        for call in calls:
            if called_name(call) in COMPOSITIONS:
                yield call
            yield from (word.value for word in call.keywords if word.arg == "transform")
            if called_name(call) in DATASETS:
                yield from call.args[TRANSFORM_INDEX : TRANSFORM_INDEX + 1]

    def are_read(self, node: ast.expr, depth: int = 0) -> bool:
        """Return whether an expression is a transform, or several, whose effect on sizes is known."""
        if depth > len(self.assigned):  # a name that stands for itself
            return False
        if isinstance(node, ast.Constant):
            return node.value is None
        if isinstance(node, ast.IfExp):
            return self.are_read(node.body, depth) and self.are_read(node.orelse, depth)
        if isinstance(node, ast.Dict):
            return all(self.are_read(value, depth) for value in node.values)
        if isinstance(node, ast.Subscript):
            return self.are_read(node.value, depth)
        if isinstance(node, (ast.Name, ast.Attribute)):
            values = self.assigned.get(name_of(node), [])
            return bool(values) and all(self.are_read(value, depth + 1) for value in values)
        return isinstance(node, ast.Call) and self.is_read_call(node)

    def is_read_call(self, node: ast.Call) -> bool:
        """Return whether a call gives a transform whose effect on sizes is known."""
        name = called_name(node)
        if name in COMPOSITIONS:
            items = composed(node)
            return items is not None and all(map(self.is_read_item, *last_sized(items)))
        return name in self.functions or self.is_read_item(node, is_last=True)

    def is_read_item(self, node: ast.expr, is_last: bool) -> bool:
        """Return whether a transform keeps sizes, or says its own; only the last size matters."""
        name = called_name(node) if isinstance(node, ast.Call) else ""
        if not isinstance(node, ast.Call) or name not in SIZED:
            keeps = name in ROTATIONS and not any(word.arg == "expand" for word in node.keywords)  # type: ignore[attr-defined]
            return keeps or name in KEEPING
        if not is_last:
            return True
        is_pair = isinstance(size_argument(node), (ast.Tuple, ast.List))
        return name in CROPS or is_pair or self.is_square


class Batches:
    """What the networks of a file are called on outside of their classes."""

    def __init__(self, tree: ast.Module) -> None:
        defined = (ast.ClassDef, ast.FunctionDef)
        self.own = {node.name for node in ast.walk(tree) if isinstance(node, defined)}
        self.assigned: dict[str, list[ast.expr]] = {}
        self.inside: set[int] = set()  # nodes of methods that are run
        every = list(ast.walk(tree))
        for node in every:
            if isinstance(node, ast.FunctionDef) and node.name in METHODS:
                self.inside.update(map(id, ast.walk(node)))
        for node in every:
            if isinstance(node, ast.Assign) and id(node) not in self.inside:
                for target in node.targets:
                    self.assign(target, node.value)

    def assign(self, target: ast.expr, value: ast.expr) -> None:
        """Note what is assigned to names, those of a tuple included."""
        if isinstance(target, ast.Tuple):
            values = value.elts if isinstance(value, ast.Tuple) else [value] * len(target.elts)
            for inner, part in zip(target.elts, values, strict=False):
                self.assign(inner, part)
        else:
            self.assigned.setdefault(name_of(target), []).append(value)

    def are_plain(self, calls: list[ast.Call]) -> bool:
        """Return whether the file calls its networks on its images as they are."""
        return all(
            self.is_plain(call.args[0])
            for call in calls
            if call.args and id(call) not in self.inside and self.is_network(call.func)
        )

    def is_network(self, function: ast.expr) -> bool:
        """Return whether a name is ``self``, or stands for what a class of the file constructs."""
        name = name_of(function)
        values = self.assigned.get(name, [])
        return name == "self" or any(
            isinstance(inner, ast.Call) and called_name(inner) in self.own
            for value in values
            for inner in ast.walk(value)
        )

    def is_plain(self, node: ast.expr, depth: int = 0) -> bool:
        """Return whether an expression is a part of a batch, with the size that the images have."""
        if isinstance(node, ast.Call):
            return self.is_plain_call(node, depth)
        if isinstance(node, (ast.Subscript, ast.Attribute)):
            index = getattr(node, "slice", None)
            is_cut = isinstance(index, (ast.Tuple, ast.Slice))
            return not is_cut and self.is_plain(node.value, depth)
        if not isinstance(node, ast.Name) or depth > MAX_NAMES:
            return isinstance(node, ast.Name)
        return all(self.is_plain(value, depth + 1) for value in self.assigned.get(node.id, []))

    def is_plain_call(self, node: ast.Call, depth: int) -> bool:
        """Return whether a call creates a tensor, or keeps the size of its object or argument."""
        name, function = called_name(node), node.func
        if name in CREATORS:
            return True
        is_method = isinstance(function, ast.Attribute) and name not in KEEPING_FUNCTIONS
        source = function.value if is_method else next(iter(node.args), None)  # type: ignore[attr-defined]
        keeps = name in KEEPING_METHODS or name in KEEPING_FUNCTIONS
        return keeps and source is not None and self.is_plain(source, depth)


def name_of(node: ast.AST) -> str:
    """Return the last part of a name; empty for other expressions."""
    return getattr(node, "attr", "") or getattr(node, "id", "")
