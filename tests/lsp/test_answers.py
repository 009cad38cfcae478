"""What the language server answers about a text, without the protocol."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types

from cnnsize.lsp import completion, layers, symbols, words
from cnnsize.lsp.actions import FIX_ALL, actions
from cnnsize.lsp.checked import CheckedText
from cnnsize.lsp.diagnostics import diagnostics
from cnnsize.lsp.units import Units
from cnnsize.rewriting.fmt import format_text
from tests.lsp.helpers import at, checked, edited, everywhere, shown

URI = "file:///net.cnn"
BAD = "INPUT[10x10x3] -> CONV3-64(S=2, P=0) -> RELU -> FC-10"
GOOD = "INPUT[32x32x3] -> CONV3-8 -> RELU -> POOL2 -> FC-10"
BLOCKS = (
    "stem(n) = CONV3-n -> RELU\nnet = INPUT[8x8x3] -> stem(8) -> [stem(16)]*2 -> POOL -> FC-10\n"
)

# each holds BAD once, with other text before it
FILES = {
    "net.cnn": f"# a comment 🙂\n{BAD}\n",
    "crlf.cnn": f"# one\r\n\r\n{BAD}\r\n",
    "README.md": f"# Title 🙂\n\n> ```cnn\n> {BAD}\n> ```\n",
    "doc.rst": f"Title\n=====\n\n.. code-block:: cnn\n\n   {BAD}\n",
    "model.py": f'"""Doc 🙂.\n\n```cnn\n{BAD}\n```\n"""\nx = "🙂"  # cnnsize: {GOOD}\n',
    "feed.py": f'"""Doc\f.\n\n```cnn\n{BAD}\n```\n"""\n',
}


@pytest.mark.parametrize(("name", "text"), FILES.items(), ids=list(FILES))
def test_a_finding_covers_the_layer_that_it_is_about(name: str, text: str) -> None:
    file = checked(text, name)
    (finding,) = (item for item in diagnostics(file, URI) if item.code == "CNN101")
    assert shown(file, finding.range) == "CONV3-64(S=2, P=0)"
    assert finding.severity == types.DiagnosticSeverity.Error
    assert finding.message.split("\n")[0] == (
        "the output size is not a whole number: (10 - 3 + 2*0)/2 + 1 = 9/2 = 4.5"
    )
    assert finding.code_description is not None
    assert finding.code_description.href.endswith("rules/CNN101-fractional-output.md")


@pytest.mark.parametrize(("name", "text"), FILES.items(), ids=list(FILES))
def test_each_fix_removes_the_finding(name: str, text: str) -> None:
    file = checked(text, name)
    offered = actions(file, URI, everywhere(file), None)
    titles = [action.title for action in offered]
    assert titles[0] == "use padding 1 (CNN101, changes the network)"
    assert titles[-1] == "Ignore CNN101 on this line"
    assert len(titles) == len(set(titles)) > 4
    for action in offered:
        assert action.edit is not None and action.edit.changes is not None
        new = edited(file, list(action.edit.changes[URI]))
        assert new != text
        assert not checked(new, name).report.count("error")


def test_fix_all_does_what_fix_does() -> None:
    file = checked("INPUT[32x32x3] -> CONV3-8 -> RELU -> RELU -> FC-10\n")
    (action,) = actions(file, URI, everywhere(file), ["source.fixAll"])
    assert action.kind == FIX_ALL
    assert action.edit is not None and action.edit.changes is not None
    new = edited(file, list(action.edit.changes[URI]))
    assert new == "INPUT[32x32x3] -> CONV3-8 -> RELU -> FC-10\n"
    assert actions(file, URI, everywhere(file), ["refactor"]) == []


def test_the_volume_is_shown_after_each_layer_that_changes_it() -> None:
    file = checked(BLOCKS)
    hints = {
        (hint.position.line, hint.position.character): hint.label
        for hint in layers.hints(file, everywhere(file))
    }
    # 18 is the end of CONV3-n in the block, whose calls have other depths
    assert hints == {(0, 17): "8x8x8 .. 8x8x16", (1, 53): "4x4x16", (1, 62): "1x1x10"}
    first_line = types.Range(
        start=types.Position(line=0, character=0), end=types.Position(line=0, character=99)
    )
    assert len(layers.hints(file, first_line)) == 1


def test_hover_has_the_numbers_of_a_layer() -> None:
    file = checked(GOOD)
    hover = layers.hover(file, at(file, "CONV"))
    assert hover is not None and isinstance(hover.contents, types.MarkupContent)
    assert hover.contents.value == (
        "**CONV3-8**\n\n"
        "| input | output | arithmetic | parameters | MACs | RF |\n"
        "| --- | --- | --- | ---: | ---: | --- |\n"
        "| 32x32x3 | 32x32x8 | (32 - 3 + 2*1)/1 + 1 = 32 | 224 | 221,184 | 3x3 |\n"
        "\nparameters: 3*3*3*8 + 8"
    )
    assert layers.hover(file, at(file, "-> RELU")) is None


def test_hover_on_the_name_and_the_code_lens_have_the_totals() -> None:
    file = checked(BLOCKS)
    hover = layers.hover(file, at(file, "net"))
    assert hover is not None and isinstance(hover.contents, types.MarkupContent)
    totals = "6,282 params · 238k MACs · RF 8x8"
    assert hover.contents.value == f"**net**: {totals}\n\n8x8x3 -> 1x1x10, 9 layers"
    (lens,) = layers.lenses(file)
    assert lens.command is not None and lens.command.title == totals
    (lens,) = layers.lenses(checked("INPUT[8x8x3] -> CONV3-8 -> [POOL]*k -> FC-2 where k in 0..5"))
    assert lens.command is not None and lens.command.title == "4 of 6 members work"


def offered(file: CheckedText, offset: int) -> list[types.CompletionItem]:
    return completion.completion(file, file.units.position(offset))


@pytest.mark.parametrize(
    ("text", "expected", "absent"),
    [
        ("INPUT[8x8x3] -> ", {"CONV", "ADD{...}"}, {"S=", "vgg16"}),
        ("INPUT[8x8x3] -> CONV3-8(", {"S=", "P=", "bias=no"}, {"K=", "CONV"}),
        ("INPUT[8x8x3] -> CONV3-8(S=2, ", {"P="}, {"S="}),
        ("b(n) = CONV3-n\nINPUT[8x8x3] -> ", {"b(n)", "CONV"}, set()),
        ("", {"INPUT", "resnet50"}, set()),
        ("INPUT[8x8x3] # ", set(), {"CONV"}),
    ],
)
def test_completion(text: str, expected: set[str], absent: set[str]) -> None:
    file = checked(text)
    labels = {item.label for item in offered(file, len(text))}
    assert expected <= labels and not absent & labels


def test_completion_stays_out_of_other_text() -> None:
    text = "# Title\n\nprose \n\n```cnn\nINPUT[8x8x3] -> \n```\n"
    file = checked(text, "README.md")
    assert completion.completion(file, at(file, "prose")) == []
    assert completion.completion(file, file.units.position(text.index("\n```\n"))) != []


def test_a_network_of_the_zoo_is_inserted_with_its_text() -> None:
    file = checked("len")
    (item,) = (item for item in offered(file, 3) if item.label == "lenet5")
    assert item.text_edit is not None and item.text_edit.new_text.startswith("lenet5 = INPUT[32x")
    assert not checked(f"{item.text_edit.new_text}\n").report.count("error")


def test_go_to_the_definition_of_a_block() -> None:
    file = checked(BLOCKS)
    place = words.definition(file, at(file, "stem", 2))
    assert place is not None
    assert (place.start.line, place.start.character) == (0, 0)
    assert words.definition(file, at(file, "POOL")) is None


@pytest.mark.parametrize(
    ("nth", "word", "new", "expected"),
    [
        (1, "stem", "entry", BLOCKS.replace("stem", "entry")),
        (0, "n", "width", BLOCKS.replace("stem(n) = CONV3-n", "stem(width) = CONV3-width")),
        (0, "net", "mine", BLOCKS.replace("net =", "mine =")),
    ],
)
def test_rename(nth: int, word: str, new: str, expected: str) -> None:
    file = checked(BLOCKS)
    place = at(file, "(n)") if word == "n" else at(file, word, nth)
    if word == "n":
        place = types.Position(line=place.line, character=place.character + 1)
    assert edited(file, words.rename(file, place, new)) == expected


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("CONV", "CONV has another meaning here; the networks would change"),
        ("2x", "'2x' is no name: write letters, digits and underscores"),
    ],
)
def test_a_name_that_would_change_the_networks_is_refused(new: str, message: str) -> None:
    file = checked(BLOCKS)
    with pytest.raises(words.RenameError, match=message):
        words.rename(file, at(file, "stem"), new)
    with pytest.raises(words.RenameError, match="only letters, blocks and names"):
        words.rename(file, at(file, "POOL"), "x")


def test_symbols_and_folds() -> None:
    file = checked(BLOCKS.replace(" -> POOL", "\n  -> POOL"))
    block, net = symbols.symbols(file)
    assert (block.name, block.kind) == ("stem", types.SymbolKind.Function)
    assert (net.name, net.kind) == ("net", types.SymbolKind.Class)
    assert [child.name for child in net.children or ()] == ["stem(8)", "[stem(16)]", "stem(16)"]
    (fold,) = symbols.folds(file)
    assert (fold.start_line, fold.end_line) == (1, 2)


def test_tokens_are_the_words_of_the_notation_only() -> None:
    text = "prose CONV\n\n```cnn\nINPUT[8x8x3] -> CONV3-8(S=2)  # 🙂\n```\n"
    file = checked(text, "README.md")
    data = words.tokens(file).data
    rows = [data[index : index + 5] for index in range(0, len(data), 5)]
    assert rows[0] == [3, 0, 5, words.TOKEN_TYPES.index("type"), 0]
    assert all(length > 0 for _, _, length, _, _ in rows)
    assert len({tuple(row[:1]) for row in rows}) == 2  # all on one line after the first


@pytest.mark.parametrize(("name", "text"), FILES.items(), ids=list(FILES))
def test_formatting_is_one_edit_to_the_text_of_fmt(name: str, text: str) -> None:
    wide = text.replace(" -> RELU", "->RELU").replace("S=2, P=0", "stride=2,pad=0")
    file = checked(wide, name)
    new = format_text(wide, name).text
    assert new != wide and edited(file, file.edit(new)) == new


def test_the_configuration_of_the_folder_applies_and_is_read_again(tmp_path: Path) -> None:
    config = tmp_path / "cnnsize.toml"
    assert len(diagnostics(checked(BAD, "a.cnn", tmp_path), URI)) == 1
    config.write_text('ignore = ["CNN101"]\n')
    assert diagnostics(checked(BAD, "a.cnn", tmp_path), URI) == []
    config.write_text('exclude = ["a.cnn"]\n')
    assert diagnostics(checked(BAD, "a.cnn", tmp_path), URI) == []
    config.write_text("ignore = 3\n")
    file = checked(BAD, "a.cnn", tmp_path)
    assert "ignore" in file.settings.problem and len(diagnostics(file, URI)) == 1


def test_findings_about_source_are_shown_where_they_are_asked_for(tmp_path: Path) -> None:
    text = (
        "import torch.nn as nn\n\n\nnet = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(16, 8, 3))\n"
    )
    assert diagnostics(checked(text, "model.py", tmp_path), URI) == []
    (tmp_path / "cnnsize.toml").write_text('extract = ["models"]\n')
    file = checked(text, "model.py", tmp_path)
    (finding,) = diagnostics(file, URI)
    assert (finding.code, shown(file, finding.range)) == ("CNN120", "16")
    fix = actions(file, URI, finding.range, ["quickfix"])[0]
    assert fix.edit is not None and fix.edit.changes is not None
    assert edited(file, list(fix.edit.changes[URI])) == text.replace("16", "8")


@settings(max_examples=50)
@given(
    st.text(st.sampled_from("ab🙂é\n\r\f\u2028"), max_size=30),
    st.sampled_from(list(types.PositionEncodingKind)),
)
def test_places_and_offsets_are_inverse(text: str, encoding: types.PositionEncodingKind) -> None:
    units = Units(text, encoding)
    for offset in range(len(text) + 1):
        inside_line_end = text[offset - 1 : offset + 1] == "\r\n"
        if not inside_line_end:
            assert units.offset(units.position(offset)) == offset


@settings(max_examples=50)
@given(st.text("ab\r\n", max_size=12), st.text("ab\r\n", max_size=12))
def test_the_edit_between_two_texts(old: str, new: str) -> None:
    file = checked("# x")
    file.text, file.units = old, Units(old)
    assert edited(file, file.edit(new)) == new
