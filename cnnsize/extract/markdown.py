"""Fenced blocks in Markdown, MyST and Quarto, wherever they stand: in lists, in quotations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cnnsize.extract.excerpt import Excerpt
from cnnsize.extract.view import View
from cnnsize.source import Span

if TYPE_CHECKING:
    from markdown_it.token import Token

FENCE = r"(?:```|~~~)[^\n]*\bcnn\b"  # what a text must hold to be worth reading
LINE = r"[^\r\n]*(?:\r\n?|\n|$)"  # a line as CommonMark counts them
SWITCH = r"<!--\s*cnnsize:\s*(off|on)\s*-->"
DIRECTIVE = r"\{(?:code-block|code|code-cell|sourcecode)\}(.*)"  # of MyST
BRACES = r"\{([^{}]*)\}(.*)"  # of Quarto and Pandoc
OPTION = r"[ \t]*:[\w-]+:.*"  # of a directive, above its body
HOW = ("skip", "bad")


def words_of(info: str) -> list[str]:
    """What is said behind the mark of a fence: ``cnn bad``, ``{code-block} cnn``, ``{.cnn .bad}``."""
    info = info.strip()
    directive = re.fullmatch(DIRECTIVE, info)
    braces = re.fullmatch(BRACES, info)
    if directive:
        info = directive[1]
    elif braces:
        info = f"{braces[1]} {braces[2]}"
    return [word.removeprefix(".") for word in re.split(r"[\s,]+", info) if word]


def expected(words: list[str]) -> str:
    return next((how for how in HOW if how in words), "")


class Found(NamedTuple):
    """The fences of a text whose first word is cnn, and where code of any sort stands."""

    fences: list[Excerpt]
    code: list[Span]


def find(text: str) -> Found:
    """What code a text in Markdown holds. Costs nothing where none can be meant for us."""
    found = Found([], [])
    if re.search(FENCE, text) is None and "cnnsize:" not in text:
        return found
    from markdown_it import MarkdownIt  # late: few files have a fence

    reader = MarkdownIt("commonmark")
    reader.core.ruler.enableOnly(["normalize", "block"])
    lines = [one.span() for one in re.finditer(LINE, text)]
    for token in reader.parse(text):
        if token.type in ("fence", "code_block") and token.map is not None:
            first, last = token.map
            found.code.append(Span(lines[first][0], lines[last - 1][1]))
            if token.type == "fence":
                words = words_of(token.info)
                if words[:1] == ["cnn"]:
                    found.fences.append(_fence(text, token, lines, words))
    return found


def _fence(text: str, token: Token, lines: list[tuple[int, int]], words: list[str]) -> Excerpt:
    assert token.map is not None
    first = token.map[0]
    body = token.content.removesuffix("\n").split("\n") if token.content else []
    spans = [_inner(text, lines[number], content) for number, content in enumerate(body, first + 1)]
    if re.fullmatch(DIRECTIVE, token.info.strip()):
        options = next((at for at, content in enumerate(body) if not re.fullmatch(OPTION, content)), len(body))
        spans = spans[options:]
    start = text.find(token.markup, *lines[first]) + len(token.markup)
    head = text[start : lines[first][1]]
    start += len(head) - len(head.lstrip())
    return Excerpt(View.of(text).part(*spans), "fence", Span(start, start + len(head.strip())), expected(words))


def _inner(text: str, line: tuple[int, int], content: str) -> tuple[int, int]:
    """A line of a fence without what stands before it: its indentation, the mark of a quotation."""
    start, end = line
    if not text[start:end].rstrip("\r\n").endswith(content):
        content = content.lstrip(" ")  # half of a tab was indentation
    return end - len(text[start:end]) + len(text[start:end].rstrip("\r\n")) - len(content), end
