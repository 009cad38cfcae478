"""The finding about a comment with a shape that the layer beside it does not have (CNN127)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Literal, NamedTuple

from cnnsize.drift.shape_comments import Written
from cnnsize.models.source.runs import Run
from cnnsize.models.source.values.number import has_letters
from cnnsize.text.diagnostic import Diagnostic, Edit, Fix
from cnnsize.text.source import Source
from cnnsize.text.span import Span

CODE = "CNN127"
Shape = tuple[int, ...]
Verdict = Literal["agrees", "differs", "unread"]


class Checked(NamedTuple):
    """A shape in a comment, and the one that cnnsize computes."""

    written: Written
    actual: Shape
    verdict: Verdict
    values: tuple[int | None, ...]  # of the items of the comment, without the batch
    is_sized: bool = False  # it depends on the width or height of the input
    is_input: bool = False


def own_items(written: Written, actual: Shape) -> Sequence[tuple[str, Span]]:
    """Return the items of a shape without the batch: a letter, or a number in its place."""
    has_batch = written.names_batch or len(written.items) == len(actual)
    return written.items[1:] if has_batch else written.items


def diagnostic_of(shape: Checked, run: Run, source: Source) -> Diagnostic:
    """Return the finding, with the fix where the order of the numbers is clear."""
    what = "input" if shape.is_input else "output"
    actual = " x ".join(str(plain(size)) for size in shape.actual[1:])
    volume = run.flow.nodes[0].volume
    edits = edits_of(shape)
    fixes: tuple[Fix, ...] = ()
    if edits:
        fixes = (Fix(f"write {fixed_text(shape.written, edits)}", edits, "safe"),)
    return Diagnostic(
        CODE,
        f"the comment says {shape.written.text}, but the {what} is {actual}",
        shape.written.span,
        notes=(f"input {volume}: {run.source or 'the comments agree on it'}",),
        help=tuple(fix.message for fix in fixes),
        fixes=fixes,
        source=source,
    )


def plain(size: int) -> str:
    """Return a size as it is written."""
    return str(size) if has_letters(size) else str(int(size))


def edits_of(shape: Checked) -> tuple[Edit, ...]:
    """Return the edits of the numbers that are wrong, in the order that the comment has.

    None where two orders are equally likely, or a wrong number is no plain shape.
    """
    items = own_items(shape.written, shape.actual)
    sizes = shape.actual[1:]
    if len(sizes) != len(items):
        return ()
    scores = {
        order: sum(value == size for value, size in zip(shape.values, order, strict=True))
        for order in permutations(sizes)
    }
    best = max(scores.values())
    orders = [order for order, score in scores.items() if score == best]
    changed = [
        (word, span, size)
        for (word, span), value, size in zip(items, shape.values, orders[0], strict=True)
        if value != size
    ]
    are_plain = all(word.isdecimal() and not has_letters(size) for word, _, size in changed)
    if len(orders) > 1 or not are_plain:
        return ()
    return tuple(Edit(span, str(int(size))) for _, span, size in changed)


def fixed_text(written: Written, edits: tuple[Edit, ...]) -> str:
    """Return a shape after edits."""
    text, start = written.text, written.span.start
    for edit in reversed(edits):
        text = text[: edit.span.start - start] + edit.text + text[edit.span.end - start :]
    return text
