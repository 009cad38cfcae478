"""Where a number of a layer is written: in its constructor, or in the call that passes it there."""

from __future__ import annotations

import ast
from typing import NamedTuple

from cnnsize.limits import MAX_SOURCE_CALLS
from cnnsize.models.source.findings.literals import literal
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.python.function_calls import positional_names
from cnnsize.models.source.python.siblings import file_of
from cnnsize.models.source.values.module_tree import modules_in
from cnnsize.models.source.values.objects import LayerModule, Site, WrittenLayer
from cnnsize.models.source.values.sites import places_of


class Origin(NamedTuple):
    """The expression that says a number, and whether it is a literal, which can be edited."""

    node: ast.AST
    call: ast.AST  # that it is an argument of
    is_editable: bool


def origin_of(
    machine: Machine,
    layer: WrittenLayer,
    argument: str,
    *,
    is_outside: bool,
    received: int | None = None,
) -> Origin | None:
    """Return where an argument of a layer is written; None where no expression stands for it.

    A name that is a parameter is followed to the literal that a call of the source passes; if there
    is none, to the call itself, where it alone is wrong and what comes in is decided outside of it
    (``is_outside``). It is not, where another layer of the same call takes it without a fault, or
    where another parameter of the call is the number that is ``received``.
    """
    node = layer.places.get(argument)
    if node is None:
        return None
    current, call, site = node, layer.node, layer.site
    nearest: Origin | None = None  # the argument of the call that leads to the layer
    for _ in range(MAX_SOURCE_CALLS):
        if literal(current) is not None:
            return Origin(current, call, is_editable=True)
        if site is None or not isinstance(current, ast.Name):
            break
        following = passed(site, current.id)
        if following is None or is_taken(machine, layer, site, current.id):
            break
        if site is layer.site and is_confused(machine, layer, current.id, received):
            break
        current, call, site = following, site.arguments.node, site.around
        is_here = file_of(machine, current) is None
        if nearest is None and is_here and is_outside and is_wrong_call(machine, layer, call):
            nearest = Origin(current, call, is_editable=False)
    return nearest or Origin(node, layer.node, is_editable=False)


def passed(site: Site, name: str) -> ast.AST | None:
    """Return the expression that a call passes for a parameter that the function never assigns."""
    function = site.function
    names = positional_names(function)
    only_named = {parameter.arg for parameter in function.args.kwonlyargs}
    if name not in names and name not in only_named:
        return None
    names_in = (inner for inner in ast.walk(function) if isinstance(inner, ast.Name))
    if any(inner.id == name and isinstance(inner.ctx, ast.Store) for inner in names_in):
        return None
    return places_of(names, site.arguments).get(name)


def is_taken(machine: Machine, layer: WrittenLayer, site: Site, name: str) -> bool:
    """Return whether another layer that runs takes the same parameter of the same call."""
    return any(
        isinstance(place, ast.Name) and place.id == name
        for other in machine.used.values()
        if other.site is site and other is not layer
        for key, place in other.places.items()
        if not key.startswith("out")
    )


def is_confused(machine: Machine, layer: WrittenLayer, name: str, received: int | None) -> bool:
    """Return whether a layer takes one parameter of a call where another one says what comes in.

    The one that it takes is the output of another layer of the call, as in
    ``nn.Conv2d(inputs, inputs, 3, groups=outputs)``, and no call of the source ran.
    """
    site = layer.site
    if site is None or received is None:
        return False
    every = modules_in(machine.module)
    others = [other for other in every if isinstance(other, LayerModule) and other is not layer]
    is_output = any(
        isinstance(place, ast.Name) and place.id == name
        for other in others
        if other.site is site
        for key, place in other.places.items()
        if key.startswith("out")
    )
    has_run = any(other.node is layer.node and id(other) in machine.used for other in others)
    values = dict(zip(positional_names(site.function), site.arguments.positional, strict=False))
    values |= site.arguments.keywords
    numbers = [value for key, value in values.items() if key != name and isinstance(value, int)]
    return is_output and not has_run and received in numbers


def is_wrong_call(machine: Machine, layer: WrittenLayer, call: ast.AST) -> bool:
    """Return whether a call is what is wrong with a layer that is constructed in it.

    It is if no other call of the source constructs the layer of this line, or another did, and that
    layer ran.
    """
    modules = modules_in(machine.module)
    others = [
        other
        for other in modules
        if isinstance(other, LayerModule)
        and other.node is layer.node
        and other.site is not None
        and other.site.arguments.node is not call
    ]
    return not others or any(id(other) in machine.used for other in others)
