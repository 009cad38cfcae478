"""Reads rule pages and compiles them: ours to the table in ``catalogue.py``, a team's own when they
are needed.

``python -m cnnsize.lint.rulebook`` writes ``catalogue.py`` and ``rules/README.md`` anew; a test
holds them to the pages. No code of a page is ever run: its condition and its messages are checked
and compiled by ``expressions.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from cnnsize.conditions.checker import ExpressionError
from cnnsize.conditions.expression import Expression, parse
from cnnsize.conditions.template import Template, parse_template
from cnnsize.layers import KINDS
from cnnsize.lint.catalogue import BY_NAME
from cnnsize.lint.checks import CHECKS
from cnnsize.lint.facts import FACTS, LOCAL, kinds
from cnnsize.lint.fixers import FIXERS
from cnnsize.lint.pages import BrokenPageError, folder, front_matter, is_page
from cnnsize.lint.pages import Front as Raw
from cnnsize.lint.rule import FAMILIES, Condition, Rule
from cnnsize.lint.text_checks import CHECKS as TEXT_CHECKS
from cnnsize.text.suggest import nearest

TEXTS = ("message", "label", "note", "help")


class Source(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    id: str
    where: str
    url: str


class Front(BaseModel):
    """The front matter of a page."""

    model_config = ConfigDict(extra="forbid", strict=True)
    code: str
    name: str
    severity: Literal["error", "warning", "info"]
    default: bool
    fix: Literal["safe", "unsafe", "none"]
    since: str
    scope: Literal["layer", "network", "text", "core"]
    layers: list[str] = []
    when: str | None = None
    check: str | None = None
    message: str | None = None
    label: str | None = None
    note: str | None = None
    help: str | None = None
    fixer: str | None = None
    setting: str | None = None
    sources: list[Source] = []


class Compiled(NamedTuple):
    """A page's front matter with its texts checked. ``local`` and ``rest`` are conjuncts of its
    condition.
    """

    front: Front
    local: tuple[Expression, ...]
    rest: tuple[Expression, ...]
    texts: dict[str, Template]

    @property
    def names(self) -> tuple[str, ...]:
        """The facts used, in the order of the table, then what a check adds."""
        parts: list[Expression | Template] = [*self.local, *self.rest, *self.texts.values()]
        used = {name for part in parts for name in part.names}
        return (*(name for name in FACTS if name in used), *sorted(used - set(FACTS)))

    def rule(self) -> Rule:
        """The rule, to be evaluated as it is."""
        front = self.front
        said = {name: template.render for name, template in self.texts.items()}
        return Rule(
            front.code,
            front.name,
            front.severity,
            front.default,
            front.fix,
            front.scope,
            tuple(front.layers),
            _all(self.local),
            _all(self.rest),
            said.get("message"),
            said.get("label"),
            said.get("note"),
            said.get("help"),
            front.check,
            front.fixer,
            self.names,
            front.setting,
        )


def _all(conditions: tuple[Expression, ...]) -> Condition | None:
    if not conditions:
        return None
    if len(conditions) == 1:
        return conditions[0].evaluate
    return lambda facts: all(one.evaluate(facts) for one in conditions)


def front_of(path: Path, ours: bool) -> tuple[Front, Raw]:
    """The validated front matter of a page. Raises BrokenPage with file, line and key."""
    raw = front_matter(path)
    try:
        front = Front.model_validate(raw.values)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        key = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            known = list(Source.model_fields) if len(first["loc"]) > 1 else list(Front.model_fields)
            near = nearest(str(first["loc"][-1]), known)
            hint = (
                f"; did you mean {' or '.join(near)}?"
                if near
                else f"; the keys are {', '.join(known)}"
            )
            raise raw.broken(str(first["loc"][0]), f"unknown key {key}{hint}") from None
        message = (
            "is missing"
            if first["type"] == "missing"
            else f"{first['msg'][0].lower()}{first['msg'][1:]}"
        )
        raise raw.broken(str(first["loc"][0]), f"{key}: {message}") from None
    _consistent(front, raw, ours)
    return front, raw


def _consistent(front: Front, raw: Raw, ours: bool) -> None:
    import re

    if not re.fullmatch(r"[A-Z]{2,8}[0-9]{3}", front.code):
        raise raw.broken("code", f"code: {front.code!r} is no code such as TEAM001")
    if front.code.startswith("CNN") != ours:
        raise raw.broken(
            "code", "code: CNN and a number is a rule of cnnsize; use letters of your own"
        )
    if not re.fullmatch(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", front.name):
        raise raw.broken("name", f"name: {front.name!r} is no name such as unusual-pool")
    for kind in front.layers:
        if kind not in KINDS and kind not in ("ADD", "CAT", "MUL"):
            near = nearest(kind.upper(), KINDS)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise raw.broken("layers", f"layers: there is no layer {kind}{hint}")
    if front.layers and front.scope != "layer":
        raise raw.broken("layers", "layers: only a rule of scope layer has them")
    if front.scope == "core":
        if not ours:
            raise raw.broken("scope", "scope: core is what cnnsize itself raises")
        return
    if (front.when is None) == (front.check is None):
        raise raw.broken(
            "when" if front.when else "scope",
            "a rule has a condition (when) or a check, one of the two",
        )
    if front.scope == "text" and front.check is None:
        raise raw.broken("when", "when: a rule of scope text has a check")
    if front.message is None:
        raise raw.broken("scope", "message: is missing")
    if front.fix == "none" and front.fixer is not None:
        raise raw.broken("fixer", "fixer: fix is none")
    if front.setting is not None and front.setting.partition("=")[0] not in (
        "rounding",
        "target",
        "hardware",
        "loss",
        "budget",
    ):
        raise raw.broken(
            "setting",
            f"setting: {front.setting!r} is none of rounding, target, hardware, loss, budget",
        )


def _check_facts(front: Front, raw: Raw) -> Mapping[str, str]:
    """What the page's check adds to the facts. Checks and fixers are ours: a page can only name
    one.
    """
    table: Mapping[str, Any] = TEXT_CHECKS if front.scope == "text" else CHECKS
    for key, value, known in (("check", front.check, table), ("fixer", front.fixer, FIXERS)):
        if value is not None and value not in known:
            near = nearest(value, known)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise raw.broken(key, f"{key}: there is no {key} {value}{hint}")
    found: Mapping[str, str] = table[front.check].facts if front.check is not None else {}
    return found


def compiled(path: Path, ours: bool = True) -> Compiled:
    """A page, checked and compiled. Raises BrokenPage with file, line and key."""
    front, raw = front_of(path, ours)
    if front.scope == "core":
        return Compiled(front, (), (), {})
    added = _check_facts(front, raw)
    names = {} if front.scope == "text" else kinds(front.scope)
    local: list[Expression] = []
    rest: list[Expression] = []
    if front.when is not None:
        try:
            whole = parse(front.when, names, condition=True)
        except ExpressionError as wrong:
            raise raw.broken("when", f"when: {wrong}") from None
        for part in whole.conjuncts():
            (local if part.names <= LOCAL and front.scope == "layer" else rest).append(part)
    texts: dict[str, Template] = {}
    for key in TEXTS:
        text = getattr(front, key)
        if text is None:
            continue
        try:
            texts[key] = parse_template(text, {**names, **added})
        except ExpressionError as wrong:
            raise raw.broken(key, f"{key}: {wrong}") from None
    return Compiled(front, tuple(local), tuple(rest), texts)


def our_pages() -> list[Compiled]:
    return sorted(
        (compiled(path) for path in folder().glob("CNN*.md")), key=lambda one: one.front.code
    )


def rules_of(folders: Iterable[Path]) -> list[Rule]:
    """The rules of a team's own folders. Raises BrokenPage; nothing that stands there is run."""
    found: dict[str, tuple[Rule, Path]] = {}
    names: dict[str, Path] = {}
    for place in folders:
        if not place.is_dir():
            raise BrokenPageError(f"{place}: no such folder of rules")
        for path in sorted(place.glob("*.md")):
            if not is_page(path):
                continue
            rule = compiled(path, ours=False).rule()
            if rule.name in BY_NAME:
                raise BrokenPageError(
                    f"{path}:1: {rule.name} is also the name of {BY_NAME[rule.name].code}"
                )
            if rule.code in found:
                raise BrokenPageError(
                    f"{path}:1: {rule.code} is also the code of {found[rule.code][1]}"
                )
            if rule.name in names:
                raise BrokenPageError(
                    f"{path}:1: {rule.name} is also the name of {names[rule.name]}"
                )
            found[rule.code] = rule, path
            names[rule.name] = path
    return [rule for rule, _ in found.values()]


HEAD = '''"""All rules as a table. Written by ``python -m cnnsize.lint.rulebook`` from the pages in ``rules/``: change those."""

from __future__ import annotations

from math import gcd, log2

from cnnsize.lint.rule import Rule

# ruff: noqa: RUF021
# fmt: off
RULES: tuple[Rule, ...] = (
'''
TAIL = """)
# fmt: on
BY_CODE: dict[str, Rule] = {rule.code: rule for rule in RULES}
BY_NAME: dict[str, Rule] = {rule.name: rule for rule in RULES}
"""


def catalogue(found: Iterable[Compiled]) -> str:
    """The text of ``catalogue.py``."""
    out = [HEAD]
    for one in found:
        front = one.front
        lines = [
            f"    Rule({front.code!r}, {front.name!r}, {front.severity!r}, {front.default}, {front.fix!r}, {front.scope!r},"
        ]
        if front.layers:
            lines.append(f"         layers={tuple(front.layers)!r},")
        for key, conditions in (("local", one.local), ("rest", one.rest)):
            if conditions:
                lines.append(
                    f"         {key}=lambda f: {' and '.join(_operand(part) for part in conditions)},"
                )
        for key, template in one.texts.items():
            lines.append(f"         {key}=lambda f: {template.source()},")
        keys = [(key, getattr(front, key)) for key in ("check", "fixer")]
        lines += [f"         {key}={value!r}," for key, value in keys if value is not None]
        if one.names:
            lines.append(f"         names={one.names!r},")
        if front.setting is not None:
            lines.append(f"         setting={front.setting!r},")
        lines[-1] = lines[-1].removesuffix(",") + "),"
        out.append("\n".join(lines) + "\n")
    text = "".join(out) + TAIL
    used = [name for name in ("gcd", "log2") if f"{name}(" in text]
    imported = f"from math import {', '.join(used)}\n\n" if used else ""
    return text.replace("from math import gcd, log2\n\n", imported)


CODES_HEAD = '''"""Name and severity of every code. Written by ``python -m cnnsize.lint.rulebook`` from the pages in ``rules/``."""

from __future__ import annotations

from typing import Literal

Severity = Literal["error", "warning", "info"]

# The codes that the parser and the sizing raise; a page of scope core is the home of each.
'''


def codes(pages: Iterable[Compiled]) -> str:
    """Return the text of ``text/codes.py``: what a diagnostic needs to know of the rules, and no
    more.
    """
    tables: dict[str, list[str]] = {"CORE": [], "OTHER": []}
    for page in pages:
        front = page.front
        line = f'    "{front.code}": ("{front.name}", "{front.severity}"),\n'
        tables["CORE" if front.scope == "core" else "OTHER"].append(line)
    return (
        CODES_HEAD
        + "".join(
            f"{name}: dict[str, tuple[str, Severity]] = {{\n{''.join(lines)}}}\n"
            for name, lines in tables.items()
        )
        + "CODES: dict[str, tuple[str, Severity]] = {**CORE, **OTHER}\n"
    )


def _operand(part: Expression) -> str:
    """A conjunct between two ``and``: ``or`` and ``if`` bind less."""
    import ast

    source = part.source()
    return f"({source})" if isinstance(part.tree, (ast.BoolOp, ast.IfExp)) else source


def readme(found: Iterable[Compiled]) -> str:
    """The text of ``rules/README.md``: the index of the rules, and the table of facts."""
    out = [
        "# The rules\n\n",
        "One file is one rule: its logic, its page, its tests. This index is written by `python -m cnnsize.lint.rulebook`.\n",
    ]
    family = ""
    for one in found:
        front = one.front
        if FAMILIES[front.code[3]] != family:
            family = FAMILIES[front.code[3]]
            out.append(
                f"\n## {family}, CNN{front.code[3]}\n\n| code | name | severity | default | fix |\n|---|---|---|---|---|\n"
            )
        default = "on" if front.default else f"with `{front.setting}`" if front.setting else "off"
        fix = "" if front.fix == "none" else front.fix
        out.append(
            f"| {front.code} | [{front.name}]({front.code}-{front.name}.md) | {front.severity} | {default} | {fix} |\n"
        )
    out.append(
        "\n## Facts\n\nWhat `when` and the messages of a rule may speak of. A rule of scope layer is evaluated on each axis;\n"
        "facts marked W/H are those of the axis at hand. A fact that is not known (the filter of a RELU, the\n"
        "receptive field behind FC) makes a condition not hold.\n"
    )
    heads = {
        "layer": "of a layer and the volume that comes in",
        "place": "of a layer in its place",
        "network": "of the network",
        "setting": "settings",
    }
    for scope, head in heads.items():
        out.append(
            f"\n### {head[0].upper()}{head[1:]}\n\n| fact | kind | | meaning |\n|---|---|---|---|\n"
        )
        for name, fact in FACTS.items():
            if fact.scope == scope:
                meaning = fact.meaning.replace("*", r"\*").replace("|", r"\|")
                out.append(
                    f"| `{name}` | {fact.kind} | {'W/H' if fact.axis else ''} | {meaning} |\n"
                )
    return "".join(out)


def main() -> None:
    found = our_pages()
    package = Path(__file__).resolve().parent.parent
    (package / "lint" / "catalogue.py").write_text(catalogue(found), "utf-8")
    (package / "text" / "codes.py").write_text(codes(found), "utf-8")
    (folder() / "README.md").write_text(readme(found), "utf-8")
    print(f"{len(found)} rules")


if __name__ == "__main__":
    main()
