"""Lay out a long statement over several lines."""

from __future__ import annotations

from cnnsize.language.format import (
    bare_numbers,
    formatted,
    head_text,
    item_text,
    suffix_text,
    where_text,
)
from cnnsize.language.tree import Chain, Group, Item, Join, Statement

WIDTH = 100  # columns of a line in a file


def laid_out(statement: Statement, text: str | None = None, width: int = WIDTH) -> str:
    """Return the canonical text in lines of at most ``width``, unless a layer alone is longer.

    What fits on one line is one line. In a longer statement the arrows that began a line in
    ``text``, the statement as it was parsed, begin one again: authors break where a stage ends,
    which nobody else knows.
    """
    flat = formatted(statement)
    if len(flat) <= width:
        return flat
    head = head_text(statement)
    layout = _Layout(text or "", width, bare_numbers(statement.chain))
    lines = head + layout.chain_lines(statement.chain, column=len(head), indent=2, base=0)
    if statement.where:
        where = where_text(statement)
        fits = last_width(lines) + len(where) <= width
        lines += where if fits else "\n " + where
    return lines


def last_width(lines: str) -> int:
    """Return the width of the last of these lines."""
    return len(lines) - lines.rfind("\n") - 1


class _Layout:
    """One statement set in lines.

    A chain goes on with ``->`` two columns further in, and a tall join is

    ADD{
        CONV3-64 -> BN
      | ID
    } -> RELU
    """

    def __init__(self, text: str, width: int, numbered: frozenset[str]) -> None:
        self.text = text
        self.width = width
        self.numbered = numbered

    def chain_lines(
        self, chain: Chain, *, column: int, indent: int, base: int, closing: int = 0
    ) -> str:
        """Return a chain whose first line begins at ``column`` and is indented by ``base``; the
        other lines are indented by ``indent``.

        ``closing`` is the width of the brackets that close after the last item.
        """
        lines = ""
        before: Item | None = None
        for item in chain.items:
            flat = item_text(item, self.numbered)
            needed = closing if item is chain.items[-1] else 0
            width = len(flat) + needed
            is_tall = isinstance(item.node, Join) and "\n" in self.text[item.start : item.end]
            if before is not None:
                was_broken = "\n" in self.text[before.end : item.start]
                can_break = column > indent + 3 and not is_tall
                too_wide = can_break and column + 4 + width > self.width
                if was_broken or too_wide:
                    lines += "\n" + " " * indent + "-> "
                    column, base = indent + 3, indent
                else:
                    lines += " -> "
                    column += 4
            can_be_tall = isinstance(item.node, Group | Join)
            too_wide = can_be_tall and column + width > self.width
            if is_tall or too_wide:
                flat = self.bracket_lines(item, column=column, base=base, closing=needed)
            lines += flat
            column = last_width(flat) if "\n" in flat else column + len(flat)
            before = item
        return lines

    def bracket_lines(self, item: Item, *, column: int, base: int, closing: int) -> str:
        """Return a group or a join over several lines; the arguments are those of its chain."""
        node = item.node
        if isinstance(node, Group):
            close = "]" + suffix_text(item)
            inner = self.chain_lines(
                node.chain,
                column=column + 1,
                indent=base + 4,
                base=base,
                closing=len(close) + closing,
            )
            return f"[{inner}{close}"
        assert isinstance(node, Join)
        branches = [
            self.chain_lines(branch, column=base + 4, indent=base + 6, base=base + 4)
            if branch.items
            else "ID"
            for branch in node.branches
        ]
        first, *others = branches
        lines = [
            f"{node.op}{{",
            " " * (base + 4) + first,
            *(" " * (base + 2) + "| " + other for other in others),
            " " * base + "}" + suffix_text(item),
        ]
        return "\n".join(lines)
