"""Parse the options of a layer."""

from __future__ import annotations

from typing import Any

from cnnsize.language import tree
from cnnsize.language.arithmetic import NO_VALUES, Environment, evaluate
from cnnsize.layers.base import Layer
from cnnsize.layers.names import OPTION_WORDS
from cnnsize.text.diagnostic import ArchitectureError, Edit, Fix, error
from cnnsize.text.english import alternatives
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
PADDING_WORDS = ("same", "valid")
NAMES = {  # as messages name the options
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
    "in": "the number of inputs",
}


def option_key(cls: type[Layer], option: tree.Option, node: tree.LayerNode) -> str:
    """Return the canonical key of a named option. Raises ArchitectureError for an unknown one."""
    assert option.key is not None
    span = Span(option.span.start, option.span.start + len(option.key))
    lower = option.key.lower()
    if option.key == "k" and "F" in cls.reads and "K" in cls.reads:
        raise error(
            "CNN003",
            "k is ambiguous: the number of filters or the filter size",
            span,
            help=("write K= for the number of filters, or F= for the filter size",),
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
    near = [name for name in near if _is_valid(cls, name, option.value)]
    if key is not None and near == [key]:
        near = []
    fixes = tuple(Fix(f"write {name}", (Edit(span, name),)) for name in near)
    hint = (f"did you mean {alternatives(near)}?",) if near else options_help(cls)
    raise error("CNN003", f"{node.kind} has no option {option.key}", span, help=hint, fixes=fixes)


def _is_valid(cls: type[Layer], key: str, value: Any) -> bool:
    """Return whether an option may have a value; one with letters may."""
    try:
        parse_option_value(cls.reads[key], key, value, NO_VALUES, Span(0, 0))
    except ArchitectureError as error:
        return error.diagnostic.code == "CNN008"
    return True


def options_help(cls: type[Layer]) -> tuple[str, ...]:
    """Return a help line that lists the options of a kind."""
    keys = [key for key in cls.reads if key != "shape"]
    return (f"{cls.kind} takes {', '.join(keys)}" if keys else f"{cls.kind} takes no options",)


def parse_option_value(how: str, key: str, value: Any, values: Environment, span: Span) -> Any:
    """Return a written value as the number, pair, flag or word that ``how`` asks for.

    ``how`` is an entry of ``Layer.reads``. Raises ArchitectureError.
    """
    what = NAMES.get(key, key)
    if how in ("positive", "zero"):
        if isinstance(value, tree.Pair):
            raise error("CNN004", f"{what} must be one number, not a pair", span)
        return _number(value, what, values, span, least=1 if how == "positive" else 0)
    if how in ("pair", "zero-pair", "padding"):
        return _pair(how, what, value, values, span)
    if how == "flag":
        text = str(value) if isinstance(value, int) else _word(value)
        if text is None or text.lower() not in FLAGS:
            raise error("CNN004", f"{key} must be yes or no", span)
        return FLAGS[text.lower()]
    if how == "rate":
        if isinstance(value, float):
            return value
        if isinstance(value, (tree.Pair, str)):
            raise error("CNN004", f"{key} must be one number between 0 and 1", span)
        return float(_number(value, what, values, span, least=0))
    if how.startswith("word:"):
        return _one_of(how[5:].split(), key, value, span)
    assert how in ("shape2", "shape3")
    if len(value) != int(how[5]):
        example = "CROP[24x24]" if how == "shape2" else "INPUT[32x32x3]"
        raise error("CNN001", f"expected {how[5]} sizes, as in {example}", span)
    return tuple(
        [
            _number(side, axis, values, span, least=1)
            for axis, side in zip("WHD", value, strict=False)
        ]
    )


def _number(value: Any, what: str, values: Environment, span: Span, *, least: int) -> int:
    """Return a whole number of at least ``least``; ``what`` names it in messages."""
    if isinstance(value, (float, str)):
        raise error("CNN004", f"{what} must be a whole number, not {value}", span)
    try:
        number = evaluate(value, values)
    except ArchitectureError as raised:
        diagnostic = raised.diagnostic
        if diagnostic.code != "CNN008":
            raise error(diagnostic.code, diagnostic.message, span) from None
        raise error(
            "CNN008", diagnostic.message, span, label=diagnostic.label, help=diagnostic.help
        ) from None
    if number < least:
        raise error("CNN004", f"{what} is {number}, but it must be at least {least}", span)
    return number


def _pair(
    how: str, what: str, value: Any, values: Environment, span: Span
) -> tuple[int, int] | str:
    """Return a pair of numbers, W and H; or the word ``same`` or ``valid`` for a padding."""
    least = 1 if how == "pair" else 0
    word = _word(value)
    lower = None if word is None else word.lower()
    if how == "padding" and lower in PADDING_WORDS:
        return lower
    if isinstance(value, tree.Pair):
        w, h = [_number(side, what, values, span, least=least) for side in value]
        return w, h
    if how == "padding" and lower == "full" and word not in values:
        raise error(
            "CNN004",
            f"{what} cannot be full",
            span,
            help=("full is F - 1, as in CONV3(P=2); the words are same and valid",),
        )
    if how == "zero-pair" and lower in PADDING_WORDS:
        raise error("CNN004", f"{what} must be a number, and cannot be {lower!r}", span)
    near = nearest(lower, PADDING_WORDS) if lower is not None and how == "padding" else []
    is_misspelt = near and word not in values
    if word is not None and (isinstance(value, str) or is_misspelt):
        help = (f"did you mean {near[0]}?",) if near else ()
        raise error("CNN004", f"{what} cannot be {word!r}", span, help=help)
    number = _number(value, what, values, span, least=least)
    return number, number


def _one_of(words: list[str], key: str, value: Any, span: Span) -> str:
    """Return a written word in lower case; it must be one of ``words``."""
    text = _word(value)
    if text is None or text.lower() not in words:
        near = nearest(str(text).lower(), words)
        help = (f"did you mean {near[0]}?",) if near else ()
        raise error("CNN004", f"{key} must be {alternatives(words)}", span, help=help)
    return text.lower()


def _word(value: Any) -> str | None:
    """Return a value that is a word or a text; None for any other."""
    if isinstance(value, tree.Name):
        return value.name
    return value if isinstance(value, str) else None
