"""The language of conditions and messages: what it means, what it refuses, and that nothing in it
can run, hang or crash.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from math import gcd, log2
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from cnnsize.conditions.checker import MAX_DEGREE, ExpressionError
from cnnsize.conditions.expression import MAX_LENGTH, parse
from cnnsize.conditions.template import parse_template
from cnnsize.conditions.undefined import UndefinedFactError

NAMES = {
    "F": "integer",
    "S": "integer",
    "W": "integer",
    "rate": "number",
    "bias": "flag",
    "kind": "word",
    "prev": "word",
}
VALUES: dict[str, Any] = {
    "F": 3,
    "S": 2,
    "W": 10,
    "rate": 0.5,
    "bias": True,
    "kind": "CONV",
    "prev": "BN",
}


def evaluated(source: str, facts: Mapping[str, Any]) -> Any:
    """The written-out source, run as the catalogue runs it."""
    return eval(
        source,
        {
            "__builtins__": {},
            "min": min,
            "max": max,
            "abs": abs,
            "gcd": gcd,
            "log2": log2,
            "float": float,
            "str": str,
            "format": format,
            "f": facts,
        },
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("F", 3),
        ("F + S*W", 23),
        ("F/S", 1.5),
        ("W//F % S", 1),
        ("-F**2", -9),
        ("1 - 1/S**2", 0.75),
        ("S > 1 and (F, S) not in ((2, 2), (3, 2))", False),
        ("S > 1 and (F, S) not in ((2, 2), (5, 2))", True),
        ("0 < S <= F", True),
        ("0 < S <= F < 3", False),
        ("bias", True),
        ("not bias or F == 3", True),
        ("kind == 'CONV' and prev != \"RELU\"", True),
        ("prev in ('BN', 'GN')", True),
        ("F if bias else S", 3),
        ("min(F, S, W) + max(F, S) + abs(-F) + gcd(W, 4)", 10),
        ("log2(8)", 3.0),
        ("F\n  + 1", 4),
        ("rate > 0.4", True),
        ("F**0", 1),
        ("100000000**2*100", 10**18),
    ],
)
def test_an_expression_has_its_value_and_its_source_has_the_same(text: str, value: Any) -> None:
    found = parse(text, NAMES)
    assert found.evaluate(VALUES) == value
    assert evaluated(found.source(), VALUES) == value
    assert found.kind == {int: "integer", float: "number", bool: "flag"}[type(value)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the expression is empty (at character 1)"),
        ("Fw > 1", "unknown fact 'Fw'; did you mean F? (at character 1)"),
        ("1 + w", "unknown fact 'w'; did you mean W? (at character 5)"),
        ("F.S", "an attribute is not allowed in an expression (at character 1)"),
        (
            "F > 1 and W.__class__ == 1",
            "an attribute is not allowed in an expression (at character 11)",
        ),
        (
            "print(F)",
            "unknown function; the functions are min, max, abs, gcd, log2 (at character 1)",
        ),
        (
            "__import__('os')",
            "unknown function; the functions are min, max, abs, gcd, log2 (at character 1)",
        ),
        (
            "(lambda: 1)()",
            "unknown function; the functions are min, max, abs, gcd, log2 (at character 1)",
        ),
        ("[F]", "a list is not allowed in an expression (at character 1)"),
        ("[x for x in (1, 2)]", "a comprehension is not allowed in an expression (at character 1)"),
        ("(y := 3)", "an assignment is not allowed in an expression (at character 2)"),
        ("f'{F}'", "an f-string is not allowed in an expression (at character 1)"),
        ("F[0]", "a subscript is not allowed in an expression (at character 1)"),
        ("F is S", "'is' is not allowed in an expression; use == (at character 6)"),
        ("~F", "'~' is not allowed in an expression (at character 1)"),
        ("F << 99", "unknown operator; the operators are + - * / // % ** (at character 1)"),
        ("F ** W", "a power must be a constant from 0 to 8 (at character 6)"),
        ("F ** 99", "a power must be a constant from 0 to 8 (at character 6)"),
        ("F ** -1", "a power must be a constant from 0 to 8 (at character 6)"),
        (
            "((F**8)**8)**8",
            f"a product has more than {MAX_DEGREE} factors, powers included (at character 2)",
        ),
        ("1234567890123456789", "a number may have at most 18 digits (at character 1)"),
        ("1e400", "a constant must be a number, a word, True or False (at character 1)"),
        ("3j", "a constant must be a number, a word, True or False (at character 1)"),
        ("b'x' == kind", "a constant must be a number, a word, True or False (at character 1)"),
        ("None", "a constant must be a number, a word, True or False (at character 1)"),
        ("...", "a constant must be a number, a word, True or False (at character 1)"),
        (
            "F and S",
            "'and' needs a boolean, but this is a number; add a comparison (at character 1)",
        ),
        ("bias + 1", "arithmetic needs numbers, but this is a boolean (at character 1)"),
        ("kind * 99", "arithmetic needs numbers, but this is a word (at character 1)"),
        ("kind > 'A'", "only numbers can be ordered, but this is a word (at character 1)"),
        ("kind == 3", "a word is never equal to a number (at character 9)"),
        ("F in (1, 'a')", "a number is never equal to a word (at character 6)"),
        ("'C' in kind", "'in' needs a tuple, such as (2, 3) (at character 8)"),
        ("(F, S)", "a tuple is no value by itself; compare it with another one (at character 1)"),
        (
            "(F, S) in ((1, 2, 3), (1, 2, 3))",
            "a tuple of 2 values is never equal to one of 3 (at character 11)",
        ),
        ("min(F)", "min takes 2 to 8 numbers (at character 1)"),
        ("max(F, key=S)", "max takes 2 to 8 numbers (at character 1)"),
        ("gcd(rate, F)", "gcd takes only whole numbers (at character 1)"),
        ("min", "min is a function: min(...) (at character 1)"),
        ("F # S", "'#' is not allowed in an expression (at character 3)"),
        ("F \\\n + 1", "'\\\\' is not allowed in an expression (at character 3)"),
        ("Ｆ", "'Ｆ' is not allowed in an expression (at character 1)"),
        ("F\x00", "'\\x00' is not allowed in an expression (at character 2)"),
        ("F; S", "';' is not allowed in an expression (at character 2)"),
        ("'a' if bias else 3", "both values of an 'if' must be of one kind (at character 1)"),
    ],
)
def test_what_is_no_expression_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ExpressionError) as wrong:
        parse(text, NAMES)
    assert str(wrong.value) == said


@pytest.mark.parametrize(
    "text", ["F >", "F F", "(F", "F = 1", "def f(): 1", "import os", "F!r", "yield"]
)
def test_what_python_cannot_read_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text, NAMES)


def test_a_condition_says_yes_or_no() -> None:
    with pytest.raises(
        ExpressionError, match="a condition must be a boolean, but this is a number"
    ):
        parse("F + 1", NAMES, condition=True)


@pytest.mark.parametrize(
    "text", ["F/(S - 2)", "F % (S - 2)", "log2(S - 2)", "log2(-F)", "W > 1/(F - 3)"]
)
def test_arithmetic_without_a_result_is_undefined_and_does_not_hold(text: str) -> None:
    found = parse(text, NAMES)
    with pytest.raises(UndefinedFactError):
        found.evaluate(VALUES)
    assert found.holds(VALUES) is False


def test_a_fact_that_is_not_known_makes_a_condition_not_hold() -> None:
    facts = {**VALUES, "W": None}
    for text in ("W > 1", "W != 1", "not W == 1", "F == 3 and W > 1", "W > 1 or F == 3"):
        assert parse(text, NAMES).holds(facts) is False
    assert parse("F == 3 or W > 1", NAMES).holds(facts) is True


@pytest.mark.parametrize(
    "text",
    [
        "(" * 400 + "F" + ")" * 400,
        "-" * 900 + "F",
        "not " * 240 + "bias",
        "+".join(["F"] * 400),
        "F" + "**2" * 300,
        "F if bias else " * 60 + "F",
        "(F, " * 200 + "F" + ")" * 200,
        "F < " * 240 + "F",
        "9" * 900,
        "'" + "a" * 900 + "'",
        "F " * 600,
        "min(" * 150 + "F",
        "(" * MAX_LENGTH,
    ],
)
def test_deep_and_huge_expressions_are_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text, NAMES)


def test_the_largest_numbers_that_can_be_made_are_bounded() -> None:
    huge = 10**18 - 1
    facts = {**VALUES, "F": huge, "W": huge}
    found = parse("(F**8)*(W**8)*(F**8)", NAMES)
    assert len(str(found.evaluate(facts))) < 10_000
    assert parse_template("{(F**8)*(W**8)*(F**8):,}", NAMES).render(facts)
    assert (
        parse_template("{F**8*W**8*F**7/S:.1f}", NAMES).render(facts) == "?"
    )  # past what a float holds


def grown(inner: st.SearchStrategy[tuple[str, str]]) -> st.SearchStrategy[tuple[str, str]]:
    """(number, flag) texts out of smaller ones."""
    arithmetic = st.sampled_from([" + ", " - ", "*", "/", "//", " % "])
    ordering = st.sampled_from([" == ", " != ", " < ", " >= "])
    logic = st.sampled_from([" and ", " or "])
    called = st.sampled_from(["min", "max"])

    def made(parts: tuple[Any, ...]) -> tuple[str, str]:
        (a, p), (b, q), op, order, both, call, which = parts
        numbers = [
            f"({a}{op}{b})",
            f"-({a})",
            f"({a})**2",
            f"({a} if {p} else {b})",
            f"{call}({a}, {b})",
            f"log2({a})",
        ]
        flags = [
            f"({a}{order}{b})",
            f"({p}{both}{q})",
            f"not ({p})",
            f"({a} in ({b}, 2))",
            f"({a} < {b} <= 5)",
            f"({p} == {q})",
        ]
        return numbers[which], flags[which]

    return st.tuples(inner, inner, arithmetic, ordering, logic, called, st.integers(0, 5)).map(made)


LEAVES = st.tuples(
    st.sampled_from(["F", "S", "W", "rate", "1", "0", "2.5"]),
    st.sampled_from(["bias", "True", "kind == 'CONV'", "prev in ('BN', '')", "F > S"]),
)
TEXTS = st.recursive(LEAVES, grown, max_leaves=8).flatmap(st.sampled_from)
integers = st.one_of(st.none(), st.integers(-3, 12), st.integers(10**17, 10**18))
FACTS = st.fixed_dictionaries(
    {
        "F": integers,
        "S": integers,
        "W": integers,
        "rate": st.one_of(st.none(), st.floats(0, 1)),
        "bias": st.booleans(),
        "kind": st.sampled_from(["CONV", "POOL"]),
        "prev": st.sampled_from(["BN", ""]),
    }
)


class Strict(dict[str, Any]):
    """As the engine's facts: one that is not known cannot be looked up."""

    def __missing__(self, name: str) -> Any:
        raise UndefinedFactError(name)


@given(TEXTS, FACTS)
def test_the_closure_and_the_source_say_the_same(text: str, facts: dict[str, Any]) -> None:
    try:
        found = parse(text, NAMES)
    except ExpressionError:
        assume(False)
        raise
    known = Strict({name: value for name, value in facts.items() if value is not None})
    outcomes: list[object] = []
    runs: tuple[Callable[[], Any], ...] = (
        lambda: found.evaluate(facts),
        lambda: evaluated(found.source(), known),
    )
    for run in runs:
        try:
            outcomes.append(repr(run()))
        except (ArithmeticError, ValueError):
            outcomes.append(None)
    assert outcomes[0] == outcomes[1]
    parts = found.conjuncts() if found.kind == "flag" else ()
    if parts:
        assert all(part.holds(facts) for part in parts) == found.holds(facts)


SIGNS = string.ascii_letters + string.digits + "_.()[]{}'\"+-*/%<>=!,:;#@\\&|^~ \n\t\x00é"


@given(st.text(SIGNS, max_size=60))
@example("{0.__class__}")
@example("__builtins__")
def test_junk_is_an_expression_or_an_error_with_a_place_in_it(text: str) -> None:
    try:
        found = parse(text, NAMES)
    except ExpressionError as wrong:
        offset = wrong.offset
    else:
        offset = 0
        found.holds(VALUES)
    assert 0 <= offset <= len(text) + 1


@given(st.text("FSWkind{}:!.,%d0123 ()'\"[]_", max_size=40))
@example("{F!r}")
@example("{F.__class__.__init__.__globals__}")
@example("{F:{W}}")
@example("{F:>99999999999}")
@example("{kind:1000000}")
@example("{0}")
@example("{}")
@example("{F")
@example("}")
def test_junk_is_a_message_or_an_error_with_a_place_in_it(text: str) -> None:
    try:
        found = parse_template(text, NAMES)
    except ExpressionError as wrong:
        offset = wrong.offset
    else:
        offset = 0
        assert len(found.render(VALUES)) < 1000
    assert 0 <= offset <= len(text) + 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "a {F}x{F} window at stride {S} discards {1 - 1/S**2:.0%}",
            "a 3x3 window at stride 2 discards 75%",
        ),
        ("{W*10**6:,} of {{W}}", "10,000,000 of {W}"),
        ("{kind} behind {prev}, {bias}", "CONV behind BN, yes"),
        ("{'one' if S == 1 else 'many'}", "many"),
        ("{rate}", "0.5"),
        ("{F/S:.2f} {F/S} {W/F:.3g}", "1.50 1.5 3.33"),
        ("{F/(S - 2)}", "?"),
        ("{(F, S) == (3, 2)}", "yes"),
        ("{'a:b}'}", "a:b}"),
    ],
)
def test_a_message_is_filled_in_and_its_source_says_the_same(text: str, said: str) -> None:
    found = parse_template(text, NAMES)
    assert found.render(VALUES) == said
    if "?" not in said:
        assert evaluated(found.source(), VALUES) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{F:>9}", "unknown format '>9'; the formats are , d .1f .0% .3g (at character 4)"),
        ("{kind:,}", "a word takes no format (at character 7)"),
        ("{rate:d}", "format d is only for whole numbers (at character 7)"),
        ("a {", "unclosed '{'; write '{{' for a literal brace (at character 3)"),
        ("a } b", "unmatched '}'; write '}}' for a literal brace (at character 3)"),
        ("a {Fx}", "unknown fact 'Fx'; did you mean F? (at character 4)"),
        ("{F.real}", "an attribute is not allowed in an expression (at character 2)"),
    ],
)
def test_what_is_no_message_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ExpressionError) as wrong:
        parse_template(text, NAMES)
    assert str(wrong.value) == said
