"""Find the architectures in a file of any format, each with a map of its characters to the file."""

from __future__ import annotations

import re
from collections.abc import Collection

from cnnsize.files.extract.excerpt import Excerpt
from cnnsize.files.extract.registry import MODULES, extension_of, extractor_for
from cnnsize.limits import MAX_ESCAPES, MAX_NOTEBOOK_VALUES, MAX_PYTHON_FILE
from cnnsize.text.view import View

MODEL_EXTENSIONS = (".py", ".pyw", ".ipynb")  # of source whose networks are read
MODEL_SIGNS = (b"nn.", b"torch.nn", b"keras")  # one of them occurs in every such file
PLAIN_TEXT = ("", ".txt")
# what announces a network: a marker, a fence and its first word, or a directive
MARK = rb"cnnsize:|(?:```|~~~)[^\n]{0,200}\bcnn\b|\bcnn::|code(?:-block)?::[ \t]{0,99}cnn\b"
LAYER = r"\[*(?:CONV|DWCONV|TCONV|POOL|AVGPOOL|GAP|FC|FLATTEN|BN|PAD)"
FIRST_LINE = r"(?m)^(?![ \t]*(?:#[^\n]*)?\r?$)"  # which is neither empty nor a comment
# How the first line begins of a text that holds nothing but networks. INPUT and an arrow are not enough: these
# occur in diagrams of all sorts.
ONLY_NETWORKS = (
    r"[ \t]*(?:[^\W\d]\w*[ \t]*=[ \t]*)?INPUT[ \t]*"
    rf"(?:\[[ \t]*\d+[ \t]*[xX×]|(?:\[[^\]\n]*\])?\s*(?:->|→)\s*{LAYER})"
)


def may_hold(data: bytes, name: str, unmarked: Collection[str]) -> bool:
    """Return whether a file is worth reading; a search of its bytes decides."""
    extension = extension_of(name)
    if b"cnn" in data or extension == ".cnn":
        return True
    if b"INPUT" in data and (unmarked or extension in PLAIN_TEXT):
        return True
    return bool(unmarked) and _may_hold_chain(data.decode("utf-8", "replace"), extension)


def may_hold_model(data: bytes, name: str) -> bool:
    """Return whether a file may hold a network as Python source."""
    is_python = extension_of(name) in MODEL_EXTENSIONS
    return is_python and any(sign in data for sign in MODEL_SIGNS)


def has_mark(data: bytes) -> bool:
    """Return whether the bytes of a file hold something that announces a network."""
    return re.search(MARK, data) is not None


def too_large(data: bytes, name: str, unmarked: Collection[str] = ()) -> str:
    """Return why a file is too large for the reader of its format; empty if it is not.

    These readers take hundreds of bytes for each byte of some texts. A file is only refused if they
    are needed for it.
    """
    module = MODULES.get(extension_of(name))
    if module not in ("python", "notebook", "json_strings", "yaml_toml"):
        return ""
    may_hold_any = unmarked or has_mark(data) or may_hold_model(data, name)
    if module == "python" and len(data) > MAX_PYTHON_FILE and may_hold_any:
        return f"Python source of more than {MAX_PYTHON_FILE:,} bytes"
    if module == "notebook" and (may_hold_any or b"cnn" in data):
        # a list of numbers has a comma for each, one of strings two quotation marks more
        if (data.count(b'"') + data.count(b",")) // 3 > MAX_NOTEBOOK_VALUES:
            return f"a notebook of more than {MAX_NOTEBOOK_VALUES:,} values"
        if data.count(b"\\") > MAX_ESCAPES:
            return f"a notebook with more than {MAX_ESCAPES:,} escapes"
    if module in ("json_strings", "yaml_toml") and unmarked and data.count(b"\\") > MAX_ESCAPES:
        return f"a text with more than {MAX_ESCAPES:,} escapes"
    return ""


def _may_hold_chain(text: str, extension: str) -> bool:
    """Return whether a text may hold a chain that nothing marks."""
    from cnnsize.files.extract import chain_lines  # late: asked for explicitly

    if MODULES.get(extension) in ("notebook", "json_strings"):
        return chain_lines.has_seed(text)  # all of it may be one line
    if next(chain_lines.lines_with_links(text), None) is None:
        return False
    from cnnsize.files.extract import chains  # late: it loads the informal reader

    return chains.may_hold_chain(text)


def excerpts(text: str, name: str, unmarked: Collection[str] = ()) -> list[Excerpt]:
    """Return the parts of a file's text that hold architectures, in order.

    ``unmarked`` asks for networks that nothing marks: with ``python`` those in literals and
    comments of Python, with ``raw`` those in any text. Raises ValueError for a file that
    should be a notebook and is not.
    """
    if _holds_only_networks(text, name):
        return [whole(text)]
    extension = extension_of(name)
    may_hold_unmarked = unmarked and ("INPUT" in text or _may_hold_chain(text, extension))
    if "cnn" not in text and not may_hold_unmarked:
        return []  # the format need not even be parsed
    return sorted(
        extractor_for(extension).extract(text, unmarked),
        key=lambda excerpt: excerpt.extent,
    )


def _holds_only_networks(text: str, name: str) -> bool:
    """Return whether all of a text is networks: a .cnn file, stdin, or plain text like these."""
    extension = extension_of(name)
    if extension == ".cnn" or name.startswith("<"):
        return True
    if extension not in PLAIN_TEXT:
        return False
    line = re.search(FIRST_LINE, text)
    return line is not None and re.compile(ONLY_NETWORKS).match(text, line.start()) is not None


def whole(text: str) -> Excerpt:
    """Return all of a text as one excerpt."""
    return Excerpt(View.of(text), "file")
