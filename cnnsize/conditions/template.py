"""Messages with facts in braces, such as ``{F}x{F} window``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsize.conditions.checker import ExpressionError, Facts, with_article
from cnnsize.conditions.expression import FORMAT_SPEC, MAX_LENGTH, Expression, parse


class Template:
    """A message with values in braces. ``names`` are the facts that it uses."""

    __slots__ = ("names", "parts", "text")

    def __init__(self, text: str, parts: tuple[str | tuple[Expression, str], ...]) -> None:
        self.text = text
        self.parts = parts
        self.names = frozenset(
            name for part in parts if not isinstance(part, str) for name in part[0].names
        )

    def __repr__(self) -> str:
        return f"<Template {self.text!r}>"

    def render(self, facts: Facts) -> str:
        """Return the message with values filled in; ``?`` for an undefined one."""
        texts: list[str] = []
        for part in self.parts:
            if isinstance(part, str):
                texts.append(part)
                continue
            expression, spec = part
            try:
                texts.append(format_value(expression.evaluate(facts), expression.kind, spec))
            except (ArithmeticError, ValueError):
                texts.append("?")
        return "".join(texts)

    def source(self, facts: str = "f") -> str:
        """Return the message as a Python expression, with each fact looked up in ``facts``."""
        pieces: list[str] = []
        for part in self.parts:
            if isinstance(part, str):
                pieces.append(repr(part))
            else:
                expression, spec = part
                code = expression.source(facts)
                if expression.kind == "flag":
                    pieces.append(f"('yes' if {code} else 'no')")
                elif expression.kind == "word":
                    pieces.append(f"({code})")
                else:
                    spec = spec or ("" if expression.kind == "integer" else ".4g")
                    value = f"float({code})" if expression.kind == "number" else code
                    pieces.append(f"format({value}, {spec!r})" if spec else f"str({code})")
        return " + ".join(pieces) or "''"


def format_value(value: Any, kind: str, spec: str) -> str:
    """Return a value as messages print it."""
    if kind == "flag":
        return "yes" if value else "no"
    if kind == "word":
        return str(value)
    if kind == "number":
        return format(float(value), spec or ".4g")
    return format(value, spec) if spec else str(value)


def parse_template(text: str, names: Mapping[str, str]) -> Template:
    """Check and compile a message. Raises ExpressionError."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            f"{len(text):,} characters, more than the limit of {MAX_LENGTH:,}", MAX_LENGTH
        )
    parts: list[str | tuple[Expression, str]] = []
    plain: list[str] = []
    offset = 0
    while offset < len(text):
        character = text[offset]
        if character in "{}" and text[offset : offset + 2] == character * 2:
            plain.append(character)
            offset += 2
        elif character == "}":
            raise ExpressionError("unmatched '}'; write '}}' for a literal brace", offset)
        elif character == "{":
            end, colon = _field_end(text, offset)
            if plain:
                parts.append("".join(plain))
                plain = []
            parts.append(_parse_field(text, offset + 1, colon, end, names))
            offset = end + 1
        else:
            if character < " " and character != "\n":
                raise ExpressionError(f"{character!r} is not allowed in a message", offset)
            plain.append(character)
            offset += 1
    if plain:
        parts.append("".join(plain))
    return Template(text, tuple(parts))


def _parse_field(
    text: str, start: int, colon: int | None, end: int, names: Mapping[str, str]
) -> tuple[Expression, str]:
    """Return the expression and the format of a field, ``F`` or ``F:,``, between its braces."""
    try:
        value = parse(text[start : end if colon is None else colon], names)
    except ExpressionError as error:
        raise ExpressionError(error.message, start + error.offset) from None
    if colon is None:
        return value, ""
    spec = text[colon + 1 : end]
    if not FORMAT_SPEC.fullmatch(spec):
        raise ExpressionError(
            f"unknown format {spec!r}; the formats are , d .1f .0% .3g", colon + 1
        )
    if value.kind not in ("integer", "number"):
        raise ExpressionError(f"{with_article(value.kind)} takes no format", colon + 1)
    if spec.endswith("d") and value.kind != "integer":
        raise ExpressionError("format d is only for whole numbers", colon + 1)
    return value, spec


def _field_end(text: str, start: int) -> tuple[int, int | None]:
    """Return where the brace at ``start`` closes, and where its colon is (None for no format)."""
    depth = 0
    quote = ""
    colon: int | None = None
    for offset in range(start + 1, len(text)):
        character = text[offset]
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character == "{":
            break
        elif character == "}":
            return offset, colon
        elif character == ":" and depth == 0 and colon is None:
            colon = offset
    raise ExpressionError("unclosed '{'; write '{{' for a literal brace", start)
