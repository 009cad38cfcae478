"""What the page shows about a text: plain data, the same from ``cnnsize serve`` and in a browser.

Offsets count UTF-16 units, as JavaScript does. HTML and SVG are complete and escaped; all other texts
are plain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from cnnsize.files.document import Document
from cnnsize.limits import MAX_PAGE_TEXT
from cnnsize.page.views import (
    NOTHING,
    VIEWS,
    View,
    family_views,
    layers_table,
    network_views,
    tiling,
    totals,
)
from cnnsize.render.text import summary_of
from cnnsize.report.make import report
from cnnsize.report.result import Report, Result
from cnnsize.report.texts import read_documents
from cnnsize.rewriting.changes import Change, find_changes
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.english import shortened
from cnnsize.text.source import Source
from cnnsize.text.span import Span
from cnnsize.text.units import TextUnits
from cnnsize.zoo import index, text_of

MAX_FINDINGS = 100
MAX_NETWORKS = 100
THEMES = ("light", "dark")
QUESTION = ("text", "view", "theme", "network", "layer")


class QuestionError(Exception):
    """A question that cannot be answered; the message says why."""


class Checked:
    """A text with its report and the fixes, and its offsets as JavaScript counts.

    Raises QuestionError for too many networks.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        texts = read_documents([Document(text)])
        if len(texts.architectures) > MAX_NETWORKS:
            raise QuestionError(
                f"the page takes {MAX_NETWORKS} networks; `cnnsize check FILE` takes more"
            )
        self.report: Report = report(texts)
        self.changes = find_changes(text, self.report, unsafe=True)
        self.places = TextUnits(text)

    def units(self, offset: int) -> int:
        """Return an offset in UTF-16 units."""
        return self.places.width(0, offset)

    def span(self, source: Source, span: Span) -> list[int]:
        """Return where a span of the text of a network is, in UTF-16 units."""
        start, end = self.places.span(source, span)
        return [self.units(start), self.units(max(start, end))]


@lru_cache(maxsize=4)
def checked_text(text: str) -> Checked:
    """Return a text, checked; the next question is mostly about the same text."""
    return Checked(text)


def answer(question: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page shows for ``{"text": ..., "view": "volumes", "theme": "light"}``.

    Only the text is needed. ``layer`` is the path of the layer whose tiling is asked for, and ``network`` the number of the
    network, where the text has several. A text that is the name of a network of the zoo stands for its
    text, which comes back as ``text``. Raises QuestionError.
    """
    unknown = next((key for key in question if key not in QUESTION), None)
    if unknown is not None:
        raise QuestionError(
            f"unknown key {shortened(unknown)!r}; the keys are {', '.join(QUESTION)}"
        )
    text = field(question, "text", "")
    view, theme = field(question, "view", VIEWS[0]), field(question, "theme", THEMES[0])
    if view not in VIEWS:
        raise QuestionError(f"view must be one of {', '.join(VIEWS)}")
    if theme not in THEMES:
        raise QuestionError(f"theme must be one of {', '.join(THEMES)}")
    if len(text) > MAX_PAGE_TEXT:
        raise QuestionError(
            f"the page takes {MAX_PAGE_TEXT:,} characters; `cnnsize check FILE` takes more"
        )
    if text.strip() in index():
        text = text_of(text.strip()).rstrip()
    if not text.strip():
        return {"text": text, **NOTHING_YET}
    checked = checked_text(text)
    results = checked.report.architectures
    number = question.get("network")
    if not (isinstance(number, int) and 0 <= number < len(results)):
        number = len(results) - 1
    return {
        "text": text,
        "summary": summary_of(checked.report),
        "has_errors": checked.report.count("error") > 0,
        "findings": [
            finding_of(index, finding, checked)
            for index, finding in enumerate(checked.report.diagnostics[:MAX_FINDINGS])
        ],
        "networks": [name_of(result) for result in results],
        "network": number,
        **NO_NETWORK,
        **(result_of(results[number], checked, question, view, theme) if results else {}),
    }


NO_NETWORK: Mapping[str, Any] = {
    "table": "",
    "totals": [],
    "layers": {},
    "tiling": NOTHING,
    "views": [],
    "view": "",
    **NOTHING,
}


NOTHING_YET: Mapping[str, Any] = {
    "summary": "write a network, such as INPUT[32x32x3] -> CONV3-64 -> RELU -> FC-10",
    "has_errors": False,
    "findings": [],
    "networks": [],
    "network": -1,
    **NO_NETWORK,
}


def field(question: Mapping[str, Any], name: str, default: str) -> str:
    """Return a text of the question. Raises QuestionError."""
    value = question.get(name, default)
    if not isinstance(value, str):
        raise QuestionError(f"{name} must be a text")
    return value


def finding_of(number: int, finding: Diagnostic, checked: Checked) -> dict[str, Any]:
    """Return a finding with its places and its fixes."""
    source = finding.source or Source(checked.text)
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "url": finding.url,
        "message": finding.message,
        "label": finding.label,
        "notes": list(finding.notes),
        "help": list(finding.help),
        "span": checked.span(source, finding.span),
        "related": [
            {"span": checked.span(label.source or source, label.span), "message": label.message}
            for label in finding.related
        ],
        "fixes": [fix_of(change, checked) for change in checked.changes if change.number == number],
    }


def fix_of(change: Change, checked: Checked) -> dict[str, Any]:
    """Return a fix with its edits."""
    return {
        "message": change.fix.message,
        "is_safe": change.fix.applicability == "safe",
        "edits": [
            {"span": [checked.units(start), checked.units(end)], "text": new}
            for start, end, new in change.edits
        ],
    }


def name_of(result: Result) -> str:
    """Return the name of a network, else its line."""
    return result.name or f"line {result.line}"


def result_of(
    result: Result, checked: Checked, question: Mapping[str, Any], view: str, theme: str
) -> dict[str, Any]:
    """Return the numbers and the pictures of a network or a family."""
    text = str(result.architecture or result.text)
    if result.family is not None:
        return view_of(family_views(result.family, text, theme), view)
    network = result.network
    if network is None:
        return {}
    layer = question.get("layer")
    return {
        "table": layers_table(network),
        "totals": totals(network),
        "layers": layers_of(result, checked),
        "tiling": tiling(network, layer if isinstance(layer, str) else None, theme),
        **view_of(network_views(network, text, theme), view),
    }


def view_of(views: Mapping[str, Callable[[], View]], name: str) -> dict[str, Any]:
    """Return a view, the first one where there is no view of that name, and the names of all."""
    name = name if name in views else next(iter(views))
    return {"views": list(views), "view": name, **views[name]()}


def layers_of(result: Result, checked: Checked) -> dict[str, list[int]]:
    """Return where each layer is written, by its path."""
    steps = result.network.steps if result.network is not None else ()
    return {step.path: checked.span(result.source, Span(*step.span)) for step in steps}
