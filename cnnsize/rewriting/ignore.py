"""``check --add-ignore``: write suppression comments for the findings of a text.

Each comment is tried where it would be written: the text is checked again, and the comment is kept
only if it suppresses the findings that it is for and changes nothing else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from cnnsize.files.document import Document
from cnnsize.files.extract.excerpt import Excerpt
from cnnsize.files.extract.registry import extension_of
from cnnsize.lint.selection import ALWAYS_REPORTED
from cnnsize.record import replace
from cnnsize.report.comments import UNKNOWN, UNUSED
from cnnsize.report.result import Report
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.offsets import Chart

MAX_COMMENTS = 500  # in one file
MAX_RECHECKED = 2_000_000  # characters that are checked again, to try comments one by one
NEVER = ALWAYS_REPORTED | {UNUSED, UNKNOWN, "CNN903"}
# how a comment begins and ends, by extension; "#" for all others
HASH = ("# ", "")
STYLES = {
    **dict.fromkeys(
        (".md", ".markdown", ".mdx", ".qmd", ".rmd", ".html", ".htm"), ("<!-- ", " -->")
    ),
    **dict.fromkeys((".c", ".h", ".cc", ".cpp", ".hpp", ".cu", ".java", ".js"), ("// ", "")),
    **dict.fromkeys((".ts", ".go", ".rs", ".swift", ".kt", ".cs", ".scala"), ("// ", "")),
    **dict.fromkeys((".tex", ".m", ".erl"), ("% ", "")),
    **dict.fromkeys((".lua", ".hs", ".sql"), ("-- ", "")),
    **dict.fromkeys((".lisp", ".clj", ".el", ".scm"), ("; ", "")),
    ".rst": (".. ", "\n"),
}
WITHOUT_COMMENTS = (".ipynb", ".json", ".jsonl", ".ndjson", ".geojson")
OWN_TEXT = ("file", "fence", "directive")  # excerpts whose comments begin with "#" in any file
IGNORE = r"cnnsize:[ \t]*ignore\[(?P<codes>[^\]\r\n]*)\]"


class IgnoredText(NamedTuple):
    """A text with suppression comments, how many findings they suppress, and how many are left."""

    text: str
    suppressed: int
    left: int


def add_ignores(document: Document, check: Callable[[str], Report]) -> IgnoredText:
    """Write a comment for each line of a document that has errors or warnings.

    ``check`` parses a text and reports on it.
    """
    text = document.text
    report = check(text)
    findings = _suppressible(report)
    # from the last line to the first, so that the numbers of the lines above stay right
    lines = sorted({finding.location.line for finding in findings}, reverse=True)[:MAX_COMMENTS]
    at_once = _with_comments(document, findings, lines)
    after = check(at_once)
    if not _suppressible(after) and _changes_nothing_else(report, after):
        return IgnoredText(at_once, len(findings), 0)
    for line in lines[: 1 + MAX_RECHECKED // (1 + len(text))]:
        codes = {finding.code for finding in _suppressible(report) if finding.location.line == line}
        with_comment = _suppressed(replace(document, text=text), check, report, line, codes)
        if with_comment is not None:
            text = with_comment
            report = check(text)
    left = len(_suppressible(report))
    return IgnoredText(text, len(findings) - left, left)


def ignore_on_line(
    document: Document, check: Callable[[str], Report], report: Report, line: int, code: str
) -> str | None:
    """Return the text with a comment that suppresses a code on a line; None if none can."""
    return None if code in NEVER else _suppressed(document, check, report, line, {code})


def _suppressed(
    document: Document, check: Callable[[str], Report], report: Report, line: int, codes: set[str]
) -> str | None:
    """Return the text with the comment that suppresses codes on a line and changes nothing else."""
    here = Counter(
        finding.code
        for finding in _suppressible(report)
        if finding.location.line == line and finding.code in codes
    )
    for candidate in _candidates(document, document.text, line, sorted(here)) if here else ():
        after = check(candidate)
        gone = _counts(report) - _counts(after)
        only_these = set(gone) == set(here) and _changes_nothing_else(report, after)
        if only_these and gone >= here:
            return candidate
    return None


def _with_comments(document: Document, findings: list[Diagnostic], lines: list[int]) -> str:
    """Return the text with the first candidate for each line: mostly all of them have an effect."""
    text = document.text
    for line in lines:
        codes = sorted({finding.code for finding in findings if finding.location.line == line})
        text = next(_candidates(document, text, line, codes), text)
    return text


def _changes_nothing_else(before: Report, after: Report) -> bool:
    """Return whether the networks are the same, and no rule reports more than before."""
    same_networks = len(after.architectures) == len(before.architectures)
    return same_networks and not _counts(after) - _counts(before)


def _suppressible(report: Report) -> list[Diagnostic]:
    """Return the errors and warnings of a report that a comment can suppress."""
    return [
        diagnostic
        for diagnostic in report.diagnostics
        if diagnostic.severity != "info" and diagnostic.code not in NEVER
    ]


def _counts(report: Report) -> Counter[str]:
    """Return how often each rule reports an error or a warning."""
    return Counter(
        diagnostic.code for diagnostic in report.diagnostics if diagnostic.severity != "info"
    )


def _candidates(document: Document, text: str, line: int, codes: list[str]) -> Iterator[str]:
    """Yield the text with a comment for a line in each place where it might have an effect."""
    lines = text.split("\n")
    joined = ", ".join(codes)
    written = lines[line - 1]
    merged = re.sub(IGNORE, lambda match: _merged(match, codes), written, count=1)
    if merged != written:
        yield "\n".join([*lines[: line - 1], merged, *lines[line:]])
        return
    extension = extension_of(document.file or "")
    if extension in WITHOUT_COMMENTS:
        return
    excerpt = _excerpt_at(document, text, line)
    is_own_text = excerpt is not None and excerpt.kind in OWN_TEXT
    begin, end = HASH if is_own_text else STYLES.get(extension, HASH)
    comment = f"{begin}cnnsize: ignore[{joined}]{end}"
    carriage = "\r" if written.endswith("\r") else ""
    if "\n" not in end:
        after = f"{written.rstrip()}  {comment}{carriage}"
        yield "\n".join([*lines[: line - 1], after, *lines[line:]])
    first = line
    if excerpt is not None:
        first = Chart.of(text).position((excerpt.literal or excerpt.extent).start).line
    for number in dict.fromkeys((line, first)):
        below = lines[number - 1]
        indent = below[: len(below) - len(below.lstrip())]
        above = f"{indent}{comment}{carriage}"
        yield "\n".join([*lines[: number - 1], above, *lines[number - 1 :]])


def _merged(match: re.Match[str], codes: list[str]) -> str:
    """Return a comment with further codes in its brackets."""
    old = [code.strip() for code in match["codes"].split(",") if code.strip()]
    return f"cnnsize: ignore[{', '.join(dict.fromkeys((*old, *codes)))}]"


def _excerpt_at(document: Document, text: str, line: int) -> Excerpt | None:
    """Return the excerpt that holds a line."""
    chart = Chart.of(text)
    for excerpt in Document(text, document.file, unmarked=document.unmarked).excerpts():
        begin, end = map(chart.position, excerpt.extent)
        if begin.line <= line <= end.line:
            return excerpt
    return None
