"""The boundary between the members that are valid and those that are not, as a person would say
it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise, product
from math import prod

from cnnsize.language.tree import LayerNode
from cnnsize.patterns.choices import Choice
from cnnsize.patterns.family import Family, Member
from cnnsize.sizing.rows import Problem
from cnnsize.text.english import article

Case = tuple[int | None, ...]  # which ``?`` are in; None where it does not matter
MAX_OPTIONALS = 3  # ``?`` that are told apart
MAX_CASES = 8  # values of other letters that are told apart


def reduced(flags: bytes | bytearray, sizes: Sequence[int]) -> tuple[list[int], bytes | bytearray]:
    """The axes that the flags depend on, and the flags over these alone.

    ``flags`` is a table of ``sizes``, its last axis the fastest.
    """
    kept = list(range(len(sizes)))
    for axis in range(len(sizes)):
        at = kept.index(axis)
        shape = [sizes[one] for one in kept]
        size, inner, outer = shape[at], prod(shape[at + 1 :]), prod(shape[:at])
        block = size * inner
        planes: list[bytes | bytearray] | None = []
        if outer <= inner:
            same = all(
                flags[o * block : o * block + inner]
                == flags[o * block + k * inner : o * block + (k + 1) * inner]
                for o in range(outer)
                for k in range(1, size)
            )
            if same:
                planes = [flags[o * block : o * block + inner] for o in range(outer)]
                flags = b"".join(planes)
        else:
            same = all(
                flags[j::block] == flags[k * inner + j :: block]
                for j in range(inner)
                for k in range(1, size)
            )
            if same:
                less = bytearray(outer * inner)
                for j in range(inner):
                    less[j::inner] = flags[j::block]
                flags = less
        if same:
            kept.remove(axis)
    return kept, flags


def boundary(family: Family, flags: bytearray) -> list[str]:
    """Which members are valid. Nothing where all are."""
    axes, table = reduced(flags, [len(choice.values) for choice in family.choices])
    choices = [family.choices[axis] for axis in axes]
    if not choices:
        return [] if table and table[0] else ["no member is"]
    suffix = input_words(family)
    optionals = [at for at, choice in enumerate(choices) if choice.optional]
    if len(optionals) > MAX_OPTIONALS:
        return [f"{line}{suffix}" for line in extremes(choices, table)]
    lines: dict[str, list[Case]] = {}  # what holds -> in which cases
    for case in product(range(2), repeat=len(optionals)):
        fixed = dict(zip(optionals, case, strict=True))
        letters = [choice for at, choice in enumerate(choices) if at not in fixed]
        said = region(letters, sliced(table, [len(choice.values) for choice in choices], fixed))
        if said:
            lines.setdefault(said, []).append(case)
    words = {
        said: " or ".join(
            " and ".join(
                choices[at].shown(value)
                for at, value in zip(optionals, case, strict=True)
                if value is not None
            )
            for case in merged(cases)
        )
        for said, cases in lines.items()
    }
    return [f"{when}{', ' if when else ''}{said}{suffix}" for said, when in words.items()]


def merged(cases: list[Case]) -> list[Case]:
    """The same cases in fewer words: two that differ in one ``?`` alone are one, in which it is
    None.
    """
    for one, other in combinations(cases, 2):
        differ = [at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
        if len(differ) == 1:
            both = (*one[: differ[0]], None, *one[differ[0] + 1 :])
            return merged([both if case is one else case for case in cases if case is not other])
    return cases


def sliced(
    table: bytes | bytearray, sizes: Sequence[int], fixed: dict[int, int]
) -> bytes | bytearray:
    """The part of a table where some axes have a fixed place."""
    for axis in sorted(fixed, reverse=True):
        size, inner = (
            sizes[axis],
            prod(one for at, one in enumerate(sizes[axis + 1 :], axis + 1) if at not in fixed),
        )
        block = size * inner
        outer = len(table) // block
        begin = fixed[axis] * inner
        table = b"".join(
            [table[o * block + begin : o * block + begin + inner] for o in range(outer)]
        )
    return table


def region(letters: list[Choice], table: bytes | bytearray) -> str:
    """What must hold of the letters: ``M <= 5``, or ``N = 0: M <= 5; N >= 1: M <= 3``. Empty where
    all is well.
    """
    axes, table = reduced(table, [len(choice.values) for choice in letters])
    letters = [letters[axis] for axis in axes]
    if not letters:
        return "" if table[0] else "none is valid"
    if len(letters) == 1:
        return span_words(letters[0], table)
    main, others = letters[0], letters[1:]
    cases = prod(len(one.values) for one in others)
    if len(others) == 1:
        # equal neighbours are said together
        groups: list[tuple[list[int], str]] = []
        for at, value in enumerate(others[0].values):
            said = span_words(main, table[at::cases])
            if groups and groups[-1][1] == said:
                groups[-1][0].append(value)
            else:
                groups.append(([value], said))
        if len(groups) <= MAX_CASES:
            parts = [
                f"{set_words(others[0], values)}: {said or f'any {main.name}'}"
                for values, said in groups
            ]
            return ", ".join(parts)
    elif cases <= MAX_CASES:
        parts = []
        for at, values in enumerate(product(*[one.values for one in others])):
            head = ", ".join(
                f"{one.name} = {value}" for one, value in zip(others, values, strict=True)
            )
            parts.append(f"{head}: {span_words(main, table[at::cases]) or f'any {main.name}'}")
        return ", ".join(parts)
    return "; ".join(extremes(letters, table))


def extremes(choices: list[Choice], table: bytes | bytearray) -> list[str]:
    """What every valid member has in common, letter by letter, where the whole boundary is too long
    to say.
    """
    sizes = [len(choice.values) for choice in choices]
    lines: list[str] = []
    for axis, choice in enumerate(choices):
        some = bytes(any(sliced(table, sizes, {axis: at})) for at in range(sizes[axis]))
        if 0 in some:
            if choice.optional:
                lines.append(f"{choice.shown(some.index(1))} in every valid member")
            else:
                lines.append(f"{span_words(choice, some)} in every valid member")
    for axis, choice in enumerate(choices):
        every = bytes(0 not in sliced(table, sizes, {axis: at}) for at in range(sizes[axis]))
        if 1 in every:
            if choice.optional:
                lines.append(f"all {choice.shown(every.index(1))} are valid")
            else:
                lines.append(f"all with {span_words(choice, every)} are valid")
    return lines or [
        "which ones depends on " + ", ".join(choice.name for choice in choices) + " together"
    ]


def span_words(choice: Choice, valid: Iterable[int]) -> str:
    """``M <= 5`` for the values that are marked; empty for all of them."""
    flags = bytes(valid)
    if 0 not in flags:
        return ""
    chosen = [value for value, flag in zip(choice.values, flags, strict=True) if flag]
    if not chosen:
        return f"no {choice.name} is valid"
    return set_words(choice, chosen)


def set_words(choice: Choice, chosen: Sequence[int]) -> str:
    """Some values of a letter, in the shortest true words."""
    name, values = choice.name, choice.values
    if len(chosen) == 1:
        return f"{name} = {chosen[0]}"
    low, high = values.index(chosen[0]), values.index(chosen[-1])
    if high - low + 1 == len(chosen):  # no gap
        if low == 0:
            return f"{name} <= {chosen[-1]}"
        if high == len(values) - 1:
            return f"{name} >= {chosen[0]}"
        return f"{chosen[0]} <= {name} <= {chosen[-1]}"
    gone = sorted(set(values) - set(chosen))
    if len(gone) <= 3:
        return f"{name} other than {', '.join(map(str, gone))}"
    steps = {after - before for before, after in pairwise(chosen)}
    if len(steps) == 1 and len(chosen) > 3:
        return f"{name} = {chosen[0]}, {chosen[1]}, ..., {chosen[-1]} (every {steps.pop()})"
    shown = chosen if len(chosen) <= 8 else [*chosen[:6], "...", chosen[-1]]
    return f"{name} = {', '.join(map(str, shown))}"


def input_words(family: Family) -> str:
    """`` for a 32x32 input``, where all members have the same."""
    if family.start is None:
        return ""
    size = f"{family.start.W}x{family.start.H}"
    return f" for {article(size)} {size} input"


def fault_words(
    family: Family, example: Member, flags: bytearray, problems: tuple[Problem, ...], summary: str
) -> str:
    """``M = 6 pools a 1x1 volume``: what the smallest example of a cause does; ``summary`` where
    nothing is shorter.
    """
    if flags:
        axes, _ = reduced(flags, [len(choice.values) for choice in family.choices])
    else:
        axes = list(range(len(family.choices)))
    relevant = [(family.choices[axis], example.choices[axis]) for axis in axes]
    said = [choice.shown(value) for choice, value in relevant if not choice.optional]
    if not said:
        said = [choice.shown(value) for choice, value in relevant]
    who = ", ".join(said) or "every member"
    if not problems:
        return f"{who}: {summary}"
    problem = problems[0]
    facts = dict(problem.fault.facts)
    code = problem.fault.code
    volume = problem.volume
    where = "?" if volume is None else f"{volume.W}x{volume.H}"
    a = article(where)
    item = problem.item.node
    layer = item.text if isinstance(item, LayerNode) else ""
    if code == "CNN102" and problem.layer is not None and "window" in facts:
        if problem.layer.kind in ("POOL", "AVGPOOL") and volume is not None and 1 in volume[:2]:
            return f"{who} pools {a} {where} volume"
        return f"{who} slides {layer} over {a} {where} volume"
    if code == "CNN101" and "window" in facts:
        lost = facts["window"].unread(facts["size"])
        return f"{who} leaves {lost} of {facts['size']} cells unread at {layer}"
    if code in ("CNN106", "CNN107"):
        return f"{who} joins {' and '.join(dict.fromkeys(map(str, facts['volumes'])))}"
    return f"{who}: {summary}"
