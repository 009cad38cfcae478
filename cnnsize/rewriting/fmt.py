"""``fmt``: rewrite the architectures of a text in canonical form and leave all else unchanged."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from cnnsize.files.document import Document
from cnnsize.language.layout import WIDTH, laid_out
from cnnsize.language.parsed import Failed, ParsedArchitecture
from cnnsize.language.statements import BLOCK, is_paste, statement_spans
from cnnsize.limits import MAX_FINDINGS_WITH_FIXES
from cnnsize.reading.allowance import FixAllowance
from cnnsize.reading.document import parse_statements, parse_string
from cnnsize.record import replace
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic
from cnnsize.text.offsets import Chart
from cnnsize.text.source import Source
from cnnsize.text.span import Span
from cnnsize.text.terminal import safe

LINE_BREAK = r"\n[ \t>]*"  # with the indentation and quotation marks of the next line


NOT_CONTIGUOUS = "the network is not contiguous in the file"


class FormattedText(NamedTuple):
    """A text in canonical form."""

    text: str
    diagnostics: list[Diagnostic]  # why networks could not be parsed
    unchanged: list[tuple[int, str]]  # lines of networks that stay as they are, and why
    networks: int = 1  # how many were found, with those that cannot be rewritten


def format_text(
    text: str,
    name: str,
    *,
    unmarked: tuple[str, ...] = (),
    alone: bool = False,
    on_note: Callable[[str], None] | None = None,
) -> FormattedText:
    """Rewrite the architectures of a file's text in canonical form.

    A file that is ``alone`` may be one pasted model, which stays unchanged. ``on_note`` receives a message for each part that was not searched. A network that is spread
    over several literals or comments stays unchanged.
    """
    document = Document(text, name, unmarked=unmarked, alone=alone)
    chart = Chart.of(text)
    line_end = "\r\n" if "\r\n" in text else "\n"
    parts: list[str] = []
    diagnostics: list[Diagnostic] = []
    unchanged: list[tuple[int, str]] = []
    offset = networks = 0
    allowance = FixAllowance(MAX_FINDINGS_WITH_FIXES)
    excerpts = document.excerpts()
    for note in document.notes(excerpts):
        if on_note is not None:
            on_note(note)
    for excerpt in excerpts:
        if excerpt.expects or excerpt.kind == "chain":  # a sketch is no text of ours
            networks += excerpt.expects != "skip"
            continue
        origin = excerpt.origin(name, chart)
        try:
            architectures = parse_statements(excerpt.text, origin, allowance=allowance)
        except ArchitectureError as error:
            source = origin.source(excerpt.text, 0, len(excerpt.text))
            diagnostics.append(replace(error.diagnostic, source=source))
            networks += 1
            continue
        networks += len(architectures)
        whole = [(0, len(excerpt.text.rstrip()))]
        spans = whole if is_paste(excerpt.text) else statement_spans(excerpt.text)
        # fewer architectures than spans where too many cannot be read: the last one says so
        for architecture, (start, end) in zip(architectures, spans, strict=False):
            if isinstance(architecture, Failed):
                diagnostics.append(replace(architecture.diagnostic, source=architecture.source))
                continue
            span = excerpt.view.span(start, end)
            is_file = not name.startswith("<")
            if architecture.paste and is_file:
                unchanged.append((architecture.source.line, f"it is {architecture.paste}"))
                continue
            new: str | None
            if architecture.paste:
                new = str(architecture)
            elif origin.inline:
                new = _on_one_line(architecture, text[slice(*span)])
            else:
                new = _on_lines(architecture, text, span, line_end)
            if new is None:
                unchanged.append((architecture.source.line, NOT_CONTIGUOUS))
            else:
                parts += [text[offset : span.start], new]
                offset = span.end
    return FormattedText("".join(parts) + text[offset:], diagnostics, unchanged, networks)


def format_string(text: str, name: str, *, unmarked: tuple[str, ...] = ()) -> FormattedText:
    """Rewrite a string argument, which may be one network over several lines.

    A string that cannot be parsed as a whole stays unchanged.
    """
    architectures = parse_string(text)
    if len(architectures) == 1 and not re.search(BLOCK, text):
        architecture = architectures[0]
        if isinstance(architecture, Failed):
            diagnostic = replace(architecture.diagnostic, source=architecture.source)
            return FormattedText(text, [diagnostic], [])
        return FormattedText(str(architecture), [], [])
    result = format_text(text, name, unmarked=unmarked)
    if result.diagnostics:
        return result._replace(text=text)
    if list(map(_meaning, parse_string(result.text))) == list(map(_meaning, architectures)):
        return result
    # Lines without an arrow are a network each; arrows would join them to one.
    diagnostic = Diagnostic(
        "CNN001",
        f"these lines are {len(architectures)} networks, "
        "but their canonical form would be read differently",
        Span(0, len(text)),
        source=Source(text),
        help=(
            "name each network, as in net1 = INPUT -> ..., or join the lines of one network with "
            "' -> '",
        ),
    )
    return FormattedText(text, [diagnostic], [])


def _meaning(architecture: ParsedArchitecture | Failed) -> str:
    """Return what distinguishes one architecture from another after parsing."""
    if isinstance(architecture, Failed):
        return architecture.diagnostic.message
    return str(architecture)


def _on_one_line(architecture: ParsedArchitecture, written: str) -> str | None:
    """Return the canonical text on one line.

    None if the network was read from something else than ``written``, the text in the file.
    """
    lines = _text_with_lines(architecture)
    is_canonical = architecture.text in (
        str(architecture),
        laid_out(architecture.statement, lines, WIDTH),
    )
    if is_canonical:
        return written
    return None if written != architecture.text or "#" in written else str(architecture)


def _on_lines(architecture: ParsedArchitecture, text: str, span: Span, line_end: str) -> str | None:
    """Return the canonical text with the indentation and quotation marks of the first line on each.

    Text of any other sort before the network, or between its lines, means one line as above.
    """
    written = text[slice(*span)]
    before = text[text.rfind("\n", 0, span.start) + 1 : span.start]
    same_lines = re.sub(LINE_BREAK, "\n", written) == re.sub(LINE_BREAK, "\n", architecture.text)
    if before.strip(" \t>") or not same_lines:
        return _on_one_line(architecture, written)
    # comments inside a network move above it, so that none is lost
    comments = re.findall(r"#[^\n]*", architecture.text)
    above = "".join(comment.rstrip() + line_end + before for comment in comments)
    lines = _text_with_lines(architecture)
    canonical = laid_out(architecture.statement, lines, WIDTH - len(before))
    return above + canonical.replace("\n", line_end + before)


def _text_with_lines(architecture: ParsedArchitecture) -> str | None:
    """Return the text whose line breaks are kept; None for informal text, which is laid out anew."""
    return architecture.text if architecture.map is None else None


def unified_diff(before: str, after: str, name: str) -> str:
    """Return the difference as a patch; lines end at newlines only."""
    import difflib  # late: only --diff needs it

    if before == after:
        return ""
    lines = difflib.unified_diff(_split_lines(before), _split_lines(after), safe(name), safe(name))
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _split_lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)
