"""Which architectures were found and where, for --extract-only."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from cnnsize.files.document import Document
from cnnsize.files.extract.excerpt import Excerpt
from cnnsize.language.statements import statements
from cnnsize.render.places import STRING
from cnnsize.text.offsets import Chart
from cnnsize.text.source import Source
from cnnsize.text.terminal import safe

Found = Iterable[tuple[Document, list[Excerpt]]]


def _statements(found: Found) -> Iterable[tuple[Excerpt, Source]]:
    for document, excerpts in found:
        chart = Chart.of(document.text)
        for excerpt in excerpts:
            origin = excerpt.origin(document.file, chart)
            for start, end in statements(excerpt.text):
                yield excerpt, origin.source(excerpt.text, start, end)


def as_text(found: Found) -> str:
    """``FILE:LINE:COLUMN: fence: INPUT[...] -> ...``, a line each."""
    lines = []
    for excerpt, source in _statements(found):
        place = source.position(0)
        cell = source.in_cell(0)
        sort = excerpt.kind + (f" ({excerpt.expects})" if excerpt.expects else "")
        where = f"{source.file or STRING}:{place.line}:{place.column}"
        if cell is not None:
            where += f": cell {cell.number}, line {cell.line}"
        lines.append(f"{safe(where)}: {sort}: {safe(' '.join(source.text.split()))}")
    return "\n".join(lines)


def as_json(found: Found) -> str:
    listed: list[dict[str, Any]] = []
    for excerpt, source in _statements(found):
        begin, end = source.position(0), source.end_position(len(source.text))
        cell = source.in_cell(0)
        listed.append(
            {
                "file": source.file,
                "location": begin._asdict(),
                "end_location": end._asdict(),
                "cell": None if cell is None else cell._asdict(),
                "kind": excerpt.kind,
                "expects": excerpt.expects or None,
                "text": source.text,
            }
        )
    return json.dumps(listed, indent=2)
