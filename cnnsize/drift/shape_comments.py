"""Comments with shapes beside layers: the few forms that can mean nothing else.

``9x9x64 -> 7x7x64``, ``-> 16x5x5``, ``(B, 64, 7, 7)``, ``[N, 64, 7, 7]``, ``output: 64 x 7 x 7``, and
``state size. (ngf*8) x 4 x 4``, which is about the layer above it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from cnnsize.files.extract.python_tokens import read_tokens
from cnnsize.text.offsets import Chart
from cnnsize.text.span import Span

NUMBER = r"\d{1,7}"
ITEM = (
    r"(?:-1|\?|None|[^\W\d]\w*(?:\s*[*/+-]{1,2}\s*\w+)*|\([^()\n]{1,40}\)|\d{1,7}(?:\s*\*\s*\w+)*)"
)
PRODUCT = rf"(?:[A-Za-z]\s*[xX×]\s*)?(?:{NUMBER}|\([^()\n]{{1,40}}\)|[^\W\d]\w*)(?:\s*[xX×]\s*(?:{NUMBER}|\([^()\n]{{1,40}}\)|[^\W\d]\w*)){{2}}"
FACTOR = r"(\([^()\n]{1,40}\)|\d+|[A-Za-z](?=\s*[xX×]\s*[\d(])|[^\W\d]\w*)\s*(?:[xX×]\s*|$)"  # and what follows
LIST = rf"(?:torch\.Size\(\[|\[|\()\s*{ITEM}(?:\s*,\s*{ITEM}){{1,3}}\s*,?\s*(?:\]\)|\]|\))"
SHAPE = rf"(?:{LIST}|{PRODUCT})"
ARROW = r"(?:-{1,2}>|={1,2}>|→|⇒)"
FORMS = (
    rf"(?P<before>{SHAPE})\s*{ARROW}\s*(?P<after>{SHAPE})",
    rf"{ARROW}\s*(?P<after>{SHAPE})",
    rf"(?P<bare>{LIST})",
    rf"(?i:output|out|outputs)(?:\s(?i:size|shape|dim|dims))?\s*[:=.]?\s*(?P<after>{SHAPE})",
)
STATE = rf"(?i:state size)\s*[:=.]?\s*(?P<after>{SHAPE})"
TRAILING = [re.compile(rf"#+[:!]?\s*(?:{form})\s*[.,;]?\s*") for form in (*FORMS, STATE)]
OWN_LINE = re.compile(rf"#+[:!]?\s*{STATE}\s*[.,;]?\s*")
INPUT = re.compile(
    rf"#+[:!]?\s*(?i:input)\s*(?:(?i:is|size|shape))?\s*[:=.]?\s*(?P<after>{SHAPE})\b.*"
)
MAY_HOLD = re.compile(r"#[^\n]{0,80}\d\s*[xX×,)\]]")  # a file without this has no such comment
BATCH = frozenset(
    ["b", "n", "bs", "batch", "batch_size", "batchsize", "bsz", "-1", "none", "?", "nb"]
)
MAX_COMMENTS = 2_000  # of one file
MAX_LENGTH = 200  # characters of one comment


class Written(NamedTuple):
    """A shape as it is written: its items, each with its place in the file."""

    text: str
    span: Span
    items: tuple[tuple[str, Span], ...]

    @property
    def names_batch(self) -> bool:
        """Whether the first item is a letter for the batch."""
        return self.items[0][0].lower() in BATCH


class Claim(NamedTuple):
    """A comment about the shapes on a line of code."""

    line: int  # of the code
    output: Written
    input: Written | None
    is_bare: bool  # a list alone, which may also be the shape of the input


def find_claims(text: str) -> tuple[list[Claim], list[Written]]:
    """Return the comments of a file with shapes, and the inputs that comments say."""
    claims: list[Claim] = []
    inputs: list[Written] = []
    if MAY_HOLD.search(text) is None:
        return claims, inputs
    chart = Chart.of(text)
    code_line = 0  # the last line with code
    for start, end, is_alone in comments_of(text):
        line = chart.position(start).line
        comment = text[start:end]
        if len(comment) > MAX_LENGTH:
            continue
        if not is_alone:
            code_line = line
            match = next(filter(None, (form.fullmatch(comment) for form in TRAILING)), None)
        else:
            match = OWN_LINE.fullmatch(comment)
            above = text.rfind("\n", 0, start)
            code_line = last_code_line(text, above, line)
            stated = INPUT.fullmatch(comment)
            if stated is not None:
                inputs.append(written(stated["after"], start + stated.start("after")))
        if match is not None and code_line:
            claims.append(claim_of(match, start, code_line))
        if len(claims) >= MAX_COMMENTS:
            break
    return claims, inputs


def comments_of(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield where each comment begins and ends, and whether it is alone on its line."""
    for token in read_tokens(text):
        if token.kind == "comment":
            begin = text.rfind("\n", 0, token.start) + 1
            yield token.start, token.end, not text[begin : token.start].strip()


def last_code_line(text: str, offset: int, line: int) -> int:
    """Return the number of the last line with code before ``line``, which begins after ``offset``."""
    while offset >= 0:
        begin = text.rfind("\n", 0, offset) + 1
        line -= 1
        row = text[begin:offset].strip()
        if row and not row.startswith("#"):
            return line
        offset = begin - 1
    return 0


def claim_of(match: re.Match[str], start: int, line: int) -> Claim:
    """Return the claim of a comment that begins at ``start``."""
    groups = match.groupdict()
    is_bare = groups.get("bare") is not None
    key = "bare" if is_bare else "after"
    before = None
    if groups.get("before") is not None:
        before = written(match["before"], start + match.start("before"))
    return Claim(line, written(match[key], start + match.start(key)), before, is_bare)


def written(text: str, start: int) -> Written:
    """Return a shape with its items; ``start`` is its place in the file."""
    is_list = text[-1] in ")]" and "," in text
    head = re.match(r"torch\.Size\(\[|\[|\(", text) if is_list else None
    offset = head.end() if head is not None else 0
    item = re.compile(r"\s*([^,\]\s][^,\]]*?)\s*(?:,\s*|\]?\)$|\]$)" if is_list else FACTOR)
    items: list[tuple[str, Span]] = []
    while (match := item.match(text, offset)) is not None and match.end() > offset:
        items.append((match[1], Span(start + match.start(1), start + match.end(1))))
        offset = match.end()
    return Written(text, Span(start, start + len(text)), tuple(items))


def expression(text: str) -> ast.expr | None:
    """Return an item as an expression of numbers and names; None for another one."""
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
