"""Rewrites the architectures of a text in canonical form and leaves every other character alone."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from cnnsize.architecture import Failed
from cnnsize.diagnostic import ArchitectureError, Diagnostic
from cnnsize.files import FENCE, MARKDOWN, suffix
from cnnsize.parse import BLOCK, parse_statement, sources, string
from cnnsize.record import replace
from cnnsize.syntax.format import WIDTH, laid_out


def formatted(text: str, name: str, whole: bool = False) -> tuple[str, list[Diagnostic]]:
    """The text with canonical architectures, and what kept one of them from being read.

    ``whole``: the text is one string argument, which may run over several lines.
    """
    if whole:
        found = string(text)
        if len(found) == 1 and not re.search(BLOCK, text):
            one = found[0]
            if isinstance(one, Failed):
                return text, [replace(one.diagnostic, source=one.source)]
            return str(one), []
    if suffix(name) not in MARKDOWN:
        return _document(text, name, 1)
    out: list[str] = []
    failed: list[Diagnostic] = []
    at = 0
    for fence in re.finditer(FENCE, text):
        words = fence["info"].split()
        if "skip" in words or "bad" in words:
            continue
        body, wrong = _document(fence["body"], name, text.count("\n", 0, fence.start("body")) + 1)
        out += [text[at : fence.start("body")], body]
        failed += wrong
        at = fence.end("body")
    return "".join(out) + text[at:], failed


def _document(text: str, name: str, line: int) -> tuple[str, list[Diagnostic]]:
    blocks = frozenset(re.findall(BLOCK, text))
    ending = "\r\n" if "\r\n" in text else "\n"
    out: list[str] = []
    failed: list[Diagnostic] = []
    at = 0
    for start, end, source in sources(text, name, line):
        try:
            one = parse_statement(source, blocks)
        except ArchitectureError as wrong:
            failed.append(replace(wrong.diagnostic, source=source))
            continue
        comments = re.findall(r"#[^\n]*", source.text)
        indent = text[text.rfind("\n", 0, start) + 1 : start]
        # comments inside a network move above it: nothing that was written is lost
        above = "".join(comment.rstrip() + ending + indent for comment in comments)
        strict = one.text if one.map is None else None  # informal text has its own ideas of where lines end
        lines = laid_out(one.statement, strict, WIDTH - len(indent))
        out += [text[at:start], above, lines.replace("\n", ending + indent)]
        at = end
    return "".join(out) + text[at:], failed


def write_text(path: Path, text: str) -> None:
    """Replaces a file in one step, so that a crash leaves the old one or the new one, whole.

    Permissions stay, a byte order mark stays, and a symbolic link stays a link.
    """
    target = path.resolve()
    mark = b"\xef\xbb\xbf" if target.read_bytes().startswith(b"\xef\xbb\xbf") else b""
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(mark + text.encode("utf-8"))
        os.chmod(temporary, target.stat().st_mode)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise
