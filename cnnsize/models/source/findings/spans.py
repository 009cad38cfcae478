"""The places of syntax tree nodes in the text: lines and UTF-8 bytes become offsets of characters."""

from __future__ import annotations

import ast
import re

from cnnsize.text.span import Span

LINE_END = r"\r\n|\r|\n"  # as Python's tokenizer ends lines


class Spans:
    """The spans of the nodes of one file."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(match.end() for match in re.finditer(LINE_END, text)), len(text)]

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a line, from 1, and a column in bytes, from 0."""
        line = min(line, len(self.starts) - 1)
        start, end = self.starts[line - 1], self.starts[line]
        row = self.text[start:end]
        if not row.isascii():
            before = row.encode("utf-8", "surrogatepass")[:column]
            column = len(before.decode("utf-8", "replace"))
        return min(start + column, end)

    def span(self, node: ast.AST) -> Span:
        """Return the span of a node."""
        start = self.offset(getattr(node, "lineno", 1), getattr(node, "col_offset", 0))
        line, column = getattr(node, "end_lineno", None), getattr(node, "end_col_offset", None)
        if line is None or column is None:
            return Span(start, start)
        return Span(start, self.offset(line, column))

    def name_span(self, node: ast.AST) -> Span:
        """Return the span of the name of a class or function, and of any other node its own."""
        span = self.span(node)
        name = getattr(node, "name", "")
        if not isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            return span
        start = self.text.find(name, span.start, span.end)
        return span if start < 0 else Span(start, start + len(name))

    def segment(self, node: ast.AST) -> str:
        """Return the text of a node."""
        return self.text[slice(*self.span(node))]
