"""The tokens of Python that matter to an extractor, up to where a file stops being Python."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator
from io import StringIO
from typing import NamedTuple

from cnnsize.text.source import line_starts

LITERAL_START = r"([A-Za-z]{0,2})(\"\"\"|'''|\"|')"
LINE_TOKENS = (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


def _token_types(*names: str) -> set[int]:
    """Return the numbers of token types; some exist in newer versions of Python only."""
    return {number for name in names if (number := getattr(tokenize, name, None)) is not None}


TEMPLATE_STARTS = _token_types("FSTRING_START", "TSTRING_START")
TEMPLATE_ENDS = _token_types("FSTRING_END", "TSTRING_END")


class Token(NamedTuple):
    """A token of Python. An f-string is one token, whichever version of Python reads it."""

    kind: str  # string, comment, line, broken or other
    start: int
    end: int
    text: str  # of an "other" token; of a "broken" one, why the rest is not searched


def read_marked_tokens(text: str) -> Iterator[Token]:
    """Yield the tokens up to the end of the statement with the last mark for us in a text.

    What announces a network holds the letters cnn, and what is after the last of them cannot matter.
    """
    last = text.rfind("cnn")
    for token in read_tokens(text):
        yield token
        if token.kind == "line" and token.start > last:
            return


def read_tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a text; the last one is "broken" if the text is not Python to its end."""
    lines = line_starts(text)
    template_depth = start = end = 0
    open_brackets: list[Token] = []
    try:
        for token in tokenize.generate_tokens(StringIO(without_magics(text)).readline):
            row, column = token.start
            begin = lines[min(row, len(lines)) - 1] + column
            row, column = token.end
            end = lines[min(row, len(lines)) - 1] + column
            if token.type in TEMPLATE_STARTS:
                start = start if template_depth else begin
                template_depth += 1
            elif token.type in TEMPLATE_ENDS:
                template_depth -= 1
                if not template_depth:
                    yield Token("string", start, end, "")
            elif template_depth or token.type == tokenize.NL:
                continue
            elif token.type == tokenize.COMMENT:
                yield Token("comment", begin, end, "")
            elif token.type == tokenize.STRING:
                yield Token("string", begin, _literal_end(text, begin, end), "")
            elif token.type in LINE_TOKENS:
                yield Token("line", begin, end, "")
            else:
                other = Token("other", begin, end, token.string)
                if token.string in ("(", "[", "{"):
                    open_brackets.append(other)
                elif token.string in (")", "]", "}") and open_brackets:
                    open_brackets.pop()
                yield other
    except (tokenize.TokenError, SyntaxError) as error:
        if open_brackets:
            _, start, end, bracket = open_brackets[-1]
            note = f"'{bracket}' is never closed, so the text after it is not fully searched"
            yield Token("broken", start, end, note)
        else:
            note = f"not Python from here on ({error.args[0]}), so the rest is not searched"
            yield Token("broken", end, end, note)


def _literal_end(text: str, start: int, end: int) -> int:
    """Return the offset after the last quote of a literal.

    Python 3.12.1 miscounts after characters that take several bytes in UTF-8.
    """
    head = re.compile(LITERAL_START).match(text, start)
    if head is None:
        return end
    is_complete = text.endswith(head[2], start, end) and end - start >= len(head[0]) + len(head[2])
    if is_complete:
        return end
    rest = re.compile(rf"(?s)(?:[^\\]|\\.)*?{head[2]}").match(text, head.end())
    return end if rest is None else rest.end()


def without_magics(text: str) -> str:
    """Return the text with commands of notebooks turned into comments of the same length."""
    return re.sub(r"(?m)^([ \t]*)[%!](?=[\w%!({ ])", r"\1#", text)
