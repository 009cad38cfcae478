"""Compile rule pages to rules.

No code of a page is ever run: ``cnnsize.conditions`` parses and checks its condition and its texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cnnsize.conditions.checker import ExpressionError
from cnnsize.conditions.expression import Expression, parse
from cnnsize.conditions.template import Template, parse_template
from cnnsize.lint.catalogue import BY_NAME
from cnnsize.lint.checks import CHECKS
from cnnsize.lint.facts import FACTS, LOCAL, fact_kinds
from cnnsize.lint.fixers import FIXERS
from cnnsize.lint.page_schema import RuleFront, read_front, suggestion
from cnnsize.lint.pages import BrokenPageError, FrontMatter, is_page, pages_folder
from cnnsize.lint.rule import Condition, Rule
from cnnsize.lint.text_checks import CHECKS as TEXT_CHECKS

TEXTS = ("message", "label", "note", "help")


class CompiledPage(NamedTuple):
    """The front matter of a page, with its condition and its texts parsed.

    The condition holds if all parts of ``local`` and ``rest`` do; the former depend on the layer
    alone.
    """

    front: RuleFront
    local: tuple[Expression, ...]
    rest: tuple[Expression, ...]
    texts: dict[str, Template]

    @property
    def names(self) -> tuple[str, ...]:
        """The facts that are used, in the order of the table, then those that the check adds."""
        parts: list[Expression | Template] = [*self.local, *self.rest, *self.texts.values()]
        used = {name for part in parts for name in part.names}
        return (*(name for name in FACTS if name in used), *sorted(used - set(FACTS)))

    def rule(self) -> Rule:
        """Return the rule, ready to be evaluated."""
        front = self.front
        render = {name: template.render for name, template in self.texts.items()}
        return Rule(
            front.code,
            front.name,
            front.severity,
            front.default,
            front.fix,
            front.scope,
            tuple(front.layers),
            _conjunction(self.local),
            _conjunction(self.rest),
            render.get("message"),
            render.get("label"),
            render.get("note"),
            render.get("help"),
            front.check,
            front.fixer,
            self.names,
            front.setting,
        )


def _conjunction(conditions: tuple[Expression, ...]) -> Condition | None:
    if not conditions:
        return None
    if len(conditions) == 1:
        return conditions[0].evaluate
    return lambda facts: all(condition.evaluate(facts) for condition in conditions)


def compile_page(path: Path, *, ours: bool = True) -> CompiledPage:
    """Read, check and compile a page; ``ours`` for a rule that cnnsize ships.

    Raises BrokenPageError with the file, the line and the key.
    """
    front, raw = read_front(path, ours=ours)
    if front.scope in ("core", "code"):
        return CompiledPage(front, (), (), {})
    added = _facts_of_check(front, raw)
    known = {} if front.scope == "text" else fact_kinds(front.scope)
    local: list[Expression] = []
    rest: list[Expression] = []
    if front.when is not None:
        try:
            condition = parse(front.when, known, condition=True)
        except ExpressionError as error:
            raise raw.broken("when", f"when: {error}") from None
        for part in condition.conjuncts():
            is_local = front.scope == "layer" and part.names <= LOCAL
            (local if is_local else rest).append(part)
    texts: dict[str, Template] = {}
    for key in TEXTS:
        text = getattr(front, key)
        if text is not None:
            try:
                texts[key] = parse_template(text, {**known, **added})
            except ExpressionError as error:
                raise raw.broken(key, f"{key}: {error}") from None
    return CompiledPage(front, tuple(local), tuple(rest), texts)


def _facts_of_check(front: RuleFront, raw: FrontMatter) -> Mapping[str, str]:
    """Return the facts that the page's check adds, each with its kind.

    Checks and fixers are part of cnnsize; a page can only name one.
    """
    checks: Mapping[str, Any] = TEXT_CHECKS if front.scope == "text" else CHECKS
    for key, name, known in (("check", front.check, checks), ("fixer", front.fixer, FIXERS)):
        if name is not None and name not in known:
            raise raw.broken(key, f"{key}: unknown {key} {name}{suggestion(name, known)}")
    facts: Mapping[str, str] = {} if front.check is None else checks[front.check].facts
    return facts


def our_pages() -> list[CompiledPage]:
    """Compile the pages that cnnsize ships, in the order of their codes."""
    pages = (compile_page(path) for path in pages_folder().glob("CNN*.md"))
    return sorted(pages, key=lambda page: page.front.code)


def custom_rules(folders: Iterable[Path]) -> list[Rule]:
    """Compile the rules in a team's own folders. Raises BrokenPageError."""
    rules: dict[str, Rule] = {}
    pages: dict[str, Path] = {}  # by code and by name
    for folder in folders:
        if not folder.is_dir():
            raise BrokenPageError(f"rule-dirs: {folder} is not a directory")
        for path in filter(is_page, sorted(folder.glob("*.md"))):
            rule = compile_page(path, ours=False).rule()
            if rule.name in BY_NAME:
                code = BY_NAME[rule.name].code
                raise BrokenPageError(f"{path}:1: {rule.name} is already the name of {code}")
            for key, word in ((rule.code, "code"), (rule.name, "name")):
                if key in pages:
                    raise BrokenPageError(f"{path}:1: {key} is already the {word} of {pages[key]}")
            rules[rule.code] = rule
            pages[rule.code] = pages[rule.name] = path
    return list(rules.values())
