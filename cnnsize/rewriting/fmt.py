"""Rewrites the architectures of a text in canonical form and leaves every other character alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from cnnsize.files.document import Document
from cnnsize.language.layout import WIDTH, laid_out
from cnnsize.language.parsed import Failed, ParsedArchitecture
from cnnsize.language.statements import BLOCK, statements
from cnnsize.reading.document import parse_statements, parse_string
from cnnsize.record import replace
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic
from cnnsize.text.offsets import Chart
from cnnsize.text.source import Source
from cnnsize.text.span import Span
from cnnsize.text.terminal import safe

BREAK = r"\n[ \t>]*"  # the end of a line, and what stands before the next one's text


class Formatted(NamedTuple):
    """What came out: the text, what kept a network from being read, and the lines of those that are
    left as they are.
    """

    text: str
    failed: list[Diagnostic]
    left: list[int]


def formatted(
    text: str,
    name: str,
    whole: bool = False,
    also: tuple[str, ...] = (),
    said: Callable[[str], None] = lambda note: None,
) -> Formatted:
    """The text with canonical architectures. ``said`` hears of what was not searched.

    ``whole``: the text is one string argument, which may run over several lines. A network that is
    spread over several literals or comments is left as it is.
    """
    if whole:
        found = parse_string(text)
        if len(found) == 1 and not re.search(BLOCK, text):
            one = found[0]
            if isinstance(one, Failed):
                return Formatted(text, [replace(one.diagnostic, source=one.source)], [])
            return Formatted(str(one), [], [])
    document = Document(text, name, also=also)
    chart = Chart.of(text)
    out: list[str] = []
    failed: list[Diagnostic] = []
    left: list[int] = []
    at = 0
    excerpts = document.excerpts()
    for note in document.notes(excerpts):
        said(note)
    for excerpt in excerpts:
        if excerpt.expects:
            continue
        origin = excerpt.origin(name, chart)
        try:
            read = parse_statements(excerpt.text, origin)
        except ArchitectureError as wrong:
            failed.append(
                replace(wrong.diagnostic, source=origin.source(excerpt.text, 0, len(excerpt.text)))
            )
            continue
        for one, (start, end) in zip(read, statements(excerpt.text), strict=True):
            if isinstance(one, Failed):
                failed.append(replace(one.diagnostic, source=one.source))
                continue
            span = excerpt.view.span(start, end)
            new = _in_line(one, text[slice(*span)]) if origin.inline else _in_lines(one, text, span)
            if new is None:
                left.append(one.source.line)
            else:
                out += [text[at : span.start], new]
                at = span.end
    new_text = "".join(out) + text[at:]
    if whole and failed:
        return Formatted(text, failed, left)
    if whole and list(map(_meaning, parse_string(new_text))) != list(map(_meaning, found)):
        # lines without an arrow are a network each; with arrows they are joined to one
        changed = Diagnostic(
            "CNN001",
            f"these lines are read as {len(found)} networks, but their canonical text is not",
            Span(0, len(text)),
            source=Source(text),
            help=(
                "name each, as in net1 = INPUT -> ..., or put ' -> ' between the lines of one network",
            ),
        )
        return Formatted(text, [changed], [])
    return Formatted(new_text, failed, left)


def _meaning(one: ParsedArchitecture | Failed) -> str:
    """What was read, to tell whether it is read again."""
    return one.diagnostic.message if isinstance(one, Failed) else str(one)


def _in_line(one: ParsedArchitecture, there: str) -> str | None:
    """The canonical text on one line; None where the network does not stand in the file as it is
    read.
    """
    if one.text in (str(one), laid_out(one.statement, _strict(one), WIDTH)):
        return there
    return None if there != one.text or "#" in there else str(one)


def _in_lines(one: ParsedArchitecture, text: str, span: Span) -> str | None:
    """The canonical text with what stands before its first line before each of them, where that is
    no more than indentation and marks of quotation, and the network stands there line by line.
    """
    there = text[slice(*span)]
    before = text[text.rfind("\n", 0, span.start) + 1 : span.start]
    if before.strip(" \t>") or re.sub(BREAK, "\n", there) != re.sub(BREAK, "\n", one.text):
        return _in_line(one, there)
    ending = "\r\n" if "\r\n" in text else "\n"
    # comments inside a network move above it: nothing that was written is lost
    above = "".join(
        comment.rstrip() + ending + before for comment in re.findall(r"#[^\n]*", one.text)
    )
    return above + laid_out(one.statement, _strict(one), WIDTH - len(before)).replace(
        "\n", ending + before
    )


def _strict(one: ParsedArchitecture) -> str | None:
    """Its text, where the lines of that are kept: informal text has its own ideas of where they
    end.
    """
    return one.text if one.map is None else None


def unified(before: str, after: str, name: str) -> str:
    """What changed, as a patch; lines end at newlines and nowhere else."""
    from difflib import unified_diff  # late: only --diff needs it

    if before == after:
        return ""
    lines = unified_diff(_lines(before), _lines(after), safe(name), safe(name))
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)
