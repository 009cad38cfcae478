"""Write the files that are generated from the rule pages.

``python -m cnnsize.lint.rulebook`` writes ``lint/catalogue.py``, ``text/codes.py`` and
``rules/README.md``; tests compare all three with the pages.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

from cnnsize.conditions.expression import Expression
from cnnsize.lint.compiler import CompiledPage, our_pages
from cnnsize.lint.facts import FACTS
from cnnsize.lint.pages import BrokenPageError, pages_folder
from cnnsize.lint.rule import FAMILIES

HEAD = '''"""All rules as a table.

Written by ``python -m cnnsize.lint.rulebook`` from the pages in ``rules/``: change those instead.
"""

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


def catalogue(pages: Iterable[CompiledPage]) -> str:
    """Return the text of ``lint/catalogue.py``."""
    text = HEAD + "".join(map(_catalogue_entry, pages)) + TAIL
    used = [name for name in ("gcd", "log2") if f"{name}(" in text]
    imported = f"from math import {', '.join(used)}\n\n" if used else ""
    return text.replace("from math import gcd, log2\n\n", imported)


def _catalogue_entry(page: CompiledPage) -> str:
    """Return one ``Rule(...)`` of the catalogue. Arguments with their default are left out."""
    front = page.front
    head = (front.code, front.name, front.severity, front.default, front.fix, front.scope)
    lines = [f"    Rule({', '.join(map(repr, head))},"]
    if front.layers:
        lines.append(f"         layers={tuple(front.layers)!r},")
    for key, conditions in (("local", page.local), ("rest", page.rest)):
        if conditions:
            source = " and ".join(map(_operand, conditions))
            lines.append(f"         {key}=lambda f: {source},")
    for key, template in page.texts.items():
        lines.append(f"         {key}=lambda f: {template.source()},")
    for key, value in (("check", front.check), ("fixer", front.fixer)):
        if value is not None:
            lines.append(f"         {key}={value!r},")
    if page.names:
        lines.append(f"         names={page.names!r},")
    if front.setting is not None:
        lines.append(f"         setting={front.setting!r},")
    return "\n".join(lines).removesuffix(",") + "),\n"


def _operand(part: Expression) -> str:
    """Return the source of a condition as an operand of ``and``, in parentheses if needed."""
    source = part.source()
    return f"({source})" if isinstance(part.tree, (ast.BoolOp, ast.IfExp)) else source


CODES_HEAD = '''"""The name and severity of every code.

Written by ``python -m cnnsize.lint.rulebook`` from the pages in ``rules/``: change those instead.
"""

from __future__ import annotations

from typing import Literal

Severity = Literal["error", "warning", "info"]

# CORE are the codes that the parser and sizing raise themselves; their pages have the scope core.
'''


def codes(pages: Iterable[CompiledPage]) -> str:
    """Return the text of ``text/codes.py``: all that a diagnostic needs to know about the rules."""
    tables: dict[str, list[str]] = {"CORE": [], "OTHER": []}
    for page in pages:
        front = page.front
        line = f'    "{front.code}": ("{front.name}", "{front.severity}"),\n'
        tables["CORE" if front.scope == "core" else "OTHER"].append(line)
    texts = [
        f"{name}: dict[str, tuple[str, Severity]] = {{\n{''.join(lines)}}}\n"
        for name, lines in tables.items()
    ]
    tail = "CODES: dict[str, tuple[str, Severity]] = {**CORE, **OTHER}\n"
    return CODES_HEAD + "".join(texts) + tail


README_HEAD = """# The rules

Each file is one rule: its logic, its documentation and its tests. This index is written by
`python -m cnnsize.lint.rulebook`.
"""
FACTS_HEAD = """
## Facts

The condition (`when`) and the messages of a rule can use these facts. A rule with the scope layer
is evaluated for the width and for the height; facts marked W/H have a value for each. A condition
that uses an unknown fact, such as the filter size of a RELU, does not hold.
"""
SCOPES = {
    "layer": "A layer on its own",
    "place": "A layer in its network",
    "network": "The network",
    "setting": "Settings",
}


def readme(pages: Iterable[CompiledPage]) -> str:
    """Return the text of ``rules/README.md``: the index of the rules, and the table of facts."""
    parts = [README_HEAD]
    digit = ""
    for page in pages:
        front = page.front
        if front.code[3] != digit:
            digit = front.code[3]
            parts.append(f"\n## {FAMILIES[digit]}, CNN{digit}\n\n")
            parts.append("| code | name | severity | default | fix |\n|---|---|---|---|---|\n")
        default = "on" if front.default else f"with `{front.setting}`" if front.setting else "off"
        cells = (
            front.code,
            f"[{front.name}]({front.code}-{front.name}.md)",
            front.severity,
            default,
            "" if front.fix == "none" else front.fix,
        )
        parts.append(f"| {' | '.join(cells)} |\n")
    parts.append(FACTS_HEAD)
    for scope, heading in SCOPES.items():
        parts.append(f"\n### {heading}\n\n| fact | kind | | meaning |\n|---|---|---|---|\n")
        for name, fact in FACTS.items():
            if fact.scope == scope:
                axes = "W/H" if fact.per_axis else ""
                meaning = fact.meaning.replace("*", r"\*").replace("|", r"\|")
                parts.append(f"| `{name}` | {fact.kind} | {axes} | {meaning} |\n")
    return "".join(parts)


def main() -> None:
    """Write all generated files. Exit with a message about the first page that cannot be used."""
    try:
        pages = our_pages()
    except BrokenPageError as error:
        raise SystemExit(str(error)) from None
    package = Path(__file__).resolve().parent.parent
    (package / "lint" / "catalogue.py").write_text(catalogue(pages), "utf-8")
    (package / "text" / "codes.py").write_text(codes(pages), "utf-8")
    (pages_folder() / "README.md").write_text(readme(pages), "utf-8")
    print(f"{len(pages)} rules")


if __name__ == "__main__":
    main()
