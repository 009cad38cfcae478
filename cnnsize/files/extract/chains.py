"""Find chains of layers that nothing marks, such as ``conv - relu - pool``, in any text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from cnnsize.files.extract.chain_lines import (
    ARROW,
    LINK,
    MAX_LINE,
    line_end,
    lines_with_links,
)
from cnnsize.files.extract.chain_search import search
from cnnsize.files.extract.excerpt import Spans
from cnnsize.files.extract.found_chain import FoundChain
from cnnsize.language.cursor import Cursor
from cnnsize.language.informal.writer import to_strict
from cnnsize.language.parser import parse_statement
from cnnsize.layers.names import ALIASES, ENDS, NOT_OURS
from cnnsize.record import replace
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic
from cnnsize.text.span import Span
from cnnsize.text.suggest import squeeze
from cnnsize.text.view import View

WORD = r"[^\W\d_][\w-]{0,40}"
GOES_ON = re.compile(
    rf"[`*'\")\]]{{0,3}}\s*(?:{ARROW}|(?P<dash>(?<=\s)[-–—+]\s))\s*[`*'\"(\[]*(?P<word>{WORD})?"
)
WAS_BEFORE = re.compile(rf"({WORD})[`*'\")\]]{{0,3}}\s*{ARROW}[\s`*'\"(\[]*$")
ARROWS = re.compile(ARROW)
DOWN = r"[↓⇓▼│┃⬇|]"
BEGINS_WITH_LINK = re.compile(rf"[$`*\s]*{ARROW}|\s*{DOWN}+\s*$|\s*[-–—+]>|\s*[\])}}]")
ENDS_WITH_LINK = re.compile(rf"(?:{ARROW}|\s[-–—+]|[\[({{])[$`*\\\s]*$|^\s*{DOWN}+\s*$")
# what may be before the text of a line: marks of comments, quotations, lists and boxes
LEAD = re.compile(
    r"[ \t]*(?:(?://[/!]?|#{1,9}[:!]?|(?:\*(?!\*)|>(?!=)|%+|;+|--(?![->])|!)(?=[ \t]|$))[ \t]*)*"
)
TEX_WORD = re.compile(r"\\(?:text\w{0,2}|math\w{0,2}|mbox|operatorname)\{([^{}\\\n]{1,40})\}")
# of reStructuredText, such as :class:`~torch.nn.ReLU`
ROLE = re.compile(r"(?<![\w`]):[a-z]{2,12}(?::[a-z]{2,12})?:(?=`)|(?<=`)~")
ENTITIES = {
    "&gt;": ">",
    "&rarr;": "→",
    "&rArr;": "⇒",
    "&#8594;": "→",
    "&#x2192;": "→",
    "&times;": "×",
}
HTML = re.compile(
    rf"{'|'.join(ENTITIES)}|</?(?:b|i|em|strong|code|tt|span|u|font)(?:[ ][^<>]{{0,200}})?>"
)
SIDES = "│┃║"  # of boxes around a line
MAX_LINES = 40  # of one chain
MAX_BEFORE = 100  # characters before a chain that may tell what is joined to it
DIAGRAM = re.compile(
    r"(?ms)^[ \t>]*(```|~~~|:::|\{\{<)[ \t]*\{?(?:mermaid|dot|graphviz|plantuml)\b.*?(?:^[ \t>]*(?:\1|\{\{<)|\Z)"
)
DIAGRAM_WORDS = ("mermaid", "graphviz", "plantuml", "`dot", "{dot", " dot")
MIN_LINKS = 2
MAX_ATTEMPTS = 4  # parts of one chain that are tried after the reader refused the whole


class Found(NamedTuple):
    """A chain, in one line, whatever lines it was written on; or, with a note, what was not read."""

    view: View
    note: str = ""
    is_cut: bool = False  # the text goes on with what is not read


def find(view: View) -> Iterator[Found]:
    """Yield the chains in a text, and the layers of chains that cannot be read, with a note."""
    text = view.text
    diagrams: Spans | None = None
    done = 0  # the text before this offset was searched
    for start, end in lines_with_links(text):
        if start < done:
            continue
        if diagrams is None:
            diagrams = _diagrams(text)
        if diagrams.contains(start):
            continue
        spans = _lines_of_chain(text, max(start, done), end, floor=done)
        done = spans[-1][1]
        paragraph = _without_markup(view.part(*spans))
        if len(LINK.findall(paragraph.text)) < MIN_LINKS:
            continue
        for chain in search(paragraph.text):
            yield from _accepted(paragraph, chain)


def may_hold_chain(text: str) -> bool:
    """Return whether a text holds a chain, or would without the marks of its format."""
    return next(find(View.of(text)), None) is not None


def _diagrams(text: str) -> Spans:
    """Return the spans of blocks in a language for diagrams, whose arrows join boxes."""
    if not any(word in text for word in DIAGRAM_WORDS):
        return Spans(())
    return Spans(Span(*match.span()) for match in DIAGRAM.finditer(text))


def _lines_of_chain(text: str, start: int, end: int, *, floor: int) -> list[tuple[int, int]]:
    """Return the spans of a line and of those that arrows or brackets join to it, without marks.

    No line begins before ``floor``.
    """
    spans = [_content(text, start, end)]
    while start > floor and text[start - 1] == "\n" and len(spans) < MAX_LINES:
        above_start = text.rfind("\n", 0, start - 1) + 1
        above = _content(text, above_start, start - 1)
        is_too_far = above_start < floor or start - above_start > MAX_LINE
        if is_too_far or not _are_joined(text, above, spans[0]):
            break
        spans.insert(0, above)
        start = above_start
    while text[end : end + 1] == "\n" and len(spans) < 2 * MAX_LINES:
        below_end = line_end(text, end + 1)
        below = _content(text, end + 1, below_end)
        if below_end - end > MAX_LINE or not _are_joined(text, spans[-1], below):
            break
        spans.append(below)
        end = below_end
    return [(begin, min(stop + 1, len(text))) for begin, stop in spans[:-1]] + [spans[-1]]


def _content(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span of a line without the mark of a comment before it or the sides of a box."""
    line = text[start:end].strip()
    inside = line.strip(SIDES + " \t") if line[:1] in SIDES else ""
    if inside and not any(side in inside for side in SIDES):
        start = text.index(inside, start)
        return start, start + len(inside)
    lead = LEAD.match(text, start, end)
    return (start if lead is None else lead.end()), end


def _are_joined(text: str, upper: tuple[int, int], lower: tuple[int, int]) -> bool:
    """Return whether an arrow or a bracket joins two lines."""
    above, below = text[slice(*upper)].rstrip("\r"), text[slice(*lower)].rstrip("\r")
    if not above.strip() or not below.strip():
        return False
    if ENDS_WITH_LINK.search(above) or BEGINS_WITH_LINK.match(below):
        return True
    begins_with_bracket = below.lstrip()[0] in "[({"
    return bool(begins_with_bracket and ARROWS.search(above) and ARROWS.search(below))


def _without_markup(view: View) -> View:
    """Return a text without commands of TeX, tags of HTML and roles of reStructuredText."""
    if "\\" in view.text:
        changes: list[tuple[int, int, str]] = []
        for match in TEX_WORD.finditer(view.text):
            changes += [(match.start(), match.start(1), ""), (match.end(1), match.end(), "")]
        view = view.changed(changes)
    if ":`" in view.text:
        view = view.changed((*match.span(), "") for match in ROLE.finditer(view.text))
    if "&" in view.text or "</" in view.text:
        view = view.changed(
            (*match.span(), ENTITIES.get(match[0], "")) for match in HTML.finditer(view.text)
        )
    return view


def _accepted(paragraph: View, chain: FoundChain) -> Iterator[Found]:
    """Yield what the reader accepts of a chain: all of it, or else the longest parts and a note."""
    yield from _unknown_ends(paragraph, chain)
    attempts = 0
    queue = [chain] if chain.items else []
    while queue and attempts < MAX_ATTEMPTS:
        attempts += 1
        chain = queue.pop(0)
        view = _on_one_line(paragraph.part((chain.start, chain.end)))
        diagnostic = _refusal(view.text)
        if diagnostic is None or chain.misspelt:
            yield Found(view, is_cut=_what_follows(paragraph, chain) is not None)
            continue
        offset = diagnostic.span.start + chain.start
        item = chain.items[chain.index_at(offset)]
        may_be_prose = item is chain.items[-1] and chain.is_beside_name(offset)
        if attempts == 1 and not may_be_prose:
            place = paragraph.part((item.start, item.tight_end))
            yield Found(place, f"left out of a chain of layers: {diagnostic.message}")
        queue += chain.without(offset)


def _unknown_ends(paragraph: View, chain: FoundChain) -> Iterator[Found]:
    """Yield the words that an arrow joins to a chain and that name no layer, with a note."""
    if chain.items:
        before = WAS_BEFORE.search(paragraph.text, max(0, chain.start - MAX_BEFORE), chain.start)
        if before is not None and squeeze(before[1]) not in ALIASES:
            part = paragraph.part(before.span(1))
            yield Found(part, f"the chain of layers begins after this: {_reason(part.text)}")
    span = chain.unknown
    if span is None and chain.items and not {"SOFTMAX", *ENDS} & {*chain.items[-1].kinds}:
        after = _what_follows(paragraph, chain)
        word = after["word"] if after is not None else None
        if after is not None and word and squeeze(word) not in ALIASES:
            span = after.span("word")
    if span is not None:
        part = paragraph.part(span)
        yield Found(part, f"the chain of layers ends here: {_reason(part.text)}")


def _what_follows(paragraph: View, chain: FoundChain) -> re.Match[str] | None:
    """Match the arrow that joins more to the end of a chain, and the word after it."""
    match = GOES_ON.match(paragraph.text, chain.items[-1].end)
    is_prose = match is not None and match["dash"] is not None and "spaced" not in chain.links
    return None if is_prose else match


def _on_one_line(view: View) -> View:
    """Return a text with a space in place of each line break and the indentation after it."""
    breaks = re.finditer(r"\s*\n\s*", view.text)
    return view.changed((*match.span(), " ") for match in breaks) if "\n" in view.text else view


def _refusal(text: str) -> Diagnostic | None:
    """Return what the reader refuses in a chain; None if it accepts the chain."""
    try:
        informal = to_strict(text, frozenset())
    except ArchitectureError as error:
        return error.diagnostic
    try:
        parse_statement(Cursor(informal.text, frozenset()))
    except ArchitectureError as error:
        return replace(error.diagnostic, span=informal.map.span(error.diagnostic.span))
    return None


def _reason(word: str) -> str:
    """Return why words after an arrow are no layer."""
    reason = NOT_OURS.get(squeeze(word), "not a layer of this notation")
    return f"{word}: {reason}"
