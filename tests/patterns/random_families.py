"""Small random families and conditions, to compare arithmetic on members with a list of them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

import cnnsize
from cnnsize.conditions.expression import Expression
from cnnsize.patterns.family import Family
from cnnsize.patterns.member import Member
from cnnsize.patterns.query import condition_of, facts
from cnnsize.text.diagnostic import ArchitectureError

VALUES = {  # of letters, by the first character of their names
    "w": (2, 4, 5, 8, 16, 24),
    "k": (1, 2, 3, 5),
    "n": (0, 1, 2, 3),
    "s": (1, 2, 3),
    "i": (7, 8, 9),
}
LAYERS = (
    *("CONV3-{w}", "CONV3-{w}", "CONV3-{w}", "CONV(F={k}, K=8)", "CONV3-4", "RELU", "BN", "POOL2"),
    *("CONV3-8(S={s}, P=1)", "PAD1", "ADD{CONV3-{w} | CONV1-{w}}", "ADD{ID | CONV3-8}"),
    *("FC", "FC-{w}"),
)
ENDS = ("", " -> FC-10", " -> GAP -> FC-5", " -> FC -> FC")
COSTS = ("params", "macs", "MACs", "flops", "memory", "activations")


class Case(NamedTuple):
    """A family with all of its members."""

    family: Family
    members: list[Member]
    random: Random

    def condition(self) -> str:
        """Return a condition that some members are likely to meet."""
        return _Conditions(self).condition(0)

    def selected(self, where: str | None, *, valid: bool = False) -> list[Member]:
        """Return the members that meet a condition."""
        condition: Expression | None = None if where is None else condition_of(self.family, where)
        return [
            member
            for member in self.members
            if (member.valid or not valid) and (condition is None or condition.holds(facts(member)))
        ]


def cases(seed: int, number: int, most: int = 1500) -> Iterator[Case]:
    """Yield families of 2 to ``most`` members."""
    random = Random(seed)
    while number:
        text = _Texts(random).text()
        try:
            family = cnnsize.parse(text).family()
            if 2 <= family.members <= most:
                yield Case(family, list(family), random)
                number -= 1
        except ArchitectureError:
            continue


class _Texts:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.letters: list[str] = []

    def text(self) -> str:
        random = self.random
        size = str(random.choice((8, 9, 12, 16)))
        first = f"INPUT[{size}x{size}x3]"
        if random.random() < 0.1:
            first = f"INPUT[({self.letter('i')})x({self.letter('i')})x2]"
        items = [self.item(0) for _ in range(random.randint(2, 6))]
        text = " -> ".join([first, *items]) + random.choice(ENDS)
        domains = [
            f"{letter} in {{{', '.join(map(str, self.values(letter)))}}}"
            for letter in dict.fromkeys(self.letters)
        ]
        return f"{text} where {', '.join(domains)}" if domains else text

    def letter(self, kind: str) -> str:
        """Return a letter, at times one that is used already."""
        known = [letter for letter in self.letters if letter[0] == kind]
        if known and self.random.random() < 0.25:
            return self.random.choice(known)
        self.letters.append(f"{kind}{len(self.letters)}")
        return self.letters[-1]

    def values(self, letter: str) -> list[int]:
        return self.random.sample(VALUES[letter[0]], self.random.randint(1, 3))

    def item(self, depth: int) -> str:
        random = self.random
        if depth < 2 and random.random() < 0.3:
            inside = [self.item(depth + 1) for _ in range(random.randint(1, 3))]
            text = f"[{' -> '.join(inside)}]"
        else:
            text = random.choice(LAYERS)
            for kind in VALUES:
                while f"{{{kind}}}" in text:
                    text = text.replace(f"{{{kind}}}", self.letter(kind), 1)
        suffix = random.random()
        if suffix < 0.2:
            return f"{text}*{self.letter('n')}"
        return f"{text}?" if suffix < 0.35 else f"{text}*2" if suffix < 0.4 else text


class _Conditions:
    def __init__(self, case: Case) -> None:
        self.case = case
        self.random = case.random
        choices = case.family.choices
        self.letters = [choice.name for choice in choices if not choice.optional]
        names = [choice.name.replace("?", "") for choice in choices if choice.optional]
        self.flags = [name for name in names if name.isidentifier()]

    def condition(self, depth: int) -> str:
        kind = self.random.random()
        if depth < 2 and kind < 0.5:
            left, right = self.condition(depth + 1), self.condition(depth + 1)
            if kind < 0.35:
                return f"{left} and {right}"
            return f"({left} or {right})" if kind < 0.45 else f"not ({left})"
        return self.comparison()

    def number(self, key: str) -> int:
        """Return a fact of some member, or a number next to it."""
        values: list[Any] = [
            value
            for member in self.random.sample(self.case.members, min(20, len(self.case.members)))
            if (value := facts(member)[key]) is not None
        ]
        chosen: int = self.random.choice(values or [5])
        return max(0, chosen + self.random.choice((0, 0, 1, -1)))

    def comparison(self) -> str:
        random = self.random
        cost, size = random.choice(COSTS), random.choice(("W", "H", "D", "RF", "receptive_field"))
        low, high = sorted((self.number(cost), self.number(cost)))
        operator = random.choice(("<=", "<=", "<", ">", ">=", "==", "!="))
        forms = [
            *(f"{cost} {operator} {low}",) * 8,
            *(f"{low} <= {cost} < {high}",) * 2,
            *(f"{size} {operator} {self.number(size)}",) * 2,
            f"{cost} in ({low}, {high})",
            f"macs <= {random.randint(1, 300)} * params",
            f"macs / params <= {random.randint(1, 300)}",
            f"{cost} % 2 == 0",
            random.choice(("valid", "not valid", "valid == True", "log2(macs) > 14")),
        ]
        if self.letters:
            letter = random.choice(self.letters)
            forms += [f"{letter} {operator} {self.number(letter)}"] * 2
            forms.append(f"params <= {random.randint(1, 800)} * {letter} + 20")
        if len(self.letters) > 2:
            forms.append(f"{' + '.join(random.sample(self.letters, 3))} <= {random.randint(0, 30)}")
        return random.choice(forms + self.flags)
