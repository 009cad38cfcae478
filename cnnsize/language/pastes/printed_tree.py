"""Parse the print of a PyTorch module into a tree."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import NamedTuple, NoReturn

from cnnsize.language.pastes.modules import CHAINS, describe_class, is_layer_class
from cnnsize.limits import MAX_INTEGER, MAX_ITEMS, MAX_NESTING
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic
from cnnsize.text.span import Span

ANSI = r"\x1b\[[0-9;?]{0,20}[A-Za-z]"
KEY = r"\(([\w.-]{1,99})\):[ \t]*(?:([0-9]{1,18}) x )?"
# what is between two modules: space, and the commas, bullets and remarks of an author
GAP = re.compile(r"(?:[\s,;*•|│├└─-]|(?:#|//)[^\n]*)*")
CHILD = re.compile(rf"{KEY}(?=[A-Za-z_.…])")
NAME = re.compile(r"[A-Za-z_][\w.]{0,199}(?=( ?)\()")  # PyTorch 0.3 printed a space
ELLIPSIS = re.compile(r"(?:\.{3}|…)(?:[ \t]*\([^()\n]{0,80}\))?|\[\.{3}\]")
BEFORE_ROOT = re.compile(
    rf"(?s)(.*?)(?:(?<=^)|(?<=[\s=:]))(?:{KEY})?(?=[A-Za-z_][\w.]{{0,199}} ?\(\s*(?:\n|[*•|│├└─-]*[ \t]*\([\w.-]{{1,99}}\):))"
)
KEYED = rf"{KEY}[A-Za-z_.…]"
FIRST_CHILD = re.compile(rf"(?m)^[ \t*•|│├└─-]*(?={KEY}[A-Za-z_.…])")
BRACKETS = {"(": ")", "[": "]", "{": "}"}
# lines around a print that say nothing about the network
PROMPT = re.compile(
    r"(?m)^[ \t]*(?:>>>|\.\.\.|In \[\d*\]:|Out\[\d*\]:|[$%#!])[^\n]*|^[ \t]*print\([^\n]*\)[ \t\r]*$|^[ \t]{0,99}```[ \t]{0,9}\w{0,20}[ \t\r]{0,99}$"
)
MAX_IGNORED = 60  # characters of ignored text in a note


class Module(NamedTuple):
    """One module of a print."""

    name: str  # of its class; "..." for modules that were left out
    key: str  # its name in the module that contains it
    times: int  # how many equal modules are printed as one
    head: Span  # of the name of the class
    span: Span  # of all of it, without its key
    children: list[Module]
    is_container: bool  # it has no arguments


class Print(NamedTuple):
    """A printed module, the text with terminal codes blanked out, and what was ignored."""

    text: str
    module: Module
    ignored: tuple[str, ...]


class OpenModule(NamedTuple):
    """A module whose closing parenthesis was not read yet."""

    name: str
    key: str
    times: int
    head: Span
    start: int
    children: list[Module]


def fail(
    text: str,
    message: str,
    span: Span,
    *,
    code: str = "CNN001",
    notes: tuple[str, ...] = (),
    help: tuple[str, ...] = (),
) -> NoReturn:
    """Raise ArchitectureError for a span of a paste."""
    raise ArchitectureError(Diagnostic(code, message, span, notes=notes, help=help), text)


def parse_print(text: str) -> Print:
    """Return the module that a text prints.

    Text before and after it is ignored, with a note. Raises ArchitectureError where a part of
    the print is missing.
    """
    text = re.sub(ANSI, lambda code: " " * len(code[0]), text)
    text = without_prefix(text)
    start = BEFORE_ROOT.match(text)
    child = FIRST_CHILD.search(text)
    parser = PrintParser(text)
    if start is not None and (child is None or start.end() <= child.end()):
        module, end = parser.parse_root(start.end())
        before = text[: start.end(1)]
    elif child is not None:
        module, end = parser.parse_children(child.end())
        before = text[: child.start()]
    else:
        fail(text, "this print has no module", Span(0, 0))
    following = BEFORE_ROOT.match(text, end)
    if following is not None:
        fail(
            text,
            "this text prints more than one module",
            Span(following.end(), following.end() + 1),
            help=("paste one print at a time",),
        )
    more = re.compile(rf"(?m)^\W*{KEYED}[\w.]* ?\(").search(text, end)
    if more is not None:
        place = re.compile(r"\S[^\n]{0,79}").search(text, end)
        assert place is not None
        fail(
            text,
            "expected a module, as in (0): ReLU(), or ')'",
            Span(*place.span()),
            help=("remove the lines that are no modules",),
        )
    ignored = [" ".join(PROMPT.sub("", part).split()) for part in (before, text[end:])]
    return Print(text, module, tuple(part[:MAX_IGNORED] for part in ignored if part))


def without_prefix(text: str) -> str:
    """Return a text with spaces in place of what a log writes before each line of a print."""
    lines = text.split("\n")
    widths = {child.start() for line in lines if (child := re.search(KEYED, line)) is not None}
    heads = [re.sub(r"\d", "0", line) for line in lines if line.strip()]
    columns = zip(*heads, strict=False) if len(heads) > 1 else ()
    common = takewhile(lambda signs: len(set(signs)) == 1, columns)
    prefix = "".join(signs[0] for signs in common).rstrip(" ")
    is_prefix = re.search(r"\w.*[\]:|>-]$", prefix) and all(len(prefix) <= each for each in widths)
    if not is_prefix:
        return text
    return "\n".join(" " * len(prefix) + line[len(prefix) :] for line in lines)


class PrintParser:
    """A position in a print, and the modules that are open there."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0
        self.open: list[OpenModule] = []
        self.modules = 0

    def parse_root(self, start: int) -> tuple[Module, int]:
        """Return the module that begins at ``start``, and where it ends."""
        self.pos = start
        module = self.begin_module("", 1)
        return module or self.close_all(), self.pos

    def parse_children(self, start: int) -> tuple[Module, int]:
        """Return the modules from ``start`` on as one, whose first line was not pasted."""
        self.pos = start
        first = CHILD.match(self.text, start)
        is_numbered = first is not None and first[1][:1].isdigit()
        name = "Sequential" if is_numbered else "the module"
        self.open.append(OpenModule(name, "", 1, Span(start, start), start, []))
        return self.close_all(), self.pos

    def close_all(self) -> Module:
        """Read children until the outermost module is closed, and return it."""
        while True:
            self.pos = self.skip_gap()
            module = self.next_module()
            if module is None:
                continue
            if not self.open:
                return module
            self.open[-1].children.append(module)

    def next_module(self) -> Module | None:
        """Read a child, or a closing parenthesis; return the module that ends there, if any does."""
        text = self.text
        if text.startswith(")", self.pos):
            self.pos += 1
            return self.close()
        dots = ELLIPSIS.match(text, self.pos)
        if dots is not None:
            self.pos = dots.end()
            span = Span(*dots.span())
            return Module("...", "", 1, span, span, [], is_container=False)
        child = CHILD.match(text, self.pos)
        if child is not None:
            self.pos = child.end()
            return self.begin_module(child[1], int(child[2] or 1))
        outermost = self.open[0]
        is_headless = outermost.head.start == outermost.head.end and len(self.open) == 1
        if is_headless:
            return self.close()
        self.refuse_rest()

    def begin_module(self, key: str, count: int) -> Module | None:
        """Read a module up to its first child; return it where it has none."""
        self.count_module(count)
        name = NAME.match(self.text, self.pos)
        if name is None:
            dots = ELLIPSIS.match(self.text, self.pos)
            if dots is not None:
                self.pos = dots.end()
                span = Span(*dots.span())
                return Module("...", key, count, span, span, [], is_container=False)
            self.refuse_rest()
        start, head = self.pos, Span(*name.span())
        self.pos = name.end(1) + 1
        first = self.skip_gap()
        without_first = ELLIPSIS.match(self.text, first) and not is_layer_class(name[0])
        if CHILD.match(self.text, first) or without_first:
            self.open.append(OpenModule(name[0], key, count, head, start, []))
            if len(self.open) > MAX_NESTING:
                message = f"modules are nested more than {MAX_NESTING} levels deep"
                fail(self.text, message, head, code="CNN009")
            return None
        end = self.closing(name.end(1))
        is_container = first == end
        self.pos = end + 1
        span = Span(start, self.pos)
        return Module(name[0].split(".")[-1], key, count, head, span, [], is_container)

    def close(self) -> Module:
        """Return the innermost open module, which ends here."""
        name, key, count, head, start, children = self.open.pop()
        span = Span(start, self.pos)
        return Module(name.split(".")[-1], key, count, head, span, children, is_container=True)

    def count_module(self, count: int) -> None:
        """Raise ArchitectureError for a module too many, or for a count out of range."""
        self.modules += 1
        if self.modules > MAX_ITEMS:
            place = Span(self.pos, self.pos + 1)
            fail(
                self.text,
                f"the print has more than {MAX_ITEMS:,} modules",
                place,
                code="CNN009",
            )
        if not 0 < count <= MAX_INTEGER:
            place = Span(self.pos, self.pos + 1)
            fail(self.text, f"a module cannot be repeated {count} times", place, code="CNN004")

    def skip_gap(self) -> int:
        """Return where the next module or parenthesis begins."""
        gap = GAP.match(self.text, self.pos)
        return gap.end() if gap is not None else self.pos

    def closing(self, opened: int) -> int:
        """Return where the parenthesis at ``opened`` is closed."""
        expected: list[str] = []
        for match in re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|[()\[\]{}]").finditer(self.text, opened):
            sign = match[0]
            if sign in BRACKETS:
                expected.append(BRACKETS[sign])
            elif sign == expected[-1]:
                expected.pop()
                if not expected:
                    return match.start()
            elif len(sign) == 1:
                break
        fail(
            self.text,
            "this parenthesis is never closed: the print is cut off",
            Span(opened, opened + 1),
            help=("paste all of it, down to the last ')'",),
        )

    def refuse_rest(self) -> NoReturn:
        """Raise ArchitectureError for text that is no part of a print."""
        innermost = self.open[-1] if self.open else None
        is_last_line = "\n" not in self.text[self.pos :].rstrip()
        for module in self.open[1:]:
            if is_last_line and module.name not in CHAINS:
                message, notes, help = describe_class(module.name)
                fail(self.text, message, module.head, code="CNN002", notes=notes, help=help)
        if is_last_line and innermost is not None:
            fail(
                self.text,
                f"{innermost.name}( is never closed: the print is cut off",
                innermost.head,
                help=("paste all of it, down to the last ')'",),
            )
        end = re.compile(r"[^\n]{1,80}").match(self.text, self.pos)
        fail(
            self.text,
            "expected a module, as in (0): ReLU(), or ')'",
            Span(self.pos, end.end() if end is not None else self.pos),
        )
