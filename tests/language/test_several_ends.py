"""OUTPUT with branches, and branches that begin with INPUT: what is read, and what is refused."""

from __future__ import annotations

import pytest

import cnnsize
from cnnsize import ArchitectureError


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("INPUT[8x8x3]->OUTPUT { FC-2|ID }->FC-3", "INPUT[8x8x3] -> OUTPUT{FC-2 | ID} -> FC-3"),
        ("input 8x8x3 => conv 3x3, 4 => output{ gap => fc 12 } => relu => fc 40",
         "INPUT[8x8x3] -> CONV3-4 -> OUTPUT{GAP -> FC-12} -> RELU -> FC-40"),
        ("INPUT[8x8x3] -> conv 3x3, 4 -> CAT{ID | Input 8x8x1 -> conv 3x3, 4}",
         "INPUT[8x8x3] -> CONV3-4 -> CAT{ID | INPUT[8x8x1] -> CONV3-4}"),
        ("INPUT[8x8x3] -> OUTPUT{FC-2}? -> [OUTPUT{GAP}]*N -> FC-3",
         "INPUT[8x8x3] -> OUTPUT{FC-2}? -> [OUTPUT{GAP}]*N -> FC-3"),
        ("INPUT[8x8x3] -> FC-3 -> OUTPUT", "INPUT[8x8x3] -> FC-3 -> OUTPUT"),
    ],
)  # fmt: skip
def test_what_is_read(text: str, canonical: str) -> None:
    assert str(cnnsize.parse(text)) == canonical
    assert str(cnnsize.parse(canonical)) == canonical


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("INPUT[8x8x3] -> OUTPUT{} -> FC-3", "", "this branch is empty"),
        ("INPUT[8x8x3] -> OUTPUT{FC-2 -> FC-3", "{", "this brace is never closed"),
        ("INPUT[8x8x3] -> OUTPUT{INPUT[4x4x3] -> FC-2}", "INPUT[4x4x3]",
         "an output cannot begin with INPUT"),
        ("INPUT[8x8x3] -> CAT{INPUT[4x4x3] | INPUT[4x4x1]}", "INPUT[4x4x3]",
         "no branch of this CAT reads the volume before it"),
        ("INPUT[8x8x3] -> CAT{ID | INPUT[8x8x3]}*2", "INPUT[8x8x3]",
         "INPUT cannot be repeated or optional"),
        ("INPUT[8x8x3] -> [RELU -> CAT{ID | INPUT[8x8x1]}]*2", "INPUT[8x8x1]",
         "INPUT cannot be repeated or optional"),
        ("INPUT[8x8x3] -> CAT{ID | INPUT[8x8x1]?}", "INPUT[8x8x1]",
         "INPUT cannot be repeated or optional"),
        ("INPUT[8x8x3] -> CAT{ID | RELU -> INPUT[8x8x1]}", "INPUT[8x8x1]",
         "an INPUT must come first, in the network or in a branch of a join"),
        ("INPUT[8x8x3] -> INPUT[8x8x1] -> FC-3", "INPUT[8x8x1]",
         "an INPUT must come first, in the network or in a branch of a join"),
        ("INPUT[8x8x3] -> ADD{ID | INPUT}", "INPUT", "an INPUT in a branch needs a size"),
        ("INPUT[8x8x3] -> ADD{ID | INPUT[8x8]}", "INPUT[8x8]", "an INPUT in a branch needs a size"),
        ("INPUT[8x8x3] -> conv 3x3, 3 -> ADD{x | relu}", "x",
         "ambiguous: is this a further input, or the volume before the join?"),
        ("INPUT[8x8x3] -> conv 3x3, 3 -> ADD{relu | 8x8x3 -> relu}", "8x8x3",
         "ambiguous: is this a further input, or the volume before the join?"),
        ("b(k) = CONV3-k -> OUTPUT{FC-2}\nINPUT[8x8x3] -> b(4)", "OUTPUT",
         "OUTPUT is in the block b, but an output belongs in the network"),
        ("b(k) = CONV3-k -> CAT{ID | INPUT[8x8x1]}\nINPUT[8x8x3] -> b(4)", "INPUT[8x8x1]",
         "INPUT is in the block b, but an input belongs in the network"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, place: str, message: str) -> None:
    with pytest.raises(ArchitectureError) as raised:
        cnnsize.parse(text)
    diagnostic = raised.value.diagnostic
    source = text if diagnostic.source is None else diagnostic.source.text
    assert diagnostic.message == message
    assert not place or source.startswith(place, diagnostic.span.start)


def test_a_wide_output_is_laid_out_like_a_join() -> None:
    head = "AVGPOOL5(S=3) -> CONV1-128 -> RELU -> FC-1024 -> RELU -> DROPOUT(0.7) -> FC-1000"
    text = f"INPUT[64x64x3] -> CONV3-16 -> RELU -> OUTPUT{{{head} | GAP -> FC-10}} -> FC-1000"
    from cnnsize.language.layout import laid_out

    lines = laid_out(cnnsize.parse(text).statement)
    assert lines == (
        "INPUT[64x64x3] -> CONV3-16 -> RELU\n"
        "  -> OUTPUT{\n"
        f"      {head}\n"
        "    | GAP -> FC-10\n"
        "  } -> FC-1000"
    )
    assert str(cnnsize.parse(lines)) == text
