"""Where architectures stand in files of any sort, each with a map of every character back to its
place.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterable, Iterator

from cnnsize.files.extract import markdown, markers, prose, rst
from cnnsize.files.extract.excerpt import Excerpt, Spans, switched_off, unmarked
from cnnsize.text.offsets import Chart
from cnnsize.text.view import View

MARKDOWN = frozenset({".md", ".markdown", ".mdown", ".mkd", ".mdx", ".qmd", ".rmd", ".myst"})
RST = frozenset({".rst", ".rest"})
PYTHON = frozenset({".py", ".pyi", ".pyw"})
KNOWN = (
    MARKDOWN | RST | PYTHON | {".cnn", ".txt", ".toml", ".yaml", ".yml", ".json", ".ipynb"}
)  # a name is a file's
JSON = frozenset({".json", ".jsonl", ".ndjson", ".geojson"})
ESCAPED = frozenset({".yaml", ".yml", ".toml"})
# what is said with a backslash between double quotes; a network holds none, so that it means the
# same elsewhere
ESCAPE = r"\\(?:(?P<code>u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2})|[nt\"\\/]|[ \t]*\r?\n\s*)"
STEP = r"\[*(?:CONV|DWCONV|TCONV|POOL|AVGPOOL|GAP|FC|FLATTEN|BN|PAD)"
# a text that is a network from its first statement on; INPUT and an arrow alone may be any diagram
DOCUMENT = (
    r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*(?:[^\W\d]\w*[ \t]*=[ \t]*)?INPUT[ \t]*"
    rf"(?:\[[ \t]*\d+[ \t]*[xX×]|(?:\[[^\]\n]*\])?\s*(?:->|→)\s*{STEP})"
)


def suffix(name: str) -> str:
    return os.path.splitext(name)[1].lower()


def may_hold(data: bytes, name: str, also: Iterable[str]) -> bool:
    """Has a file the letters that it needs to be worth reading? A look at its bytes says so."""
    if b"cnn" in data or name.lower().endswith(".cnn"):
        return True
    return b"INPUT" in data and (bool(also) or suffix(name) in ("", ".txt"))


def excerpts(text: str, name: str, also: Iterable[str] = ()) -> list[Excerpt]:
    """The texts with architectures in a file's text, in order.

    ``also`` may ask for those that nothing marks: of ``python`` those in literals and comments of
    Python, ``raw`` those in any other text.
    """
    ending = suffix(name)
    if ending not in ("", ".cnn", ".txt") and "cnn" not in text and not ("INPUT" in text and also):
        return []  # a look at its letters is all that it costs, whatever else is in it
    if (
        ending == ".cnn"
        or name.startswith("<")
        or (ending in ("", ".txt") and re.match(DOCUMENT, text))
    ):
        return [whole(text)]
    if ending == ".ipynb":
        found = list(_notebook(text, also))
    else:
        found = _marked(text, ending, also)
    return sorted(found, key=lambda one: one.where)


def whole(text: str) -> Excerpt:
    """All of a text as one excerpt."""
    return Excerpt(View.of(text), "file")


def _marked(text: str, ending: str, also: Iterable[str]) -> list[Excerpt]:
    if ending in PYTHON:
        from cnnsize.files.extract import python  # late: tokenize is needed for nothing else

        return list(python.find(text, "python" in also))
    code = markdown.find(text) if ending in MARKDOWN else markdown.CodeBlocks([], [])
    blocks = [*code.fences, *(rst.find(text) if ending in RST else ())]
    bodies, examples = Spans(one.where for one in blocks), Spans(code.code)
    off = Spans(
        switched_off(text, markdown.SWITCH, code.code) + switched_off(text, rst.SWITCH, code.code)
    )
    found = [*blocks]
    for one in markers.find(text):
        at = one.head.start
        if not bodies.hold(at) and (
            ending not in MARKDOWN or examples.hold(at) or _in_html(text, at)
        ):
            found.append(one)
    if "raw" in also:
        found += _unmarked(text, ending, Spans(one.where for one in found))
    return [one for one in found if not off.hold(one.head.start)]


def _in_html(text: str, at: int) -> bool:
    """Does a comment of Markdown, or of MDX, begin right in front? A line of prose there is
    none.
    """
    return text[max(0, at - 200) : at].rstrip().endswith(("<!--", "{/*"))


def _unmarked(text: str, ending: str, taken: Spans) -> Iterator[Excerpt]:
    """The networks that nothing marks: in the strings of JSON, in the text of anything else."""
    if ending in JSON:
        from cnnsize.files.extract.notebook import strings

        views: Iterable[View] = strings(text)
    elif ending in ESCAPED and "\\" in text:
        views = [
            View.of(text).changed((*one.span(), _said(one)) for one in re.finditer(ESCAPE, text))
        ]
    else:
        views = [View.of(text)]
    for view in views:
        for span in prose.find(view.text):
            one = unmarked(view.part(span), "raw")
            if not taken.hold(one.head.start):
                yield one


def _said(escape: re.Match[str]) -> str:
    """What an escape of YAML or TOML means."""
    if escape["code"]:
        number = int(escape["code"][1:], 16)
        return chr(number) if number < 0x110000 else escape[0]
    return {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "/": "/"}.get(escape[0][1:], "")


def _notebook(text: str, also: Iterable[str]) -> Iterator[Excerpt]:
    from cnnsize.files.extract.notebook import cells

    for cell in cells(text):
        chart = Chart.of(cell.view.text)
        ending = {"markdown": ".md", "code": ".py"}.get(cell.kind, "")
        for one in _marked(cell.view.text, ending, also):
            in_cell = chart._replace(pieces=one.view.pieces)
            yield one.inside(cell.view)._replace(cell=cell.number, in_cell=in_cell)
