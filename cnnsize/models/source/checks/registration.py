"""Layers that a network does not hold, so that they are not trained, and layers that it never runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

from cnnsize.models.source.findings.finding import Finding
from cnnsize.models.source.findings.literals import Replacement
from cnnsize.models.source.findings.spans import Spans
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.python.siblings import file_of
from cnnsize.models.source.values.module_tree import modules_in
from cnnsize.models.source.values.objects import (
    MODULES,
    Container,
    LayerModule,
    UserModule,
    Value,
)
from cnnsize.text.english import counted

KINDS: dict[type, str] = {list: "list", tuple: "tuple", dict: "dict"}
HOLDERS = {"list": "ModuleList", "tuple": "ModuleList", "dict": "ModuleDict"}
# Functions and methods by which a class may reach its layers without naming them.
INDIRECT = frozenset(
    [
        *("getattr", "modules", "named_modules", "children", "named_children", "_modules"),
        *("__dict__", "vars", "get_submodule", "eval", "exec", "globals", "__getattr__"),
    ]
)


def unregistered(machine: Machine, spans: Spans) -> Iterator[Finding]:
    """Yield a finding for each list of layers that run and are no part of the network (CNN125)."""
    registered = {id(inner) for inner in modules_in(machine.module)}
    unheld = [layer for layer in machine.used.values() if id(layer) not in registered]
    reported: set[int] = set()
    held: set[int] = set()
    for module in modules_in(machine.module):
        if not isinstance(module, UserModule):
            continue
        for name, value in module.attributes.items():
            layers = [layer for layer in unheld if id(layer) in layers_in(value)]
            kind = KINDS.get(type(value))
            if kind is None or not layers:
                continue
            held |= set(map(id, layers))
            node = machine.displays.get(id(value), layers[0].node)
            if id(node) not in reported:
                reported.add(id(node))
                finding = in_list(name, kind, node, layers, spans)
                filled = filled_at(node, layers[0])
                if is_empty(node, spans) and file_of(machine, filled) is None:
                    related = ((node, f"self.{name} is a plain {kind}"),)
                    finding = finding._replace(node=filled, label="", related=related)
                yield finding
    for layer in unheld:
        if id(layer) not in held and id(layer.node) not in reported:
            reported.add(id(layer.node))
            yield Finding(
                "CNN125",
                "the layer is no attribute of a module, so its parameters are not trained",
                layer.node,
                help=("construct it in __init__, as an attribute of the module",),
            )


def is_empty(node: ast.AST, spans: Spans) -> bool:
    """Return whether a node is an empty list, tuple or dictionary, which is filled later."""
    return spans.segment(node).replace(" ", "") in ("[]", "{}", "()")


def filled_at(display: ast.AST, layer: LayerModule) -> ast.AST:
    """Return what makes a layer in the function that has a list which is filled later."""
    node, site = layer.node, layer.site
    while site is not None and display not in ast.walk(site.function):
        node, site = site.arguments.node, site.around
    return node if site is not None else layer.node


def layers_in(value: Value) -> set[int]:
    """Return the ids of the layers in a list, tuple or dictionary, and in the modules in it."""
    waiting, layers, known = [value], set(), set()
    while waiting:
        inner = waiting.pop()
        if id(inner) in known:
            continue
        known.add(id(inner))
        if isinstance(inner, MODULES):
            layers |= {
                id(module) for module in modules_in(inner) if isinstance(module, LayerModule)
            }
        elif isinstance(inner, dict):
            waiting += inner.values()
        elif isinstance(inner, (list, tuple)):
            waiting += inner
    return layers


def in_list(
    name: str, kind: str, node: ast.AST, layers: list[LayerModule], spans: Spans
) -> Finding:
    """Return the finding about layers in a plain list, tuple or dictionary."""
    text = spans.segment(node)
    holder = HOLDERS[kind]
    prefix = prefix_of(layers[0], spans)
    is_display = isinstance(node, (ast.List, ast.ListComp, ast.Tuple, ast.Dict, ast.DictComp))
    edits: tuple[Replacement, ...] = ()
    if is_display and prefix:
        span = spans.span(node)
        edits = ((span, f"{prefix}{holder}({'' if is_empty(node, spans) else text})"),)
    return Finding(
        "CNN125",
        f"{counted(len(layers), 'layer')} with weights in a plain {kind}: PyTorch does not know "
        "their parameters",
        node,
        f"self.{name}",
        notes=("parameters(), state_dict(), to() and the optimizer leave them out",),
        help=(f"{prefix or 'nn.'}{holder}",),
        edits=edits,
        applicability="unsafe",
        places=tuple(layer.node for layer in layers),
    )


def prefix_of(layer: LayerModule, spans: Spans) -> str:
    """Return how the source names the package of a layer, as in ``nn.``; empty where it names none."""
    node = layer.node
    function = node.func if isinstance(node, ast.Call) else None
    return f"{spans.segment(function.value)}." if isinstance(function, ast.Attribute) else ""


@lru_cache(maxsize=2)  # each network of a file needs them
def names_read(tree: ast.AST) -> tuple[set[str], set[str]]:
    """Return the attributes that a file reads, and all its names."""
    attributes: set[str] = set()
    words: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            attributes.add(node.attr)
        elif isinstance(node, ast.Name):
            words.add(node.id)
    return attributes, words


def never_called(machine: Machine, tree: ast.AST) -> Iterator[Finding]:
    """Yield a finding for each attribute with layers that no line of the file names again (CNN126)."""
    names, words = names_read(tree)
    if (names | words) & INDIRECT:
        return
    reported: set[int] = set()
    for module in modules_in(machine.module):
        if not isinstance(module, UserModule):
            continue
        for name, value in module.attributes.items():
            if name in names or not isinstance(value, (LayerModule, Container)):
                continue
            inner = [layer for layer in modules_in(value) if isinstance(layer, LayerModule)]
            has_weights = any(is_wide(layer) for layer in inner)
            is_used = any(id(layer) in machine.used for layer in inner)
            if has_weights and not is_used and id(value.node) not in reported:
                reported.add(id(value.node))
                yield Finding(
                    "CNN126",
                    f"self.{name} is constructed and never called",
                    value.node,
                    notes=("its parameters are part of the model, and get no gradient",),
                )


def is_wide(layer: LayerModule) -> bool:
    """Return whether a layer has weights: its arguments say a number of channels or values."""
    return any(key.startswith(("in_", "out_", "num_", "normalized")) for key in layer.arguments)
