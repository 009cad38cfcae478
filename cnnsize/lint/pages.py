"""The rule pages: one Markdown file for each rule, with TOML front matter between ``+++`` lines.

``cnnsize explain`` prints them and SARIF includes them. They are in ``rules/``: next to the package
in a checkout, inside the package in a wheel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from cnnsize.files.read import parse_toml, read_bytes
from cnnsize.limits import MAX_SMALL_FILE
from cnnsize.text.english import alternatives
from cnnsize.text.suggest import nearest

FENCE = "+++"
TEXT_KEYS = ("code", "name", "severity", "fix", "since", "scope")


@dataclass(frozen=True, slots=True)
class Page:
    """One rule page.

    ``summary`` is a line for lists of rules; ``body`` is the Markdown after the front matter.
    """

    code: str
    name: str
    summary: str
    severity: str
    default: bool
    fix: str
    since: str
    scope: str
    sources: tuple[dict[str, str], ...]
    body: str
    file: str


class UnknownRuleError(Exception):
    """Raised for a code or name that no rule has; the message names similar ones."""

    def __init__(self, name: str, similar: tuple[str, ...] = ()) -> None:
        super().__init__(name, similar)
        self.name = name
        self.similar = similar

    def __str__(self) -> str:
        hint = "; `cnnsize rules` lists all rules"
        if self.similar:
            hint = f"; did you mean {alternatives(self.similar)}?"
        return f"no rule is called {self.name!r}{hint}"


class BrokenPageError(Exception):
    """Raised for front matter that cannot be used; the message begins with the file and line."""


def find_page(code_or_name: str, folders: tuple[str, ...] = ()) -> Page:
    """Return the page of a code or a name, in any letter case.

    ``folders`` are searched besides the rules that cnnsize ships. Raises UnknownRuleError, and
    BrokenPageError if a page in these folders cannot be read.
    """
    name = code_or_name.strip()
    pages: dict[str, Page] = {}
    spellings: dict[str, str] = {}
    for page in every_page(folders):
        for key in (page.code, page.name):
            pages[key.lower()] = page
            spellings[key.lower()] = key
    if name.lower() in pages:
        return pages[name.lower()]
    beginnings = [key for key in sorted(pages) if name and key.startswith(name.lower())][:3]
    similar = tuple(spellings[key] for key in beginnings or nearest(name.lower(), spellings))
    raise UnknownRuleError(name, similar)


def every_page(folders: tuple[str, ...]) -> list[Page]:
    """Return the pages that cnnsize ships, then those in ``folders``. Raises BrokenPageError."""
    custom = [
        read_page(path)
        for folder in folders
        for path in sorted(Path(folder).glob("*.md"))
        if is_page(path)
    ]
    return [*all_pages(), *custom]


@lru_cache(maxsize=1)
def all_pages() -> tuple[Page, ...]:
    """Return every page that cnnsize ships, in the order of the codes."""
    pages = [read_page(path) for path in sorted(pages_folder().glob("CNN*.md"))]
    return tuple(sorted(pages, key=lambda page: page.code))


def pages_folder() -> Path:
    """Return the folder of the pages: in the package (wheel) or next to it (checkout, editable
    install).
    """
    package = Path(__file__).resolve().parent.parent
    candidates = (package / "rules", package.parent / "rules")
    for candidate in candidates:
        if any(candidate.glob("CNN*.md")):
            return candidate
    raise FileNotFoundError(f"no rule pages in {candidates[0]} or {candidates[1]}")


def is_page(path: Path) -> bool:
    """Return whether a Markdown file in a folder of rules is a rule: all but the README are."""
    return path.stem.lower() != "readme"


class FrontMatter(NamedTuple):
    """The front matter of a page as it was read, with the lines of its keys."""

    path: Path
    values: dict[str, Any]
    lines: list[str]
    end: int  # the index of the line with the second fence

    def line_of(self, key: str) -> int:
        """Return the number of the line that sets a key; 1 if none does."""
        for number, line in enumerate(self.lines[1 : self.end], 2):
            if line.partition("=")[0].strip() == key:
                return number
        return 1

    def broken(self, key: str, message: str) -> BrokenPageError:
        """Return the error that points at a key."""
        return BrokenPageError(f"{self.path}:{self.line_of(key)}: {message}")

    @property
    def body(self) -> str:
        """The Markdown after the front matter."""
        return "\n".join(self.lines[self.end + 1 :]).strip("\n") + "\n"


def front_matter(path: Path) -> FrontMatter:
    """Read the front matter of a file. Raises BrokenPageError."""

    def fail(line: int, message: str) -> NoReturn:
        raise BrokenPageError(f"{path}:{line}: {message}")

    try:
        lines = (
            read_bytes(path, MAX_SMALL_FILE).decode("utf-8-sig").replace("\r\n", "\n").split("\n")
        )
    except UnicodeDecodeError:
        fail(1, "this page is not UTF-8")
    except OSError as error:
        fail(1, f"this page cannot be read: {error.strerror}")
    if lines[0].rstrip() != FENCE:
        fail(1, f"a page must begin with {FENCE}")
    fences = (index for index, line in enumerate(lines) if index and line.rstrip() == FENCE)
    end = next(fences, None)
    if end is None:
        fail(1, f"the front matter has no closing {FENCE}")
    try:
        values = parse_toml("\n".join(lines[1:end]))
    except ValueError as error:
        line, message = _line_of_toml_error(str(error), end)
        fail(line, message)
    return FrontMatter(path, values, lines, end)


def read_page(path: Path) -> Page:
    """Read the page in a file. Raises BrokenPageError."""
    front = front_matter(path)
    values = front.values
    for key in TEXT_KEYS:
        if key not in values:
            raise front.broken(key, f"{key} is missing")
        if not isinstance(values[key], str):
            raise front.broken(key, f"{key} must be text")
    if "default" not in values:
        raise front.broken("default", "default is missing")
    if not isinstance(values["default"], bool):
        raise front.broken("default", "default must be true or false")
    sources = values.get("sources", [])
    if not isinstance(sources, list) or not all(map(_is_source, sources)):
        raise front.broken("sources", 'sources must be a list of { id = "", where = "", url = "" }')
    summary = values.get("summary", values["name"].replace("-", " "))
    if not isinstance(summary, str):
        raise front.broken("summary", "summary must be text")
    return Page(
        code=values["code"],
        name=values["name"],
        summary=summary,
        severity=values["severity"],
        default=values["default"],
        fix=values["fix"],
        since=values["since"],
        scope=values["scope"],
        sources=tuple(sources),
        body=front.body,
        file=path.name,
    )


def _is_source(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


def _line_of_toml_error(message: str, last_line: int) -> tuple[int, str]:
    """Return the line of the file that tomllib's message is about, and the message without it."""
    import re

    position = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", message)
    if position is None:
        return 1, message
    return (int(position[1]) + 1 if position[1] else last_line), message[: position.start()]
