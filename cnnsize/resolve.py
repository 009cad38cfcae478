"""From what was written to layers with numbers: options read, letters replaced, defaults filled in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cnnsize.diagnostic import ArchitectureError, Diagnostic, Edit, Fix
from cnnsize.layers import KINDS
from cnnsize.layers.base import STANDARD, Defaults, Invalid, Layer, Missing
from cnnsize.limits import MAX_INTEGER
from cnnsize.record import replace
from cnnsize.source import Span
from cnnsize.syntax import tree
from cnnsize.words import OPTION_WORDS, nearest

Environment = Mapping[str, int]
NOTHING: Environment = {}
NOWHERE = Span(0, 0)
FLAGS = {"yes": True, "no": False, "true": True, "false": False, "on": True, "off": False, "1": True, "0": False}
NAMES = {"K": "the number of filters or units", "F": "the filter size", "S": "the stride", "P": "the padding",
         "D": "the dilation", "G": "the number of groups", "M": "the multiplier", "factor": "the factor",
         "to": "to", "from": "from", "in": "the number that comes in"}  # fmt: skip


def error(code: str, message: str, span: Span, **more: Any) -> ArchitectureError:
    return ArchitectureError(Diagnostic(code, message, span, **more))


def evaluate(expression: tree.Expression, values: Environment, span: Span | None = None) -> int:
    """The number of an expression. Raises ArchitectureError for a letter without a value.

    ``span`` is where errors point when the expression itself has no names to point at.
    """
    if isinstance(expression, int):
        return expression
    if isinstance(expression, tree.Name):
        if expression.name not in values:
            name = expression.name
            raise error("CNN008", f"{name} has no value", expression.span, label="which number?",
                        help=(f"give it one: --set {name}=2, or `where {name} = 2` behind the network",))  # fmt: skip
        return values[expression.name]
    left, right = evaluate(expression.left, values, span), evaluate(expression.right, values, span)
    if expression.op == "+":
        result = left + right
    elif expression.op == "-":
        result = left - right
    elif expression.op == "*":
        result = left * right
    else:
        if right == 0:
            raise error("CNN004", "a division by zero", span_of(expression) or span or NOWHERE)
        result = left // right
    if abs(result) > MAX_INTEGER:
        raise error("CNN009", "a number of too many digits", span_of(expression) or span or NOWHERE)
    return result


def span_of(expression: tree.Expression) -> Span | None:
    """The span of the names in an expression (plain numbers carry none)."""
    if isinstance(expression, int):
        return None
    if isinstance(expression, tree.Name):
        return expression.span
    spans = [span for part in (expression.left, expression.right) if (span := span_of(part)) is not None]
    if not spans:
        return None
    return Span(min(span.start for span in spans), max(span.end for span in spans))


@lru_cache(maxsize=8192)
def standard_layer(node: tree.Layer) -> Layer | None:
    """The layer of a node with the standard defaults; None where it takes a value or is wrong."""
    try:
        return build(node, NOTHING, STANDARD)
    except ArchitectureError:
        return None


@lru_cache(maxsize=8192)
def bound_layer(node: tree.Layer, bindings: tuple[tuple[str, int], ...]) -> Layer | None:
    """The layer of a node with letters, the standard defaults filled in; None where it is wrong."""
    try:
        return build(node, dict(bindings), STANDARD)
    except ArchitectureError:
        return None


@lru_cache(maxsize=8192)
def node_letters(node: tree.Layer) -> tuple[str, ...]:
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
        key = option.key if option.key is None or option.key in cls.reads else OPTION_WORDS.get(option.key.lower())
        how = cls.reads.get(key) if key is not None else None
        word = option.value.name.lower() if isinstance(option.value, tree.Name) else None
        if how == "flag" or (how or "").startswith("word:") or (how == "padding" and word in ("same", "valid")):
            continue  # bias=no, mode=bilinear, P=same: words, and no letters
        add(option.value)
    return tuple(found)


def build(node: tree.Layer, values: Environment, defaults: Defaults) -> Layer:
    """The layer of a node. Errors carry spans that count from the node's first character."""
    cls = KINDS[node.kind]
    given: dict[str, Any] = {}
    places: dict[str, Span] = {}

    unbound: ArchitectureError | None = None

    def give(key: str, value: Any, span: Span, whole: Span | None = None) -> None:
        nonlocal unbound
        if key in places:
            raise error("CNN001", f"{NAMES.get(key, key)} is given twice", whole or span,
                        help=("keep one of the two",))  # fmt: skip
        places[key] = whole or span
        try:
            given[key] = read(cls.reads[key], key, value, values, span)
        except ArchitectureError as wrong:
            if wrong.diagnostic.code != "CNN008":
                raise
            unbound = unbound or wrong  # what is wrong whatever the letter's value is said first

    if node.kernel is not None:
        span = node.span_of("kernel")
        if cls.kernel is None:
            raise error("CNN003", f"{node.kind} has no filter size", span,
                        help=(_no_kernel(node),))  # fmt: skip
        square = node.kernel.W == node.kernel.H and cls.reads[cls.kernel] == "positive"
        kernel = node.kernel.W if square else node.kernel
        give(cls.kernel, kernel, span)
    if node.size is not None:
        span = node.span_of("size")
        if cls.width is None:
            raise error("CNN003", f"{node.kind} takes no number of filters or units", span,
                        help=_no_width(node))  # fmt: skip
        give(cls.width, node.size, span)
    if node.shape is not None:
        span = node.span_of("shape")
        if "shape" not in cls.reads:
            raise error("CNN003", f"{node.kind} takes no shape", span,
                        help=(f"a shape that must come out is declared: {node.kind}: [..]",))  # fmt: skip
        give("shape", node.shape, span)
    bare = list(cls.positional)
    for option in node.options:
        if option.key is None:
            if not bare:
                raise error("CNN003", _no_bare(node, option), option.span, help=_options_help(cls))
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
    except Invalid as wrong:
        span = places.get(wrong.key, Span(0, len(node.text)))
        raise error(wrong.code, wrong.message, span) from None
    except Missing as missing:
        raise error("CNN001", f"{node.kind} needs {NAMES.get(missing.key, 'a ' + missing.key)}",
                    Span(0, len(node.text)), help=(f"as in {missing.example}",)) from None  # fmt: skip


def option_key(cls: type[Layer], option: tree.Option, node: tree.Layer) -> str:
    assert option.key is not None
    span = Span(option.span.start, option.span.start + len(option.key))
    lower = option.key.lower()
    if option.key == "k" and "F" in cls.reads and "K" in cls.reads:
        raise error("CNN003", "is k the number of filters, or the filter size?", span,
                    help=("K= is the number of filters, F= the filter size",))  # fmt: skip
    if option.key in cls.reads:
        return option.key
    key = OPTION_WORDS.get(lower)
    if key == "P" and "rate" in cls.reads:  # DROPOUT(p=0.5)
        key = "rate"
    if key == "F" and "factor" in cls.reads:
        key = "factor"
    if key is not None and key in cls.reads:
        return key
    known = {word: word for word in cls.reads if word != "shape"}
    known |= {word: name for word, name in OPTION_WORDS.items() if name in cls.reads}
    near = list(dict.fromkeys(known[word] for word in nearest(lower, known)))
    near = [name for name in near if _readable(cls, name, option.value)]
    if key is not None and near == [key]:
        near = []
    fixes = tuple(Fix(f"write {name}", (Edit(span, name),)) for name in near)
    hint = (f"did you mean {' or '.join(near)}?",) if near else _options_help(cls)
    raise error("CNN003", f"{node.kind} has no option {option.key}", span, help=hint, fixes=fixes)


def _readable(cls: type[Layer], key: str, value: Any) -> bool:
    """Could this value have been meant for that key?"""
    try:
        read(cls.reads[key], key, value, NOTHING, Span(0, 0))
    except ArchitectureError as wrong:
        return wrong.diagnostic.code == "CNN008"
    return True


def _options_help(cls: type[Layer]) -> tuple[str, ...]:
    keys = [key for key in cls.reads if key != "shape"]
    return (f"{cls.kind} takes {', '.join(keys)}" if keys else f"{cls.kind} takes no options",)


def _no_kernel(node: tree.Layer) -> str:
    assert node.kernel is not None
    if node.kind == "FC":
        return f"units follow a hyphen: FC-{node.kernel.W}"
    return f"write {node.kind}"


def _no_width(node: tree.Layer) -> tuple[str, ...]:
    if node.kind in ("POOL", "AVGPOOL"):
        return (f"the depth stays; a window of {node.size} is {node.kind}{node.size}",)
    return ("the depth stays",)


def _no_bare(node: tree.Layer, option: tree.Option) -> str:
    value = option.value.name if isinstance(option.value, tree.Name) else option.value
    if isinstance(value, tree.Pair):
        value = f"{value.W}x{value.H}"
    return f"what does {value} stand for in {node.kind}?"


def read(how: str, key: str, value: Any, values: Environment, span: Span) -> Any:
    """One written value as the number, pair, flag or word that ``how`` says."""
    what = NAMES.get(key, key)

    def number(part: Any, least: int) -> int:
        if isinstance(part, (float, str)):
            raise error("CNN004", f"{what} must be a whole number, not {part}", span)
        try:
            result = evaluate(part, values)
        except ArchitectureError as unbound:
            if unbound.diagnostic.code != "CNN008":
                raise error(unbound.diagnostic.code, unbound.diagnostic.message, span) from None
            found = unbound.diagnostic
            raise error("CNN008", found.message, span, label=found.label, help=found.help) from None
        if result < least:
            raise error("CNN004", f"{what} is {result}, and must be at least {least}", span)
        return result

    if how in ("positive", "zero"):
        if isinstance(value, tree.Pair):
            raise error("CNN004", f"{what} is one number, not a pair", span)
        return number(value, 1 if how == "positive" else 0)
    word = _word(value)
    if how == "padding" and word is not None and word.lower() in ("same", "valid"):
        return word.lower()
    if how in ("pair", "zero-pair", "padding"):
        least = 1 if how == "pair" else 0
        if isinstance(value, tree.Pair):
            return number(value.W, least), number(value.H, least)
        if how == "zero-pair" and word is not None and word.lower() in ("same", "valid"):
            raise error("CNN004", f"{what} is a number here; P={word.lower()} is for CONV and DWCONV", span,
                        help=("P=0 is what valid means, P=1 keeps the size of a 3x3 window at stride 1",))  # fmt: skip
        if isinstance(value, str):
            raise error("CNN004", f"{what} cannot be {value!r}", span, help=_padding_help(how, value))
        if how == "padding" and word is not None and word not in values and nearest(word.lower(), ("same", "valid")):
            raise error("CNN004", f"{what} cannot be {word!r}", span, help=_padding_help(how, word))
        both = number(value, least)
        return both, both
    if how == "flag":
        text = str(value) if isinstance(value, int) else _word(value)
        if text is None or text.lower() not in FLAGS:
            raise error("CNN004", f"{key} is yes or no", span)
        return FLAGS[text.lower()]
    if how == "rate":
        if isinstance(value, float):
            return value
        if isinstance(value, (tree.Pair, str)):
            raise error("CNN004", f"{key} is one number between 0 and 1", span)
        return float(number(value, 0))
    if how.startswith("word:"):
        words = how[5:].split()
        text = _word(value)
        if text is None or text.lower() not in words:
            near = nearest(str(text).lower(), words)
            raise error("CNN004", f"{key} is {' or '.join(words)}", span,
                        help=(f"did you mean {near[0]}?",) if near else ())  # fmt: skip
        return text.lower()
    assert how in ("shape2", "shape3")
    if len(value) != int(how[5]):
        example = "CROP[24x24]" if how == "shape2" else "INPUT[32x32x3]"
        raise error("CNN001", f"expected {how[5]} sizes, as in {example}", span)
    for axis, part in zip("WHD", value, strict=False):
        what = axis
        number(part, 1)
    return tuple(number(part, 1) for part in value)


def _word(value: Any) -> str | None:
    if isinstance(value, tree.Name):
        return value.name
    return value if isinstance(value, str) else None


def _padding_help(how: str, value: str) -> tuple[str, ...]:
    near = nearest(value.lower(), ("same", "valid")) if how == "padding" else []
    return (f"did you mean {near[0]}?",) if near else ()


def letters(expression: tree.Expression) -> set[str]:
    """The variables of an expression."""
    if isinstance(expression, tree.Name):
        return {expression.name}
    if isinstance(expression, tree.Binary):
        return letters(expression.left) | letters(expression.right)
    return set()


@lru_cache(maxsize=8192)
def canonical_layer(node: tree.Layer, bindings: tuple[tuple[str, int], ...]) -> str:
    """A layer in canonical text, with its letters replaced by their values."""
    from cnnsize.syntax.format import layer  # late: sizing alone never formats

    return layer(with_values(node, dict(bindings)) if bindings else node)


def with_values(node: tree.Layer, values: Environment) -> tree.Layer:
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
