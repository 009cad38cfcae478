"""Rules of a team's own: what their pages may say, and how errors in them are reported."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnsize
from cnnsize.lint.catalogue import BY_CODE
from cnnsize.lint.compiler import custom_rules
from cnnsize.lint.pages import BrokenPageError
from cnnsize.lint.rule import Rule
from tests.lint.findings import selection

OWN = """+++
code = "TEAM001"
name = "no-wide-filters"
severity = "warning"
default = true
fix = "none"
since = "1"
scope = "layer"
layers = ["CONV"]
when = "F > 5 and not first"
message = "a filter of {F}"
+++
# no-wide-filters (TEAM001)
"""


def own(folder: Path, text: str = OWN, name: str = "wide.md") -> list[Rule]:
    (folder / name).write_text(text, "utf-8")
    return custom_rules([folder])


def test_a_team_has_rules_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("no rule", "utf-8")
    table = {**BY_CODE, **{rule.code: rule for rule in own(tmp_path)}}
    result = cnnsize.check(
        "INPUT[32x32x3] -> CONV7-8 -> RELU -> CONV7-8 -> RELU -> FC-10",
        selection=selection("TEAM", table=table),
    )
    (diagnostic,) = result.diagnostics
    assert (
        diagnostic.code,
        diagnostic.name,
        diagnostic.severity,
        diagnostic.message,
        diagnostic.location.column,
    ) == (
        "TEAM001",
        "no-wide-filters",
        "warning",
        "a filter of 7",
        38,
    )
    assert result.to_dict()["diagnostics"][0]["facts"] == {"F": 7, "first": False}


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        (
            'scope = "layer"',
            'scope = "layr"',
            8,
            "scope: input should be 'layer', 'network', 'text', 'core' or 'code'",
        ),
        ('since = "1"', 'since = "1"\nwhne = "F > 1"', 8, "unknown key whne; did you mean when?"),
        ("F > 5", "Fx > 5", 10, "when: unknown fact 'Fx'; did you mean F? (at character 1)"),
        (
            "F > 5 and not first",
            "F",
            10,
            "when: a condition must be a boolean, but this is a number (at character 1)",
        ),
        (
            "F > 5",
            "F.real > 5",
            10,
            "when: an attribute is not allowed in an expression (at character 1)",
        ),
        ("{F}", "{F!r}", 11, "message: invalid expression"),
        (
            "{F}",
            "{F.__class__}",
            11,
            "message: an attribute is not allowed in an expression (at character 14)",
        ),
        ('["CONV"]', '["CNOV"]', 9, "layers: unknown layer CNOV; did you mean CONV"),
        (
            '"TEAM001"',
            '"CNN999"',
            2,
            "code: codes with CNN are reserved for cnnsize; use other letters",
        ),
        (
            '"TEAM001"',
            '"team1"',
            2,
            "code: 'team1' must be 2 to 8 capital letters and 3 digits, such as TEAM001",
        ),
        (
            '"no-wide-filters"',
            '"No Wide"',
            3,
            "name: 'No Wide' must be lower-case words with hyphens, such as unusual-pool",
        ),
        ('"no-wide-filters"', '"unusual-pool"', 1, "unusual-pool is already the name of CNN207"),
        (
            'when = "F > 5 and not first"',
            'check = "os.system"',
            10,
            "check: unknown check os.system",
        ),
        (
            'when = "F > 5 and not first"',
            "",
            8,
            "a rule needs either a condition (when) or a check",
        ),
        ('message = "a filter of {F}"', "", 8, "message: is missing"),
        (
            'scope = "layer"\nlayers = ["CONV"]',
            'scope = "core"',
            8,
            "scope: only rules of cnnsize itself have the scope core",
        ),
        (
            'scope = "layer"',
            'scope = "network"',
            9,
            "layers: only a rule with the scope layer can name layers",
        ),
        (
            'fix = "none"',
            'fix = "none"\nfixer = "unusual_pool"',
            7,
            'fixer: not allowed with fix = "none"',
        ),
        ('fix = "none"', 'fix = "safe"\nfixer = "rm_rf"', 7, "fixer: unknown fixer rm_rf"),
        ("default = true", 'default = "yes"', 5, "default: input should be a valid boolean"),
        ('since = "1"', "", 1, "since: is missing"),
        ("+++\ncode", "code", 1, "a page must begin with +++"),
    ],
)
def test_a_broken_rule_names_its_file_line_and_key(
    tmp_path: Path, old: str, new: str, line: int, expected: str
) -> None:
    assert old in OWN
    with pytest.raises(BrokenPageError) as error:
        own(tmp_path, OWN.replace(old, new))
    assert str(error.value).startswith(f"{tmp_path / 'wide.md'}:{line}: {expected}")


def test_two_rules_of_one_code_or_name_are_refused(tmp_path: Path) -> None:
    own(tmp_path)
    with pytest.raises(BrokenPageError, match="TEAM001 is already the code of"):
        own(tmp_path, OWN, "other.md")
    with pytest.raises(BrokenPageError, match="no-wide-filters is already the name of"):
        own(tmp_path, OWN.replace("TEAM001", "TEAM002"), "other.md")


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BrokenPageError, match="none is not a directory"):
        custom_rules([tmp_path / "none"])


@given(st.text(max_size=200))
def test_junk_in_a_condition_is_an_error_with_file_line_and_key(text: str) -> None:
    import tempfile

    quoted = "".join(
        c if " " <= c <= "~" and c not in '"\\' else f"\\u{ord(c):04X}"
        for c in text
        if ord(c) < 0xD800
    )
    with tempfile.TemporaryDirectory() as folder:
        for key in ("when", "message"):
            line = next(line for line in OWN.splitlines() if line.startswith(key))
            page = OWN.replace(line, f'{key} = "{quoted}"')
            try:
                own(Path(folder), page)
            except BrokenPageError as error:
                assert re.match(rf".*wide\.md:\d+: ({key}|a rule needs either)", str(error))  # noqa: PT017
