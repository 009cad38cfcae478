"""Make layers from nodes: options read, letters replaced, defaults filled in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from cnnsize.cached import cached, cached_calls
from cnnsize.language import tree
from cnnsize.language.arithmetic import NO_VALUES, Environment, evaluate, letters
from cnnsize.layers import KINDS
from cnnsize.layers.base import STANDARD, Defaults, InvalidOptionError, Layer, MissingOptionError
from cnnsize.layers.names import OPTION_WORDS
from cnnsize.record import copier, replace
from cnnsize.sizing.options import NAMES, option_key, options_help, parse_option_value
from cnnsize.text.diagnostic import ArchitectureError, error
from cnnsize.text.span import Span


@cached(8192)
def standard_layer(node: tree.LayerNode) -> Layer | None:
    """Return the layer of a node with the standard defaults; None where it has letters or an error."""
    if node.prototype is not None and node.size:
        with_width = _standard_widths(node.prototype)
        return None if with_width is None else with_width(node.size)
    try:
        return build(node, NO_VALUES, STANDARD)
    except ArchitectureError:
        return None


@cached(1024)
def _standard_widths(node: tree.LayerNode) -> Callable[[Any], Layer] | None:
    """Return a function from a width to the layer of a node with this width."""
    layer = standard_layer(node)
    return None if layer is None else partial(copier(type(layer), layer.width), layer)


def bound_layer(node: tree.LayerNode, values: Environment) -> Layer | None:
    """Return the layer of a node with letters and the standard defaults; None for an error."""
    try:
        unsized, names, with_width = _letters_apart(node)
        size = node.size
        if size is None:
            width = None
        else:
            width = values[size.name] if size.__class__ is tree.Name else evaluate(size, values)
            if width < 1:
                return None
            if with_width is not None:
                return with_width(width)
        layer = _bound_layer(unsized, tuple([(name, values[name]) for name in names]))
        if width is None or layer is None:
            return layer
        wide: Layer = copier(type(layer), layer.width)(layer, width)
        return wide
    except (ArchitectureError, KeyError):
        return None


@cached(8192)
def _letters_apart(
    node: tree.LayerNode,
) -> tuple[tree.LayerNode, tuple[str, ...], Callable[[Any], Layer] | None]:
    """Return the same layer with the width 1, its letters, and where it has none a function from a
    width to the layer.
    """
    unsized = node if node.size is None else node.changed(size=1)
    names = node_letters(unsized)
    return unsized, names, None if names or unsized is node else _standard_widths(unsized)


@cached_calls(8192)
def _bound_layer(node: tree.LayerNode, bindings: tuple[tuple[str, int], ...]) -> Layer | None:
    """Return the layer of a node with these values for its letters; None for an error."""
    try:
        return build(node, dict(bindings), STANDARD)
    except ArchitectureError:
        return None


@cached(8192)
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
    options = _OptionReader(cls, values)
    _read_head(node, options)
    bare = list(cls.positional)
    for option in node.options:
        if option.key is None:
            if not bare:
                message = f"unexpected value {_text_of(option.value)} in {node.kind}"
                raise error("CNN003", message, option.span, help=options_help(cls))
            key = bare.pop(0)
        else:
            key = option_key(cls, option, node)
        options.read(key, option.value, option.value_span, option.span)
    if options.unbound is not None:
        raise options.unbound
    claim = options.values.pop("in", None)
    try:
        layer = cls.make(options.values, defaults)
        return layer if claim is None else replace(layer, claim=claim)
    except InvalidOptionError as invalid:
        span = options.spans.get(invalid.key, Span(0, len(node.text)))
        raise error(invalid.code, invalid.message, span) from None
    except MissingOptionError as missing:
        raise error(
            "CNN001",
            f"{node.kind} needs {NAMES.get(missing.key, 'a ' + missing.key)}",
            Span(0, len(node.text)),
            help=(f"for example {missing.example}",),
        ) from None


class _OptionReader:
    """Reads the options of one layer: their values, and where each of them is written."""

    __slots__ = ("cls", "letters", "spans", "unbound", "values")

    def __init__(self, cls: type[Layer], letters: Environment) -> None:
        self.cls = cls
        self.letters = letters
        self.values: dict[str, Any] = {}
        self.spans: dict[str, Span] = {}
        self.unbound: ArchitectureError | None = None  # the first letter without a value

    def read(self, key: str, value: Any, span: Span, option_span: Span | None = None) -> None:
        """Read one option. Raises ArchitectureError, but not yet for a letter without a value."""
        if key in self.spans:
            raise error(
                "CNN001",
                f"{NAMES.get(key, key)} is given twice",
                option_span or span,
                help=("keep one of the two",),
            )
        self.spans[key] = option_span or span
        how = self.cls.reads[key]
        try:
            self.values[key] = parse_option_value(how, key, value, self.letters, span)
        except ArchitectureError as raised:
            if raised.diagnostic.code != "CNN008":
                raise
            self.unbound = self.unbound or raised


def _read_head(node: tree.LayerNode, options: _OptionReader) -> None:
    """Read the sizes that are glued to the name of a layer: kernel, width and shape."""
    cls = options.cls
    if node.kernel is not None:
        span = node.span_of("kernel")
        if cls.kernel is None:
            raise error("CNN003", f"{node.kind} has no filter size", span, help=(_no_kernel(node),))
        is_one_number = node.kernel.W == node.kernel.H and cls.reads[cls.kernel] == "positive"
        options.read(cls.kernel, node.kernel.W if is_one_number else node.kernel, span)
    if node.size is not None:
        span = node.span_of("size")
        if cls.width is None:
            message = f"{node.kind} has no number of filters or units"
            raise error("CNN003", message, span, help=_no_width(node))
        options.read(cls.width, node.size, span)
    if node.shape is not None:
        span = node.span_of("shape")
        if "shape" not in cls.reads:
            raise error(
                "CNN003",
                f"{node.kind} has no shape",
                span,
                help=(f"to declare the output shape, write {node.kind}: [WxHxD]",),
            )
        options.read("shape", node.shape, span)


def _no_kernel(node: tree.LayerNode) -> str:
    """Return the help for a number after the name of a kind without a filter."""
    assert node.kernel is not None
    if node.kind == "FC":
        return f"write the number of units after a hyphen: FC-{node.kernel.W}"
    if "shape" in KINDS[node.kind].reads:
        return f"write {node.kind}[{node.kernel.W}x{node.kernel.H}]"
    return f"write {node.kind}"


def _no_width(node: tree.LayerNode) -> tuple[str, ...]:
    """Return the help for ``-64`` after a kind that has neither filters nor units."""
    if node.kind in ("POOL", "AVGPOOL"):
        window = f"{node.kind}{node.size}"
        return (f"pooling keeps the depth; for a {node.size}x{node.size} window write {window}",)
    return (f"write units or filters on the layer before it, as in FC-{node.size} -> {node.kind}",)


def _text_of(value: Any) -> str:
    """Return a bare value as it is written."""
    if isinstance(value, tree.Name):
        return value.name
    return f"{value.W}x{value.H}" if isinstance(value, tree.Pair) else str(value)


@cached_calls(8192)
def canonical_text(node: tree.LayerNode, bindings: tuple[tuple[str, int], ...]) -> str:
    """Return a layer in canonical text, with its letters replaced by their values."""
    from cnnsize.language.format import layer_text  # late: sizing alone never formats

    return layer_text(with_values(node, dict(bindings)) if bindings else node)


def with_values(node: tree.LayerNode, values: Environment) -> tree.LayerNode:
    """Return a layer with its letters replaced by their values, where they have one."""

    def substitute(value: Any) -> Any:
        if isinstance(value, tree.Pair):
            return tree.Pair(substitute(value.W), substitute(value.H))
        if isinstance(value, (tree.Name, tree.Binary)) and letters(value) <= values.keys():
            return evaluate(value, values)
        return value

    return node.changed(
        kernel=None if node.kernel is None else substitute(node.kernel),
        size=substitute(node.size),
        shape=None if node.shape is None else tuple(map(substitute, node.shape)),
        options=tuple(option._replace(value=substitute(option.value)) for option in node.options),
    )
