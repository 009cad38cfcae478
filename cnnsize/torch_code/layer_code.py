"""What the modules of all layer kinds are written with."""

from __future__ import annotations

from typing import NamedTuple

from cnnsize.language.tree import Binary, Expression
from cnnsize.torch_code.expression import names, text, value
from cnnsize.torch_code.layout import Code
from cnnsize.torch_code.ranks import VECTOR, size_of
from cnnsize.torch_code.site import Site


class LayerCode(NamedTuple):
    """The modules of a layer, and the depth that comes out of them."""

    modules: tuple[Code, ...]
    depth: Expression


def same_depth(site: Site, *modules: Code) -> LayerCode:
    """Return the modules of a layer that keeps its depth."""
    return LayerCode(modules, site.depth)


def call(head: str, *arguments: str | Expression, **named: str | bool | Expression | None) -> Code:
    """Return ``head(arguments, name=value)``; a named argument of None is left out."""
    words = [word if isinstance(word, str) else text(word) for word in arguments]
    for key, given in named.items():
        if given is not None:
            words.append(f"{key}={given if isinstance(given, (str, bool)) else text(given)}")
    return Code(head, tuple(Code(word) for word in words))


def as_map(depth: Expression) -> Code:
    """Return the module that makes a map of one position, N x C x 1 x 1, of a vector N x C."""
    return call("nn.Unflatten", 1, f"({text(depth)}, 1, 1)")


def unless(given: str | Expression, default: str) -> str | None:
    """Return the value as text; None if it is the default of PyTorch."""
    word = given if isinstance(given, str) else text(given)
    return None if word == default else word


def features(site: Site) -> Expression:
    """Return the number of incoming values, as in ``in_channels * H * W``."""
    if site.rank == VECTOR:
        return site.depth
    area = site.common_area()
    candidate = None
    if area is not None:
        candidate = site.depth
        if area != (1, 1):
            for side in area:
                candidate = Binary("*", candidate, side)
    sizes = [size_of(volume) for volume in site.volumes]
    return site.numbers.number("in_features", sizes, candidate)


def product(expression: Expression) -> Expression:
    """Return one number for an expression without names: 1024 for 64 * 4 * 4."""
    return value(expression, {}) if not names(expression) else expression
