"""Lay out a long statement over several lines."""

from __future__ import annotations

from cnnsize.language.format import (
    bare_numbers,
    formatted,
    head_text,
    item,
    suffix_text,
    where_text,
)
from cnnsize.language.tree import Chain, Group, Item, Join, Statement

WIDTH = 100  # columns of a line in a file


def laid_out(statement: Statement, text: str | None = None, width: int = WIDTH) -> str:
    """The canonical text in lines of at most ``width``, where a layer is not longer than that.

    What fits on one line is one line. In a longer statement the arrows that began a line in
    ``text``, the statement as it was parsed, begin one again: authors break where a stage ends,
    which nobody else knows.
    """
    flat = formatted(statement)
    if len(flat) <= width:
        return flat
    head = head_text(statement)
    layout = _Layout(text or "", width, bare_numbers(statement.chain))
    out = head + layout.chain(statement.chain, len(head), 2, 0)
    if statement.where:
        where = where_text(statement)
        fits = len(out) - out.rfind("\n") - 1 + len(where) <= width
        out += where if fits else "\n " + where
    return out


class _Layout:
    """One statement set in lines: a chain goes on with ``->`` two columns further in, and a tall
    join is

    ADD{
        CONV3-64 -> BN
      | ID
    } -> RELU
    """

    def __init__(self, text: str, width: int, numbered: frozenset[str]) -> None:
        self.text = text
        self.width = width
        self.numbered = numbered

    def chain(self, found: Chain, column: int, indent: int, base: int, behind: int = 0) -> str:
        """A chain whose first line begins at ``column`` and is indented by ``base``; the others by
        ``indent``.

        ``behind`` is how much must still fit behind the last item: the brackets that close there.
        """
        out = ""
        before: Item | None = None
        for one in found.items:
            flat = item(one, self.numbered)
            more = behind if one is found.items[-1] else 0
            need = len(flat) + more
            tall = isinstance(one.node, Join) and "\n" in self.text[one.start : one.end]
            if before is not None:
                broken = "\n" in self.text[before.end : one.start]
                if broken or (column + 4 + need > self.width and not tall and column > indent + 3):
                    out += "\n" + " " * indent + "-> "
                    column, base = indent + 3, indent
                else:
                    out += " -> "
                    column += 4
            shown = flat
            if tall or (column + need > self.width and isinstance(one.node, (Group, Join))):
                shown = self.tall(one, column, base, more)
            out += shown
            lines = shown.rsplit("\n", 1)
            column = len(lines[1]) if len(lines) > 1 else column + len(shown)
            before = one
        return out

    def tall(self, one: Item, column: int, base: int, behind: int) -> str:
        """A bracket or a join over several lines."""
        node = one.node
        if isinstance(node, Group):
            close = "]" + suffix_text(one)
            return (
                f"[{self.chain(node.chain, column + 1, base + 4, base, len(close) + behind)}{close}"
            )
        assert isinstance(node, Join)
        branches = [
            self.chain(branch, base + 4, base + 6, base + 4) if branch.items else "ID"
            for branch in node.branches
        ]
        first, *others = branches
        lines = [
            f"{node.op}{{",
            " " * (base + 4) + first,
            *(" " * (base + 2) + "| " + other for other in others),
        ]
        return "\n".join([*lines, " " * base + "}" + suffix_text(one)])
