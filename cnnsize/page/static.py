"""``cnnsize page``: the page as a folder of files, which any web server can deliver.

Python runs in the browser, by Pyodide. Its files come from the npm package, and each must be the file
that we have tried.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from html import escape
from importlib.resources import files
from importlib.resources.abc import Traversable

from cnnsize.files.write import replace_file
from cnnsize.network import Network
from cnnsize.page.answer import THEMES
from cnnsize.page.views import layers_table
from cnnsize.page.web import EXAMPLES, FILES, index_page
from cnnsize.reading.document import parse_one
from cnnsize.sizing.size import sized

PYODIDE = "314.0.7"
DOWNLOAD = f"npm install pyodide@{PYODIDE}"
PYODIDE_FILES = {  # with their SHA-256
    "pyodide.mjs": "6f1d60f7bf529beb300f0f47983c921d3982363640ba20af0e38efdddbc66109",
    "pyodide.asm.mjs": "f7cdc8ece80678ceb712f8e65ebe6d3a83203a180c399865f49612a051693635",
    "pyodide.asm.wasm": "cc36e3cab04fdfc9a63ff13eb52eae2b911bf46c025cc7b281f394bd3de1d5e6",
    "python_stdlib.zip": "fa1957e5777068fc4f7437f96d860ae2fbe9c19732ba06c84e004ec16dd7dd7a",
    "pyodide-lock.json": "5dc2fc119108bc148c7457dc86e7675b5c87e1cafd420b9c34c1eaef7b36c010",
}
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'"
)
EPOCH = (1980, 1, 1, 0, 0, 0)  # of all files in the archive, so that equal sources give equal bytes
LEFT_OUT = (
    "__pycache__",
    "cli",
    "config",
    "drift",
    "guide",
    "lexer.py",
    "lsp",
    "models",
    "rules",
    "smoke",
    "sphinx.py",
    "web",
)


class PageError(Exception):
    """The page cannot be written; the message says why and what to do."""


def write_page(folder: str, pyodide: str) -> list[str]:
    """Write the page to a folder, with the files of ``pyodide``, and return their names.

    Raises PageError for a file of Pyodide that is missing or differs, and OSError.
    """
    contents = {**page_files(), **pyodide_files(pyodide)}
    for name, content in contents.items():
        path = os.path.join(folder, *name.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with replace_file(path) as file:
            file.write(content)
    return list(contents)


def page_files() -> dict[str, bytes]:
    """Return our own files of the page, with a finished example as what is shown first."""
    web = files("cnnsize.page").joinpath("web")
    contents = {name: web.joinpath(name).read_bytes() for name in (*FILES, "worker.js")}
    policy = f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">'
    page = index_page({"backend": "browser"}, finished_example())
    contents["index.html"] = page.replace("<!--policy-->", policy).encode()
    contents["cnnsize.zip"] = package_archive()
    return contents


def finished_example() -> str:
    """Return the table of the first example and its picture in each theme, until Python has started."""
    network = Network.from_record(sized(parse_one(next(iter(EXAMPLES.values())))))
    figure = network.figure("volumes")
    parts = {"table": layers_table(network), **{theme: figure.svg(theme) for theme in THEMES}}
    return "".join(
        f'<template id="finished-{name}">{html}</template>\n' for name, html in parts.items()
    )


def package_archive() -> bytes:
    """Return this package as an archive, without the parts that a browser does not use."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in sorted(package_files(files("cnnsize"), "cnnsize")):
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, file.read_bytes())
    return buffer.getvalue()


def package_files(folder: Traversable, name: str) -> Iterator[tuple[str, Traversable]]:
    """Yield the files of the package with their names."""
    for entry in folder.iterdir():
        if entry.name in LEFT_OUT:
            continue
        path = f"{name}/{entry.name}"
        if entry.is_dir():
            yield from package_files(entry, path)
        elif entry.name.endswith((".py", ".cnn")):
            yield path, entry


def pyodide_files(folder: str) -> dict[str, bytes]:
    """Return the files of Pyodide. Raises PageError for a file that is missing or differs."""
    contents: dict[str, bytes] = {}
    for name, digest in PYODIDE_FILES.items():
        path = os.path.join(folder, name)
        try:
            with open(path, "rb") as file:
                content = file.read()
        except OSError as error:
            raise PageError(
                f"{path}: {error.strerror}; get Pyodide {PYODIDE} with: {DOWNLOAD}"
            ) from None
        if sha256(content).hexdigest() != digest:
            raise PageError(f"{path} is not that of Pyodide {PYODIDE}; get it with: {DOWNLOAD}")
        contents[f"pyodide/{name}"] = content
    return contents
