"""What a notebook shows where a network, a report or a family is the last value of a cell.

It is plain HTML without styles, which every notebook keeps, with a picture as an ``<img>``: in the
colours of the notebook, and without names that two pictures could share.
"""

from __future__ import annotations

from html import escape

from cnnsize.html.findings import finding_html, preformatted
from cnnsize.html.report import overview_section
from cnnsize.html.table import lined, network_html
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.network import Network
from cnnsize.patterns.family import Family
from cnnsize.patterns.survey import Survey
from cnnsize.pictures.figure import family_figure
from cnnsize.render.family import overview
from cnnsize.render.summary import network_text, report_text
from cnnsize.render.text import summary_of
from cnnsize.report.result import Report
from cnnsize.sizing.size import sized
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic
from cnnsize.text.terminal import Style

WIDTH = 100  # of text, in columns
MAX_ROWS = 120  # of a table
MAX_FINDINGS = 20
MAX_MEMBERS = 1000  # of a family that are drawn

Bundle = dict[str, str]  # type of content -> content


def network_bundle(network: Network) -> Bundle:
    """Return the table of a network, with its faults before it and a picture after it."""
    html = findings_html(network.diagnostics) + numbers_html(network)
    return {"text/plain": network_text(network, WIDTH), "text/html": html}


def architecture_bundle(architecture: ParsedArchitecture) -> Bundle:
    """Return the text of a network, and where it can be sized the table and a picture."""
    text = str(architecture)
    try:
        network = Network.from_record(sized(architecture))
    except ArchitectureError:
        return {"text/plain": repr(architecture), "text/html": preformatted(text)}
    html = preformatted(text) + network_bundle(network)["text/html"]
    return {"text/plain": repr(architecture), "text/html": html}


def report_bundle(report: Report) -> Bundle:
    """Return the findings of a report, and its networks: the table of one, a row for each of several."""
    html = findings_html(report.diagnostics) + f"<p>{escape(summary_of(report))}</p>"
    results = report.architectures
    if len(results) == 1 and results[0].network is not None:
        html += numbers_html(results[0].network)
    elif len(results) == 1 and results[0].family is not None:
        html += survey_bundle(results[0].family)["text/html"]
    else:
        html += lined(overview_section(results[:MAX_ROWS]))
    return {"text/plain": report_text(report, WIDTH), "text/html": html}


def family_bundle(family: Family) -> Bundle:
    """Return the text of a pattern, how many members it has, and a picture of them or of a sample."""
    text = repr(family)
    html = preformatted(str(family.architecture)) + f"<p>{escape(text)}</p>" + picture(family)
    return {"text/plain": text, "text/html": html}


def survey_bundle(survey: Survey) -> Bundle:
    """Return the overview of a family whose members were sized, with a picture."""
    text = overview(survey, Style(WIDTH))
    html = preformatted(text) + (picture(survey.family) if survey.complete else "")
    return {"text/plain": text, "text/html": html}


def picture(family: Family) -> str:
    """Return the picture of a family as an image; nothing where sizing takes too long."""
    try:
        figure = family_figure(family, most=MAX_MEMBERS)
    except ArchitectureError:
        return ""
    return figure._repr_mimebundle_()["text/html"]


def findings_html(diagnostics: tuple[Diagnostic, ...]) -> str:
    """Return the first findings, and how many more there are."""
    html = "".join(map(finding_html, diagnostics[:MAX_FINDINGS]))
    left = len(diagnostics) - MAX_FINDINGS
    return html + (f"<p>and {left:,} more findings</p>" if left > 0 else "")


def numbers_html(network: Network) -> str:
    """Return the table of a network and the picture that shows most about it."""
    picture = network.figure()._repr_mimebundle_()["text/html"]
    return network_html(network, max_rows=MAX_ROWS) + picture
