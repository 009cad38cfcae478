"""``cnnsize lsp`` in a process of its own, as an editor starts it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pygments.token import Punctuation, Text, Whitespace

from cnnsize.lexer import CnnLexer
from cnnsize.lsp.textmate import SCOPES, grammar, patterns
from tests.helpers import cnnsize
from tests.lsp.client import Editor

pytestmark = pytest.mark.slow  # a process and the protocol's classes

BAD = "INPUT[10x10x3] -> CONV3-64(S=2, P=0) -> RELU -> FC-10\n"
EVERYWHERE = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}


def test_a_session(tmp_path: Path) -> None:
    with Editor(tmp_path) as editor:
        document = {"textDocument": {"uri": editor.uri("a.cnn")}}
        (finding,) = editor.open("a.cnn", BAD)
        assert (finding["code"], finding["range"]["start"]) == (
            "CNN101",
            {"line": 0, "character": 18},
        )
        here = {**document, "position": {"line": 0, "character": 20}}
        whole = {**document, "range": EVERYWHERE}
        answers = {
            "textDocument/inlayHint": (whole, 2),
            "textDocument/codeAction": ({**whole, "context": {"diagnostics": [finding]}}, 5),
            "textDocument/codeLens": (document, 1),
            "textDocument/documentSymbol": (document, 1),
            "textDocument/completion": (here, 1),
            "textDocument/foldingRange": (document, 0),
        }
        for method, (params, least) in answers.items():
            assert len(editor.ask(method, params)) >= least, method
        assert "4x4x64" in editor.ask("textDocument/hover", here)["contents"]["value"]
        assert editor.ask("textDocument/semanticTokens/full", document)["data"]

        # half-typed words, and late answers: only the last of three edits is reported
        editor.change("a.cnn", BAD[:20], 2)
        editor.change("a.cnn", "INPUT[8x8x3] -> CON", 3)
        editor.change("a.cnn", "INPUT[8x8x3] -> CONV3-8 -> RELU -> FC-10", 4)
        assert editor.findings("a.cnn", 4) == []

        (tmp_path / "cnnsize.toml").write_text("ignore = 3\n")
        editor.open("b.cnn", BAD)
        assert any("ignore" in message for message in editor.shown)

        answer = editor.request(
            "textDocument/rename", {**document, "position": EVERYWHERE["start"], "newName": "x"}
        )
        assert "only letters" in answer["error"]["message"]
        editor.tell("textDocument/didClose", document)

        # what no editor should send is answered, or dropped
        editor.change("never-opened.cnn", BAD, 2)
        editor.tell("no/such", {})
        editor.write([{"jsonrpc": "2.0", "id": 1, "method": "shutdown"}, 5])
        editor.write(5)
        closed = {"textDocument": {"uri": "untitled:closed"}}
        assert editor.ask("textDocument/codeLens", closed) == []
        beyond = {**document, "position": {"line": 9999, "character": 9999}}
        assert editor.ask("textDocument/hover", beyond) is None
        assert editor.request("textDocument/hover", {"no": 1})["error"]["code"] == -32602
        assert editor.request("no/such", {})["error"]["code"] == -32601
        assert editor.ask("textDocument/codeLens", {"textDocument": {"uri": editor.uri("b.cnn")}})
    assert editor.status == 0
    assert "expected a message, not int" in editor.errors
    assert "Traceback" not in editor.errors


def test_the_cells_of_a_notebook(tmp_path: Path) -> None:
    (tmp_path / "cnnsize.toml").write_text('extract = ["models"]\n')
    uris = ["vscode-notebook-cell:/n.ipynb#one", "vscode-notebook-cell:/n.ipynb#two"]
    source = "%matplotlib inline\nfrom torch import nn\nnet = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(4, 8, 3))"
    cells = [
        {"uri": uris[0], "languageId": "markdown", "version": 1, "text": f"```cnn\n{BAD}```\n"},
        {"uri": uris[1], "languageId": "python", "version": 1, "text": source},
    ]
    notebook = {
        "uri": (tmp_path / "n.ipynb").as_uri(),
        "notebookType": "jupyter-notebook",
        "version": 1,
        "cells": [{"kind": kind, "document": uri} for kind, uri in enumerate(uris, 1)],
    }
    with Editor(tmp_path) as editor:
        opened = {"notebookDocument": notebook, "cellTextDocuments": cells}
        editor.tell("notebookDocument/didOpen", opened)
        while not editor.published.keys() >= {*uris}:
            editor.receive()
        places = [editor.published[uri]["diagnostics"][0]["range"]["start"] for uri in uris]
        assert places == [{"line": 1, "character": 18}, {"line": 2, "character": 50}]


def test_a_client_that_goes_away_ends_the_server(tmp_path: Path) -> None:
    editor = Editor(tmp_path).__enter__()
    editor.open("a.cnn", BAD)
    assert editor.process.stdin is not None
    editor.process.stdin.close()
    assert editor.process.wait(10) == 1  # without a shutdown
    for stream in (editor.process.stdout, editor.process.stderr):
        assert stream is not None
        stream.close()


def test_the_grammar_is_json_and_a_missing_package_is_one_line() -> None:
    assert json.loads(cnnsize("lsp", "--textmate")[1]) == grammar()
    scopes = {scope["name"]: scope["match"] for scope in patterns()}
    assert {token for _, token in CnnLexer.tokens["root"]} - {Whitespace, Punctuation, Text} == {
        *SCOPES
    }
    assert re.match(scopes["support.type.cnn"], "conv3-64") and len(scopes) == len(SCOPES)
    code = (
        "import sys; sys.modules['pygls'] = None\n"
        "from cnnsize.cli import main; sys.argv = ['cnnsize', 'lsp']; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "cnnsize: pygls is not installed; install it with: pip install 'cnnsize[lsp]'\n"
    )
