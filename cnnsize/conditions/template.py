"""Messages with facts in braces, such as ``{F}x{F} window``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsize.conditions.checker import ExpressionError, Facts, with_article
from cnnsize.conditions.expression import MAX_LENGTH, SPEC, Expression, parse


class Template:
    """A message with values in braces."""

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
        out: list[str] = []
        for part in self.parts:
            if isinstance(part, str):
                out.append(part)
                continue
            try:
                out.append(shown(part[0].evaluate(facts), part[0].kind, part[1]))
            except (ArithmeticError, ValueError):
                out.append("?")
        return "".join(out)

    def source(self, facts: str = "f") -> str:
        """The same as a Python expression that gives the text."""
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


def shown(value: Any, kind: str, spec: str) -> str:
    """A value as a message says it."""
    if kind == "flag":
        return "yes" if value else "no"
    if kind == "word":
        return str(value)
    if kind == "number":
        return format(float(value), spec or ".4g")
    return format(value, spec) if spec else str(value)


def parse_template(text: str, names: Mapping[str, str]) -> Template:
    """Checks and compiles a message. Raises ExpressionError."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"{len(text):,} characters; the most is {MAX_LENGTH:,}", MAX_LENGTH)
    parts: list[str | tuple[Expression, str]] = []
    plain: list[str] = []
    at = 0
    while at < len(text):
        character = text[at]
        if character in "{}" and text[at : at + 2] == character * 2:
            plain.append(character)
            at += 2
        elif character == "}":
            raise ExpressionError("a '}' that closes nothing; a brace itself is written '}}'", at)
        elif character == "{":
            end, colon = _field(text, at)
            inside = text[at + 1 : colon if colon is not None else end]
            spec = "" if colon is None else text[colon + 1 : end]
            try:
                value = parse(inside, names)
            except ExpressionError as wrong:
                raise ExpressionError(wrong.message, at + 1 + wrong.offset) from None
            if colon is not None:
                if not SPEC.fullmatch(spec):
                    raise ExpressionError(
                        f"{spec!r} is no format; there is , d .1f .0% .3g", colon + 1
                    )
                if value.kind not in ("integer", "number"):
                    raise ExpressionError(f"{with_article(value.kind)} takes no format", colon + 1)
                if spec.endswith("d") and value.kind != "integer":
                    raise ExpressionError("d is for whole numbers", colon + 1)
            if plain:
                parts.append("".join(plain))
                plain = []
            parts.append((value, spec))
            at = end + 1
        else:
            if character < " " and character != "\n":
                raise ExpressionError(f"{character!r} has no place in a message", at)
            plain.append(character)
            at += 1
    if plain:
        parts.append("".join(plain))
    return Template(text, tuple(parts))


def _field(text: str, start: int) -> tuple[int, int | None]:
    """Where the braces that open at ``start`` close, and where their format begins."""
    depth = 0
    quote = ""
    colon: int | None = None
    for at in range(start + 1, len(text)):
        character = text[at]
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
            return at, colon
        elif character == ":" and depth == 0 and colon is None:
            colon = at
    raise ExpressionError("this brace is never closed; a brace itself is written '{{'", start)
