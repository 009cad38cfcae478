"""The question that a data set answers: which family, which of its members, which columns.

Everything in a data set follows from it, so that partitions can be computed anywhere and in any
order, and two runs belong together if they ask the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.patterns.choices import Values
from cnnsize.patterns.family import Family
from cnnsize.record import Record, list_or_none
from cnnsize.record import values as values_of
from cnnsize.sizing.settings import TORCH, Settings
from cnnsize.version import __version__

FORMAT = 1  # of the columns and of the partitions
MEMBERS_PER_FILE = 65_536  # of a data set of up to MAX_FILES files; more members make larger files
MAX_FILES = 10_000
MAX_MEMBERS_PER_FILE = 262_144  # a partition is computed in memory
EXCERPT = 72  # characters of a text in a message, and
CONTEXT = 20  # of them before the place where two long texts begin to differ


class Question(Record):
    """A family, and which of its members a data set has.

    ``values`` are those that the caller gave to letters. ``where`` and ``valid`` select members, and
    ``text`` adds a column with each member as a text of its own. ``members`` is how many the family
    has, and ``members_per_file`` how many of them a partition covers.
    """

    architecture: ParsedArchitecture
    input: tuple[int, int, int] | None = None
    settings: Settings = TORCH
    values: Mapping[str, Values] = {}
    where: str | None = None
    valid: bool = False
    text: bool = False
    members: int = 1
    members_per_file: int = MEMBERS_PER_FILE
    version: str = __version__

    @property
    def files(self) -> int:
        """The number of partitions."""
        return -(-self.members // self.members_per_file)

    def bounds(self, number: int) -> tuple[int, int]:
        """Return the members that a partition begins and ends with."""
        begin = number * self.members_per_file
        return begin, min(begin + self.members_per_file, self.members)

    def to_dict(self) -> dict[str, Any]:
        """Return the question as plain data, which is the same for the same question."""
        settings = self.settings
        return {
            "format": FORMAT,
            "version": self.version,
            "network": str(self.architecture),
            "input": list_or_none(self.input),
            "set": {name: domain_words(self.values[name]) for name in sorted(self.values)},
            "where": self.where,
            "valid": self.valid,
            "text": self.text,
            "defaults": repr(values_of(settings.defaults)),
            "target": settings.target,
            "rounding": settings.rounding,
            "members": self.members,
            "members_per_file": self.members_per_file,
        }


def question_of(
    family: Family, *, where: str | None = None, valid: bool = False, text: bool = False
) -> Question:
    """Return the question for the members of a family."""
    members_per_file = MEMBERS_PER_FILE
    while members_per_file < MAX_MEMBERS_PER_FILE and family.count > MAX_FILES * members_per_file:
        members_per_file *= 2
    return Question(
        family.architecture,
        family.input,
        family.settings,
        family.given,
        where,
        valid,
        text,
        family.count,
        members_per_file,
    )


def domain_words(values: Values) -> str:
    """Return the values of a letter as --set takes them: ``2``, ``0..3``, ``{1,2,4}``."""
    if isinstance(values, int):
        return str(values)
    if isinstance(values, range) and values.step == 1 and len(values) > 1:
        return f"{values[0]}..{values[-1]}"
    return "{" + ",".join(map(str, _ascending(values))) + "}"


def _ascending(values: Sequence[int]) -> list[int]:
    return sorted(set(values))


def differences(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """Return how two questions differ, in words: ``where: 'params < 5' there, none here``."""
    lines = []
    for name in dict.fromkeys((*ours, *theirs)):
        values = theirs.get(name), ours.get(name)
        if values[0] != values[1]:
            excerpts = zip(values, _excerpts(*map(_words, values)), strict=True)
            there, here = (
                repr(words) if isinstance(value, str) else words for value, words in excerpts
            )
            lines.append(f"{name}: {there} there, {here} here")
    return lines


def _words(value: Any) -> str:
    if value is None or value == {}:
        return "none"
    if isinstance(value, dict):
        return ", ".join(f"{name}={values}" for name, values in value.items())
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def _excerpts(there: str, here: str) -> tuple[str, str]:
    """Return the parts of long texts that differ, with a few characters before them."""
    from cnnsize.text.english import shortened  # late: only for messages

    pairs = enumerate(zip(there, here, strict=False))
    differing = next((place for place, (left, right) in pairs if left != right), 0)
    is_late = differing > CONTEXT and max(len(there), len(here)) > EXCERPT
    start, dots = (differing - CONTEXT, "...") if is_late else (0, "")
    return shortened(dots + there[start:], EXCERPT), shortened(dots + here[start:], EXCERPT)
