"""The boundary between the valid and the invalid members of a family, in words.

A table of flags has a byte for each combination of values, 1 where the members are valid. It is
stored like a C array: the last axis varies fastest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise, product
from math import prod

from cnnsize.language.tree import LayerNode
from cnnsize.layers.names import POOLS
from cnnsize.patterns.choices import Choice
from cnnsize.patterns.counting.verdicts import Region
from cnnsize.patterns.family import Family
from cnnsize.patterns.member import Member
from cnnsize.sizing.rows import Problem
from cnnsize.sizing.strip import Strip
from cnnsize.text.english import alternatives, article

Table = bytes | bytearray  # a ``Region`` has one
Case = tuple[int | None, ...]  # 1 for each ``?`` that is present, 0 if absent, None for either
MAX_OPTIONALS = 3  # with more ``?``, their cases are not listed one by one
MAX_CASES = 8  # with more values of the other letters, they are not listed one by one


def reduced(flags: Table, sizes: Sequence[int]) -> tuple[list[int], Table]:
    """Return the axes that the flags depend on, and the table over these axes alone.

    ``sizes`` are the numbers of values along the axes of ``flags``.
    """
    kept = list(range(len(sizes)))
    for axis in range(len(sizes)):
        position = kept.index(axis)
        shape = [sizes[index] for index in kept]
        outer, size, inner = prod(shape[:position]), shape[position], prod(shape[position + 1 :])
        smaller = _without_axis(flags, outer, size, inner)
        if smaller is not None:
            flags = smaller
            kept.remove(axis)
    return kept, flags


def _without_axis(flags: Table, outer: int, size: int, inner: int) -> Table | None:
    """Return an (outer, size, inner) table without its middle axis; None if it depends on that axis.

    Slices run along the longer of the two other axes, which keeps their number small.
    """
    block = size * inner
    if outer <= inner:
        starts = range(0, outer * block, block)
        is_constant = all(
            flags[start : start + inner]
            == flags[start + index * inner : start + (index + 1) * inner]
            for start in starts
            for index in range(1, size)
        )
        if not is_constant:
            return None
        return b"".join([flags[start : start + inner] for start in starts])
    is_constant = all(
        flags[column::block] == flags[index * inner + column :: block]
        for column in range(inner)
        for index in range(1, size)
    )
    if not is_constant:
        return None
    smaller = bytearray(outer * inner)
    for column in range(inner):
        smaller[column::inner] = flags[column::block]
    return smaller


def boundary(family: Family, valid: Region) -> list[str]:
    """Return lines that say which members are valid; none if all are."""
    choices = [family.choices[axis] for axis in valid.axes]
    table = valid.flags
    if table is None:
        return [f"{undescribed(choices)}{input_words(family)}"]
    if not choices:
        return [] if table[0] else ["no member is valid"]
    suffix = input_words(family)
    optionals = [index for index, choice in enumerate(choices) if choice.optional]
    if len(optionals) > MAX_OPTIONALS:
        return [f"{line}{suffix}" for line in extremes(choices, table)]
    letters = [choice for choice in choices if not choice.optional]
    sizes = [len(choice.values) for choice in choices]
    cases_of: dict[str, list[Case]] = {}  # by the words for their valid members
    for case in product(range(2), repeat=len(optionals)):
        words = region(letters, sliced(table, sizes, dict(zip(optionals, case, strict=True))))
        if words:
            cases_of.setdefault(words, []).append(case)
    lines = []
    for words, cases in cases_of.items():
        condition = " or ".join(
            case_words([choices[index] for index in optionals], case) for case in merged(cases)
        )
        lines.append(f"{condition}{', ' if condition else ''}{words}{suffix}")
    return lines


def case_words(optionals: list[Choice], case: Case) -> str:
    """Return a case in words: ``with POOL and without BN``."""
    return " and ".join(
        optional.words(value)
        for optional, value in zip(optionals, case, strict=True)
        if value is not None
    )


def merged(cases: list[Case]) -> list[Case]:
    """Return the same cases with as few as possible: a ``?`` is None where it makes no difference."""
    for first, second in combinations(cases, 2):
        different = [
            index for index, (a, b) in enumerate(zip(first, second, strict=True)) if a != b
        ]
        if len(different) == 1:
            (index,) = different
            both = (*first[:index], None, *first[index + 1 :])
            return merged([both if case is first else case for case in cases if case is not second])
    return cases


def sliced(table: Table, sizes: Sequence[int], fixed: dict[int, int]) -> Table:
    """Return the part of a table where some axes have a fixed index."""
    for axis in sorted(fixed, reverse=True):
        later_sizes = [
            size for index, size in enumerate(sizes) if index > axis and index not in fixed
        ]
        inner = prod(later_sizes)
        block = sizes[axis] * inner
        begin = fixed[axis] * inner
        table = b"".join(
            [
                table[start + begin : start + begin + inner]
                for start in range(0, len(table) // block * block, block)
            ]
        )
    return table


def region(letters: list[Choice], table: Table) -> str:
    """Return which values of the letters are valid; empty if all are.

    With one letter ``valid if M <= 5``, with more ``valid if N = 0 (M <= 5) or N >= 1 (M <= 3)``.
    """
    axes, table = reduced(table, [len(choice.values) for choice in letters])
    letters = [letters[axis] for axis in axes]
    if not letters:
        return "" if table[0] else "no member is valid"
    main, others = letters[0], letters[1:]
    if not others:
        return f"valid if {span_words(main, table)}"
    cases = prod(len(letter.values) for letter in others)
    spans = (span_words(main, table[index::cases]) for index in range(cases))  # used if few
    parts: list[str] | None = None
    if len(others) == 1:
        groups = _equal_neighbours(others[0].values, spans)
        if len(groups) <= MAX_CASES:
            parts = [f"{set_words(others[0], values)} ({span})" for values, span in groups]
    elif cases <= MAX_CASES:
        parts = []
        for values, span in zip(product(*[letter.values for letter in others]), spans, strict=True):
            heads = [f"{other.name} = {value}" for other, value in zip(others, values, strict=True)]
            parts.append(f"{' and '.join(heads)} ({span})")
    if parts is None:
        return "; ".join(extremes(letters, table))
    return f"valid if {alternatives(parts)}"


def _equal_neighbours(values: Sequence[int], spans: Iterable[str]) -> list[tuple[list[int], str]]:
    """Return the values in groups of neighbours with equal words."""
    groups: list[tuple[list[int], str]] = []
    for value, span in zip(values, spans, strict=True):
        if groups and groups[-1][1] == span:
            groups[-1][0].append(value)
        else:
            groups.append(([value], span))
    return groups


def extremes(choices: list[Choice], table: Table) -> list[str]:
    """Return what all valid members have in common, for boundaries too long to list."""
    sizes = [len(choice.values) for choice in choices]
    lines: list[str] = []
    for axis, choice in enumerate(choices):
        slices = (sliced(table, sizes, {axis: index}) for index in range(sizes[axis]))
        has_valid = bytes(any(part) for part in slices)
        if 0 in has_valid:
            lines.append(f"{_value_words(choice, has_valid)} in every valid member")
    for axis, choice in enumerate(choices):
        slices = (sliced(table, sizes, {axis: index}) for index in range(sizes[axis]))
        all_valid = bytes(0 not in part for part in slices)
        if 1 in all_valid:
            words = _value_words(choice, all_valid)
            lines.append(f"all members {words if choice.optional else f'with {words}'} are valid")
    if lines:
        return lines
    return [undescribed(choices)]


def undescribed(choices: list[Choice]) -> str:
    """Return the words for a boundary that has no short ones."""
    *names, last = [choice.name for choice in choices]
    return f"whether a member is valid depends on {', '.join(names)} and {last} together"


def _value_words(choice: Choice, flags: bytes) -> str:
    """Return the values with a 1: ``M <= 5``, or ``with POOL`` for the one value of a ``?``."""
    return choice.words(flags.index(1)) if choice.optional else span_words(choice, flags)


def span_words(choice: Choice, valid: Iterable[int]) -> str:
    """Return the values of a letter with a 1: ``M <= 5``, ``any M`` or ``no M``."""
    chosen = [value for value, flag in zip(choice.values, valid, strict=True) if flag]
    if len(chosen) == len(choice.values):
        return f"any {choice.name}"
    return set_words(choice, chosen) if chosen else f"no {choice.name}"


def set_words(choice: Choice, chosen: Sequence[int]) -> str:
    """Return some values of a letter in the shortest accurate words: ``1 <= N <= 4``."""
    name, values = choice.name, choice.values
    if len(chosen) == 1:
        return f"{name} = {chosen[0]}"
    low, high = values.index(chosen[0]), values.index(chosen[-1])
    has_no_gap = high - low + 1 == len(chosen)
    if has_no_gap:
        if low == 0:
            return f"{name} <= {chosen[-1]}"
        if high == len(values) - 1:
            return f"{name} >= {chosen[0]}"
        return f"{chosen[0]} <= {name} <= {chosen[-1]}"
    missing = sorted(set(values) - set(chosen))
    if len(missing) <= 3:
        return f"{name} other than {', '.join(map(str, missing))}"
    steps = {after - before for before, after in pairwise(chosen)}
    if len(steps) == 1 and len(chosen) > 3:
        return f"{name} = {chosen[0]}, {chosen[1]}, ..., {chosen[-1]} (in steps of {steps.pop()})"
    shown = chosen if len(chosen) <= 8 else [*chosen[:6], "...", chosen[-1]]
    return f"{name} = {', '.join(map(str, shown))}"


def input_words(family: Family) -> str:
    """Return `` for a 32x32 input``; empty if the members have different inputs."""
    if family.start is None:
        return ""
    size = f"{family.start.W}x{family.start.H}"
    return f" for {article(size)} {size} input"


def fault_words(
    family: Family, example: Member, region: Region, problems: tuple[Problem, ...], summary: str
) -> str:
    """Return what the smallest example of a cause does: ``M = 6 pools a 1x1 volume``.

    ``region`` are the members that fail by this cause; the example is named by the choices that
    they depend on. ``summary`` is used if there are no shorter words for the problem.
    """
    relevant = [(family.choices[axis], example.choices[axis]) for axis in region.axes]
    names = [choice.words(value) for choice, value in relevant if not choice.optional]
    if not names:
        names = [choice.words(value) for choice, value in relevant]
    subject = ", ".join(names) or "every member"
    predicate = _problem_words(problems[0]) if problems else None
    return f"{subject}: {summary}" if predicate is None else f"{subject} {predicate}"


def _problem_words(problem: Problem) -> str | None:
    """Return a problem as a predicate: ``pools a 1x1 volume``; None if there are no short words."""
    facts = dict(problem.fault.facts)
    code = problem.fault.code
    item = problem.item.node
    layer = item.text if isinstance(item, LayerNode) else ""
    if code == "CNN102" and "window" in facts:
        volume = problem.volume
        size = "?" if volume is None else f"{volume.W}x{volume.H}"
        is_pool = problem.layer is not None and problem.layer.kind in POOLS
        has_side_of_1 = volume is not None and 1 in volume[:2]
        verb = "pools" if is_pool and has_side_of_1 else f"slides {layer} over"
        return f"{verb} {article(size)} {size} volume"
    if code == "CNN101" and "window" in facts:
        unread = Strip(facts["size"], facts["window"]).unread()
        return f"leaves {unread} of {facts['size']} cells unread at {layer}"
    if code in ("CNN106", "CNN107"):
        return f"joins {' and '.join(dict.fromkeys(map(str, facts['volumes'])))}"
    return None
