"""Every character of an extracted text maps to its place in the file."""

from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cnnsize.files.extract import excerpts
from cnnsize.text.offsets import Chart
from cnnsize.text.view import View, joined

TEXTS = st.text("ab→\n \"\\'\té𝄞", max_size=30)


@given(TEXTS, st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=5))
def test_a_part_maps_each_of_its_characters(text: str, spans: list[tuple[int, int]]) -> None:
    spans = [(min(a, b, len(text)), min(max(a, b), len(text))) for a, b in spans]
    view = View.of(text).part(*spans)
    assert view.text == "".join(text[a:b] for a, b in spans)
    for index, character in enumerate(view.text):
        start, end = view.span(index, index + 1)
        assert text[start:end] == character
    rejoined = joined(
        [View.of(view.text).part((0, 3)), View.of(view.text).part((3, len(view.text)))]
    ).inside(view)
    assert rejoined == view


@given(TEXTS)
def test_escapes_in_json_and_python_are_mapped_character_by_character(text: str) -> None:
    from cnnsize.files.extract.json_strings import strings
    from cnnsize.files.extract.python_texts import read_texts

    for written, views in (
        (json.dumps(text), list(strings(json.dumps(text)))),
        (ascii(text), [text.view for text in read_texts(f"x = {text!a}")]),
    ):
        (view,) = views
        assert view.text == text
        pieces = [view.span(index, index + 1) for index in range(len(text))]
        assert all(a.end <= b.start for a, b in pairwise(pieces))
        assert all(a.start < a.end for a in pieces)
        assert len(written) >= len(text)


LINES = st.lists(
    st.sampled_from(["INPUT[10x10x3]", "CONV3-64(S=2, P=0)", "RELU", "[CONV3-8 -> RELU]*2"]),
    min_size=1,
    max_size=4,
)


CONTAINERS = {
    "> ": "a.md",
    "  > > ": "a.md",
    "- ": "a.md",
    "12. ": "a.md",
    "": "a.md",
    "> * ": "a.md",
}


@given(LINES, st.sampled_from(sorted(CONTAINERS)), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_every_character_of_a_fence_maps_to_its_place(
    steps: list[str], lead: str, ending: str, broken: bool
) -> None:
    body = (" ->\n" if broken else " -> ").join(["INPUT[16x16x3]", *steps[1:], "FC-10"])
    rest = "".join(c if c in "> " else " " for c in lead)
    lines = ["```cnn", *body.split("\n"), "```"]
    text = ending.join([lead + lines[0], *(rest + line for line in lines[1:])]) + ending
    (excerpt,) = excerpts(text, CONTAINERS[lead])
    assert excerpt.text.split() == body.split()
    chart = Chart.of(text)
    source = excerpt.origin("a.md", chart).source(excerpt.text, 0, len(excerpt.text.rstrip()))
    rows = text.split("\n")
    for index, character in enumerate(source.text):
        place = source.position(index)
        assert (rows[place.line - 1] + "\n")[place.column - 1] == character
