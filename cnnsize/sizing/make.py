"""From what was written to layers with numbers: options read, letters replaced, defaults filled
in.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cnnsize.language import tree
from cnnsize.language.arithmetic import NO_VALUES, Environment, evaluate, letters
from cnnsize.layers import KINDS
from cnnsize.layers.base import STANDARD, Defaults, InvalidOptionError, Layer, MissingOptionError
from cnnsize.layers.names import OPTION_WORDS
from cnnsize.record import replace
from cnnsize.sizing.options import NAMES, option_key, options_help, parse_option_value
from cnnsize.text.diagnostic import ArchitectureError, error
from cnnsize.text.span import Span


@lru_cache(maxsize=8192)
def standard_layer(node: tree.LayerNode) -> Layer | None:
    """The layer of a node with the standard defaults; None where it takes a value or is wrong."""
    try:
        return build(node, NO_VALUES, STANDARD)
    except ArchitectureError:
        return None


@lru_cache(maxsize=8192)
def bound_layer(node: tree.LayerNode, bindings: tuple[tuple[str, int], ...]) -> Layer | None:
    """The layer of a node with letters, the standard defaults filled in; None where it is wrong."""
    try:
        return build(node, dict(bindings), STANDARD)
    except ArchitectureError:
        return None


@lru_cache(maxsize=8192)
def node_letters(node: tree.LayerNode) -> tuple[str, ...]:
    """The variables that a layer is written with."""
    cls = KINDS[node.kind]
    found: dict[str, None] = {}

    def add(value: Any) -> None:
        if isinstance(value, tree.Pair):
            add(value.W)
            add(value.H)
        elif isinstance(value, (tree.Name, tree.Binary)):
            found.update(dict.fromkeys(sorted(letters(value))))

    add(node.kernel)
    add(node.size)
    for side in node.shape or ():
        add(side)
    for option in node.options:
        key = (
            option.key
            if option.key is None or option.key in cls.reads
            else OPTION_WORDS.get(option.key.lower())
        )
        how = cls.reads.get(key) if key is not None else None
        word = option.value.name.lower() if isinstance(option.value, tree.Name) else None
        if (
            how == "flag"
            or (how or "").startswith("word:")
            or (how == "padding" and word in ("same", "valid"))
        ):
            continue  # bias=no, mode=bilinear, P=same: words, and no letters
        add(option.value)
    return tuple(found)


def build(node: tree.LayerNode, values: Environment, defaults: Defaults) -> Layer:
    """The layer of a node. Errors carry spans that count from the node's first character."""
    cls = KINDS[node.kind]
    given: dict[str, Any] = {}
    places: dict[str, Span] = {}

    unbound: ArchitectureError | None = None

    def give(key: str, value: Any, span: Span, whole: Span | None = None) -> None:
        nonlocal unbound
        if key in places:
            raise error(
                "CNN001",
                f"{NAMES.get(key, key)} is given twice",
                whole or span,
                help=("keep one of the two",),
            )
        places[key] = whole or span
        try:
            given[key] = parse_option_value(cls.reads[key], key, value, values, span)
        except ArchitectureError as wrong:
            if wrong.diagnostic.code != "CNN008":
                raise
            unbound = unbound or wrong  # what is wrong whatever the letter's value is said first

    if node.kernel is not None:
        span = node.span_of("kernel")
        if cls.kernel is None:
            raise error("CNN003", f"{node.kind} has no filter size", span, help=(_no_kernel(node),))
        square = node.kernel.W == node.kernel.H and cls.reads[cls.kernel] == "positive"
        kernel = node.kernel.W if square else node.kernel
        give(cls.kernel, kernel, span)
    if node.size is not None:
        span = node.span_of("size")
        if cls.width is None:
            raise error(
                "CNN003",
                f"{node.kind} takes no number of filters or units",
                span,
                help=_no_width(node),
            )
        give(cls.width, node.size, span)
    if node.shape is not None:
        span = node.span_of("shape")
        if "shape" not in cls.reads:
            raise error(
                "CNN003",
                f"{node.kind} takes no shape",
                span,
                help=(f"a shape that must come out is declared: {node.kind}: [..]",),
            )
        give("shape", node.shape, span)
    bare = list(cls.positional)
    for option in node.options:
        if option.key is None:
            if not bare:
                raise error("CNN003", _no_bare(node, option), option.span, help=options_help(cls))
            key = bare.pop(0)
        else:
            key = option_key(cls, option, node)
        give(key, option.value, option.value_span, option.span)
    if unbound is not None:
        raise unbound
    claim = given.pop("in", None)
    try:
        layer = cls.make(given, defaults)
        return layer if claim is None else replace(layer, claim=claim)
    except InvalidOptionError as wrong:
        span = places.get(wrong.key, Span(0, len(node.text)))
        raise error(wrong.code, wrong.message, span) from None
    except MissingOptionError as missing:
        raise error(
            "CNN001",
            f"{node.kind} needs {NAMES.get(missing.key, 'a ' + missing.key)}",
            Span(0, len(node.text)),
            help=(f"as in {missing.example}",),
        ) from None


def _no_kernel(node: tree.LayerNode) -> str:
    assert node.kernel is not None
    if node.kind == "FC":
        return f"units follow a hyphen: FC-{node.kernel.W}"
    return f"write {node.kind}"


def _no_width(node: tree.LayerNode) -> tuple[str, ...]:
    if node.kind in ("POOL", "AVGPOOL"):
        return (f"the depth stays; a window of {node.size} is {node.kind}{node.size}",)
    return ("the depth stays",)


def _no_bare(node: tree.LayerNode, option: tree.Option) -> str:
    value = option.value.name if isinstance(option.value, tree.Name) else option.value
    if isinstance(value, tree.Pair):
        value = f"{value.W}x{value.H}"
    return f"what does {value} stand for in {node.kind}?"


@lru_cache(maxsize=8192)
def canonical_layer(node: tree.LayerNode, bindings: tuple[tuple[str, int], ...]) -> str:
    """A layer in canonical text, with its letters replaced by their values."""
    from cnnsize.language.format import layer_text  # late: sizing alone never formats

    return layer_text(with_values(node, dict(bindings)) if bindings else node)


def with_values(node: tree.LayerNode, values: Environment) -> tree.LayerNode:
    """A layer with its letters replaced by their values, where they have one."""

    def put(value: Any) -> Any:
        if isinstance(value, tree.Pair):
            return tree.Pair(put(value.W), put(value.H))
        if isinstance(value, (tree.Name, tree.Binary)) and letters(value) <= values.keys():
            return evaluate(value, values)
        return value

    return replace(
        node,
        kernel=None if node.kernel is None else put(node.kernel),
        size=put(node.size),
        shape=None if node.shape is None else tuple(map(put, node.shape)),
        options=tuple(option._replace(value=put(option.value)) for option in node.options),
    )
