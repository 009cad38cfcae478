"""The report of a check as one HTML page: what a CI job keeps, and what a student hands in.

It holds everything that it shows. Its policy allows no script and no request.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from cnnsize.config.sources import DEFAULT_CONFIG, Config
from cnnsize.html.figures import family_html, figures_html
from cnnsize.html.findings import finding_html, preformatted
from cnnsize.html.style import STYLE_SHEET
from cnnsize.html.table import lined, network_html
from cnnsize.lint.selection import Selection
from cnnsize.pictures.formats.html import page
from cnnsize.render.family import overview
from cnnsize.render.places import errors_first
from cnnsize.render.text import summary_of
from cnnsize.render.units import count
from cnnsize.report.result import Report, Result
from cnnsize.text.english import counted
from cnnsize.text.terminal import Style, safe
from cnnsize.version import __version__

MAX_IN_FULL = 100  # networks with their tables and pictures
MAX_OPEN = 3  # networks; more are folded until the reader opens them
MAX_FINDINGS = 1000
MAX_TEXT = 20_000  # characters of a network
FAMILY_WIDTH = 110


def render(
    report: Report,
    selection: Selection,
    config: Config = DEFAULT_CONFIG,
    unreadable: tuple[str, ...] = (),
) -> str:
    """Return the page: a summary, the findings, then each network with its table and pictures."""
    title = title_of(report)
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(summary_of(report))}</p>",
        *(f'<p class="bad">{escape(safe(message))}</p>' for message in unreadable),
        *(f"<p>{escape(safe(note))}</p>" for note in report.notes),
        *findings_section(report),
        *overview_section(report.architectures),
        *network_sections(report.architectures),
    ]
    body = f"<main>\n{lined(parts)}</main>\n<footer>cnnsize {__version__}</footer>\n"
    return page(title, STYLE_SHEET, body)


def title_of(report: Report) -> str:
    """Return the name of the only network, else ``cnnsize: 3 networks``."""
    results = report.architectures
    if len(results) == 1 and results[0].name:
        return safe(results[0].name)
    return f"cnnsize: {counted(len(results), 'network')}"


def findings_section(report: Report) -> Iterator[str]:
    """Yield the findings, errors first."""
    findings = errors_first(report)
    if findings:
        yield "<section>\n<h2>Findings</h2>"
        yield from map(finding_html, findings[:MAX_FINDINGS])
        left = len(findings) - MAX_FINDINGS
        if left > 0:
            yield f"<p>and {left:,} more, which other formats list</p>"
        yield "</section>"


def overview_section(results: tuple[Result, ...]) -> Iterator[str]:
    """Yield a table with a row for each of several networks."""
    if len(results) < 2:
        return
    titles = ("network", "place", "input", "output", "params", "MACs", "")
    head = "".join(f'<th scope="col">{title}</th>' for title in titles)
    yield f"<section>\n<h2>Networks</h2>\n<table>\n<thead><tr>{head}</tr></thead>\n<tbody>"
    for result in results:
        cells = (
            safe(result.name or ""),
            place_of(result),
            str(result.input or ""),
            str(result.output or ""),
            *("" if number is None else count(number) for number in (result.params, result.macs)),
            state_of(result),
        )
        classes = ("", "", "", "", "number", "number", "")
        yield "<tr>" + "".join(map(cell_html, cells, classes)) + "</tr>"
    yield "</tbody>\n</table>\n</section>"


def cell_html(text: str, css_class: str) -> str:
    """Return a cell of a table."""
    start = f'<td class="{css_class}">' if css_class else "<td>"
    return f"{start}{escape(text)}</td>"


def network_sections(results: tuple[Result, ...]) -> Iterator[str]:
    """Yield each network with its text, its table and its pictures, to open and close."""
    are_open = len(results) <= MAX_OPEN
    for result in results[:MAX_IN_FULL]:
        words = [safe(result.name or ""), place_of(result), state_of(result)]
        head = " \N{MIDDLE DOT} ".join(word for word in words if word)
        start = "<details open>" if are_open else "<details>"
        yield f"{start}\n<summary>{escape(head)}</summary>"
        yield preformatted(shortened_text(result.text))
        if result.network is not None:
            yield network_html(result.network)
            yield from figures_html(result.network)
        elif result.family is not None:
            yield preformatted(overview(result.family, Style(FAMILY_WIDTH)))
            yield from family_html(result.family)
        yield "</details>"
    left = len(results) - MAX_IN_FULL
    if left > 0:
        yield f"<p>Tables and pictures of {left:,} more networks are left out.</p>"


def shortened_text(text: str) -> str:
    """Return the text of a network as it was written, or its start."""
    lines = (safe(line) for line in text[:MAX_TEXT].splitlines())
    return "\n".join(lines) + ("\n..." if len(text) > MAX_TEXT else "")


def place_of(result: Result) -> str:
    """Return ``FILE:LINE``; nothing for a string."""
    return f"{safe(result.file)}:{result.line}" if result.file else ""


def state_of(result: Result) -> str:
    """Return whether a network is valid, in words."""
    if result.bad:
        return "errors as expected"
    return "valid" if result.valid else "not valid"
