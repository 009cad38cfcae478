"""Shared by the tests of the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cnnsize.config.sources import Config, from_flags, read_config
from cnnsize.lint.selection import (
    Selection,
    resolve_selection,
    rules,
)


def config_from(
    text: str | None = None,
    environment: dict[str, str] | None = None,
    *config: str,
    isolated: bool = False,
    **flags: Any,
) -> Config:
    """Return the configuration after writing a cnnsize.toml to the current folder."""
    if text is not None:
        Path("cnnsize.toml").write_text(text, "utf-8")
    return read_config(
        config, isolated=isolated, flags=from_flags(flags), environment=environment or {}
    )


def selection_from(
    text: str = "", environment: dict[str, str] | None = None, **flags: tuple[str, ...]
) -> Selection:
    """Return the rules that this configuration selects."""
    config = config_from(text, environment, isolated=False, **flags)
    return resolve_selection(config.rule_choices, config.settings, rules())


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
