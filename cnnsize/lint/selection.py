"""Which findings are wanted, and how bad each is: selected, ignored, by file, with severities of
one's own.

A selector is a code (CNN101), a name (fractional-output), the beginning of codes (CNN1, CNN), a
family (shape) or ALL. The more exact one wins, so ``ignore = ["CNN1"]`` with ``select =
["CNN101"]`` keeps CNN101; between equals, ``ignore`` wins. A later layer (environment over file,
command line over both) with a ``select`` of its own begins anew; one without adds to what is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from cnnsize.files.globs import matches
from cnnsize.lint.catalogue import BY_CODE
from cnnsize.lint.rule import FAMILIES, Rule
from cnnsize.record import Record, replace
from cnnsize.sizing.settings import TORCH, Settings
from cnnsize.text.codes import Severity
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.suggest import nearest

# With one of these there is no network to look at, and no clean bill for it: they are always said.
ALWAYS_REPORTED = frozenset({"CNN001", "CNN002", "CNN003", "CNN004", "CNN005", "CNN008", "CNN009"})
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}
EXACT = 1000  # more exact than any beginning of a code
Rules = Mapping[str, Rule]


def rules() -> Rules:
    """Every rule that ships, by its code."""
    return BY_CODE


class SelectionError(Exception):
    """A selector that selects nothing, or something that nobody may choose. ``str`` says which and
    why.
    """


class Choice(NamedTuple):
    """What one place says: a file, the environment or the command line. ``where`` names it in
    messages.
    """

    where: str
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    severity: tuple[tuple[str, str], ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    folder: str = ""  # that patterns of files are relative to; empty: the current one


class Selection(Record):
    """The codes that are looked for, the severities that were chosen, and what single files are
    spared.
    """

    codes: frozenset[str]
    levels: Mapping[str, Severity]
    table: Rules  # every rule that there is
    spared: tuple[tuple[str, str, frozenset[str]], ...] = ()  # folder, pattern, codes

    def wanted(self, code: str, file: str | None = None) -> bool:
        """Is a code looked for (in this file)?"""
        if code in ALWAYS_REPORTED:
            return True
        return code in self.codes and not (self.spared and code in self.ignored_in_file(file))

    def ignored_in_file(self, file: str | None) -> frozenset[str]:
        """The codes that are ignored in a file."""
        if file is None or not self.spared:
            return frozenset()
        return _spares(self.spared, file)

    def applied(self, found: Iterable[Diagnostic]) -> list[Diagnostic]:
        """The findings that are wanted, as severe as was chosen."""
        kept = []
        for one in found:
            if self.wanted(one.code, one.source.file if one.source is not None else None):
                level = self.levels.get(one.code)
                kept.append(
                    one if level is None or level == one.severity else replace(one, level=level)
                )
        return kept


@lru_cache(maxsize=256)
def _spares(spared: tuple[tuple[str, str, frozenset[str]], ...], file: str) -> frozenset[str]:
    codes = [
        codes
        for folder, pattern, codes in spared
        if matches(file, pattern, folder) != pattern.startswith("!")
    ]
    return frozenset().union(*codes)


@lru_cache(maxsize=64)
def default_selection(settings: Settings = TORCH) -> Selection:
    """What is looked for where nobody chose."""
    return resolve_selection((), settings, rules())


def resolve_selection(choices: Iterable[Choice], settings: Settings, table: Rules) -> Selection:
    """The selection that these places make together, the later over the earlier. Raises
    Unselectable.
    """
    on = {code: rule.default or enabled_by_setting(rule, settings) for code, rule in table.items()}
    levels: dict[str, Severity] = {}
    if settings.rounding == "strict":
        levels["CNN110"] = "error"
    spared: list[tuple[str, str, frozenset[str]]] = []
    for choice in choices:
        if choice.select is not None:
            on = dict.fromkeys(table, False)
        steps: list[tuple[int, bool, frozenset[str]]] = []
        for key, selectors, wanted in (
            ("select", choice.select or (), True),
            ("extend-select", choice.extend_select, True),
            ("ignore", choice.ignore, False),
        ):
            for selector in selectors:
                codes, exactness = matching_codes(
                    selector, table, f"{choice.where}: {key}", deny=not wanted
                )
                steps.append((exactness, wanted, codes))
        # from the vague to the exact, and of equals those that ignore last
        for _, wanted, codes in sorted(steps, key=lambda step: (step[0], not step[1])):
            on.update(dict.fromkeys(codes, wanted))
        severities = []
        for selector, level in choice.severity:
            codes, exactness = matching_codes(
                selector, table, f"{choice.where}: severity", deny=True
            )
            severities.append(
                (
                    exactness,
                    one_of(level, SEVERITIES, f"{choice.where}: severity.{selector}"),
                    codes,
                )
            )
        for _, known, codes in sorted(severities, key=lambda step: step[0]):
            levels.update(dict.fromkeys(codes, known))  # type: ignore[arg-type]  # one of SEVERITIES
        for pattern, selectors in choice.per_file_ignores:
            place = f"{choice.where}: per-file-ignores.{pattern}"
            codes = frozenset().union(
                *(matching_codes(one, table, place, deny=True)[0] for one in selectors)
            )
            spared.append((choice.folder, pattern, codes))
    levels = {code: level for code, level in levels.items() if code not in ALWAYS_REPORTED}
    return Selection(frozenset(code for code in on if on[code]), levels, table, tuple(spared))


def enabled_by_setting(rule: Rule, settings: Settings) -> bool:
    """Is a rule that has to be told something told it? Then it is on by itself."""
    if rule.setting is None:
        return False
    key, equals, value = rule.setting.partition("=")
    given = getattr(settings, key)
    return given == value if equals else given is not None


def matching_codes(
    selector: str, table: Rules, where: str, deny: bool = False
) -> tuple[frozenset[str], int]:
    """The codes of a selector, and how exact it is. ``deny``: for leaving out or making less of,
    which not every rule allows. Raises Unselectable.
    """
    asked = selector.strip()
    word, code = asked.lower(), asked.upper()
    if code == "ALL":
        return frozenset(table), 0
    exact = (
        code
        if code in table
        else next((one for one, rule in table.items() if rule.name == word), None)
    )
    if exact is not None:
        if deny and exact in ALWAYS_REPORTED:
            raise SelectionError(
                f"{where}: {exact} ({table[exact].name}) means that there is no network to check; "
                "it is always an error"
            )
        return frozenset({exact}), EXACT
    if word in FAMILIES.values():
        digit = next(digit for digit, name in FAMILIES.items() if name == word)
        code = f"CNN{digit}"
    found = frozenset(one for one in table if _begins(one, code))
    if not found:
        near = selectors_meant(asked, table, (*FAMILIES.values(), "ALL"))
        hint = f"; did you mean {' or '.join(near)}?" if near else "; cnnsize rules lists them"
        raise SelectionError(f"{where}: no rule is called {asked!r}{hint}")
    return found, len(code)


def selectors_meant(asked: str, table: Rules, words: Iterable[str] = ()) -> list[str]:
    """The codes, names and other words that somebody may have meant, best first."""
    code = asked.upper()
    parts = re.fullmatch(r"([A-Z]+?)([0-9OIL]+)", code)
    if parts is not None and any(letter.isdigit() for letter in code):
        misread = parts[1] + parts[2].translate(str.maketrans("OIL", "011"))
        if misread in table:
            return [misread]
        # one wrong sign, the further back the likelier
        alike = [
            (next(at for at in range(len(one)) if one[at] != code[at]), one)
            for one in table
            if len(one) == len(code) and sum(a != b for a, b in zip(one, code, strict=True)) == 1
        ]
        if alike:
            return [one for _, one in sorted(alike, key=lambda pair: (-pair[0], pair[1]))][:3]
        return nearest(code, table)
    known = {one.lower(): one for one in (*(rule.name for rule in table.values()), *words)}
    return [known[one] for one in nearest(asked.lower(), known)] or nearest(code, table)


def _begins(code: str, prefix: str) -> bool:
    """Is it the beginning of a code: all its letters, and some or none of its digits?"""
    letters = re.match(r"[A-Z]+(?![A-Z])", prefix)
    return (
        letters is not None
        and code.startswith(prefix)
        and not code[letters.end() : letters.end() + 1].isalpha()
    )


def one_of(value: object, allowed: Iterable[str], where: str) -> str:
    """A word of a closed list. Raises Unselectable with the nearest."""
    words = tuple(allowed)
    if isinstance(value, str) and value in words:
        return value
    near = nearest(str(value).lower(), words, 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise SelectionError(f"{where}: {value!r} is none of {', '.join(words)}{hint}")


def split(text: str) -> tuple[str, ...]:
    """``CNN101,shape`` as selectors."""
    return tuple(part for part in re.split(r"[,\s]+", text) if part)


def fails(severity: str, fail_on: str) -> bool:
    """Does a finding of this severity make the exit status 1?"""
    return fail_on != "never" and RANK[severity] <= RANK[fail_on]  # type: ignore[index]
