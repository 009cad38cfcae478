"""The members of a family for figures: a sample of large families, and steps of receptive fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cnnsize.limits import MAX_FAMILY_WORK
from cnnsize.patterns.boundary import boundary, fault_words
from cnnsize.patterns.choices import Choice, count_words
from cnnsize.patterns.engine import final_state
from cnnsize.patterns.family import Family
from cnnsize.patterns.states import State
from cnnsize.patterns.survey import Survey, survey_of
from cnnsize.text.diagnostic import ArchitectureError

MAX_RANDOM = 2_000  # points of a sample of random members
MAX_LINES = 8  # about the boundary
MAX_LETTERS = 6  # in the note of a sample
Range = tuple[int, int]  # the smallest and the largest
SHARES = (0.25, 0.5, 1, 2)  # of the input, where the steps of the receptive field end
SHARE_WORDS = ("< 1/4", "< 1/2", "< 1", ">= 1", ">= 2 of the input")
SIZES = (16, 32, 64, 128)  # the same in cells, where the members have different inputs
SIZE_WORDS = ("< 16", "< 32", "< 64", ">= 64", ">= 128 cells")


class Entry(NamedTuple):
    """A member: its choices, and the state after its last layer."""

    choices: tuple[int, ...]
    state: State

    @property
    def is_valid(self) -> bool:
        """Whether all of its sizes work out."""
        return self.state.valid and not self.state.dead

    @property
    def field(self) -> int | None:
        """The smaller side of the receptive field; None if it is not known."""
        sides = self.state.view.receptive_field
        return None if sides is None else min(sides)


class Sample(NamedTuple):
    """The members that are drawn. ``note`` says which they are; it is empty where all are."""

    survey: Survey
    entries: tuple[Entry, ...]
    note: str

    def boundary(self) -> list[str]:
        """Return which members are valid, and what the smallest of the others do, in lines."""
        survey = self.survey
        family = survey.family
        lines = boundary(family, survey.region) if survey.region and survey.valid else []
        errors = [failing for failing in survey.failing.values() if failing.cause.error]
        for failing in errors[: MAX_LINES - len(lines)]:
            example, code = failing.example, failing.cause.code
            problems = survey.problems(failing)
            lines.append(fault_words(family, example, failing.region, problems, code))
        prefix = "in the sample, " if self.note else ""
        return [f"{prefix}{line}" for line in dict.fromkeys(lines)][:MAX_LINES]


def random_sample(family: Family, most: int) -> Sample:
    """Return random members, of a family that fewer values of its letters do not make small enough.

    Raises ArchitectureError where they cannot be drawn.
    """
    members = family.sample(most)
    choices, sizer = family.engine
    entries = [
        Entry(member.choices, final_state(choices, sizer, member.choices)) for member in members
    ]
    survey = Survey(family)
    survey.members = survey.checked = len(entries)
    survey.valid = sum(entry.is_valid for entry in entries)
    note = f"a sample: {len(entries):,} random members of {count_words(family.members)}"
    return Sample(survey, tuple(entries), note)


def sample_of(family: Family, most: int) -> Sample:
    """Return about ``most`` members, or fewer where they are much work.

    Of the letters with the most values, and first of those that set only the depth of outputs, every
    second value is left out; where that does not help, random members are drawn.
    """
    sampled, limit = family, most
    while True:
        smaller = thinned(sampled)
        if sampled.members <= limit or smaller is None:
            try:
                entries = tuple(entries_of(sampled))
                return Sample(survey_of(sampled), entries, sample_note(family, sampled))
            except ArchitectureError:
                if smaller is None:
                    return random_sample(family, MAX_RANDOM)
                limit = sampled.members // 4
            finally:
                sampled.clear_caches()
        if smaller is not None:
            sampled = smaller


def entries_of(family: Family) -> Iterator[Entry]:
    """Yield all members in order. Raises ArchitectureError where they are too much work."""
    for run in family.runs(MAX_FAMILY_WORK):
        yield Entry(run.choices, run.state)
        for number in range(run.first + 1, run.first + run.length):
            yield Entry(family.choices_of(number), run.state)


def thinned(family: Family) -> Family | None:
    """Return a family with half the values of a letter; None where no letter has two."""
    letters = [
        (position in family.widths, len(choice.values), choice)
        for position, choice in enumerate(family.choices)
        if not choice.optional and len(choice.values) > 1
    ]
    if not letters:
        return None
    _, _, widest = max(letters, key=lambda letter: letter[:2])
    given = {**family.given, widest.name: widest.values[::2]}
    return Family(family.architecture, family.input, family.settings, given)


def sample_note(family: Family, sampled: Family) -> str:
    """Return which members a sample has; nothing where it has all."""
    if sampled is family:
        return ""
    left = {choice.name: len(choice.values) for choice in sampled.choices}
    thinned_letters = [
        f"{left.get(choice.name, 1):,} of {len(choice.values):,} values of {choice.name}"
        for choice in family.choices
        if left.get(choice.name, 1) < len(choice.values)
    ]
    if len(thinned_letters) > MAX_LETTERS:
        thinned_letters[MAX_LETTERS:] = ["..."]
    share = f"{sampled.members:,} of the {count_words(family.members)} members"
    return f"a sample: {share}, with {', '.join(thinned_letters)}"


class Steps(NamedTuple):
    """The steps of receptive fields, each with a colour."""

    ends: tuple[float, ...]
    words: tuple[str, ...]

    def role(self, field: int | None) -> str:
        """Return the role of the colour of a receptive field; an unknown one has that of none."""
        return f"step-{sum(field >= end for end in self.ends) if field is not None else 0}"


def steps_of(family: Family) -> Steps:
    """Return the steps: parts of the input that all members share, else numbers of cells."""
    start = family.start
    if start is None:
        return Steps(SIZES, SIZE_WORDS)
    return Steps(tuple(share * min(start.W, start.H) for share in SHARES), SHARE_WORDS)


def words_of(choices: tuple[Choice, ...], values: tuple[int, ...]) -> str:
    """Return choices in words: ``N = 0, M = 6, with POOL``."""
    pairs = zip(choices, values, strict=True)
    return ", ".join(choice.words(value) for choice, value in pairs) or "the only member"


def entry_text(choices: tuple[Choice, ...], entry: Entry) -> str:
    """Return a member with its exact numbers, as the title of its mark."""
    words, state = words_of(choices, entry.choices), entry.state
    if not entry.is_valid:
        codes = ", ".join(dict.fromkeys(cause.code for cause in state.causes))
        return f"{words}: not valid{f' ({codes})' if codes else ''}"
    sides = state.view.receptive_field
    field = "unknown" if sides is None else f"{sides[0]:,}x{sides[1]:,}"
    return f"{words}: {state.params:,} params, {state.macs:,} MACs, receptive field {field}"


def widened(bounds: Range | None, value: int | None) -> Range | None:
    """Return the smallest and the largest of some values and one more."""
    if value is None:
        return bounds
    return (value, value) if bounds is None else (min(bounds[0], value), max(bounds[1], value))
