"""Errors in the configuration: they name the source, the line, the key and the closest valid one."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnsize.config.sources import Config, ConfigError, read_config
from tests.config.helpers import config_from


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('targte = "torch"', "cnnsize.toml:1: targte: unknown key; did you mean 'target'?"),
        (
            '\n\nextend_select = ["CNN1"]',
            "cnnsize.toml:3: extend_select: unknown key; did you mean 'extend-select'?",
        ),
        ("params = 3", "cnnsize.toml:1: params: unknown key; did you mean 'budget.params'?"),
        (
            "[budget]\nparms = 3",
            "cnnsize.toml:2: budget.parms: unknown key; did you mean 'budget.params'?",
        ),
        (
            "defaults = { filtres = 3 }",
            "cnnsize.toml:1: defaults.filtres: unknown key; did you mean 'defaults.filters'",
        ),
        (
            'rounding = "strct"',
            "rounding: expected torch, strict or floor, not 'strct'; did you mean 'strict'?",
        ),
        ("rounding = 3", "rounding: expected torch, strict or floor, not 3"),
        ('fail-on = "warn"', "fail-on: expected error, warning, info or never, not 'warn'"),
        ('output-format = "githb"', "did you mean 'github'?"),
        ('select = "CNN1"', "select: expected a list of strings"),
        ("select = [1]", "select: expected a list of strings"),
        ('severity = "error"', "severity: expected a table"),
        (
            'severity = { CNN101 = "warn" }',
            "severity: CNN101: expected error, warning or info, not 'warn'; did you mean 'warning'?",
        ),
        ('per-file-ignores = ["x"]', "per-file-ignores: expected a table"),
        (
            'per-file-ignores = { "a.cnn" = "CNN1" }',
            "per-file-ignores: a.cnn: expected a list of strings",
        ),
        ("budget = 3", "budget: expected a table with params, macs, memory, not 3"),
        (
            'budget = { memory = "12 parsecs" }',
            "budget.memory: expected an amount, as in 500MiB or 12GB, not '12 parsecs'",
        ),
        ("budget = { params = -1 }", "budget.params: expected an amount"),
        ("budget = { params = true }", "budget.params: expected an amount"),
        ("budget = { params = 1.5 }", "budget.params: expected a whole number, not '1.5'"),
        (
            "defaults = { filter = true }",
            "defaults.filter: expected an integer of at least 1, not True",
        ),
        (
            "defaults = { filter = 0 }",
            "defaults.filter: expected an integer of at least 1, not 0",
        ),
        (
            'defaults = { filter = "3" }',
            "defaults.filter: expected an integer of at least 1, not '3'",
        ),
        (
            'defaults = { input = "32x32" }',
            "defaults.input: expected WxHxD, as in 32x32x3, not '32x32'",
        ),
        ('defaults = { input = "0x3x3" }', "defaults.input: expected WxHxD"),
        ('defaults = { input = "²x3x3" }', "defaults.input: expected WxHxD"),
        ("pattern = ''", "pattern: expected a non-empty string"),
        ("x = [", "cnnsize.toml: "),
    ],
)
def test_an_error_names_file_line_and_key(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        config_from(text)
    assert message in str(error.value)
    assert str(error.value).startswith("cnnsize.toml:")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("environment", "config", "message"),
    [
        (
            {"CNNSIZE_SELCT": "CNN1"},
            (),
            "unknown environment variable CNNSIZE_SELCT; did you mean CNNSIZE_SELECT",
        ),
        (
            {"CNNSIZE_ROUNDING": "up"},
            (),
            "CNNSIZE_ROUNDING: expected torch, strict or floor, not 'up'",
        ),
        (
            {"CNNSIZE_SEVERITY": "CNN101"},
            (),
            "CNNSIZE_SEVERITY: expected CODE=SEVERITY, not 'CNN101'",
        ),
        (
            {"CNNSIZE_PER_FILE_IGNORES": "a.cnn"},
            (),
            "CNNSIZE_PER_FILE_IGNORES: expected PATTERN:RULE, not 'a.cnn'",
        ),
        (
            {"CNNSIZE_DEFAULTS_FILTER": "three"},
            (),
            "CNNSIZE_DEFAULTS_FILTER: expected an integer of at least 1",
        ),
        ({}, ("roundng=strict",), "--config roundng: unknown key; did you mean 'rounding'?"),
        ({}, ("rounding=up",), "--config rounding: expected torch, strict or floor, not 'up'"),
        ({}, ("none.toml",), "none.toml: No such file or directory"),
        (
            {},
            ("a.toml", "b.toml"),
            "--config names two files, a.toml and b.toml; only one can be used",
        ),
    ],
)
def test_an_error_outside_files_names_its_source(
    environment: dict[str, str], config: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ConfigError) as error:
        config_from(None, environment, *config)
    assert message in str(error.value)


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
        read_config(("x.toml",), environment={})


def test_a_broken_pyproject_without_our_table_is_skipped(here: Path) -> None:
    (here / "pyproject.toml").write_bytes(b"# cnnsize\n[project\n\xff")
    assert read_config(environment={}) == Config()
    (here / "pyproject.toml").write_bytes(b"[tool.cnnsize]\n[project\n")
    with pytest.raises(ConfigError, match="pyproject"):
        read_config(environment={})
