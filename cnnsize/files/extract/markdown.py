"""Markdown, MyST and Quarto: fenced blocks, also in lists, in quotations and in directives."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from cnnsize.files.extract.excerpt import Excerpt, Spans, expected
from cnnsize.files.extract.plain import with_inline_networks
from cnnsize.files.extract.registry import CommentTest
from cnnsize.text.span import Span
from cnnsize.text.view import View

if TYPE_CHECKING:
    from markdown_it.token import Token


FENCE = r"(?m)^[^\n`~]*(?:```|~~~)[^\n]*\bcnn\b"  # a text without this has no block for us
LINE = r"[^\r\n]*(?:\r\n?|\n|$)"  # a line as CommonMark counts them
CODE_DIRECTIVE = r"\{(?:code-block|code|code-cell|sourcecode)\}(.*)"  # of MyST
OWN_DIRECTIVE = r"\{cnn\}"  # of ``cnnsize.sphinx``
# a directive of MyST whose body is Markdown
CONTENT_DIRECTIVE = (
    r"\{(?!(?:code|sourcecode|python|r|julia|raw|math|mermaid)\b)[A-Za-z][\w:+.-]*\}.*"
)
ADMONITION = r"[ \t>]*(?:!!!|\?\?\?\+?|===[!+]?)[ \t]+\S"  # of MkDocs, with an indented body
OPTION = r"[ \t]*:[\w-]+:.*"  # of a directive, above its body
# YAML at the top of a file, which is not Markdown
FRONT_MATTER = r"---[ \t]*\r?\n[\w-]+[ \t]*:(?s:.*?)\n(?:---|\.\.\.)[ \t]*(?:\r?\n|$)"
MAX_NESTED = 10  # directives within directives
LineSpans = list[tuple[int, int]]


class CodeBlocks(NamedTuple):
    """The fenced blocks whose first word is cnn, and the spans of all code blocks."""

    fences: list[Excerpt]
    spans: list[Span]


def extract(text: str, unmarked: Collection[str] = ()) -> list[Excerpt]:
    """Return the networks of a Markdown text."""
    code = find_code(text)
    examples = Spans(code.spans)

    def marker_allowed(offset: int) -> bool:
        # in prose, a line such as "# cnnsize: ..." is a heading
        return examples.contains(offset) or _follows_comment_start(text, offset)

    return with_inline_networks(
        text, code.fences, unmarked, examples=code.spans, marker_allowed=marker_allowed
    )


def comment_test(text: str) -> CommentTest:
    """Return a function that tells whether an HTML comment begins at an offset, not in code."""

    @cache
    def code() -> Spans:  # which takes long, and is seldom asked for
        return Spans(find_code(text).spans)

    return lambda offset: text.startswith("<!--", offset) and not code().contains(offset)


def _follows_comment_start(text: str, offset: int) -> bool:
    """Return whether a comment of HTML or MDX begins just before an offset."""
    return text[max(0, offset - 200) : offset].rstrip().endswith(("<!--", "{/*"))


def info_words(info: str) -> list[str]:
    """Return the words after the mark of a fence.

    It reads ``cnn bad``, ``{code-block} cnn``, ``{.cnn .bad}`` and ``cnn{1,2}``.
    """
    directive = re.fullmatch(CODE_DIRECTIVE, info.strip())
    words = directive[1] if directive else info
    words = re.sub(r"\"[^\"]*\"|'[^']*'", "", words)  # a title may say anything
    return [word.removeprefix(".") for word in re.split(r"[\s,{}]+", words) if word]


def may_hold_fence(text: str) -> bool:
    """Return whether a text may hold a fenced block that is meant for us."""
    return ("```" in text or "~~~" in text) and re.search(FENCE, text) is not None


def find_code(text: str, depth: int = 0) -> CodeBlocks:
    """Return the code blocks of a Markdown text, none if no block can be meant for us."""
    code = CodeBlocks([], [])
    if not may_hold_fence(text) and "cnnsize:" not in text:
        return code
    front_matter = re.match(FRONT_MATTER, text) if not depth else None
    start = front_matter.end() if front_matter is not None else 0
    lines = [match.span() for match in re.compile(LINE).finditer(text, start)]
    for token in _code_tokens(text[start:]):
        if depth < MAX_NESTED and _holds_markdown(text, token, lines):
            body = View.of(text).part(*_body(text, token, lines))
            inner = find_code(body.text, depth + 1)
            code.fences.extend(fence.inside(body) for fence in inner.fences)
            code.spans.extend(body.span(*span) for span in inner.spans)
            continue
        assert token.map is not None
        first, last = token.map
        code.spans.append(Span(lines[first][0], lines[last - 1][1]))
        words = info_words(token.info)
        if token.type == "fence" and words[:1] == ["cnn"]:
            code.fences.append(_fence(text, token, lines, words))
    return code


def _code_tokens(text: str) -> list[Token]:
    """Return the tokens of the code blocks of a text."""
    from markdown_it import MarkdownIt  # late, as here: few files have a fence
    from markdown_it.rules_core import StateCore

    parser = MarkdownIt("commonmark")
    parser.core.ruler.enableOnly(["normalize", "block"])
    state = StateCore(text, parser, {})
    state.tokens = _CodeTokens()
    parser.core.process(state)
    return state.tokens


class _CodeTokens(list["Token"]):
    """The tokens of code blocks. Those of other blocks would fill the memory, and are dropped."""

    def append(self, token: Token) -> None:
        """Add the token of a block, if it is one of code."""
        if token.type in ("fence", "code_block"):
            super().append(token)


def _holds_markdown(text: str, token: Token, lines: LineSpans) -> bool:
    """Return whether the body of a block is Markdown: of a directive, or of an admonition."""
    assert token.map is not None
    if token.type == "fence":
        is_directive = re.fullmatch(CONTENT_DIRECTIVE, token.info.strip()) is not None
        return is_directive and info_words(token.info) != ["cnn"]
    for number in range(token.map[0] - 1, -1, -1):
        line = text[slice(*lines[number])]
        if line.strip():
            return re.match(ADMONITION, line) is not None
    return False


def _fence(text: str, token: Token, lines: LineSpans, words: list[str]) -> Excerpt:
    """Return the excerpt of a fenced block."""
    assert token.map is not None
    first = token.map[0]
    spans = _body(text, token, lines)
    is_own = re.match(OWN_DIRECTIVE, token.info.strip()) is not None
    if is_own or re.fullmatch(CODE_DIRECTIVE, token.info.strip()):
        body = token.content.split("\n")
        count = _count_options(body)
        if is_own and any(line.strip() in (":bad:", "bad:") for line in body[:count]):
            words = [*words, "bad"]
        spans = spans[count:]
    start = text.find(token.markup, *lines[first]) + len(token.markup)
    info = text[start : lines[first][1]]
    start += len(info) - len(info.lstrip())
    announcement = Span(start, start + len(info.strip()))
    return Excerpt(View.of(text).part(*spans), "fence", announcement, expected(words))


def _body(text: str, token: Token, lines: LineSpans) -> LineSpans:
    """Return the spans of the lines of a block, without indentation and marks of quotations."""
    assert token.map is not None
    body = token.content.removesuffix("\n").split("\n") if token.content else []
    first = token.map[0] + (token.type == "fence")
    return [_inner(text, lines[number], content) for number, content in enumerate(body, first)]


def _count_options(body: list[str]) -> int:
    """Return how many lines at the top of a directive are its options.

    These are ``:name: value``, or YAML between two lines of ``---``.
    """
    if body[0].strip() == "---":
        return next((count for count, line in enumerate(body[1:], 2) if line.strip() == "---"), 0)
    return next(
        (count for count, line in enumerate(body) if not re.fullmatch(OPTION, line)), len(body)
    )


def _inner(text: str, line: tuple[int, int], content: str) -> tuple[int, int]:
    """Return the span of a line of a block without what the block does not own.

    ``content`` is the line as the Markdown parser returns it.
    """
    start, end = line
    written = text[start:end].rstrip("\r\n")
    if not written.endswith(content):
        content = content.lstrip(" ")  # half of a tab was indentation
    return start + len(written) - len(content), end
