"""Fenced blocks in Markdown, MyST and Quarto, wherever they stand: in lists, in quotations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cnnsize.files.extract.excerpt import Excerpt
from cnnsize.text.span import Span
from cnnsize.text.view import View

if TYPE_CHECKING:
    from markdown_it.token import Token


FENCE = r"(?m)^[^\n`~]*(?:```|~~~)[^\n]*\bcnn\b"  # what a text must hold to be worth reading
LINE = r"[^\r\n]*(?:\r\n?|\n|$)"  # a line as CommonMark counts them
SWITCH = r"(?:<!--|\{/\*)\s*cnnsize:\s*(off|on)\s*(?:-->|\*/\})"  # in HTML, and in MDX
CODE = r"\{(?:code-block|code|code-cell|sourcecode)\}(.*)"  # a directive of MyST that shows code
# and one that holds Markdown
NESTED = r"\{(?!(?:code|sourcecode|python|r|julia|raw|math|mermaid)\b)[A-Za-z][\w:+.-]*\}.*"
ADMONITION = (
    r"[ \t>]*(?:!!!|\?\?\?\+?|===[!+]?)[ \t]+\S"  # of MkDocs: what is indented below is Markdown
)
OPTION = r"[ \t]*:[\w-]+:.*"  # of a directive, above its body
# YAML at the top is no Markdown
FRONT = r"---[ \t]*\r?\n[\w-]+[ \t]*:(?s:.*?)\n(?:---|\.\.\.)[ \t]*(?:\r?\n|$)"
MAX_NESTED = 10  # directives within directives
HOW = ("skip", "bad")


def words_of(info: str) -> list[str]:
    """What is said behind the mark of a fence: ``cnn bad``, ``{code-block} cnn``, ``{.cnn .bad}``,
    ``cnn{1,2}``.
    """
    directive = re.fullmatch(CODE, info.strip())
    info = re.sub(
        r"\"[^\"]*\"|'[^']*'", "", directive[1] if directive else info
    )  # a title may say anything
    return [word.removeprefix(".") for word in re.split(r"[\s,{}]+", info) if word]


def expected(words: list[str]) -> str:
    return next((how for how in HOW if how in words), "")


class CodeBlocks(NamedTuple):
    """The fences of a text whose first word is cnn, and where code of any sort stands."""

    fences: list[Excerpt]
    code: list[Span]


def find(text: str, depth: int = 0) -> CodeBlocks:
    """What code a text in Markdown holds. Costs nothing where none can be meant for us."""
    found = CodeBlocks([], [])
    if re.search(FENCE, text) is None and "cnnsize:" not in text:
        return found
    from markdown_it import MarkdownIt  # late: few files have a fence

    reader = MarkdownIt("commonmark")
    reader.core.ruler.enableOnly(["normalize", "block"])
    front = re.match(FRONT, text) if not depth else None
    start = front.end() if front is not None else 0
    lines = [one.span() for one in re.compile(LINE).finditer(text, start)]
    for token in reader.parse(text[start:]):
        if token.type not in ("fence", "code_block") or token.map is None:
            continue
        first, last = token.map
        words = words_of(token.info)
        if token.type == "code_block":
            above = next(
                (at for at in range(first - 1, -1, -1) if text[slice(*lines[at])].strip()), None
            )
            nested = above is not None and re.match(ADMONITION, text[slice(*lines[above])])
        else:
            nested = words != ["cnn"] and re.fullmatch(NESTED, token.info.strip())
        if nested and depth < MAX_NESTED:
            body = View.of(text).part(*_body(text, token, lines))
            inner = find(body.text, depth + 1)
            found.fences.extend(one.inside(body) for one in inner.fences)
            found.code.extend(body.span(*one) for one in inner.code)
            continue
        found.code.append(Span(lines[first][0], lines[last - 1][1]))
        if token.type == "fence" and words[:1] == ["cnn"]:
            found.fences.append(_fence(text, token, lines, words))
    return found


def _fence(text: str, token: Token, lines: list[tuple[int, int]], words: list[str]) -> Excerpt:
    assert token.map is not None
    first = token.map[0]
    spans = _body(text, token, lines)
    if re.fullmatch(CODE, token.info.strip()):
        spans = spans[_options(token.content.split("\n")) :]
    start = text.find(token.markup, *lines[first]) + len(token.markup)
    head = text[start : lines[first][1]]
    start += len(head) - len(head.lstrip())
    return Excerpt(
        View.of(text).part(*spans), "fence", Span(start, start + len(head.strip())), expected(words)
    )


def _body(text: str, token: Token, lines: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The lines between the marks of a fence, or of an indented block, without what stands before
    each.
    """
    assert token.map is not None
    body = token.content.removesuffix("\n").split("\n") if token.content else []
    first = token.map[0] + (token.type == "fence")
    return [_inner(text, lines[number], content) for number, content in enumerate(body, first)]


def _options(body: list[str]) -> int:
    """How many lines of a directive are its options: ``:name: value``, or YAML between two lines of
    ``---``.
    """
    if body[0].strip() == "---":
        return next((at for at, line in enumerate(body[1:], 2) if line.strip() == "---"), 0)
    return next((at for at, line in enumerate(body) if not re.fullmatch(OPTION, line)), len(body))


def _inner(text: str, line: tuple[int, int], content: str) -> tuple[int, int]:
    """A line of a fence without what stands before it: its indentation, the mark of a quotation."""
    start, end = line
    if not text[start:end].rstrip("\r\n").endswith(content):
        content = content.lstrip(" ")  # half of a tab was indentation
    return end - len(text[start:end]) + len(text[start:end].rstrip("\r\n")) - len(content), end
