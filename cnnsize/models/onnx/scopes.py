"""The modules of PyTorch that a node of an ONNX graph comes from.

The exporter of TorchScript writes them into the names of nodes (/layer1/layer1.0/conv1/Conv), the
newer one into metadata, with the classes.
"""

from __future__ import annotations

import ast
import re
from typing import Any, NamedTuple

from cnnsize.limits import MAX_NESTING
from cnnsize.models.flow import Frame

Scopes = tuple[tuple[str, str], ...]  # (path of the module, its class), outermost first
CONTAINER = "Sequential"  # whose layers belong to the module around it
NAMES, CLASSES = "pkg.torch.onnx.name_scopes", "pkg.torch.onnx.class_hierarchy"
CALL = "pkg.torch.onnx.fx_node"
REWRITES = "pkg.onnxscript.rewriter.rule_name"


class Origin(NamedTuple):
    """What a node comes from."""

    scopes: Scopes
    fused: bool  # an exporter has folded a BN into it
    call: str  # of PyTorch, as torch.fx prints it


def origin_of(node: Any) -> Origin:
    """Return the modules that the name and the metadata of a node give."""
    metadata = {entry.key: entry.value for entry in node.metadata_props}
    fused, call = "FuseBatchNorm" in metadata.get(REWRITES, ""), metadata.get(CALL, "")
    paths, classes = listed(metadata.get(NAMES, "")), listed(metadata.get(CLASSES, ""))
    if paths and len(paths) == len(classes):
        modules = list(zip(paths, classes, strict=True))[1:-1]  # not the model, and the operator
        scopes = tuple((path, class_.rpartition(".")[2]) for path, class_ in modules)
        return Origin(scopes, fused, call)
    parts = node.name.split("/")
    if len(parts) < 3 or parts[0] or len(parts) > MAX_NESTING:
        return Origin((), fused, call)
    names = parts[1:-1]
    places = range(len(names))
    scopes = tuple(("/".join(names[: place + 1]), class_of(names, place)) for place in places)
    return Origin(scopes, fused, call)


def listed(text: str) -> list[str]:
    """Return the words of a list as Python prints it; empty for any other text."""
    if not re.fullmatch(r"\[[^\[\](){}]{0,10000}\]", text):
        return []
    try:
        words = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return []
    return [word for word in words if isinstance(word, str)]


def class_of(modules: list[str], place: int) -> str:
    """Return a word for the class of a module: its name without numbers.

    A module whose parts have its own name and a number, as layer1 has layer1.0, is a container.
    """
    name = modules[place]
    is_container = place + 1 < len(modules) and re.fullmatch(
        re.escape(name) + r"\.\d+", modules[place + 1]
    )
    if is_container:
        return CONTAINER
    return re.sub(r"[\W\d_]+$", "", name.rpartition(".")[2]) or re.sub(
        r"[\W\d_]+$", "", name.partition(".")[0]
    )


class Frames:
    """Gives each call of a module a number."""

    def __init__(self) -> None:
        self.calls: dict[tuple[str, ...], int] = {}

    def path(self, scopes: Scopes) -> tuple[Frame, ...]:
        """Return the calls that a node is in."""
        frames: list[Frame] = []
        paths: tuple[str, ...] = ()
        for path, class_ in scopes:
            paths = (*paths, path)
            call = self.calls.setdefault(paths, len(self.calls) + 1)
            frames.append(Frame(class_ or "block", call))
        return tuple(frames)
