"""Select which findings are reported, and how severe each is.

A selector is a code (CNN101), a name (fractional-output), the beginning of codes (CNN1, CNN), a
family (shape) or ALL. The more specific selector wins, so ``ignore = ["CNN1"]`` with ``select =
["CNN101"]`` reports CNN101; between equally specific ones, ``ignore`` wins. Of the sources (file,
environment, command line) a later one with ``select`` starts anew, and one without adds to the
earlier ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from cnnsize.lint.catalogue import BY_CODE
from cnnsize.lint.rule import FAMILIES, Rule
from cnnsize.record import Record, public, replace
from cnnsize.sizing.settings import TORCH, Settings
from cnnsize.text.codes import Severity
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.english import alternatives
from cnnsize.text.suggest import nearest

# With one of these there is no network to check, so that a report without it would look clean.
ALWAYS_REPORTED = frozenset({"CNN001", "CNN002", "CNN003", "CNN004", "CNN005", "CNN008", "CNN009"})
# In a file these are reported only where they are selected: a default that a file leaves to us is
# no fault, and `show` lists the defaults used below its table.
CHOSEN_IN_FILES = frozenset({"CNN006"})
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}
EXACT = 1000  # how specific a whole code or name is; the beginning of a code counts its letters
RuleTable = Mapping[str, Rule]  # by code
FileIgnore = tuple[str, str, frozenset[str]]  # folder of the pattern, pattern, codes


def rules() -> RuleTable:
    """Return every rule that cnnsize ships, by its code."""
    return BY_CODE


class SelectionError(Exception):
    """A selector that selects nothing, or a rule that cannot be deselected. ``str`` says why."""


class RuleChoice(Record):
    """The rules that one source selects: a file, the environment or the command line."""

    where: str  # the name of the source in messages
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    severity: tuple[tuple[str, str], ...] = ()  # selector, severity
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()  # pattern, selectors
    folder: str = ""  # that the patterns are relative to; empty: the current one


@public
class Selection(Record):
    """The codes that are reported, configured severities, and what is ignored in single files."""

    codes: frozenset[str]
    levels: Mapping[str, Severity]  # by code; only those that were configured
    table: RuleTable  # every rule there is, selected or not
    file_ignores: tuple[FileIgnore, ...] = ()
    chosen: frozenset[str] = frozenset()  # the codes that a source selects, rather than a default

    def __repr__(self) -> str:
        return f"<Selection of {len(self.codes)} of {len(self.table)} rules>"

    def __hash__(self) -> int:  # without levels and table, as a mapping has no hash
        return hash((self.codes, self.file_ignores, self.chosen))

    def reports(self, code: str, file: str | None = None) -> bool:
        """Return whether a code is reported, in a file if one is given."""
        if code in ALWAYS_REPORTED:
            return True
        if code in CHOSEN_IN_FILES and file is not None and code not in self.chosen:
            return False
        if not self.file_ignores:
            return code in self.codes
        return code in self.codes and code not in self.ignored_in_file(file)

    def ignored_in_file(self, file: str | None) -> frozenset[str]:
        """Return the codes that are ignored in a file."""
        if file is None or not self.file_ignores:
            return frozenset()
        return _ignored_codes(self.file_ignores, file)

    def applied(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Return the diagnostics that are reported, with their configured severities."""
        reported = []
        for diagnostic in diagnostics:
            source = diagnostic.source
            if self.reports(diagnostic.code, None if source is None else source.file):
                level = self.levels.get(diagnostic.code, diagnostic.severity)
                unchanged = level == diagnostic.severity
                reported.append(diagnostic if unchanged else replace(diagnostic, level=level))
        return reported


@lru_cache(maxsize=256)
def _ignored_codes(file_ignores: tuple[FileIgnore, ...], file: str) -> frozenset[str]:
    from cnnsize.files.globs import matches  # late: few configurations ignore by file

    ignored = [
        codes
        for folder, pattern, codes in file_ignores
        if matches(file, pattern, folder) != pattern.startswith("!")
    ]
    return frozenset().union(*ignored)


@lru_cache(maxsize=64)
def default_selection(settings: Settings = TORCH) -> Selection:
    """Return the selection that applies where nothing is configured."""
    return resolve_selection((), settings, rules())


def resolve_selection(
    choices: Iterable[RuleChoice], settings: Settings, table: RuleTable
) -> Selection:
    """Combine the choices of all sources, later ones over earlier ones. Raises SelectionError."""
    enabled = {
        code: rule.default or enabled_by_setting(rule, settings) for code, rule in table.items()
    }
    levels: dict[str, Severity] = {}
    if settings.rounding == "strict":
        levels["CNN110"] = "error"
    file_ignores: list[FileIgnore] = []
    chosen: frozenset[str] = frozenset()
    for choice in choices:
        chosen |= _apply_selectors(choice, enabled, table)
        levels.update(_chosen_levels(choice, table))
        for pattern, selectors in choice.per_file_ignores:
            place = _place(choice.where, "per-file-ignores")
            where = f"{place}{' ' if place.startswith('--') else '.'}{pattern}"
            groups = [
                matching_codes(selector, table, where, is_ignored=True)[0] for selector in selectors
            ]
            file_ignores.append((choice.folder, pattern, frozenset().union(*groups)))
    levels = {code: level for code, level in levels.items() if code not in ALWAYS_REPORTED}
    codes = frozenset(code for code in enabled if enabled[code])
    return Selection(codes, levels, table, tuple(file_ignores), chosen & codes)


def _place(where: str, key: str) -> str:
    """Return a source and a key of it, as the user wrote them: ``--select``, ``pyproject.toml: select``."""
    if where == "the command line":
        return f"--{key}"
    names_its_key = where.startswith(("--config", "CNNSIZE_"))
    return where if names_its_key else f"{where}: {key}"


def _apply_selectors(
    choice: RuleChoice, enabled: dict[str, bool], table: RuleTable
) -> frozenset[str]:
    """Enable and disable the rules that one source selects and ignores. Return those selected."""
    if choice.select is not None:
        enabled.update(dict.fromkeys(table, False))
    steps: list[tuple[int, bool, frozenset[str]]] = []  # how specific, enable, codes
    for key, selectors, enable in (
        ("select", choice.select or (), True),
        ("extend-select", choice.extend_select, True),
        ("ignore", choice.ignore, False),
    ):
        for selector in selectors:
            where = _place(choice.where, key)
            codes, specificity = matching_codes(selector, table, where, is_ignored=not enable)
            steps.append((specificity, enable, codes))
    # The most specific last; of equally specific ones, those that ignore last.
    for _, enable, codes in sorted(steps, key=lambda step: (step[0], not step[1])):
        enabled.update(dict.fromkeys(codes, enable))
    return frozenset().union(*(codes for _, enable, codes in steps if enable))


def _chosen_levels(choice: RuleChoice, table: RuleTable) -> dict[str, Severity]:
    """Return the severities that one source configures, by code."""
    steps: list[tuple[int, Severity, frozenset[str]]] = []  # how specific, severity, codes
    for selector, word in choice.severity:
        where = _place(choice.where, "severity")
        codes, specificity = matching_codes(selector, table, where, is_ignored=True)
        level = check_severity(word, f"{where}.{selector}")
        steps.append((specificity, level, codes))
    levels: dict[str, Severity] = {}
    for _, level, codes in sorted(steps, key=lambda step: step[0]):
        levels.update(dict.fromkeys(codes, level))
    return levels


def enabled_by_setting(rule: Rule, settings: Settings) -> bool:
    """Return whether the setting that this rule needs is configured, which enables the rule."""
    if rule.setting is None:
        return False
    key, equals, value = rule.setting.partition("=")
    configured = getattr(settings, key)
    return configured == value if equals else configured is not None


def matching_codes(
    selector: str, table: RuleTable, where: str, *, is_ignored: bool = False
) -> tuple[frozenset[str], int]:
    """Return the codes that a selector matches, and how specific it is.

    With ``is_ignored`` the rules are to be ignored or made less severe, which not every rule
    allows. ``where`` is the source in messages. Raises SelectionError.
    """
    written = selector.strip()
    word, code = written.lower(), written.upper()
    if code == "ALL":
        return frozenset(table), 0
    exact = code if code in table else next((key for key in table if table[key].name == word), None)
    if exact is not None:
        if is_ignored and exact in ALWAYS_REPORTED:
            raise SelectionError(
                f"{where}: {exact} ({table[exact].name}) means that there is no network to check, "
                "so it is always an error"
            )
        return frozenset({exact}), EXACT
    if word in FAMILIES.values():
        digit = next(digit for digit, name in FAMILIES.items() if name == word)
        code = f"CNN{digit}"
    codes = frozenset(key for key in table if _has_prefix(key, code))
    if not codes:
        similar = selectors_meant(written, table, (*FAMILIES.values(), "ALL"))
        hint = (
            f"; did you mean {alternatives(similar)}?"
            if similar
            else "; `cnnsize rules` lists all rules"
        )
        raise SelectionError(f"{where}: no rule is called {written!r}{hint}")
    return codes, len(code)


def selectors_meant(written: str, table: RuleTable, words: Iterable[str] = ()) -> list[str]:
    """Return codes, names and ``words`` similar to an unknown selector, the best first."""
    code = written.upper()
    parts = re.fullmatch(r"([A-Z]+?)([0-9OIL]+)", code)
    if parts is not None and any(letter.isdigit() for letter in code):
        misread = parts[1] + parts[2].translate(str.maketrans("OIL", "011"))
        if misread in table:
            return [misread]
        return _codes_with_one_typo(code, table) or nearest(code, table)
    known = {word.lower(): word for word in (*(rule.name for rule in table.values()), *words)}
    return [known[word] for word in nearest(written.lower(), known)] or nearest(code, table)


def _codes_with_one_typo(code: str, table: RuleTable) -> list[str]:
    """Return up to three codes that differ in one character; a later one is the likelier typo."""
    similar: list[tuple[int, str]] = []
    for other in table:
        if len(other) == len(code):
            typos = [index for index in range(len(code)) if other[index] != code[index]]
            if len(typos) == 1:
                similar.append((-typos[0], other))
    return [other for _, other in sorted(similar)][:3]


def _has_prefix(code: str, prefix: str) -> bool:
    """Return whether a prefix has all letters of a code, and the first of its digits or none."""
    letters = re.match(r"[A-Z]+(?![A-Z])", prefix)
    if letters is None or not code.startswith(prefix):
        return False
    return not code[letters.end() : letters.end() + 1].isalpha()


def check_severity(value: object, where: str) -> Severity:
    """Return a value if it is a severity. Raises SelectionError with the nearest severity."""
    for severity in SEVERITIES:
        if value == severity:
            return severity
    similar = nearest(str(value).lower(), SEVERITIES, 1)
    hint = f"; did you mean {similar[0]}?" if similar else ""
    raise SelectionError(f"{where}: {value!r} is not one of {', '.join(SEVERITIES)}{hint}")


def split_selectors(text: str) -> tuple[str, ...]:
    """Return the selectors of a list such as ``CNN101,shape``."""
    return tuple(part for part in re.split(r"[,\s]+", text) if part)


def fails(severity: str, fail_on: str) -> bool:
    """Return whether a finding of this severity makes the exit status 1."""
    return fail_on != "never" and RANK[severity] <= RANK[fail_on]  # type: ignore[index]
