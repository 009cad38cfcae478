"""Shared by the tests of extraction: find the networks of a text, make a notebook."""

from __future__ import annotations

import json

from cnnsize.files.document import Document
from cnnsize.files.extract import excerpts
from cnnsize.language.statements import statement_spans
from cnnsize.report.make import report
from cnnsize.report.result import Report
from cnnsize.report.texts import read_documents
from cnnsize.text.offsets import Chart

NET = "INPUT[4x4x3] -> FC-10"
BOTH = ("python", "raw")


def find_networks(text: str, name: str, unmarked: tuple[str, ...] = BOTH) -> list[str]:
    """Return each statement as in ``3:5 fence: INPUT[...] -> ...``."""
    chart = Chart.of(text)
    lines = []
    for excerpt in excerpts(text, name, unmarked):
        origin = excerpt.origin(name, chart)
        for start, end in statement_spans(excerpt.text):
            source = origin.source(excerpt.text, start, end)
            sort = f"{excerpt.kind} {excerpt.expects}".strip()
            lines.append(f"{source.line}:{source.column} {sort}: {' '.join(source.text.split())}")
    return lines


def check_document(text: str, name: str) -> Report:
    """Return the report on the text of a file, with networks that nothing marks."""
    return report(read_documents([Document(text, name, unmarked=BOTH)]))


def notebook(*cells: tuple[str, str | list[str]], indent: int | None = None) -> str:
    """Return a notebook with cells of a type and a source."""
    return json.dumps(
        {"cells": [{"cell_type": kind, "source": source} for kind, source in cells]}, indent=indent
    )
