"""The page as a folder of files, and the commands."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner

import cnnsize.page.static as static
from cnnsize.cli.page import page, serve
from cnnsize.page.static import (
    DOWNLOAD,
    POLICY,
    PYODIDE_FILES,
    PageError,
    package_archive,
    page_files,
    pyodide_files,
    write_page,
)
from cnnsize.page.web import EXAMPLES, FILES
from tests.helpers import BAD, ROOT

WEB = ROOT / "cnnsize" / "page" / "web"


@pytest.fixture
def pyodide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with stand-ins for the files of Pyodide."""
    folder = tmp_path / "pyodide"
    folder.mkdir()
    for name in PYODIDE_FILES:
        (folder / name).write_bytes(name.encode())
    digests = {name: sha256(name.encode()).hexdigest() for name in PYODIDE_FILES}
    monkeypatch.setattr(static, "PYODIDE_FILES", digests)
    return folder


def test_the_files_are_the_same_each_time_and_first_show_a_finished_example() -> None:
    first, second = page_files(), page_files()
    assert first == second
    assert set(first) == {*FILES, "worker.js", "index.html", "cnnsize.zip"}
    html = first["index.html"].decode()
    assert f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'.replace("'", "&#x27;") in html  # fmt: skip
    assert 'data-backend="browser"' in html
    for name in ("table", "light", "dark"):
        assert f'<template id="finished-{name}">' in html
    assert "979,018" in html and "<style" not in html and ' style="' not in html
    assert "<!--" not in html


def test_the_page_asks_nobody_else() -> None:
    for path in WEB.iterdir():
        if path.suffix in (".js", ".css", ".html"):
            text = path.read_text("utf-8")
            links = set(re.findall(r"https?://[^\s\"'`]+", text))
            assert links <= {"https://github.com/cnnsize/cnnsize"}, path.name
            assert not re.search(r"\beval\(|new Function|\bstyle=|\bon[a-z]+=", text), path.name


def test_every_module_of_the_page_is_served() -> None:
    scripts = "".join(path.read_text("utf-8") for path in WEB.glob("*.js"))
    imported = set(re.findall(r'from "\./(\w+\.js)"', scripts))
    assert imported | {"app.js", "app.css"} == set(FILES)
    ids = set(re.findall(r'\bid="([\w-]+)"', (WEB / "index.html").read_text("utf-8")))
    assert set(re.findall(r'(?:element|getElementById)\("([\w-]+)"\)', scripts)) <= ids


CODE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from cnnsize.page.browser import answer_json
for text in json.loads(sys.argv[2]):
    for view in ("volumes", "graph", "cone", "profile", "memory", "torch", "text", "members"):
        answer = json.loads(answer_json(json.dumps({"text": text, "view": view, "theme": "dark"})))
        assert "error" not in answer, (text, view)
import cnnsize
assert cnnsize.__file__.startswith(sys.argv[1])
"""


@pytest.mark.slow
def test_the_archive_needs_no_other_package(tmp_path: Path) -> None:
    content = package_archive()
    zipfile.ZipFile(io.BytesIO(content)).extractall(tmp_path)
    assert len(content) < 1_000_000
    texts = [*EXAMPLES.values(), BAD, "resnet18", "Input => [Conv => ReLU]*N => FC", "bla", "Sequential(\n  (0): Conv2d(3, 8, kernel_size=(3, 3))\n)"]  # fmt: skip
    # -S: without the packages that are installed; -P: without this folder
    subprocess.run(
        [sys.executable, "-SPc", CODE, str(tmp_path), json.dumps(texts)],
        check=True, env={}, cwd=tmp_path, timeout=120,
    )  # fmt: skip


def test_each_file_of_pyodide_must_be_the_one_that_we_tried(tmp_path: Path, pyodide: Path) -> None:
    assert len(pyodide_files(str(pyodide))) == 5
    folder = tmp_path / "site"
    names = write_page(str(folder), str(pyodide))
    assert sorted(names) == sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
    (pyodide / "pyodide.mjs").write_text("other")
    with pytest.raises(PageError, match=r"pyodide.mjs is not that of Pyodide 314.0.7; get it with: npm install pyodide@"):  # fmt: skip
        pyodide_files(str(pyodide))
    (pyodide / "pyodide.mjs").unlink()
    with pytest.raises(PageError, match=f"No such file or directory; .*{DOWNLOAD}"):
        pyodide_files(str(pyodide))


def test_the_command_says_what_it_wrote_or_why_not(tmp_path: Path, pyodide: Path) -> None:
    run = CliRunner().invoke
    site = tmp_path / "site"
    result = run(page, [str(site), "--pyodide", str(pyodide)])
    written = re.fullmatch(rf"{site}: (\d+) files, \d\.\d MB; deliver them .*\n", result.output)
    assert result.exit_code == 0 and written is not None
    assert int(written[1]) == sum(path.is_file() for path in site.rglob("*"))
    result = run(page, [str(site), "--pyodide", str(tmp_path)])
    assert (result.exit_code, DOWNLOAD in result.output) == (2, True)
    (tmp_path / "file").write_text("")
    assert run(page, [str(tmp_path / "file"), "--pyodide", str(pyodide)]).exit_code == 2
    (site / "app.js").chmod(0o444)
    result = run(page, [str(site), "--pyodide", str(pyodide)])
    assert (result.exit_code, "read-only" in result.output) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nope.cnn"], "nope.cnn: no such file"),
        (["."], "a folder; name one of its files"),
        (["--port", "99999"], "port"),
    ],
)
def test_serve_refuses_what_it_cannot_follow(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(serve, ["--no-browser", *arguments])
    assert (result.exit_code, words in result.output) == (2, True)


def test_a_port_in_use_is_refused() -> None:
    from cnnsize.page.server import PageServer

    with PageServer(0) as other:
        result = CliRunner().invoke(serve, ["--no-browser", "--port", str(other.port)])
    assert (result.exit_code, "cannot be used" in result.output) == (2, True)
