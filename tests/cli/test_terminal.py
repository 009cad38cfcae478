"""What users of ruff reach for: watch, settings, files, fixes without a report, the options by name."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from functools import partial
from pathlib import Path
from time import monotonic, sleep

import pytest
from click.testing import CliRunner, Result

from cnnsize.cli.commands import GROUPS, MODULES, cli
from cnnsize.config.keys import KEYS
from cnnsize.config.sources import read_config
from tests.helpers import BAD, GOOD, ROOT

SLOPPY = "INPUT[8x8x3] -> CONV3-8(P=1) -> RELU -> RELU -> FC-10"
FIXED = "INPUT[8x8x3] -> CONV3-8(P=1) -> RELU -> FC-10"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run each test in an empty directory, at 80 columns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def run(*arguments: str) -> Result:
    """Return the outcome of a command in this process."""
    done = CliRunner().invoke(cli, list(arguments))
    assert "Traceback" not in done.output
    return done


# -- options ----------------------------------------


def test_the_help_lists_commands_in_groups_and_cuts_no_sentence() -> None:
    text = run("--help").stdout
    assert [line[:-1] for line in text.splitlines() if line.endswith(":") and line[0] != " "][
        1:
    ] == list(GROUPS)
    assert "..." not in text.partition("Options:")[2]
    for name in MODULES:
        about = cli.get_command(None, name).help or ""  # type: ignore[arg-type, union-attr]
        assert " ".join(about.split("\n\n")[0].split()) in " ".join(text.split())


def test_options_are_in_sections() -> None:
    text = run("check", "--help").stdout
    titles = [line[:-1] for line in text.splitlines() if line and line[0].isalpha()]
    assert titles[1:] == [
        *("Input", "Models", "Files", "Speed", "Rules", "Fixes", "Table", "Output", "General"),
    ]
    for command in set(MODULES) - {"check"}:
        assert "  --select " not in run(command, "--help").stdout


def test_numbers_of_options_have_bounds() -> None:
    assert "expected at least 1, not 0" in run("match", "--limit", "0", GOOD).output
    assert "expected at most 1,000, not 2,000" in run("match", "--limit", "2k", GOOD).output


@pytest.mark.parametrize("flag", ["-V", "--version"])
def test_the_version(flag: str) -> None:
    assert run(flag).stdout.startswith("cnnsize, version ")


# -- configuration ----------------------------------------


def test_config_lists_every_option() -> None:
    text = run("config").stdout
    assert [line.split(":")[0] for line in text.splitlines() if line[0] != " "] == list(KEYS)
    assert max(map(len, text.splitlines())) <= 80
    data = json.loads(run("config", "--output-format", "json").stdout)
    assert [option["name"] for option in data] == list(KEYS)
    assert all(option["type"] and option["description"] for option in data)


def test_config_lists_the_options_of_a_table() -> None:
    text = run("config", "budget").stdout
    names = [line.partition(":")[0] for line in text.splitlines() if not line.startswith(" ")]
    assert names == ["budget.params", "budget.macs", "budget.memory"]


def test_the_beginning_of_a_name_in_the_zoo_is_answered_with_the_names() -> None:
    result = run("show", "dcgan")
    assert result.exit_code == 2
    assert "did you mean dcgan_generator or dcgan_discriminator?" in result.stderr


def test_config_describes_one_option_with_its_value_in_force(folder: Path) -> None:
    (folder / "cnnsize.toml").write_text('budget = { params = "25.6M" }')
    text = run("config", "budget.params").stdout
    assert text.startswith("budget.params\n\nMost parameters of one network.\n")
    assert "25600000 (cnnsize.toml)" in text
    assert "CNNSIZE_BUDGET_PARAMS" in text
    assert "25600000" not in run("config", "--isolated", "budget.params").stdout
    unknown = run("config", "failon")
    assert (unknown.exit_code, "did you mean 'fail-on'?" in unknown.stderr) == (2, True)


def test_defaults_are_those_of_the_program() -> None:
    pairs = [f"{name}={option.default}" for name, option in KEYS.items() if option.default]
    set_by_hand = read_config(pairs, isolated=True, environment={})
    default = read_config(isolated=True, environment={})
    assert set_by_hand.settings == default.settings
    assert set_by_hand.fail_on == default.fail_on


def test_show_settings_is_toml_and_names_the_sources(folder: Path) -> None:
    (folder / "cnnsize.toml").write_text(
        'fail-on = "info"\nseverity = { style = "error" }\nper-file-ignores = { "a/*" = ["CNN1"] }'
    )
    text = run("check", "--show-settings", "--select", "CNN1", "--exclude", "old").stdout
    settings = tomllib.loads(text)["tool"]["cnnsize"]
    assert settings["select"] == ["CNN1"]
    assert settings["exclude"] == ["old"]
    assert settings["severity"] == {"style": "error"}
    assert settings["per-file-ignores"] == {"a/*": ["CNN1"]}
    assert 'fail-on = "info"  # cnnsize.toml' in text
    assert 'select = ["CNN1"]  # the command line' in text
    assert "20 of 79 rules are on: CNN101" in text
    data = json.loads(run("check", "--show-settings", "--output-format", "json").stdout)
    assert data["settings"]["fail-on"] == {"value": '"info"', "source": "cnnsize.toml"}


# -- files ----------------------------------------


def test_show_files_lists_what_is_read(folder: Path) -> None:
    (folder / "b.cnn").write_text(GOOD)
    (folder / "a.md").write_text(f"```cnn\n{BAD}\n```\n")
    (folder / "c.txt").write_text("nothing")
    done = run("check", "--show-files", ".")
    assert (done.exit_code, done.stdout) == (0, "a.md\nb.cnn\n")
    done = run("check", "--show-files", "--exclude", "a.*", "--output-format", "json", ".")
    assert json.loads(done.stdout) == ["b.cnn"]


def test_findings_are_in_the_order_of_files_and_lines(folder: Path) -> None:
    first = "n = INPUT[8x8x3] -> CONV3-8(P=1) -> RELU -> RELU -> FC-10"  # a warning
    (folder / "a.cnn").write_text(f"{first}\ny = INPUT[8x8x3] -> POLL\n")
    (folder / "b.cnn").write_text("z = INPUT[8x8x3] -> POLL\n")
    lines = run("check", "--output-format", "concise", ".").stdout.splitlines()
    assert [line.split("[")[0] for line in lines] == [
        "a.cnn:1:45: warning",
        "a.cnn:2:21: error",
        "b.cnn:1:21: error",
    ]


def test_defaults_are_reported_in_files_only_where_it_is_asked(folder: Path) -> None:
    text = "INPUT -> CONV -> RELU -> POOL -> FC"
    (folder / "a.cnn").write_text(text)
    concise = ("check", "--output-format", "concise")
    assert "CNN006" not in run(*concise, "a.cnn").stdout
    assert "CNN006" in run(*concise, "--extend-select", "CNN006", "a.cnn").stdout
    assert "CNN006" in run(*concise, "--config", "select=ALL", "a.cnn").stdout
    assert "CNN006" not in run(*concise, "--select", "ALL", "--ignore", "CNN006", "a.cnn").stdout
    assert "CNN006" in run(*concise, text).stdout
    # the table of one string lists them below, except where the note is asked for
    table = run("check", text).stdout
    assert ("efaults used" in table, "CNN006" in table) == (True, False)
    assert "CNN006" in run("check", "--select", "CNN006", text).stdout
    assert "CNN006" in run("check", "--fail-on", "info", text).stdout


# -- fixes and the exit status ----------------------------------------


def test_fix_only_reports_nothing_that_remains(folder: Path) -> None:
    (folder / "a.cnn").write_text(f"{SLOPPY}\n{BAD}\n")
    done = run("check", "--fix-only", "a.cnn")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "fixed 1 finding in a.cnn\n"
    assert (folder / "a.cnn").read_text() == f"{FIXED}\n{BAD}\n"


def test_exit_zero_keeps_the_findings(folder: Path) -> None:
    done = run("check", "--exit-zero", BAD)
    assert (done.exit_code, "CNN101" in done.stdout) == (0, True)
    done = run("check", "--exit-zero", "-q", BAD)
    assert (done.exit_code, "CNN101" in done.stdout) == (0, True)
    assert run("check", "--exit-zero", "missing.cnn").exit_code == 2


def test_the_hooks_in_their_order_print_each_finding_once(folder: Path) -> None:
    """As pre-commit does: each hook on the same file, after what the hooks before it changed."""
    bad_layer = "INPUT[8x8x3] -> POLL"
    (folder / "a.cnn").write_text(f"Input[8x8x3] => relu -> RELU -> fc-10\n{BAD}\n{bad_layer}\n")
    entries = [
        line.split(": cnnsize ")[1].split()
        for line in (ROOT / ".pre-commit-hooks.yaml").read_text().splitlines()
        if line.startswith("  entry")
    ]
    assert [entry[0] for entry in entries] == ["check", "fmt", "check"]
    for _ in range(2):  # the second time nothing changes, and the same findings remain
        done = [run(*entry, "a.cnn") for entry in entries]
        output = "".join(each.output for each in done)
        assert output.count("CNN101") == output.count("CNN002") == 1
        assert [each.exit_code for each in done] == [0, 0, 1]


# -- watch ----------------------------------------


def test_watch_needs_files() -> None:
    for arguments in ((GOOD,), ("-",), ("missing.cnn",)):
        done = run("check", "--watch", *arguments)
        assert (done.exit_code, "--watch needs files" in done.output) == (2, True)


@pytest.mark.slow
def test_watch_checks_again_after_each_change_until_it_is_interrupted(folder: Path) -> None:
    import signal

    (folder / "a.cnn").write_text(GOOD + "\n")
    with (folder / "out").open("w") as out, (folder / "err").open("w") as err:
        child = subprocess.Popen(
            [sys.executable, "-m", "cnnsize", "check", "--watch", "a.cnn", "cnnsize.toml"],
            stdout=out,
            stderr=err,
            cwd=folder,
        )
    assert child.wait(60) == 2  # a file is missing
    with (folder / "out").open("w") as out, (folder / "err").open("w") as err:
        child = subprocess.Popen(
            [sys.executable, "-m", "cnnsize", "check", "--watch", "a.cnn"],
            stdout=out,
            stderr=err,
            cwd=folder,
            # a process that was started in the background ignores Ctrl-C
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        )

    def wait_for(words: str) -> None:
        begin = monotonic()
        while words not in (folder / "out").read_text():
            assert monotonic() - begin < 60
            sleep(0.1)

    try:
        wait_for("1 network: valid")
        (folder / "a.cnn").write_text(BAD + "\n")
        wait_for("1 network: 1 error")
        (folder / "cnnsize.toml").write_text('ignore = ["CNN101"]')
        wait_for("1 network: 1 warning")
        child.send_signal(signal.SIGINT)
        assert child.wait(60) == 0
    finally:
        child.kill()
        child.wait()
    assert "Traceback" not in (folder / "err").read_text()


def test_emit_and_run_fail_for_findings_only_on_request() -> None:
    text = "INPUT[10x10x3] -> CONV3-8(S=2, P=0)"  # PyTorch rounds down, so it can be built
    assert run("emit", text).exit_code == 0
    failing = run("emit", text, "--fail-on", "error")
    assert failing.exit_code == 1
    assert "class Net" in failing.stdout and "CNN101" in failing.stderr
    assert run("emit", "INPUT[9x9x3] -> CONV3-8(S=2, P=0)", "--fail-on", "error").exit_code == 0
