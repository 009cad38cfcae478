"""Python code in a paste: without prompts and outer indentation, as a tree with places."""

from __future__ import annotations

import ast
import keyword
import re
import warnings
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple, NoReturn

from cnnsize.language.pastes.registry import BAD_CODE
from cnnsize.limits import MAX_NESTING
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic
from cnnsize.text.span import Span

MAX_CODE = 200_000  # characters of pasted code
ANSI = r"\x1b\[[0-9;?]{0,20}[A-Za-z]"
LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|$)")
PROMPT = re.compile(r"[ \t]*(?:>>>|\.\.\.|In \[\d*\]:|[ \t]{3,}\.\.\.:)(?: |(?=\r?\n|$))")
KEYWORDS = "|".join(keyword.kwlist)
# two words side by side, neither of them a keyword: no line of Python has them outside of strings
WORD = rf"(?!(?:{KEYWORDS})\b)[^\W\d][\w'’]*"
PROSE = re.compile(
    rf"(?<![\w.'\"#@])(?:{WORD}),?[ \t]+(?:{WORD}|\d+)(?![\w'\"(\[.=])|^\s*(?:{WORD}\W*)[:!?]\s*$|^\W*[=_*~-]{{4,}}"
)
CALLS_LAYER = re.compile(r"\b[A-Z]\w*\(|\.add\(|=[^=]")  # what a remark does not have
TRACEBACK = re.compile(r"^[^\n#]*Traceback \(most recent call last\)")
MAX_REMARKS = 40  # lines of prose around code
SHELL_PROMPT = re.compile(r"[ \t]*(?:>>>|In \[\d*\]:)")
FENCE = re.compile(r"[ \t]*(?:`{3,}|~{3,})[^`\n]{0,99}\n?$")


class CodeLine(NamedTuple):
    """A line of code without its prompt, and the offset of its first character in the paste."""

    text: str
    start: int


class Code:
    """Parsed code. ``text`` is the paste, with terminal codes blanked out."""

    def __init__(self, text: str) -> None:
        self.text = re.sub(ANSI, lambda code: " " * len(code[0]), text)
        if len(text) > MAX_CODE:
            message = f"pasted code may have {MAX_CODE:,} characters, this has {len(text):,}"
            self.fail(message, Span(0, 1), code="CNN009")
        self.lines = code_lines(self.text)
        self.columns: dict[int, list[int]] = {}  # where the characters of a line begin, in bytes
        self.added = 0  # characters of indentation that were added to the first line
        self.first_line = first_line_of_code(self.lines)
        self.refuse_deep_brackets()
        self.remarks: list[str] = []  # lines that are no code
        self.drop_traceback()
        self.body = self.parse()

    def fail(
        self,
        message: str,
        span: Span,
        *,
        code: str = "CNN001",
        notes: tuple[str, ...] = (),
        help: tuple[str, ...] = (),
    ) -> NoReturn:
        """Raise ArchitectureError for a span of the paste."""
        raise ArchitectureError(Diagnostic(code, message, span, notes=notes, help=help), self.text)

    def refuse_deep_brackets(self) -> None:
        """Raise ArchitectureError where more brackets are open than the parser should see."""
        depth = 0
        for match in re.finditer(r"[()\[\]{}]", self.text):
            depth += 1 if match[0] in "([{" else -1
            if depth > MAX_NESTING:
                message = f"brackets are nested more than {MAX_NESTING} deep"
                self.fail(message, Span(*match.span()), code="CNN009")

    def parse(self) -> list[ast.stmt]:
        """Return the statements. Raises ArchitectureError for code that is not Python."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes in strings
            while True:
                try:
                    return self.parse_indented()
                except SyntaxError as error:
                    if not self.drop_remark(error):
                        self.refuse_syntax(error)
                except (ValueError, RecursionError, MemoryError):
                    self.fail("this is not Python code that can be parsed", Span(0, len(self.text)))

    def drop_remark(self, error: SyntaxError) -> bool:
        """Leave out the line of a syntax error where it is prose; return whether it is."""
        number = (error.lineno or 1) - 1
        if len(self.remarks) == MAX_REMARKS or not 0 <= number < len(self.lines):
            return False
        text = self.lines[number].text
        if PROSE.search(text) is None or CALLS_LAYER.search(text) is not None:
            return False
        self.drop(number)
        return True

    def drop_traceback(self) -> None:
        """Leave out the lines from a traceback on."""
        numbers = (n for n, line in enumerate(self.lines) if TRACEBACK.match(line.text))
        first = next(numbers, len(self.lines))
        for number in range(first, len(self.lines)):
            self.lines[number] = CodeLine("\n", self.lines[number].start)
        if first < len(self.lines):
            self.remarks.append("the traceback")

    def drop(self, number: int) -> None:
        """Leave out a line that is no code."""
        self.remarks.append(self.lines[number].text.strip())
        self.lines[number] = CodeLine("\n", self.lines[number].start)
        self.first_line = first_line_of_code(self.lines)

    def parse_indented(self) -> list[ast.stmt]:
        """Return the statements of code that may be indented, as it is inside a class.

        The first line may have lost its indentation, where the selection began at its text.
        """
        lines = [line.text for line in self.lines]
        try:
            return ast.parse("".join(lines)).body
        except IndentationError as error:
            wanted = indentation(lines[(error.lineno or 1) - 1])
            first = self.first_line - 1
            self.added = max(0, wanted - indentation(lines[first]))
            lines[first] = " " * self.added + lines[first]
            try:
                tree = ast.parse("if 1:\n" + "".join(lines)).body
            except SyntaxError:
                raise error from None
        for statement in tree:
            ast.increment_lineno(statement, -1)
        outer = tree[0]
        return (outer.body if isinstance(outer, ast.If) else []) + tree[1:]

    def refuse_syntax(self, error: SyntaxError) -> NoReturn:
        """Raise ArchitectureError for the place that Python's parser names."""
        line = max(0, min((error.lineno or 1) - 1, len(self.lines) - 1))
        text, start = self.lines[line] if self.lines else CodeLine("", 0)
        column = max(0, min((error.offset or 1) - 1, max(0, len(text.rstrip()) - 1)))
        self.fail(
            f"{BAD_CODE}: {error.msg}",
            Span(start + column, min(start + column + 1, len(self.text))),
            help=("paste all of the statement, or separate layers with ' -> '",),
        )

    def span(self, node: ast.expr | ast.stmt | ast.arg) -> Span:
        """Return where a node is in the paste."""
        return Span(
            self.offset(node.lineno, node.col_offset),
            self.offset(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset),
        )

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a line, from 1, and a column in bytes of UTF-8."""
        text, start = self.lines[line - 1]
        if line == self.first_line:
            column -= self.added
        if text.isascii():
            return start + column
        if line not in self.columns:
            widths = (len(character.encode("utf-8", "surrogatepass")) for character in text)
            self.columns[line] = [0, *accumulate(widths)]
        return start + bisect_left(self.columns[line], column)


def code_lines(text: str) -> list[CodeLine]:
    """Return the lines of a paste without prompts; in a session, without the output between them."""
    starts = [match.span() for match in LINE.finditer(text) if match[0]]
    lines = inside_fences([CodeLine(text[start:end], start) for start, end in starts])
    is_session = any(SHELL_PROMPT.match(line.text) for line in lines)
    kept: list[CodeLine] = []
    for line in lines:
        prompt = PROMPT.match(line.text) if is_session else None
        if prompt is not None:
            kept.append(CodeLine(line.text[prompt.end() :], line.start + prompt.end()))
        elif is_session:
            kept.append(CodeLine("\n", line.start))
        else:
            kept.append(line)
    return kept


def inside_fences(lines: list[CodeLine]) -> list[CodeLine]:
    """Return lines of which those outside of fences are empty, where there are fences."""
    fences = [number for number, line in enumerate(lines) if FENCE.match(line.text)]
    if not fences:
        return lines
    last = fences[-1] if len(fences) % 2 == 0 else len(lines)
    is_open = False
    kept: list[CodeLine] = []
    for number, line in enumerate(lines):
        is_fence = FENCE.match(line.text) is not None and number <= last
        is_open = is_open != is_fence
        kept.append(line if is_open and not is_fence else CodeLine("\n", line.start))
    return kept


def first_line_of_code(lines: Sequence[CodeLine]) -> int:
    """Return the number of the first line, from 1, that has code."""
    return next((number for number, line in enumerate(lines, 1) if is_code(line.text)), 1)


def is_code(line: str) -> bool:
    """Return whether a line has more than space and a comment."""
    return bool(line.strip()) and not line.lstrip().startswith("#")


def indentation(line: str) -> int:
    """Return how many characters a line is indented by."""
    return len(line) - len(line.lstrip(" \t"))
