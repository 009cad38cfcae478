"""The rule pages: one Markdown file a rule, with TOML front matter between ``+++`` lines.

``explain`` prints them and SARIF carries them. They lie in ``rules/``: beside the package in a
checkout, inside it in a wheel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from cnnsize.files.read import parse_toml, read_bytes
from cnnsize.limits import MAX_PAGE
from cnnsize.text.suggest import nearest

FENCE = "+++"
STRINGS = ("code", "name", "severity", "fix", "since", "scope")


@dataclass(frozen=True, slots=True)
class Page:
    """One rule as its page tells it. ``body`` is the Markdown behind the front matter."""

    code: str
    name: str
    severity: str
    default: bool
    fix: str
    since: str
    scope: str
    sources: tuple[dict[str, str], ...]
    body: str
    file: str


class UnknownRuleError(Exception):
    """There is no rule of that code or name. ``str`` says so and names the nearest."""

    def __init__(self, asked: str, near: tuple[str, ...] = ()) -> None:
        super().__init__(asked, near)
        self.asked = asked
        self.near = near

    def __str__(self) -> str:
        near = " or ".join(filter(None, (", ".join(self.near[:-1]), *self.near[-1:])))
        tail = f"; did you mean {near}?" if near else ""
        return f"no rule is called {self.asked!r}{tail}"


class BrokenPageError(Exception):
    """A page's front matter cannot be read. ``str`` begins with the file and the line."""


def find(code_or_name: str, folders: tuple[str, ...] = ()) -> Page:
    """The page of a code or a name, in any letter case, also in ``folders`` of one's own. Raises
    UnknownRule.
    """
    asked = code_or_name.strip().lower()
    known: dict[str, Page] = {}
    own = [
        read_page(path)
        for place in folders
        for path in sorted(Path(place).glob("*.md"))
        if is_page(path)
    ]
    for page in (*all_pages(), *own):
        known[page.code.lower()] = known[page.name.lower()] = page
    if asked in known:
        return known[asked]
    shown = {
        key: page.code if key == page.code.lower() else page.name for key, page in known.items()
    }
    raise UnknownRuleError(code_or_name.strip(), tuple(shown[key] for key in nearest(asked, shown)))


@lru_cache(maxsize=1)
def all_pages() -> tuple[Page, ...]:
    """Every page, in the order of the codes."""
    found = [read_page(path) for path in sorted(folder().glob("CNN*.md"))]
    return tuple(sorted(found, key=lambda page: page.code))


def folder() -> Path:
    """Where the pages lie: in the package (a wheel), or beside it (a checkout, an editable
    install).
    """
    package = Path(__file__).resolve().parent.parent
    for place in (package / "rules", package.parent / "rules"):
        if any(place.glob("CNN*.md")):
            return place
    raise FileNotFoundError(f"no rule pages in {package / 'rules'} or {package.parent / 'rules'}")


def is_page(path: Path) -> bool:
    """In a folder of rules every Markdown file is one, but a README."""
    return path.stem.lower() != "readme"


class Front(NamedTuple):
    """The front matter of a page as it was read, and where its keys stand."""

    path: Path
    values: dict[str, Any]
    lines: list[str]
    end: int  # the line of the second fence, from 0

    def line_of(self, key: str) -> int:
        begins = (
            at
            for at, line in enumerate(self.lines[1 : self.end], 2)
            if line.partition("=")[0].strip() == key
        )
        return next(begins, 1)

    def broken(self, key: str, message: str) -> BrokenPageError:
        return BrokenPageError(f"{self.path}:{self.line_of(key)}: {message}")

    @property
    def body(self) -> str:
        return "\n".join(self.lines[self.end + 1 :]).strip("\n") + "\n"


def front_matter(path: Path) -> Front:
    """The front matter of one file. Raises BrokenPage with the file and the line of what is
    wrong.
    """

    def fail(line: int, message: str) -> NoReturn:
        raise BrokenPageError(f"{path}:{line}: {message}")

    try:
        lines = read_bytes(path, MAX_PAGE).decode("utf-8-sig").replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError:
        fail(1, "this page is not UTF-8")
    except OSError as wrong:
        fail(1, f"this page cannot be read: {wrong.strerror}")
    if lines[0].rstrip() != FENCE:
        fail(1, f"a page begins with {FENCE}")
    end = next((at for at, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE), None)
    if end is None:
        fail(1, f"the front matter has no second {FENCE}")
    try:
        values = parse_toml("\n".join(lines[1:end]))
    except ValueError as wrong:
        line, message = _place(str(wrong), end)
        fail(line, message)
    return Front(path, values, lines, end)


def read_page(path: Path) -> Page:
    """The page in one file. Raises BrokenPage with the file and the line of what is wrong."""
    raw = front_matter(path)
    front = raw.values
    for key in STRINGS:
        if not isinstance(front.get(key), str):
            raise raw.broken(key, f"{key} is {'not text' if key in front else 'missing'}")
    if not isinstance(front.get("default"), bool):
        raise raw.broken(
            "default", f"default is {'neither true nor false' if 'default' in front else 'missing'}"
        )
    sources = front.get("sources", [])
    if not isinstance(sources, list) or not all(
        isinstance(source, dict) and all(isinstance(value, str) for value in source.values())
        for source in sources
    ):
        raise raw.broken("sources", 'sources is a list of { id = "", where = "", url = "" }')
    return Page(
        code=front["code"],
        name=front["name"],
        severity=front["severity"],
        default=front["default"],
        fix=front["fix"],
        since=front["since"],
        scope=front["scope"],
        sources=tuple(sources),
        body=raw.body,
        file=path.name,
    )


def _place(message: str, last: int) -> tuple[int, str]:
    """tomllib's message without its place, and the line of the file that it means."""
    import re

    found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", message)
    if found is None:
        return 1, message
    return (int(found[1]) + 1 if found[1] else last), message[: found.start()]
