"""What holds for a run: files, environment and flags, the later over the earlier; and what is said
of a wrong key.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cnnsize.config.keys import KEYS
from cnnsize.config.sources import Config, ConfigError, configured, from_flags
from cnnsize.files.globs import matches
from cnnsize.lint.rule import FAMILIES
from cnnsize.lint.selection import (
    ALWAYS_REPORTED,
    Choice,
    Selection,
    SelectionError,
    default_selection,
    fails,
    resolve_selection,
    rules,
)
from cnnsize.report.make import check
from cnnsize.sizing.settings import TORCH, CostBudget, Settings
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.source import Source
from cnnsize.text.span import Span
from tests.helpers import BAD, GOOD, ROOT, cnnsize


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def held(
    text: str | None = None,
    environment: dict[str, str] | None = None,
    *config: str,
    isolated: bool = False,
    **flags: Any,
) -> Config:
    """What holds where a cnnsize.toml with this text lies in the current folder."""
    if text is not None:
        Path("cnnsize.toml").write_text(text, "utf-8")
    return configured(config, isolated, from_flags(flags), environment or {})


def selected(
    text: str = "", environment: dict[str, str] | None = None, **flags: tuple[str, ...]
) -> Selection:
    found = held(text, environment, isolated=False, **flags)
    return resolve_selection(found.choices, found.settings, rules())


EVERYTHING = """
select = ["CNN1", "shape", "repeated-activation"]
ignore = ["CNN101"]
extend-select = ["CNN401"]
fail-on = "error"
rounding = "strict"
target = "tensorflow"
hardware = "nvidia"
loss = "cross-entropy"
pattern = "INPUT -> CONV -> FC"
rule-dirs = ["lint/"]
exclude = ["old/**"]
output-format = "concise"
severity = { CNN102 = "info" }
budget = { params = "25.6M", macs = 4_100_000_000, memory = "500MiB" }
defaults = { input = "28x28x1", filter = 5, filters = 8, pool = 3, hidden = 100, classes = 2 }

[per-file-ignores]
"zoo/*.cnn" = ["CNN103"]
"""


@pytest.mark.parametrize("form", ["cnnsize.toml", "table", "dotted", "inline"])
def test_every_key_is_read_from_every_kind_of_file(here: Path, form: str) -> None:
    if form == "cnnsize.toml":
        (here / "cnnsize.toml").write_text(EVERYTHING)
    elif form == "table":
        body = EVERYTHING.replace("[per-file-ignores]", "[tool.cnnsize.per-file-ignores]")
        (here / "pyproject.toml").write_text(f"[project]\nname = 'x'\n[tool.cnnsize]\n{body}")
    elif form == "dotted":
        (here / "pyproject.toml").write_text("[tool]\ncnnsize.rounding = 'strict'\n")
        assert configured(environment={}).settings.rounding == "strict"
        return
    else:
        (here / "pyproject.toml").write_text("tool = { cnnsize = { rounding = 'strict' } }\n")
        assert configured(environment={}).settings.rounding == "strict"
        return
    found = configured(environment={})
    assert found.settings == Settings(
        found.settings.defaults,
        "tensorflow",
        "strict",
        "nvidia",
        "cross-entropy",
        CostBudget(25_600_000, 4_100_000_000, 500 * 2**20),
        "INPUT -> CONV -> FC",
    )
    assert found.settings.defaults.input == (28, 28, 1)
    assert [
        getattr(found.settings.defaults, key)
        for key in ("filter", "filters", "pool", "hidden", "classes")
    ] == [5, 8, 3, 100, 2]
    (choice,) = found.choices
    assert choice == Choice(
        choice.where,
        ("CNN1", "shape", "repeated-activation"),
        ("CNN101",),
        ("CNN401",),
        (("CNN102", "info"),),
        (("zoo/*.cnn", ("CNN103",)),),
        str(here),
    )
    assert (found.fail_on, found.output_format) == ("error", "concise")
    assert found.rule_dirs == (str(here / "lint") + "/",)
    assert found.exclude == ((str(here), "old/**"),)


def test_the_guide_names_every_key() -> None:
    readme = (ROOT / "cnnsize" / "guide" / "configuration.md").read_text("utf-8")
    for key in KEYS:
        assert key.rpartition(".")[2] in readme, key


def test_the_nearest_file_holds_and_pyproject_without_a_table_is_passed_over(here: Path) -> None:
    inner = here / "a" / "b"
    inner.mkdir(parents=True)
    (here / "cnnsize.toml").write_text('target = "tensorflow"')
    (here / "a" / "pyproject.toml").write_text('[project]\nname = "cnnsize-nets"\n')
    import os

    os.chdir(inner)
    assert configured(environment={}).settings.target == "tensorflow"
    (here / "a" / "pyproject.toml").write_text('[tool.cnnsize]\nrounding = "floor"\n')
    found = configured(environment={})
    assert (found.settings.rounding, found.settings.target) == ("floor", "torch")
    assert configured(isolated=True, environment={}).settings == TORCH
    assert configured((str(here / "cnnsize.toml"),), environment={}).settings.target == "tensorflow"
    assert (
        configured(environment={"CNNSIZE_CONFIG": "../../cnnsize.toml"}).settings.target
        == "tensorflow"
    )
    assert (
        configured(isolated=True, environment={"CNNSIZE_CONFIG": "../../cnnsize.toml"}).settings
        == TORCH
    )


def test_of_two_files_in_one_folder_pyproject_holds(here: Path) -> None:
    (here / "cnnsize.toml").write_text('target = "tensorflow"')
    (here / "pyproject.toml").write_text('[tool.cnnsize]\nrounding = "floor"\n')
    assert configured(environment={}).settings == Settings(rounding="floor")


@pytest.mark.usefixtures("here")
def test_environment_over_file_pairs_over_environment_flags_over_all() -> None:
    text = (
        'fail-on = "never"\nrounding = "floor"\nbudget = { params = 1 }\ndefaults = { filter = 5 }'
    )
    assert held(text).fail_on == "never"
    assert held(text, {"CNNSIZE_FAIL_ON": "info"}).fail_on == "info"
    assert held(text, {"CNNSIZE_FAIL_ON": "info"}, "fail-on=error").fail_on == "error"
    assert (
        held(text, {"CNNSIZE_FAIL_ON": "info"}, "fail-on=error", fail_on="warning").fail_on
        == "warning"
    )
    found = held(
        text, {"CNNSIZE_BUDGET_MEMORY": "12GB", "CNNSIZE_DEFAULTS_FILTERS": "8"}, "budget.macs=4.1G"
    )
    assert found.settings.budget == CostBudget(1, 4_100_000_000, 12 * 10**9)
    assert (found.settings.defaults.filter, found.settings.defaults.filters) == (5, 8)
    assert held(text, {"CNNSIZE_FAIL_ON": " ", "HOME": "/x"}).fail_on == "never"


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("pair", "key"),
    [
        ('rounding="strict"', "rounding"),
        ("rounding=strict", "rounding"),
        ("rounding = strict", "rounding"),
        ("target=tensorflow", "target"),
        ("defaults.filter=5", "defaults"),
        ("budget.memory=500 MiB", "budget"),
        ("budget={ params = 5 }", "budget"),
        ("pattern=INPUT -> FC", "pattern"),
    ],
)
def test_a_key_is_set_on_the_command_line_in_toml_or_in_plain_text(pair: str, key: str) -> None:
    found = held(None, None, pair)
    assert getattr(found.settings, key) != getattr(TORCH, key)


def test_a_list_and_a_table_in_plain_text(here: Path) -> None:
    environment = {
        "CNNSIZE_SELECT": "CNN1,shape",
        "CNNSIZE_SEVERITY": "CNN101=warning, shape=info",
        "CNNSIZE_PER_FILE_IGNORES": "zoo/*.cnn:CNN101,zoo/*.cnn:CNN102,a.cnn:style",
        "CNNSIZE_RULE_DIRS": "my rules,b",
    }
    found = held(None, environment)
    assert [choice.select for choice in found.choices if choice.select] == [("CNN1", "shape")]
    assert [choice.severity for choice in found.choices if choice.severity] == [
        (("CNN101", "warning"), ("shape", "info"))
    ]
    assert [choice.per_file_ignores for choice in found.choices if choice.per_file_ignores] == [
        (("zoo/*.cnn", ("CNN101", "CNN102")), ("a.cnn", ("style",)))
    ]
    assert found.rule_dirs == (str(here / "my rules"), str(here / "b"))


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('targte = "torch"', "cnnsize.toml:1: targte: unknown key; did you mean target?"),
        (
            '\n\nextend_select = ["CNN1"]',
            "cnnsize.toml:3: extend_select: unknown key; did you mean extend-select?",
        ),
        ("params = 3", "cnnsize.toml:1: params: unknown key; did you mean budget.params?"),
        (
            "[budget]\nparms = 3",
            "cnnsize.toml:2: budget.parms: unknown key; did you mean budget.params?",
        ),
        (
            "defaults = { filtres = 3 }",
            "cnnsize.toml:1: defaults.filtres: unknown key; did you mean defaults.filters",
        ),
        (
            'rounding = "strct"',
            "rounding: 'strct' is none of torch, strict, floor; did you mean strict?",
        ),
        ("rounding = 3", "rounding: 3 is none of torch, strict, floor"),
        ('fail-on = "warn"', "fail-on: 'warn' is none of error, warning, info, never"),
        ('output-format = "githb"', "did you mean github?"),
        ('select = "CNN1"', "select: a list of texts is needed"),
        ("select = [1]", "select: a list of texts is needed"),
        ('severity = "error"', "severity: a table is needed"),
        (
            'severity = { CNN101 = "warn" }',
            "severity: CNN101: 'warn' is none of error, warning, info; did you mean warning",
        ),
        ('per-file-ignores = ["x"]', "per-file-ignores: a table is needed"),
        (
            'per-file-ignores = { "a.cnn" = "CNN1" }',
            "per-file-ignores: a.cnn: a list of texts is needed",
        ),
        ("budget = 3", "budget: a table is needed, of params, macs, memory, not 3"),
        (
            'budget = { memory = "12 parsecs" }',
            "budget.memory: an amount is needed, as in 500MiB or 12GB, not '12 parsecs'",
        ),
        ("budget = { params = -1 }", "budget.params: an amount is needed"),
        ("budget = { params = true }", "budget.params: an amount is needed"),
        ("budget = { params = 1.5 }", "budget.params: expected a whole number, not '1.5'"),
        (
            "defaults = { filter = true }",
            "defaults.filter: a whole number of at least 1 is needed, not True",
        ),
        (
            "defaults = { filter = 0 }",
            "defaults.filter: a whole number of at least 1 is needed, not 0",
        ),
        (
            'defaults = { filter = "3" }',
            "defaults.filter: a whole number of at least 1 is needed, not '3'",
        ),
        (
            'defaults = { input = "32x32" }',
            "defaults.input: WxHxD is needed, as in 32x32x3, not '32x32'",
        ),
        ('defaults = { input = "0x3x3" }', "defaults.input: WxHxD is needed"),
        ('defaults = { input = "²x3x3" }', "defaults.input: WxHxD is needed"),
        ("pattern = ''", "pattern: a text is needed"),
        ("x = [", "cnnsize.toml: "),
    ],
)
def test_what_is_wrong_is_said_with_file_line_and_key(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        held(text)
    assert said in str(wrong.value)
    assert str(wrong.value).startswith("cnnsize.toml:")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("environment", "config", "said"),
    [
        (
            {"CNNSIZE_SELCT": "CNN1"},
            (),
            "the environment: CNNSIZE_SELCT is no setting of cnnsize; did you mean CNNSIZE_SELECT",
        ),
        ({"CNNSIZE_ROUNDING": "up"}, (), "CNNSIZE_ROUNDING: 'up' is none of torch, strict, floor"),
        ({"CNNSIZE_SEVERITY": "CNN101"}, (), "CNNSIZE_SEVERITY: 'CNN101' is no CODE=SEVERITY"),
        (
            {"CNNSIZE_PER_FILE_IGNORES": "a.cnn"},
            (),
            "CNNSIZE_PER_FILE_IGNORES: 'a.cnn' is no PATTERN:CODE",
        ),
        ({"CNNSIZE_DEFAULTS_FILTER": "three"}, (), "CNNSIZE_DEFAULTS_FILTER: a whole number"),
        ({}, ("roundng=strict",), "--config roundng: unknown key; did you mean rounding?"),
        ({}, ("rounding=up",), "--config rounding: 'up' is none of torch, strict, floor"),
        ({}, ("none.toml",), "none.toml: No such file or directory"),
        ({}, ("a.toml", "b.toml"), "two configuration files: a.toml and b.toml"),
    ],
)
def test_what_is_wrong_elsewhere_is_said_with_its_place(
    environment: dict[str, str], config: tuple[str, ...], said: str
) -> None:
    with pytest.raises(ConfigError) as wrong:
        held(None, environment, *config)
    assert said in str(wrong.value)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe",
        b"[tool",
        b"[tool.cnnsize]\nx = [" + b"[" * 3000,
        b"tool = 3",
        b"tool = { cnnsize = 3 }",
    ],
)
def test_a_file_that_cannot_be_read_is_named(content: bytes) -> None:
    Path("x.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=r"x\.toml"):
        configured(("x.toml",), environment={})


def test_a_broken_pyproject_of_somebody_else_is_passed_over(here: Path) -> None:
    (here / "pyproject.toml").write_bytes(b"# cnnsize\n[project\n\xff")
    assert configured(environment={}) == Config()
    (here / "pyproject.toml").write_bytes(b"[tool.cnnsize]\n[project\n")
    with pytest.raises(ConfigError, match="pyproject"):
        configured(environment={})


# -- what is looked for ----------------------------------------


def codes(selection: Selection) -> set[str]:
    return {code for code in rules() if selection.wanted(code)} - ALWAYS_REPORTED


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
    assert codes(selected("", None, **flags)) == left


@pytest.mark.usefixtures("here")
def test_a_later_select_begins_anew_and_a_later_ignore_takes_away() -> None:
    text = 'select = ["shape"]\nignore = ["CNN101"]'
    assert codes(selected(text)) == SHAPE - {"CNN101"}
    assert codes(selected(text, ignore=("CNN102",))) == SHAPE - {"CNN101", "CNN102"}
    assert codes(selected(text, extend_select=("CNN101",))) == SHAPE
    assert codes(selected(text, select=("CNN101",))) == {"CNN101"}
    assert codes(selected(text, {"CNNSIZE_SELECT": "CNN102"}, extend_select=("CNN103",))) == {
        "CNN102",
        "CNN103",
    }


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"select": ("CNN999",)}, "the command line: select: no rule is called 'CNN999'"),
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
        ({"per_file_ignores": ("a.cnn:CNN002",)}, "per-file-ignores.a.cnn: CNN002"),
    ],
)
def test_selectors_that_select_nothing(flags: dict[str, tuple[str, ...]], said: str) -> None:
    with pytest.raises(SelectionError) as wrong:
        selected("", None, **flags)
    assert said in str(wrong.value)


@pytest.mark.usefixtures("here")
def test_severities_are_chosen_the_more_exact_over_the_vaguer() -> None:
    found = selected(
        'severity = { CNN101 = "warning", shape = "info", ALL = "error", CNN1 = "warning" }'
    )
    assert found.levels["CNN101"] == "warning"
    assert found.levels["CNN102"] in ("info", "warning")
    assert found.levels["CNN302"] == "error"
    assert not set(found.levels) & ALWAYS_REPORTED
    with pytest.raises(SelectionError, match="CNN001"):
        selected('severity = { CNN001 = "info" }')


@pytest.mark.usefixtures("here")
def test_a_severity_of_ones_own_wins_over_what_settings_imply() -> None:
    found = held('severity = { CNN101 = "info" }\nrounding = "floor"')
    selection = resolve_selection(found.choices, found.settings, rules())
    (fault,) = [
        one
        for one in check(BAD, settings=found.settings, selection=selection).diagnostics
        if one.code == "CNN101"
    ]
    assert fault.severity == "info"
    (fault,) = [
        one for one in check(BAD, settings=found.settings).diagnostics if one.code == "CNN101"
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
def test_a_rule_that_has_to_be_told_something_is_on_when_it_is_told(
    settings: Settings, code: str
) -> None:
    if code not in rules():
        pytest.skip(f"{code} is not written yet")
    assert not default_selection().wanted(code)
    assert default_selection(settings).wanted(code)
    assert not resolve_selection([Choice("x", ignore=(code,))], settings, rules()).wanted(code)


@pytest.mark.parametrize(
    ("pattern", "file", "match"),
    [
        ("a.cnn", "a.cnn", True),
        ("a.cnn", "x/y/a.cnn", True),
        ("a.cnn", "aa.cnn", False),
        ("*.cnn", "x/a.cnn", True),
        ("zoo", "zoo/a.cnn", True),
        ("zoo/", "x/zoo/a.cnn", True),
        ("zoo/*.cnn", "zoo/a.cnn", True),
        ("zoo/*.cnn", "x/zoo/a.cnn", False),
        ("zoo/*.cnn", "zoo/x/a.cnn", False),
        ("**/zoo/*.cnn", "x/zoo/a.cnn", True),
        ("**/zoo/*.cnn", "zoo/a.cnn", True),
        ("zoo/**", "zoo/x/a.cnn", True),
        ("./zoo/?.cnn", "zoo/a.cnn", True),
        ("zoo/?.cnn", "zoo/ab.cnn", False),
        ("[ab].cnn", "a.cnn", True),
        ("[!ab].cnn", "a.cnn", False),
        ("[a-c].cnn", "b.cnn", True),
        ("a+(b).cnn", "a+(b).cnn", True),
        ("é*.cnn", "été.cnn", True),
    ],
)
@pytest.mark.usefixtures("here")
def test_patterns_of_files(pattern: str, file: str, match: bool) -> None:
    assert matches(file, pattern) is match
    assert matches(str(Path(file).absolute()), pattern) is match


@pytest.mark.usefixtures("here")
def test_files_are_spared() -> None:
    found = selected('[per-file-ignores]\n"zoo/*.cnn" = ["shape"]\n"!zoo/**" = ["CNN302"]\n')

    def codes_of(file: str | None) -> list[str]:
        diagnostics = [
            Diagnostic(code, "", Span(0, 0), source=Source("", file))
            for code in ("CNN001", "CNN101", "CNN302")
        ]
        return [one.code for one in found.applied(diagnostics)]

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


# -- as a stranger runs it ----------------------------------------


def test_exit_status_follows_fail_on(tmp_path: Path) -> None:
    statuses = [
        cnnsize("check", "-q", "--fail-on", on, BAD, cwd=tmp_path)[0]
        for on in ("error", "warning", "info", "never")
    ]
    assert statuses == [1, 1, 1, 0]
    note = "INPUT[32x32x3] -> CONV3-64 -> RELU -> FC-10"
    statuses = [
        cnnsize("check", "-q", "--fail-on", on, note, cwd=tmp_path)[0]
        for on in ("error", "warning", "info", "never")
    ]
    assert statuses == [0, 0, 1, 0]
    assert cnnsize("check", "--fail-on", "never", "INPUT -> POLL", cwd=tmp_path)[0] == 0
    assert cnnsize("show", "--fail-on", "never", BAD, cwd=tmp_path)[0] == 0
    status, out, err = cnnsize("check", "--fail-on", "errors", BAD, cwd=tmp_path)
    assert (status, out) == (2, "")
    assert "did you mean error?" in err


def test_a_syntax_error_is_said_whatever_is_ignored(tmp_path: Path) -> None:
    for flags in (("--ignore", "ALL"), ("--select", "CNN101"), ("--per-file-ignores", "*:CNN0")):
        status, out, _ = cnnsize("check", *flags, "INPUT -> POLL", cwd=tmp_path)
        assert (status, "CNN002" in out) == (1, True)


def test_selection_from_the_command_line(tmp_path: Path) -> None:
    assert "CNN101" in cnnsize("check", "-q", BAD, cwd=tmp_path)[1]
    status, out, _ = cnnsize("check", "-q", "--ignore", "fractional-output,CNN3", BAD, cwd=tmp_path)
    assert (status, out) == (0, "")
    (tmp_path / "cnnsize.toml").write_text('ignore = ["CNN101", "CNN302"]')
    assert cnnsize("check", "-q", BAD, cwd=tmp_path)[:2] == (0, "")
    assert cnnsize("check", "-q", "--isolated", BAD, cwd=tmp_path)[0] == 1
    assert cnnsize("check", "-q", "--extend-select", "CNN101", BAD, cwd=tmp_path)[0] == 1
    assert cnnsize("check", "-q", BAD, cwd=tmp_path, CNNSIZE_EXTEND_SELECT="CNN101")[0] == 1
    assert (
        cnnsize("check", "-q", "--config", "ignore=CNN302", "--isolated", BAD, cwd=tmp_path)[0] == 1
    )
    status, out, err = cnnsize("check", "--ignore", "CNN10l", BAD, cwd=tmp_path)
    assert (status, out) == (2, "")
    assert "did you mean CNN101?" in err


def test_output_format_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "cnnsize.toml").write_text('output-format = "json"')
    assert json.loads(cnnsize("check", GOOD, cwd=tmp_path)[1])["version"]
    assert json.loads(cnnsize("show", GOOD, cwd=tmp_path)[1])["version"]
    (tmp_path / "cnnsize.toml").write_text('output-format = "sarif"')
    assert json.loads(cnnsize("check", GOOD, cwd=tmp_path)[1])["runs"]
    assert "W x H x D" in cnnsize("show", GOOD, cwd=tmp_path)[1]


def test_files_are_excluded(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "a.cnn").write_text(BAD)
    (tmp_path / "b.cnn").write_text(GOOD)
    assert cnnsize("check", ".", cwd=tmp_path)[0] == 1
    assert cnnsize("check", "--exclude", "old/**", ".", cwd=tmp_path)[0] == 0
    assert cnnsize("check", "--exclude", "old", "old/a.cnn", cwd=tmp_path)[0] == 1
    status, out, err = cnnsize(
        "check", "--exclude", "old", "--force-exclude", "old/a.cnn", cwd=tmp_path
    )
    assert (status, out) == (0, "")
    assert "excluded" in err
    (tmp_path / "cnnsize.toml").write_text('exclude = ["old"]')
    assert cnnsize("check", ".", cwd=tmp_path)[0] == 0
    assert (
        cnnsize(
            "check",
            "--force-exclude",
            "--stdin-filename",
            "old/b.cnn",
            "-",
            cwd=tmp_path,
            stdin=BAD.encode(),
        )[0]
        == 0
    )


def test_what_is_excluded_is_not_rewritten(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    for name in ("old/a.cnn", "b.cnn"):
        (tmp_path / name).write_text("conv => relu")
    (tmp_path / "cnnsize.toml").write_text('exclude = ["old"]')
    assert cnnsize("fmt", ".", cwd=tmp_path)[0] == 0
    assert (tmp_path / "old" / "a.cnn").read_text() == "conv => relu"
    assert (tmp_path / "b.cnn").read_text() == "CONV -> RELU"


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("cnnsize check --output-format g", {"github", "gitlab"}),
        ("cnnsize check --fail-on e", {"error"}),
        ("cnnsize check --ignore fractional", {"fractional-output"}),
        ("cnnsize check --select CNN10", {code for code in rules() if code.startswith("CNN10")}),
        ("cnnsize ch", {"check"}),
    ],
)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete(words: str, offered: set[str], shell: str) -> None:
    last = words.rpartition(" ")[2]
    count = last if shell == "fish" else str(words.count(" "))
    _, out, _ = cnnsize(COMP_WORDS=words, COMP_CWORD=count, _CNNSIZE_COMPLETE=f"{shell}_complete")
    found = set(re.split(r"[\n,\t]", out)) - {"plain", "", "_"}
    assert found >= offered
    assert shell != "bash" or all(word.startswith(last) for word in found)


def test_per_file_ignores_and_the_name_of_stdin(tmp_path: Path) -> None:
    (tmp_path / "a.cnn").write_text(BAD)
    (tmp_path / "cnnsize.toml").write_text('[per-file-ignores]\n"a.cnn" = ["CNN101", "CNN302"]')
    assert cnnsize("check", "a.cnn", cwd=tmp_path)[0] == 0
    assert cnnsize("check", "-", cwd=tmp_path, stdin=BAD.encode())[0] == 1
    assert (
        cnnsize("check", "--stdin-filename", "a.cnn", "-", cwd=tmp_path, stdin=BAD.encode())[0] == 0
    )
    _, out, _ = cnnsize(
        "check",
        "--output-format",
        "concise",
        "--stdin-filename",
        "x.md",
        "-",
        cwd=tmp_path,
        stdin=f"# x\n\n```cnn\n{BAD}\n```\n".encode(),
    )
    assert out.startswith("x.md:4:19: error[CNN101]")


def test_statistics(tmp_path: Path) -> None:
    (tmp_path / "a.cnn").write_text("\n\n".join([BAD, BAD, "INPUT[8x8x3] -> POLL"]))
    status, out, _ = cnnsize("check", "--statistics", "--select", "CNN1", "a.cnn", cwd=tmp_path)
    assert status == 1
    assert out == "2  CNN101  error    fractional-output\n1  CNN002  error    unknown-layer\n"
    _, out, _ = cnnsize(
        "check",
        "--statistics",
        "--output-format",
        "json",
        "--select",
        "CNN1",
        "a.cnn",
        cwd=tmp_path,
    )
    assert json.loads(out)[0] == {
        "code": "CNN101",
        "name": "fractional-output",
        "severity": "error",
        "count": 2,
        "fixable": 0,
    }
    assert (
        cnnsize("check", "--statistics", "--output-format", "sarif", "a.cnn", cwd=tmp_path)[0] == 2
    )
    assert cnnsize("check", "--statistics", "--select", "CNN1", GOOD, cwd=tmp_path)[:2] == (0, "")


def test_a_configuration_costs_no_heavy_import(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.cnnsize]\n" + EVERYTHING.partition("[per")[0])
    script = (
        "from cnnsize.config.sources import configured\nassert configured().settings.rounding == 'strict'\nimport sys\n"
        "print(*[name for name in ('pydantic', 'rich', 'json', 'inspect', 'torch', 'difflib') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
