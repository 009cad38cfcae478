"""What the page shows about a text: plain data, the same from ``cnnsize serve`` and in a browser.

Offsets count UTF-16 units, as JavaScript does. HTML and SVG are complete and escaped; all other texts
are plain.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from cnnsize.files.document import Document
from cnnsize.html.table import layers_html
from cnnsize.network import Network
from cnnsize.render.family import overview
from cnnsize.render.text import summary
from cnnsize.render.units import byte_size
from cnnsize.report.make import report
from cnnsize.report.result import Report, Result
from cnnsize.report.texts import read_documents
from cnnsize.rewriting.changes import Change, find_changes
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic
from cnnsize.text.source import Source, line_starts
from cnnsize.text.span import Span
from cnnsize.text.terminal import Style
from cnnsize.zoo import index, text_of

MAX_TEXT = 20_000  # characters; the command line takes more
FAMILY_WIDTH = 90  # columns
VIEWS = ("volumes", "graph", "cone", "profile", "memory", "torch", "text", "family")
THEMES = ("light", "dark")


class QuestionError(Exception):
    """A question that cannot be answered; the message says why."""


class Checked:
    """A text with its report, and the offsets of its characters as JavaScript counts."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = line_starts(text)
        self.report: Report = report(read_documents([Document(text)]))
        # the offsets of characters that take two units
        self.wide = [offset for offset, char in enumerate(text) if char > "\uffff"]

    def units(self, offset: int) -> int:
        """Return an offset in UTF-16 units."""
        return offset + bisect_right(self.wide, offset - 1)

    def offset(self, source: Source, offset: int, *, is_end: bool = False) -> int:
        """Return where an offset of the text of a network is, in UTF-16 units."""
        line, column = source.end_position(offset) if is_end else source.position(offset)
        start = self.starts[min(line, len(self.starts)) - 1]
        return self.units(min(start + column - 1, len(self.text)))

    def span(self, source: Source, span: Span) -> list[int]:
        """Return where a span of the text of a network is."""
        start = self.offset(source, span.start)
        if span.end <= span.start:
            return [start, start]
        return [start, max(start, self.offset(source, span.end, is_end=True))]


@lru_cache(maxsize=4)
def checked_text(text: str) -> Checked:
    """Return a text, checked; the next question is mostly about the same text."""
    return Checked(text)


def answer(question: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page shows for ``{"text": ..., "view": "volumes", "theme": "light"}``.

    ``layer`` is the path of a layer whose tiling is asked for, and ``network`` the number of the
    network, where the text has several. A text that is the name of a network of the zoo stands for its
    text, which comes back as ``text``. Raises QuestionError.
    """
    text, view, theme = field(question, "text"), field(question, "view"), field(question, "theme")
    if view not in VIEWS or theme not in THEMES:
        raise QuestionError("no such view or theme")
    if len(text) > MAX_TEXT:
        raise QuestionError(
            f"the page takes {MAX_TEXT:,} characters; `cnnsize check FILE` takes more"
        )
    if text.strip() in index():
        text = text_of(text.strip()).rstrip()
    checked = checked_text(text)
    results = checked.report.architectures
    number = question.get("network")
    if not (isinstance(number, int) and 0 <= number < len(results)):
        number = len(results) - 1
    shown = results[number] if results else None
    return {
        "text": text,
        "summary": summary_of(checked.report),
        "has_errors": checked.report.count("error") > 0,
        "findings": [finding_of(finding, checked) for finding in findings_of(checked)],
        "networks": [name_of(result) for result in results],
        "network": number,
        **(network_of(shown, checked, question, view, theme) if shown is not None else NOTHING),
    }


NOTHING: dict[str, Any] = {
    "table": "",
    "totals": [],
    "views": [],
    "view": "",
    "shown": "",
    "layers": {},
}


def field(question: Mapping[str, Any], name: str) -> str:
    """Return a text of the question. Raises QuestionError."""
    value = question.get(name, "")
    if not isinstance(value, str):
        raise QuestionError(f"{name} must be a text")
    return value


def summary_of(report: Report) -> str:
    """Return the last line of the report in a terminal."""
    if not report.architectures and not report.diagnostics:
        return "write a network, as in INPUT[32x32x3] -> CONV3-64 -> RELU -> FC-10"
    return summary(
        errors=report.count("error"),
        warnings=report.count("warning"),
        notes=report.count("info"),
        networks=len(report.architectures),
        expected_errors=0,
    )


def findings_of(checked: Checked) -> list[tuple[int, Diagnostic]]:
    """Return the findings with their numbers, except for the defaults that every layer uses."""
    return [
        (number, finding)
        for number, finding in enumerate(checked.report.diagnostics)
        if finding.code != "CNN006"
    ]


def finding_of(numbered: tuple[int, Diagnostic], checked: Checked) -> dict[str, Any]:
    """Return a finding with its places and its fixes."""
    number, finding = numbered
    source = finding.source or Source(checked.text)
    changes = find_changes(checked.text, checked.report, unsafe=True)
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
        "fixes": [fix_of(change, checked) for change in changes if change.number == number],
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


def network_of(
    result: Result, checked: Checked, question: Mapping[str, Any], view: str, theme: str
) -> dict[str, Any]:
    """Return the numbers and the pictures of a network or a family."""
    if result.family is not None:
        views = {"family": lambda: family_view(result, theme), "text": lambda: text_view(result)}
        return {**NOTHING, **view_of(views, view)}
    network = result.network
    if network is None:
        return NOTHING
    views = {
        **{kind: picture(network, kind, theme) for kind in ("volumes", "graph", "cone", "profile")},
        "memory": lambda: memory_view(network),
        "torch": lambda: torch_view(network),
        "text": lambda: text_view(result),
    }
    layer = question.get("layer")
    return {
        "table": without_styles(layers_html(network)),
        "totals": totals_of(network),
        "layers": layers_of(network, result, checked),
        "tiling": tiling(network, layer, theme) if isinstance(layer, str) else "",
        **view_of(views, view),
    }


def without_styles(table: str) -> str:
    """Return a table without the styles that notebooks need, and that the policy of the page forbids."""
    return re.sub(r' style="[^"]*"', "", table)


def view_of(views: Mapping[str, Callable[[], dict[str, str]]], view: str) -> dict[str, Any]:
    """Return a view, the first one where there is no such view, and the names of all."""
    name = view if view in views else next(iter(views))
    return {"views": list(views), "view": name, **views[name]()}


def picture(network: Network, kind: str, theme: str) -> Callable[[], dict[str, str]]:
    """Return what draws a picture of a network."""

    def draw() -> dict[str, str]:
        try:
            return {"shown": network.figure(kind).svg(theme), "form": "svg"}
        except ValueError as error:
            return {"shown": str(error), "form": "note"}

    return draw


def tiling(network: Network, layer: str, theme: str) -> str:
    """Return the tiling of the layer at a path; empty for a layer without windows."""
    try:
        return network.figure("tiling", layer=layer).svg(theme)
    except ValueError:
        return ""


def torch_view(network: Network) -> dict[str, str]:
    """Return the PyTorch source of a network."""
    try:
        return {"shown": network.torch_source(), "form": "code"}
    except ArchitectureError as error:
        return {"shown": f"no PyTorch source: {error.diagnostic.message}", "form": "note"}


def text_view(result: Result) -> dict[str, str]:
    """Return the canonical text."""
    return {"shown": str(result.architecture or result.text), "form": "code"}


def family_view(result: Result, theme: str) -> dict[str, str]:
    """Return which members of a family are valid, and what they cost."""
    assert result.family is not None
    return {"shown": overview(result.family, Style(FAMILY_WIDTH)), "form": "code"}


def memory_view(network: Network) -> dict[str, str]:
    """Return the memory for training on batches of some sizes."""
    from cnnsize.memory import UnknownSizeError, training  # late: only where it is asked for

    lines = ["Memory for a training step with Adam in float32, without workspace", ""]
    for batch in (1, 8, 32, 128):
        try:
            total = training(network, batch=batch, optimizer="adam").total
        except UnknownSizeError as error:
            return {"shown": str(error), "form": "note"}
        lines.append(f"batch {batch:>4}  {byte_size(total):>10}")
    return {"shown": "\n".join(lines), "form": "code"}


def totals_of(network: Network) -> list[list[str]]:
    """Return the labels and the values of the totals."""
    if network.params is None or network.macs is None or network.activations is None:
        return []
    rows = [
        ["Parameters", f"{network.params:,}"],
        ["Multiply-adds", f"{network.macs:,}"],
        ["Activations", f"{network.activations:,}"],
        ["Peak activations", f"{network.peak_activations:,}"],
    ]
    if network.receptive_field is not None:
        rows.append(["Receptive field", "x".join(f"{side:,}" for side in network.receptive_field)])
    return rows


def layers_of(network: Network, result: Result, checked: Checked) -> dict[str, list[int]]:
    """Return where each layer is written, by its path."""
    return {step.path: checked.span(result.source, Span(*step.span)) for step in network.steps}
