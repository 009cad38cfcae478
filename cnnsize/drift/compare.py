"""Compare the layers of a text with those of a class, and find the first that differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from math import isclose
from typing import Any, NamedTuple

from cnnsize.drift.code_network import CodeLayer, compared, does_nothing
from cnnsize.layers import Layer
from cnnsize.layers.volume import Volume
from cnnsize.limits import MAX_MATCH_STEPS
from cnnsize.models.source.values.number import Number, has_letters
from cnnsize.models.written import DEFAULTS
from cnnsize.patterns.matching.tokens import LayerInstance

Letters = dict[str, int]  # of the class: arguments without a value, with the values of the text
NO_FACTS = ("assumed", "claim", "same", "windows")  # fields that are not compared as they are
WORDS = {
    "volume": "INPUT",
    "rate": "the rate",
    "bias": "bias",
    "affine": "affine",
    "mode": "mode",
}


class TooLongToCompareError(Exception):
    """A comparison that takes too many steps."""


class Difference(NamedTuple):
    """The first place where a text and a class differ. None where the text or the class has ended."""

    text: LayerInstance | None
    code: CodeLayer | None
    before: LayerInstance | None  # the last layer of the text that is equal
    fact: str = ""  # what differs, where both are the same kind of layer
    values: tuple[Any, Any] = (None, None)
    letters: tuple[tuple[str, int], ...] = ()  # that the text has given a value before


class Matcher:
    """Compares one text with one class.

    ``is_sketch`` is for a text that leaves sizes out: what it does not say is not compared.
    """

    def __init__(self, *, is_sketch: bool, is_sized: bool) -> None:
        self.is_sketch = is_sketch
        self.is_sized = is_sized  # the volumes of the class are those of the text
        self.letters: Letters = {}
        self.steps = 0

    def chains(self, text: Sequence[LayerInstance], code: Sequence[CodeLayer]) -> Difference | None:
        """Return the first difference of two chains; None if there is none."""
        before: LayerInstance | None = None
        for own, other in zip_longest(written(text), compared(tuple(code))):
            self.steps += 1
            if self.steps > MAX_MATCH_STEPS:
                raise TooLongToCompareError
            difference = self.layers(own, other, before)
            if difference is not None:
                return difference
            before = own
        return None

    def layers(
        self, text: LayerInstance | None, code: CodeLayer | None, before: LayerInstance | None
    ) -> Difference | None:
        """Return the difference of two layers or joins."""
        plain = Difference(text, code, before)
        if text is None or code is None:
            return plain
        if text.layer is None and code.layer is None:
            is_same = text.kind == code.kind and len(text.branches) == len(code.branches)
            return self.branches(text, code) if is_same else plain
        if text.layer is None or code.layer is None:
            return plain
        kind, facts = facts_of(text.layer, code.input if self.is_sized else None)
        if self.is_sketch:
            facts = explicit(text.layer, facts)
        differing: Difference | None = plain
        for other_kind, others in forms(code, is_sized=self.is_sized):
            if other_kind == kind:
                differing = self.facts(plain, facts, others)
                if differing is None:
                    return None
        return differing

    def facts(
        self, plain: Difference, facts: dict[str, Any], others: dict[str, Any]
    ) -> Difference | None:
        """Return the first fact in which two layers of one kind differ."""
        letters = dict(self.letters)
        for key, value in facts.items():
            is_comparable = value is not None and key in others
            if is_comparable and not agree(value, others[key], letters):
                bound = tuple(self.letters.items())
                return plain._replace(fact=key, values=(value, others[key]), letters=bound)
        self.letters = letters
        return None

    def branches(self, text: LayerInstance, code: CodeLayer) -> Difference | None:
        """Return the first difference of two joins, whose branches may be in any order."""
        remaining = list(code.branches)
        unmatched: list[tuple[LayerInstance, ...]] = []
        for branch in text.branches:
            for number, other in enumerate(remaining):
                letters = dict(self.letters)
                if self.chains(branch, other) is None:
                    del remaining[number]
                    break
                self.letters = letters
            else:
                unmatched.append(branch)
        if not unmatched:
            return None
        differences = [self.chains(unmatched[0], other) for other in remaining]
        return max(filter(None, differences), key=position)


def position(difference: Difference) -> int:
    """Return how far two chains are equal."""
    return -1 if difference.before is None else difference.before.order


def written(layers: Sequence[LayerInstance]) -> list[LayerInstance]:
    """Return the layers of a text after INPUT, without those that do nothing."""
    return [
        layer
        for layer in layers
        if layer.kind != "INPUT" and not does_nothing(layer.kind, layer.layer)
    ]


def facts_of(layer: Layer, volume: Volume | None = None) -> tuple[str, dict[str, Any]]:
    """Return the kind of a layer and its numbers; a pool of the whole map is a global one.

    ``volume`` is its input, None where that is not known.
    """
    windows = getattr(layer, "windows", None)
    facts = {field: getattr(layer, field) for field in layer._fields if field not in NO_FACTS}
    is_padded = False
    if windows is not None:
        w, h = windows
        facts["F"], facts["S"], facts["D"] = (w.F, h.F), (w.S, h.S), (w.D, h.D)
        facts["P"] = ((w.before, h.before), (w.after, h.after))
        is_padded = facts["P"] != ((0, 0), (0, 0))
        if layer.kind in ("POOL", "AVGPOOL"):
            facts["ceil"] = w.ceil
    if layer.kind in ("POOL", "AVGPOOL"):
        is_whole = volume is not None and facts["F"] == volume[:2] and not is_padded
        if facts["to"] == (1, 1) or is_whole:
            return ("GMP" if layer.kind == "POOL" else "GAP"), {}
        if facts["to"] is not None:
            return layer.kind, {"to": facts["to"]}
        if not is_padded:
            facts.pop("include_pad", None)
    return layer.kind, facts


def forms(code: CodeLayer, *, is_sized: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the ways in which the notation can write a layer, each as its kind and numbers.

    A depthwise convolution is DWCONV, or CONV with as many groups as channels.
    """
    assert code.layer is not None
    kind, facts = facts_of(code.layer, code.input if is_sized else None)
    yield kind, facts
    depth = None if code.input is None else code.input.D
    if kind == "CONV" and depth is not None and facts["G"] == depth and facts["K"] % depth == 0:
        own = {key: value for key, value in facts.items() if key not in ("G", "K")}
        yield "DWCONV", {**own, "M": facts["K"] // depth}
    if kind == "DWCONV" and depth is not None:
        own = {key: value for key, value in facts.items() if key != "M"}
        yield "CONV", {**own, "K": facts["M"] * depth, "G": depth}


def explicit(layer: Layer, facts: dict[str, Any]) -> dict[str, Any]:
    """Return the numbers that the text of a layer gives, rather than leaves to a default."""
    assumed = {default.partition("=")[0] for default in layer.assumed}
    return {
        key: value
        for key, value in facts.items()
        if key not in assumed and single(value) != DEFAULTS.get(key, layer)
    }


def agree(value: Any, other: Any, letters: Letters) -> bool:
    """Return whether a number of a text equals that of a class, whose letters may get a value here."""
    if isinstance(value, tuple) and isinstance(other, tuple):
        pairs = zip(value, other, strict=False)
        return len(value) == len(other) and all(agree(*pair, letters) for pair in pairs)
    if isinstance(other, Number) and type(value) is int:
        return unify(value, other, letters)
    if isinstance(value, float) and isinstance(other, float):
        return isclose(value, other, rel_tol=1e-9, abs_tol=1e-12)
    return bool(value == other)


def unify(value: int, number: Number, letters: Letters) -> bool:
    """Return whether a number with letters can have a value; the letter then gets it.

    Where several letters are open, nothing is decided, and the answer is yes.
    """
    if number.terms is None:
        return True
    rest = value
    factors: dict[str, int] = {}
    for monomial, factor in number.terms.items():
        unknown = [name for name in monomial if name not in letters]
        for name in monomial:
            factor *= letters.get(name, 1)
        if not unknown:
            rest -= factor
        elif len(unknown) > 1:
            return True
        else:
            factors[unknown[0]] = factors.get(unknown[0], 0) + factor
    if not factors:
        return rest == 0
    if len(factors) > 1:
        return True
    ((name, factor),) = factors.items()
    if factor == 0:
        return rest == 0
    if rest % factor or rest // factor < 1:
        return False
    letters[name] = rest // factor
    return True


def single(value: Any) -> Any:
    """Return one number for a pair of equal ones."""
    while isinstance(value, tuple) and len(value) == 2 and value[0] == value[1]:
        value = value[0]
    return value


def value_words(value: Any) -> str:
    """Return a number of a layer as a message says it."""
    value = single(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Volume):
        return str(value)
    if isinstance(value, tuple):
        return "x".join(map(str, value)) if isinstance(value[0], int) else str(value)
    return "none" if value is None else f"{value:.12g}" if isinstance(value, float) else str(value)


def fact_words(difference: Difference, name: str) -> str:
    """Say which number differs: ``K is 16 here, but 32 in Net``; or which layer the class has."""
    if difference.fact:
        key = WORDS.get(difference.fact, difference.fact)
        here, there = map(value_words, difference.values)
        if has_letters(difference.values[1]) and difference.letters:
            values = ", ".join(f"{name} = {value}" for name, value in difference.letters)
            there += f" with {values}"
        return f"{key} is {here} here, but {there} in {name}"
    if difference.code is None:
        return f"{name} ends before it"
    return f"{name} has {difference.code.text}"
