"""Which class of Python source a text is about: it is in its docstring, or names it."""

from __future__ import annotations

import ast
import os
import re
import warnings
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cnnsize.files.consulted import consult
from cnnsize.files.document import Document, UnreadableFileError, read_file
from cnnsize.files.extract.excerpt import Excerpt
from cnnsize.files.extract.registry import extension_of
from cnnsize.text.offsets import Chart
from cnnsize.text.source import Source
from cnnsize.text.span import Span

PYTHON = (".py", ".pyi", ".pyw")
VALUE = r"(?:\"(?P<quoted>[^\"\n]+)\"|(?P<bare>[^\s\"',{}<>]+))"
IN_WORDS = re.compile(rf"(?<![\w-])model={VALUE}")  # after the mark of a fence
IN_COMMENT = re.compile(rf"cnnsize:[ \t]*model[ \t]*=[ \t]*{VALUE}")
MAX_LINES_ABOVE = 8  # of comments and empty lines between a name and its network
MAX_EMPTY = 2  # of these, the empty ones
ROOTS = (".git", ".hg", "pyproject.toml", "cnnsize.toml", "setup.py", "setup.cfg")


class Tie(NamedTuple):
    """The class that a text is about."""

    name: str
    file: str | None  # as messages name it; None for the text itself
    source: str  # of the file
    place: Source | None = None  # the line that names the class; None in its docstring
    span: Span = Span(0, 0)  # of the name, in that line
    problem: str = ""  # why there is no class to compare with


class TiedText(NamedTuple):
    """A tie, and the numbers of the networks in the report that it is for."""

    tie: Tie
    networks: tuple[int, ...]


class Naming(NamedTuple):
    """A class that a text names, and where."""

    value: str
    start: int  # in the document
    end: int


def find_ties(
    document: Document, networks: Iterable[tuple[Excerpt, Sequence[tuple[int, int]]]], chart: Chart
) -> list[TiedText]:
    """Return the texts of a document that are about a class.

    ``networks`` are the excerpts, each with the numbers of its networks and the lines where these
    begin.
    """
    ties: list[TiedText] = []
    classes = Classes(document, chart)
    for excerpt, numbered in networks:
        own: list[int] = []
        for number, line in numbered:
            start = chart.lines[min(line, len(chart.lines)) - 1]
            naming = naming_above(document.text, start) if excerpt.cell is None else None
            if naming is None or len(numbered) == 1:
                own.append(number)
            else:
                ties.append(TiedText(named(document, naming), (number,)))
        tie = tie_of(document, excerpt, classes)
        if tie is None and len(numbered) == 1 and excerpt.cell is None:
            naming = naming_above(
                document.text, chart.lines[min(numbered[0][1], len(chart.lines)) - 1]
            )
            tie = None if naming is None else named(document, naming)
        if tie is not None and own:
            ties.append(TiedText(tie, tuple(own)))
    return ties


def tie_of(document: Document, excerpt: Excerpt, classes: Classes) -> Tie | None:
    """Return the class that an excerpt is about: the one that it names, else the one around it."""
    naming = naming_of(document, excerpt)
    if naming is not None:
        return named(document, naming)
    name = classes.around(excerpt)
    return None if name is None else Tie(name, document.file, document.text)


def naming_of(document: Document, excerpt: Excerpt) -> Naming | None:
    """Return the class that an excerpt names: after the mark of its fence, or in a comment above."""
    start, end = excerpt.announcement
    match = IN_WORDS.search(document.text, start, end)
    if match is not None and excerpt.kind in ("fence", "directive"):
        return naming(match)
    return naming_above(document.text, excerpt.extent.start)


def naming(match: re.Match[str]) -> Naming:
    """Return what a match names."""
    group = "quoted" if match["quoted"] is not None else "bare"
    return Naming(match[group], *match.span(group))


def naming_above(text: str, offset: int) -> Naming | None:
    """Return the class that a comment names right above the line of an offset."""
    end = text.rfind("\n", 0, offset)
    empty = 0
    for _ in range(MAX_LINES_ABOVE):
        if end < 0:
            return None
        start = text.rfind("\n", 0, end) + 1
        match = IN_COMMENT.search(text, start, end)
        if match is not None:
            return naming(match)
        line = text[start:end].strip()
        empty += not line
        is_comment = not line or line.startswith(("#", "<!--", "..", "//", "{/*"))
        if not is_comment or empty > MAX_EMPTY:
            return None
        end = start - 1
    return None


def named(document: Document, naming: Naming) -> Tie:
    """Return the tie to a class by its name, as in ``src/net.py:Net`` or ``Net``."""
    text, value = document.text, naming.value
    start = text.rfind("\n", 0, naming.start) + 1
    end = text.find("\n", naming.start)
    line = text[start : end if end >= 0 else None].rstrip("\r")
    place = Source(line, document.file, text.count("\n", 0, start) + 1)
    span = Span(naming.start - start, naming.end - start)
    path, colon, name = value.rpartition(":")
    if not re.fullmatch(r"[^\W\d]\w*", name):
        return Tie(name, None, "", place, span, "write model=FILE.py:Class")
    if not colon:
        if extension_of(document.file or "") in PYTHON:
            return Tie(name, document.file, text, place, span)
        return Tie(name, None, "", place, span, f"{value} has no file; write model=FILE.py:{name}")
    try:
        file = path_from(document, path)
        source = read_file(file).text
    except (ValueError, UnreadableFileError, OSError) as error:
        return Tie(name, None, "", place, span, str(error))
    return Tie(name, file, source, place, span)


def path_from(document: Document, path: str) -> str:
    """Return the path of a Python file that a document names. Raises ValueError.

    The file is in the project of the document: below the closest folder with a .git or a
    pyproject.toml, else below the folder of the document itself.
    """
    if extension_of(path) not in PYTHON:
        raise ValueError(f"{path} is no Python file")
    if document.path is None:
        raise ValueError(f"{path} is relative to a file, and this text is in none")
    folder = os.path.dirname(document.path)
    file = os.path.normpath(os.path.join(folder, path))
    root = root_of(os.path.realpath(folder or "."))
    real = os.path.realpath(file)
    is_inside = os.path.commonpath([root, real]) == root if same_drive(root, real) else False
    if os.path.isabs(path) or "\0" in path or not is_inside:
        raise ValueError(f"{path} is outside of the project")
    if not os.path.isfile(consult(real)):
        raise ValueError(f"{file}: no such file")
    return file


def same_drive(first: str, second: str) -> bool:
    """Return whether two absolute paths have a folder in common."""
    return os.path.splitdrive(first)[0] == os.path.splitdrive(second)[0]


def root_of(folder: str) -> str:
    """Return the closest folder upwards that looks like the root of a project, else the folder."""
    current = folder
    while True:
        if any(os.path.lexists(consult(os.path.join(current, name))) for name in ROOTS):
            return current
        above = os.path.dirname(current)
        if above == current:
            return folder
        current = above


class Classes:
    """The classes and functions at the top of a Python document."""

    def __init__(self, document: Document, chart: Chart) -> None:
        self.document = document
        self.chart = chart
        self.lines = document.text.split("\n")
        self.nodes: list[ast.ClassDef | ast.FunctionDef] | None = None

    def around(self, excerpt: Excerpt) -> str | None:
        """Return the class whose docstring an excerpt is in, or that it is right above."""
        is_python = extension_of(self.document.file or "") in PYTHON
        if not is_python or not excerpt.view.pieces:
            return None
        pieces = excerpt.view.pieces
        first = self.chart.position(pieces[0].original.start).line
        last = self.chart.position(max(0, pieces[-1].original.end - 1)).line
        # the last definition that begins above the excerpt, and the first below it
        index = bisect_right(self.definitions(), last, key=first_line)
        if excerpt.literal is None:
            nodes = self.definitions()[index : index + 1]
            beside = [node for node in nodes if self.is_right_above(last, node)]
        else:
            nodes = self.definitions()[max(0, index - 1) : index]
            beside = [node for node in nodes if self.is_in_docstring(first, last, node)]
        return next((node.name for node in beside if may_be_network(node)), None)

    def definitions(self) -> list[ast.ClassDef | ast.FunctionDef]:
        """Return the classes and functions; none where the document is not Python."""
        if self.nodes is None:
            self.nodes = [
                node
                for node in statements_of(self.document.text)
                if isinstance(node, (ast.ClassDef, ast.FunctionDef))
            ]
        return self.nodes

    def is_right_above(self, line: int, node: ast.ClassDef | ast.FunctionDef) -> bool:
        """Return whether nothing but comments is between a line and a class."""
        between = self.lines[line : first_line(node) - 1]
        return all(text.lstrip().startswith("#") for text in between)

    def is_in_docstring(self, first: int, last: int, node: ast.ClassDef | ast.FunctionDef) -> bool:
        """Return whether lines are in the docstring of a class."""
        docstring = node.body[0]
        has_docstring = ast.get_docstring(node, clean=False) is not None
        end = docstring.end_lineno or docstring.lineno
        return has_docstring and docstring.lineno <= first and last <= end


def first_line(node: ast.ClassDef | ast.FunctionDef) -> int:
    """Return the line of a definition, or of its first decorator."""
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def may_be_network(node: ast.ClassDef | ast.FunctionDef) -> bool:
    """Return whether a node is a class, or a function that returns a name or what a call returns."""
    if isinstance(node, ast.ClassDef):
        return True
    returned = (inner.value for inner in ast.walk(node) if isinstance(inner, ast.Return))
    return any(isinstance(value, (ast.Name, ast.Call)) for value in returned)


def statements_of(text: str) -> list[ast.stmt]:
    """Return the statements at the top of a Python file; none for another text."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of invalid escapes in strings
            return ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
