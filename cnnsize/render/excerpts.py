"""The architectures found in files, and where, for --extract-only."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from cnnsize.files.document import Document
from cnnsize.files.extract.excerpt import Excerpt
from cnnsize.language.statements import statement_spans
from cnnsize.render.places import STRING
from cnnsize.text.offsets import Chart
from cnnsize.text.source import Source
from cnnsize.text.terminal import safe

Excerpts = Iterable[tuple[Document, list[Excerpt]]]


def _statements(documents: Excerpts) -> Iterable[tuple[Excerpt, Source]]:
    """Yield each statement with the excerpt that it is in."""
    for document, excerpts in documents:
        chart = Chart.of(document.text)
        for excerpt in excerpts:
            origin = excerpt.origin(document.file, chart)
            for start, end in statement_spans(excerpt.text):
                yield excerpt, origin.source(excerpt.text, start, end)


def as_text(documents: Excerpts) -> str:
    """Return ``FILE:LINE:COLUMN: fence: INPUT[...] -> ...``, one line per architecture."""
    lines = []
    for excerpt, source in _statements(documents):
        location = source.position(0)
        cell = source.in_cell(0)
        kind = excerpt.kind + (f" ({excerpt.expects})" if excerpt.expects else "")
        where = f"{source.file or STRING}:{location.line}:{location.column}"
        if cell is not None:
            where += f": cell {cell.number}, line {cell.line}"
        lines.append(f"{safe(where)}: {kind}: {safe(' '.join(source.text.split()))}")
    return "\n".join(lines)


def as_json(documents: Excerpts) -> str:
    """Return the architectures with their places as a JSON array."""
    entries: list[dict[str, Any]] = []
    for excerpt, source in _statements(documents):
        start, end = source.position(0), source.end_position(len(source.text))
        cell = source.in_cell(0)
        entries.append(
            {
                "file": source.file,
                "location": start._asdict(),
                "end_location": end._asdict(),
                "cell": None if cell is None else cell._asdict(),
                "kind": excerpt.kind,
                "expects": excerpt.expects or None,
                "text": source.text,
            }
        )
    return json.dumps(entries, indent=2)
