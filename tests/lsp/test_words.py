"""Names in the notation: definition, references and renaming; colours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lsprotocol import types

from cnnsize.lsp import words
from cnnsize.lsp.checked import CheckedText
from tests.lsp.helpers import checked, edited, shown

TEXT = """\
# a comment about stem(8) and n
stem(n) = CONV3-n -> RELU
conv2_x(S, P) = stem(S) -> CONV3-S(S=P) -> RELU  # S
first = INPUT[8x8x3] -> stem(8) -> conv2_x(8, 1) -> [stem(16)]*2 -> POOL -> FC-10
INPUT[8x8x3] -> CONV3-n(S=S) -> conv2_x(n, 1) -> FC-10 where n in 1..3, S = 1
INPUT[16x16x3] -> [stem(n) -> POOL]*n -> FC-10 where n in 1..2
"""


def quoted(text: str) -> str:
    return "# 🙂\n\n" + "".join(f"> {line}\n" for line in f"```cnn\n{text}```".split("\n"))


WRAPPED: dict[str, Callable[[str], str]] = {
    "net.cnn": str,
    "README.md": quoted,
    "crlf.md": lambda text: quoted(text).replace("\n", "\r\n"),
    "model.py": lambda text: f'"""🙂\\t.\n\n```cnn\n{text}```\n"""\n',
}
# where the cursor is (before the last character), the new name, the lines that change
RENAMES = [
    ("stem(8)", "entry", {"stem(": "entry("}, "stem(n) ="),
    ("conv2_x(8", "second", {"conv2_x(": "second("}, "conv2_x(S"),
    ("stem(n", "w", {"stem(n) = CONV3-n": "stem(w) = CONV3-w"}, "n) = CONV3-n"),
    (
        "conv2_x(S",
        "T",
        {"conv2_x(S, P) = stem(S) -> CONV3-S(": "conv2_x(T, P) = stem(T) -> CONV3-T("},
        "S, P)",
    ),
    (
        "CONV3-n(S=S",
        "D",
        {"CONV3-n(S=S)": "CONV3-n(S=D)", "S = 1": "D = 1"},
        "S = 1",
    ),
    (
        "[stem(n",
        "m",
        {"[stem(n) -> POOL]*n -> FC-10 where n": "[stem(m) -> POOL]*m -> FC-10 where m"},
        "n in 1..2",
    ),
    ("first", "second", {"first =": "second ="}, "first ="),
]


def at_end(file: CheckedText, text: str) -> types.Position:
    """Return the place of the last character of a text, or of a name if it ends in a bracket."""
    return file.units.position(file.text.index(text) + len(text.rstrip("(8)")) - 1)


@pytest.mark.parametrize("name", WRAPPED)
@pytest.mark.parametrize(("place", "new", "changes", "definition"), RENAMES)
def test_rename_and_definition(
    name: str, place: str, new: str, changes: dict[str, str], definition: str
) -> None:
    text = WRAPPED[name](TEXT)
    file = checked(text, name)
    head, comment, code = text.partition("# a comment about stem(8) and n")
    for old, changed in changes.items():
        code = code.replace(old, changed)
    position = (
        at_end(file, place)
        if place != "stem(8)"
        else file.units.position(text.index("-> stem(8)") + 4)
    )
    assert edited(file, words.rename(file, position, new)) == head + comment + code
    target = words.definition(file, position)
    assert target is not None
    assert file.text[file.units.offset(target.start) :].startswith(definition)


@pytest.mark.parametrize(
    ("place", "new", "reason"),
    [
        ("[stem(n", "stem", "stem is already the name of something else here"),
        ("CONV3-n(S=S", "n", "n is already the name of something else here"),
        ("first", "conv2_x", "conv2_x is already the name"),
        ("first", "POOL", "POOL has another meaning here; the networks would change"),
        ("first", "2x", "'2x' is no name: write letters, digits and underscores"),
        ("-> POOL", "x", "only letters, blocks and names of networks can be renamed"),
    ],
)
def test_a_name_that_is_refused(place: str, new: str, reason: str) -> None:
    file = checked(TEXT)
    with pytest.raises(words.RenameError, match=reason):
        words.rename(file, at_end(file, place), new)


def test_references_include_each_call() -> None:
    file = checked(TEXT)
    places = words.references(file, file.units.position(TEXT.index("stem(n)") + 1))
    assert [shown(file, place) for place in places] == ["stem"] * 5


@pytest.mark.parametrize("name", WRAPPED)
def test_colours_are_those_of_the_words(name: str) -> None:
    file = checked(WRAPPED[name](TEXT), name)
    data = words.tokens(file).data
    line = column = 0
    colours: list[tuple[str, str]] = []
    for index in range(0, len(data), 5):
        down, right, length, kind, _ = data[index : index + 5]
        line, column = (line + down, right) if down else (line, column + right)
        place = types.Range(types.Position(line, column), types.Position(line, column + length))
        colours.append((shown(file, place), words.TOKEN_TYPES[kind]))
    assert [colour for colour in colours if colour[0] == "conv2_x"] == [("conv2_x", "function")] * 3
    assert ("S", "property") in colours and ("S", "variable") in colours
    assert ("INPUT", "type") in colours and ("where", "keyword") in colours
