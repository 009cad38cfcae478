"""The catalogue, the index and the facts agree with the rule pages and with each other."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnsize
from cnnsize.lint import checks, fixers, pages, rulebook, text_checks
from cnnsize.lint.catalogue import RULES
from cnnsize.lint.compiler import our_pages
from cnnsize.lint.context import Context
from cnnsize.lint.facts import FACTS, Facts

PACKAGE = Path(cnnsize.__file__).parent


def test_the_catalogue_is_what_the_pages_say() -> None:
    pages_ = our_pages()
    for path, written in (
        ("lint/catalogue.py", rulebook.catalogue(pages_)),
        ("text/codes.py", rulebook.codes(pages_)),
    ):
        assert (PACKAGE / path).read_text("utf-8") == written, "run python -m cnnsize.lint.rulebook"


def test_the_index_of_the_rules_is_what_the_pages_and_the_facts_say() -> None:
    written = rulebook.readme(our_pages())
    assert (pages.pages_folder() / "README.md").read_text("utf-8") == written, (
        "run python -m cnnsize.lint.rulebook"
    )


def test_every_check_and_every_fixer_has_its_rules_and_every_rule_what_it_names() -> None:
    text = [rule for rule in RULES if rule.scope == "text"]
    other = [rule for rule in RULES if rule.scope in ("layer", "network")]
    assert {rule.check for rule in text} == set(text_checks.CHECKS)
    assert {rule.check for rule in other if rule.check} == set(checks.CHECKS)
    assert {rule.fixer for rule in RULES if rule.fixer} == set(fixers.FIXERS)
    for rule in (*text, *other):
        key = rule.name.replace("-", "_")
        assert rule.check in (None, key)
        assert rule.fixer in (None, key)
        assert (rule.fixer is not None or rule.scope == "text") == (rule.fix != "none")


@pytest.mark.parametrize("name", FACTS)
def test_every_fact_has_a_value_or_is_unknown_for_every_row_of_a_network(name: str) -> None:
    text = (
        "INPUT[32x30x3] -> CONV3x5-8(S=2x1, P=1, D=1x2) -> BN -> RELU -> [POOL2 -> DWCONV3]*2 -> ADD{CONV1-8 | ID}*3"
        " -> TCONV2-4(S=2) -> AVGPOOL(to=3x3) -> DROPOUT(0.2) -> GN(2) -> UP2 -> GAP -> FLATTEN -> FC-10 -> SOFTMAX"
    )
    context = Context(cnnsize.parse(text).sized())
    fact = FACTS[name]
    types: dict[str, tuple[type, ...]] = {
        "integer": (int,),
        "number": (int, float),
        "flag": (bool,),
        "word": (str,),
    }
    known = 0
    for index, row in enumerate(context.rows):
        for axis in (0, 1):
            value = Facts(row, axis, context, index).value_of(name) if row is not None else None
            if value is not None:
                known += 1
                assert isinstance(value, types[fact.kind])
    assert known or name.startswith("budget_")
