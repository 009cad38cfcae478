"""Read the options of a layer."""

from __future__ import annotations

from typing import Any

from cnnsize.language import tree
from cnnsize.language.arithmetic import NO_VALUES, Environment, evaluate
from cnnsize.layers.base import Layer
from cnnsize.layers.names import OPTION_WORDS
from cnnsize.text.diagnostic import ArchitectureError, Edit, Fix, error
from cnnsize.text.span import Span
from cnnsize.text.suggest import nearest

FLAGS = {
    "yes": True,
    "no": False,
    "true": True,
    "false": False,
    "on": True,
    "off": False,
    "1": True,
    "0": False,
}
NAMES = {
    "K": "the number of filters or units",
    "F": "the filter size",
    "S": "the stride",
    "P": "the padding",
    "D": "the dilation",
    "G": "the number of groups",
    "M": "the multiplier",
    "factor": "the factor",
    "to": "to",
    "from": "from",
    "in": "the number that comes in",
}


def option_key(cls: type[Layer], option: tree.Option, node: tree.LayerNode) -> str:
    assert option.key is not None
    span = Span(option.span.start, option.span.start + len(option.key))
    lower = option.key.lower()
    if option.key == "k" and "F" in cls.reads and "K" in cls.reads:
        raise error(
            "CNN003",
            "is k the number of filters, or the filter size?",
            span,
            help=("K= is the number of filters, F= the filter size",),
        )
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
    hint = (f"did you mean {' or '.join(near)}?",) if near else options_help(cls)
    raise error("CNN003", f"{node.kind} has no option {option.key}", span, help=hint, fixes=fixes)


def _readable(cls: type[Layer], key: str, value: Any) -> bool:
    """Could this value have been meant for that key?"""
    try:
        parse_option_value(cls.reads[key], key, value, NO_VALUES, Span(0, 0))
    except ArchitectureError as wrong:
        return wrong.diagnostic.code == "CNN008"
    return True


def options_help(cls: type[Layer]) -> tuple[str, ...]:
    keys = [key for key in cls.reads if key != "shape"]
    return (f"{cls.kind} takes {', '.join(keys)}" if keys else f"{cls.kind} takes no options",)


def parse_option_value(how: str, key: str, value: Any, values: Environment, span: Span) -> Any:
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
            raise error(
                "CNN004",
                f"{what} is a number here; P={word.lower()} is for CONV and DWCONV",
                span,
                help=("P=0 is what valid means, P=1 keeps the size of a 3x3 window at stride 1",),
            )
        if isinstance(value, str):
            raise error(
                "CNN004", f"{what} cannot be {value!r}", span, help=_padding_help(how, value)
            )
        if (
            how == "padding"
            and word is not None
            and word not in values
            and nearest(word.lower(), ("same", "valid"))
        ):
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
            raise error(
                "CNN004",
                f"{key} is {' or '.join(words)}",
                span,
                help=(f"did you mean {near[0]}?",) if near else (),
            )
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
