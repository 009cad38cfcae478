"""Texts and settings that are odd: what the server makes of them, in process."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types

from cnnsize.lsp import layers, words
from cnnsize.lsp.actions import actions
from cnnsize.lsp.checked import CheckedText, StaleError, extension_for
from cnnsize.lsp.completion import completion
from cnnsize.lsp.diagnostics import diagnostics
from cnnsize.lsp.server import path_of, unsaved_name
from cnnsize.lsp.settings import SettingsCache
from cnnsize.lsp.symbols import folds, symbols
from tests.lsp.helpers import checked, edited, everywhere, shown

BAD = "INPUT[10x10x3] -> CONV3-64(S=2, P=0) -> RELU -> FC-10"
FAMILY = "INPUT[64x64x3] -> [[CONV3-a -> RELU]*n -> POOL]*m -> FC-10 where a in 1..64, n in 0..31, m in 0..31"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("net.cnn", ""),
        ("net.cnn", "\x00\ud800\u2028 -> \r\r\n["),
        ("net.cnn", "[" * 500),
        ("net.cnn", "a=" * 500),
        ("net.cnn", "a(n) = a(n) -> CONV\nINPUT[8x8x3] -> a(1)"),
        ("net.cnn", "INPUT[8x8x3] -> [CONV3-8 -> RELU]*99999999 -> FC-2"),
        ("n.ipynb", '{"cells": [{"cell_type'),
        ("README.md", "```cnn\n" * 50),
        ("model.py", "x = 'INPUT[8x8x3] -> CONV  # cnnsize: INPUT[8x8x3] -> CON"),
        ("notes.txt", "Sequential(\n  (0): Conv2d(3, 8, kernel_size=(3, 3))\n)"),
    ],
)
def test_any_text_is_answered(name: str, text: str) -> None:
    file = checked(text, name)
    place = file.units.position(len(text) // 2)
    assert all(finding.message for finding in diagnostics(file, "file:///x"))
    for question in (words.tokens, symbols, folds, layers.lenses):
        question(file)
    for ask in (layers.hover, words.definition, words.references, completion):
        ask(file, place)
    layers.hints(file, everywhere(file))
    actions(file, "file:///x", everywhere(file), None)
    file.edit(file.formatted())


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_lines_are_those_of_the_editor(line_end: str) -> None:
    file = checked(f"# one{line_end}# 🙂{line_end}{BAD}")
    findings = diagnostics(file, "file:///x")
    if line_end == "\r":  # to us it is all one comment
        assert findings == []
    else:
        (finding,) = findings
        assert finding.range.start == types.Position(2, 18)
    assert file.units.position(len(file.text)) == types.Position(2, len(BAD))


def test_a_place_behind_many_wide_characters_is_found_at_once() -> None:
    text = "🙂" * 200_000 + "x"
    file = checked(f"# {text}\n{BAD}\n")
    end = file.units.position(2 + len(text))
    assert end == types.Position(0, 400_003)
    assert file.units.offset(end) == 2 + len(text)


def test_a_check_that_an_edit_overtakes_ends() -> None:
    settings = SettingsCache().of_file(None)
    with pytest.raises(StaleError):
        CheckedText(FAMILY, "net.cnn", None, settings, is_stale=lambda: True)


def test_what_is_excluded_or_too_long_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cnnsize.toml").write_text('exclude = ["a.cnn"]\n')
    file = checked("INPUT[8x8x3]->fc-2", "a.cnn", tmp_path)
    assert not file.is_read and file.formatted() == file.text and words.tokens(file).data == []
    monkeypatch.setattr("cnnsize.lsp.checked.MAX_EDITED", 10)
    assert diagnostics(checked(BAD), "file:///x") == []


def test_settings_are_one_object_until_their_file_changes(tmp_path: Path) -> None:
    cache, config = SettingsCache(), tmp_path / "cnnsize.toml"
    for text in ('ignore = ["CNN101"]\n', "ignore = 3\n", "="):
        config.write_text(text)
        first = cache.of_file(str(tmp_path / "a.cnn"))
        assert cache.of_file(str(tmp_path / "b.cnn")) is first
        assert bool(first.problem) == (text != 'ignore = ["CNN101"]\n')


@pytest.mark.parametrize(
    ("language", "name", "extension"),
    [
        ("cnn", None, ".cnn"),
        ("markdown", "notes", ".md"),
        ("plaintext", "a.cnn", ".cnn"),
        ("json", "n.ipynb", ".ipynb"),
        ("python", None, ".py"),
        ("klingon", "a.xyz", ".xyz"),
        ("klingon", None, ".klingon"),
        ("markdown", "a.txt", ".md"),
        (None, None, ".cnn"),
    ],
)
def test_where_networks_are_follows_from_name_and_language(
    language: str | None, name: str | None, extension: str
) -> None:
    assert extension_for(language, name) == extension


def test_paths_of_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pygls.uris.IS_WIN", True)
    assert path_of("file:///c%3A/a%20b/net.cnn") == r"c:\a b\net.cnn"
    assert path_of("file:///C:/net.cnn") == r"c:\net.cnn"
    assert path_of("file://server/share/net.cnn") == r"\\server\share\net.cnn"
    assert path_of("untitled:Untitled-1") is None
    assert unsaved_name("untitled:/x/a%20b.md") == "/x/a b.md"
    assert unsaved_name("vscode-notebook-cell:/n.ipynb#one") is None


def test_a_related_place_is_in_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "from torch import nn\n\n\nclass Net(nn.Module):\n"
        "    def __init__(self):\n        super().__init__()\n"
        "        self.conv = nn.Conv2d(3, 8, 3)\n        self.fc = nn.Linear(7200, 10)\n\n"
        "    def forward(self, x):\n        return self.fc(self.conv(x).relu().flatten(1))\n"
    )
    text = "```cnn model=net.py:Net\nINPUT[32x32x3] -> CONV3-16(P=0) -> RELU -> FC-10\n```\n"
    file = checked(text, "README.md", tmp_path)
    (drift,) = (item for item in diagnostics(file, "file:///r") if item.code == "CNN128")
    (related,) = drift.related_information or ()
    assert related.location.uri == (tmp_path / "net.py").as_uri()
    assert related.location.range.start.line == 6
    assert shown(file, drift.range).startswith("CONV3-16")


def test_a_block_shows_what_all_its_calls_do() -> None:
    block = "stem(n) = CONV3-n -> RELU\n"
    file = checked(f"{block}INPUT[8x8x3] -> stem(4) -> FC-2\nINPUT[16x16x3] -> stem(8) -> FC-2\n")
    labels = [hint.label for hint in layers.hints(file, everywhere(file))]
    assert labels == ["8x8x4 .. 16x16x8", "1x1x2", "1x1x2"]
    hover = layers.hover(file, types.Position(0, 12))
    assert hover is not None and isinstance(hover.contents, types.MarkupContent)
    assert hover.contents.value.count("\n| ") == 4


def test_only_the_first_layer_without_an_output_is_marked() -> None:
    file = checked("INPUT[8x8x3] -> CONV9-4(P=0) -> RELU -> CONV3-4 -> FC-2")
    assert [hint.label for hint in layers.hints(file, everywhere(file))] == ["?"]
    (lens,) = layers.lenses(file)
    assert lens.command is not None and lens.command.title == "no totals: a layer has no output"


def test_formatting_a_cell_leaves_its_commands() -> None:
    text = "# cnnsize: INPUT[8x8x3]->fc-2\n%matplotlib inline\n!ls\n# cnnsize: INPUT[8x8x3]->fc-3\n"
    file = CheckedText(text, "n.ipynb.py", None, SettingsCache().of_file(None), is_cell=True)
    new = text.replace("->fc", " -> FC")
    assert edited(file, file.edit(file.formatted())) == new
