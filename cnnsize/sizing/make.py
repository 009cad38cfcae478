"""Make layers from nodes: options read, letters replaced, defaults filled in."""

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
    """Return the layer of a node with the standard defaults; None where it has letters or an error."""
    try:
        return build(node, NO_VALUES, STANDARD)
    except ArchitectureError:
        return None


@lru_cache(maxsize=8192)
def bound_layer(node: tree.LayerNode, bindings: tuple[tuple[str, int], ...]) -> Layer | None:
    """Return the layer of a node with letters and the standard defaults; None for an error."""
    try:
        return build(node, dict(bindings), STANDARD)
    except ArchitectureError:
        return None


@lru_cache(maxsize=8192)
def node_letters(node: tree.LayerNode) -> tuple[str, ...]:
    """Return the letters that a layer is written with, in reading order."""
    cls = KINDS[node.kind]
    names: dict[str, None] = {}

    def add(value: Any) -> None:
        if isinstance(value, tree.Pair):
            add(value.W)
            add(value.H)
        elif isinstance(value, (tree.Name, tree.Binary)):
            names.update(dict.fromkeys(sorted(letters(value))))

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
        how = cls.reads.get(key, "") if key is not None else ""
        word = option.value.name.lower() if isinstance(option.value, tree.Name) else None
        is_padding_word = how == "padding" and word in ("same", "valid")
        if how == "flag" or how.startswith("word:") or is_padding_word:
            continue  # bias=no, mode=bilinear, P=same: words, not letters
        add(option.value)
    return tuple(names)


def build(node: tree.LayerNode, values: Environment, defaults: Defaults) -> Layer:
    """Return the layer of a node, with its letters replaced by ``values``.

    Raises ArchitectureError, whose spans count from the node's first character. An error that holds
    for all values of the letters is raised before one about a letter without a value.
    """
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
        except ArchitectureError as raised:
            if raised.diagnostic.code != "CNN008":
                raise
            unbound = unbound or raised

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
                f"{node.kind} has no number of filters or units",
                span,
                help=_no_width(node),
            )
        give(cls.width, node.size, span)
    if node.shape is not None:
        span = node.span_of("shape")
        if "shape" not in cls.reads:
            raise error(
                "CNN003",
                f"{node.kind} has no shape",
                span,
                help=(f"to declare the output shape, write {node.kind}: [WxHxD]",),
            )
        give("shape", node.shape, span)
    bare = list(cls.positional)
    for option in node.options:
        if option.key is None:
            if not bare:
                message = f"unexpected value {_text_of(option.value)} in {node.kind}"
                raise error("CNN003", message, option.span, help=options_help(cls))
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
    except InvalidOptionError as invalid:
        span = places.get(invalid.key, Span(0, len(node.text)))
        raise error(invalid.code, invalid.message, span) from None
    except MissingOptionError as missing:
        raise error(
            "CNN001",
            f"{node.kind} needs {NAMES.get(missing.key, 'a ' + missing.key)}",
            Span(0, len(node.text)),
            help=(f"for example {missing.example}",),
        ) from None


def _no_kernel(node: tree.LayerNode) -> str:
    assert node.kernel is not None
    if node.kind == "FC":
        return f"write the number of units after a hyphen: FC-{node.kernel.W}"
    return f"write {node.kind}"


def _no_width(node: tree.LayerNode) -> tuple[str, ...]:
    if node.kind in ("POOL", "AVGPOOL"):
        window = f"{node.kind}{node.size}"
        return (f"pooling keeps the depth; for a {node.size}x{node.size} window write {window}",)
    return ("remove the number after the hyphen",)


def _text_of(value: Any) -> str:
    """Return a bare value as it is written."""
    if isinstance(value, tree.Name):
        return value.name
    return f"{value.W}x{value.H}" if isinstance(value, tree.Pair) else str(value)


@lru_cache(maxsize=8192)
def canonical_text(node: tree.LayerNode, bindings: tuple[tuple[str, int], ...]) -> str:
    """Return a layer in canonical text, with its letters replaced by their values."""
    from cnnsize.language.format import layer_text  # late: sizing alone never formats

    return layer_text(with_values(node, dict(bindings)) if bindings else node)


def with_values(node: tree.LayerNode, values: Environment) -> tree.LayerNode:
    """Return a layer with its letters replaced by their values, where they have one."""

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
