"""Files, environment and command line: which source overrides which."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cnnsize.config.keys import KEYS
from cnnsize.config.sources import read_config
from cnnsize.lint.selection import (
    RuleChoice,
)
from cnnsize.sizing.settings import TORCH, CostBudget, Settings
from tests.config.helpers import EVERYTHING, config_from
from tests.helpers import ROOT


@pytest.mark.parametrize("form", ["cnnsize.toml", "table", "dotted", "inline"])
def test_every_key_is_read_from_every_kind_of_file(here: Path, form: str) -> None:
    if form == "cnnsize.toml":
        (here / "cnnsize.toml").write_text(EVERYTHING)
    elif form == "table":
        body = EVERYTHING.replace("[per-file-ignores]", "[tool.cnnsize.per-file-ignores]")
        (here / "pyproject.toml").write_text(f"[project]\nname = 'x'\n[tool.cnnsize]\n{body}")
    elif form == "dotted":
        (here / "pyproject.toml").write_text("[tool]\ncnnsize.rounding = 'strict'\n")
        assert read_config(environment={}).settings.rounding == "strict"
        return
    else:
        (here / "pyproject.toml").write_text("tool = { cnnsize = { rounding = 'strict' } }\n")
        assert read_config(environment={}).settings.rounding == "strict"
        return
    config = read_config(environment={})
    assert config.settings == Settings(
        config.settings.defaults,
        "tensorflow",
        "strict",
        "nvidia",
        "cross-entropy",
        CostBudget(25_600_000, 4_100_000_000, 500 * 2**20),
        "INPUT -> CONV -> FC",
    )
    assert config.settings.defaults.input == (28, 28, 1)
    assert [
        getattr(config.settings.defaults, key)
        for key in ("filter", "filters", "pool", "hidden", "classes")
    ] == [5, 8, 3, 100, 2]
    (choice,) = config.rule_choices
    assert choice == RuleChoice(
        choice.where,
        ("CNN1", "shape", "repeated-activation"),
        ("CNN101",),
        ("CNN401",),
        (("CNN102", "info"),),
        (("zoo/*.cnn", ("CNN103",)),),
        str(here),
    )
    assert (config.fail_on, config.output_format) == ("error", "concise")
    assert config.rule_dirs == (str(here / "lint") + "/",)
    assert config.exclude == ((str(here), "old/**"),)


def test_the_guide_names_every_key() -> None:
    readme = (ROOT / "cnnsize" / "guide" / "configuration.md").read_text("utf-8")
    for key in KEYS:
        assert key.rpartition(".")[2] in readme, key


def test_the_closest_file_counts_and_pyproject_without_a_table_is_skipped(here: Path) -> None:
    inner = here / "a" / "b"
    inner.mkdir(parents=True)
    (here / "cnnsize.toml").write_text('target = "tensorflow"')
    (here / "a" / "pyproject.toml").write_text('[project]\nname = "cnnsize-nets"\n')
    import os

    os.chdir(inner)
    assert read_config(environment={}).settings.target == "tensorflow"
    (here / "a" / "pyproject.toml").write_text('[tool.cnnsize]\nrounding = "floor"\n')
    config = read_config(environment={})
    assert (config.settings.rounding, config.settings.target) == ("floor", "torch")
    assert read_config(isolated=True, environment={}).settings == TORCH
    assert (
        read_config((str(here / "cnnsize.toml"),), environment={}).settings.target == "tensorflow"
    )
    assert (
        read_config(environment={"CNNSIZE_CONFIG": "../../cnnsize.toml"}).settings.target
        == "tensorflow"
    )
    assert (
        read_config(isolated=True, environment={"CNNSIZE_CONFIG": "../../cnnsize.toml"}).settings
        == TORCH
    )


def test_of_two_files_in_one_folder_pyproject_counts(here: Path) -> None:
    (here / "cnnsize.toml").write_text('target = "tensorflow"')
    (here / "pyproject.toml").write_text('[tool.cnnsize]\nrounding = "floor"\n')
    assert read_config(environment={}).settings == Settings(rounding="floor")


@pytest.mark.usefixtures("here")
def test_flags_override_pairs_override_environment_override_file() -> None:
    text = (
        'fail-on = "never"\nrounding = "floor"\nbudget = { params = 1 }\ndefaults = { filter = 5 }'
    )
    assert config_from(text).fail_on == "never"
    assert config_from(text, {"CNNSIZE_FAIL_ON": "info"}).fail_on == "info"
    assert config_from(text, {"CNNSIZE_FAIL_ON": "info"}, "fail-on=error").fail_on == "error"
    assert (
        config_from(text, {"CNNSIZE_FAIL_ON": "info"}, "fail-on=error", fail_on="warning").fail_on
        == "warning"
    )
    config = config_from(
        text, {"CNNSIZE_BUDGET_MEMORY": "12GB", "CNNSIZE_DEFAULTS_FILTERS": "8"}, "budget.macs=4.1G"
    )
    assert config.settings.budget == CostBudget(1, 4_100_000_000, 12 * 10**9)
    assert (config.settings.defaults.filter, config.settings.defaults.filters) == (5, 8)
    assert config_from(text, {"CNNSIZE_FAIL_ON": " ", "HOME": "/x"}).fail_on == "never"


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
    config = config_from(None, None, pair)
    assert getattr(config.settings, key) != getattr(TORCH, key)


def test_a_list_and_a_table_in_plain_text(here: Path) -> None:
    environment = {
        "CNNSIZE_SELECT": "CNN1,shape",
        "CNNSIZE_SEVERITY": "CNN101=warning, shape=info",
        "CNNSIZE_PER_FILE_IGNORES": "zoo/*.cnn:CNN101,zoo/*.cnn:CNN102,a.cnn:style",
        "CNNSIZE_RULE_DIRS": "my rules,b",
    }
    config = config_from(None, environment)
    assert [choice.select for choice in config.rule_choices if choice.select] == [("CNN1", "shape")]
    assert [choice.severity for choice in config.rule_choices if choice.severity] == [
        (("CNN101", "warning"), ("shape", "info"))
    ]
    assert [
        choice.per_file_ignores for choice in config.rule_choices if choice.per_file_ignores
    ] == [(("zoo/*.cnn", ("CNN101", "CNN102")), ("a.cnn", ("style",)))]
    assert config.rule_dirs == (str(here / "my rules"), str(here / "b"))


def test_a_configuration_costs_no_heavy_import(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.cnnsize]\n" + EVERYTHING.partition("[per")[0])
    script = (
        "from cnnsize.config.sources import read_config\nassert read_config().settings.rounding == 'strict'\nimport sys\n"
        "print(*[name for name in ('pydantic', 'rich', 'json', 'inspect', 'torch', 'difflib') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
