"""Which rules are selection_from, how severe they are, and for which files."""

from __future__ import annotations

import pytest

from cnnsize.lint.rule import FAMILIES
from cnnsize.lint.selection import (
    ALWAYS_REPORTED,
    RuleChoice,
    Selection,
    SelectionError,
    default_selection,
    fails,
    resolve_selection,
    rules,
)
from cnnsize.report.check import check
from cnnsize.sizing.settings import CostBudget, Settings
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.source import Source
from cnnsize.text.span import Span
from tests.config.helpers import config_from, selection_from
from tests.helpers import BAD


def codes(selection: Selection) -> set[str]:
    return {code for code in rules() if selection.reports(code)} - ALWAYS_REPORTED


ALL = set(rules()) - ALWAYS_REPORTED
DEFAULT = {code for code, rule in rules().items() if rule.default} - ALWAYS_REPORTED
SHAPE = {code for code in ALL if code.startswith("CNN1")}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("flags", "left"),
    [
        ({}, DEFAULT),
        ({"select": ("ALL",)}, ALL),
        ({"select": ("all",)}, ALL),
        ({"select": ("CNN",)}, ALL),
        ({"select": ("CNN1",)}, SHAPE),
        ({"select": ("cnn1",)}, SHAPE),
        ({"select": ("shape",)}, SHAPE),
        ({"select": ("CNN10", "shape")}, SHAPE),
        ({"select": ("CNN101,CNN102",)}, {"CNN101", "CNN102"}),
        ({"select": ("fractional-output", "Pooled-Away")}, {"CNN101", "CNN103"}),
        ({"select": ("shape",), "ignore": ("CNN101",)}, SHAPE - {"CNN101"}),
        ({"select": ("CNN101",), "ignore": ("shape",)}, {"CNN101"}),
        ({"select": ("CNN101",), "ignore": ("CNN101",)}, set()),
        ({"select": ("shape",), "ignore": ("ALL",)}, SHAPE),
        ({"ignore": ("ALL",)}, set()),
        ({"ignore": ("shape",)}, DEFAULT - SHAPE),
        ({"ignore": ("shape",), "extend_select": ("CNN104",)}, (DEFAULT - SHAPE) | {"CNN104"}),
        ({"extend_select": ("ALL",)}, ALL),
    ],
)
def test_selectors(flags: dict[str, tuple[str, ...]], left: set[str]) -> None:
    assert codes(selection_from("", None, **flags)) == left


@pytest.mark.usefixtures("here")
def test_a_later_select_starts_over_and_a_later_ignore_removes() -> None:
    text = 'select = ["shape"]\nignore = ["CNN101"]'
    assert codes(selection_from(text)) == SHAPE - {"CNN101"}
    assert codes(selection_from(text, ignore=("CNN102",))) == SHAPE - {"CNN101", "CNN102"}
    assert codes(selection_from(text, extend_select=("CNN101",))) == SHAPE
    assert codes(selection_from(text, select=("CNN101",))) == {"CNN101"}
    assert codes(selection_from(text, {"CNNSIZE_SELECT": "CNN102"}, extend_select=("CNN103",))) == {
        "CNN102",
        "CNN103",
    }


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"select": ("CNN999",)}, "--select: no rule is called 'CNN999'"),
        (
            {"ignore": ("fractional-ouput",)},
            "ignore: no rule is called 'fractional-ouput'; did you mean fractional-output",
        ),
        ({"select": ("shapes",)}, "did you mean shape"),
        ({"select": ("CN",)}, "no rule is called 'CN'"),
        ({"select": ("CNN1O1",)}, "did you mean CNN101"),
        (
            {"ignore": ("CNN001",)},
            "CNN001 (syntax-error) means that there is no network to check, so it is always an error",
        ),
        ({"ignore": ("missing-input",)}, "CNN005 (missing-input) means"),
        ({"per_file_ignores": ("a.cnn:CNN002",)}, "--per-file-ignores a.cnn: CNN002"),
    ],
)
def test_invalid_selectors(flags: dict[str, tuple[str, ...]], message: str) -> None:
    with pytest.raises(SelectionError) as error:
        selection_from("", None, **flags)
    assert message in str(error.value)


@pytest.mark.usefixtures("here")
def test_the_more_exact_severity_wins() -> None:
    selection = selection_from(
        'severity = { CNN101 = "warning", shape = "info", ALL = "error", CNN1 = "warning" }'
    )
    assert selection.levels["CNN101"] == "warning"
    assert selection.levels["CNN102"] in ("info", "warning")
    assert selection.levels["CNN302"] == "error"
    assert not set(selection.levels) & ALWAYS_REPORTED
    with pytest.raises(SelectionError, match="CNN001"):
        selection_from('severity = { CNN001 = "info" }')


@pytest.mark.usefixtures("here")
def test_a_configured_severity_overrides_what_settings_imply() -> None:
    config = config_from('severity = { CNN101 = "info" }\nrounding = "floor"')
    selection = resolve_selection(config.rule_choices, config.settings, rules())
    (fault,) = [
        diagnostic
        for diagnostic in check(BAD, settings=config.settings, selection=selection).diagnostics
        if diagnostic.code == "CNN101"
    ]
    assert fault.severity == "info"
    (fault,) = [
        diagnostic
        for diagnostic in check(BAD, settings=config.settings).diagnostics
        if diagnostic.code == "CNN101"
    ]
    assert fault.severity == "warning"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        (Settings(rounding="strict"), "CNN110"),
        (Settings(hardware="nvidia"), "CNN402"),
        (Settings(budget=CostBudget(params=1)), "CNN408"),
        (Settings(loss="cross-entropy"), "CNN603"),
    ],
)
def test_a_rule_that_needs_a_setting_is_on_when_it_is_configured(
    settings: Settings, code: str
) -> None:
    if code not in rules():
        pytest.skip(f"{code} is not written yet")
    assert not default_selection().reports(code)
    assert default_selection(settings).reports(code)
    assert not resolve_selection([RuleChoice("x", ignore=(code,))], settings, rules()).reports(code)


@pytest.mark.usefixtures("here")
def test_rules_are_ignored_by_file() -> None:
    selection = selection_from(
        '[per-file-ignores]\n"zoo/*.cnn" = ["shape"]\n"!zoo/**" = ["CNN302"]\n'
    )

    def codes_of(file: str | None) -> list[str]:
        diagnostics = [
            Diagnostic(code, "", Span(0, 0), source=Source("", file))
            for code in ("CNN001", "CNN101", "CNN302")
        ]
        return [diagnostic.code for diagnostic in selection.applied(diagnostics)]

    assert codes_of("zoo/a.cnn") == ["CNN001", "CNN302"]
    assert codes_of("b.cnn") == ["CNN001", "CNN101"]
    assert codes_of(None) == ["CNN001", "CNN101", "CNN302"]


@pytest.mark.parametrize("severity", ["error", "warning", "info"])
@pytest.mark.parametrize("fail_on", ["error", "warning", "info", "never"])
def test_what_fails(severity: str, fail_on: str) -> None:
    order = ["error", "warning", "info", "never"]
    assert fails(severity, fail_on) is (
        fail_on != "never" and order.index(severity) <= order.index(fail_on)
    )


def test_families_are_named_and_no_rule_is_called_like_one() -> None:
    assert not set(FAMILIES.values()) & {rule.name for rule in rules().values()}
    assert set("123456789") <= set(FAMILIES)
