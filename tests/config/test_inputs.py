"""Sizes of inputs of networks in source files, as the configuration sets them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnsize.config.inputs import inputs_of
from cnnsize.config.sources import ConfigError, read_config

CONFIG = """\
[tool.cnnsize.inputs]
"nets/*.py:Net" = "32x30x3"
"nets/**" = "28x28x1"
"""


def test_patterns_are_for_files_and_names(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(CONFIG)
    config = read_config([str(path)])
    expected = (("Net", (32, 30, 3)), ("*", (28, 28, 1)))
    assert inputs_of(config, str(tmp_path / "nets" / "lenet.py")) == expected
    assert inputs_of(config, str(tmp_path / "other.py")) == ()


def test_a_flag_and_a_variable_set_it() -> None:
    config = read_config(['inputs={ "a.py:Net" = "8x9x3" }'], isolated=True)
    assert inputs_of(config, "a.py") == (("Net", (8, 9, 3)),)
    config = read_config([], isolated=True, environment={"CNNSIZE_INPUTS": "a.py:Net=8x9x3"})
    assert inputs_of(config, "a.py") == (("Net", (8, 9, 3)),)


def test_a_wrong_size_is_named() -> None:
    with pytest.raises(ConfigError, match=r"a\.py: expected WxHxD"):
        read_config(['inputs={ "a.py" = "8x9" }'], isolated=True)
    with pytest.raises(ConfigError, match="expected a table"):
        read_config(["inputs=3"], isolated=True)
