"""``[tool.cnnsize]`` of the nearest pyproject.toml, else cnnsize.toml: default sizes and the target."""

from __future__ import annotations

import os.path
from typing import Any

from cnnsize.layers.base import Defaults
from cnnsize.network import TORCH, Settings
from cnnsize.words import nearest


class ConfigError(Exception):
    """A configuration that cannot be used; the message names file and key."""


def nearest_file(folder: str) -> str | None:
    """The configuration file that holds for a folder, looking upwards."""
    while True:
        project = os.path.join(folder, "pyproject.toml")
        try:
            with open(project, "rb") as file:
                if b"[tool.cnnsize" in file.read():
                    return project
        except OSError:
            pass
        own = os.path.join(folder, "cnnsize.toml")
        if os.path.isfile(own):
            return own
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def load(path: str | None) -> Settings:
    """The settings of a file. Raises ConfigError for what is not a setting, with the nearest that is."""
    if path is None:
        return TORCH
    import tomllib  # late: most calls have no configuration

    try:
        with open(path, encoding="utf-8") as file:
            data: dict[str, Any] = tomllib.loads(file.read())
    except OSError as wrong:
        raise ConfigError(f"{path}: {wrong.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise ConfigError(f"{path}: {wrong}") from None
    tool = "tool" in data or os.path.basename(path) == "pyproject.toml"
    table = data.get("tool", {}).get("cnnsize", {}) if tool else data
    return validated(table, path)


def validated(table: dict[str, Any], name: str) -> Settings:
    from pydantic import BaseModel, ConfigDict, Field, ValidationError

    class Sizes(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)
        input: str = "32x32x3"
        filter: int = Field(default=3, ge=1)
        filters: int = Field(default=64, ge=1)
        pool: int = Field(default=2, ge=1)
        hidden: int = Field(default=512, ge=1)
        classes: int = Field(default=10, ge=1)

    class Table(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)
        target: str = Field(default="torch", pattern="^(torch|tensorflow)$")
        defaults: Sizes = Sizes()

    try:
        found = Table.model_validate(table)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        key = ".".join(map(str, first["loc"]))
        known = list(Sizes.model_fields) if first["loc"][0] == "defaults" else list(Table.model_fields)
        hint = ""
        if first["type"] == "extra_forbidden":
            near = nearest(str(first["loc"][-1]), known) or known
            raise ConfigError(f"{name}: unknown key {key}; did you mean {' or '.join(near)}?") from None
        raise ConfigError(f"{name}: {key}: {first['msg']}{hint}") from None
    sizes = found.defaults
    volume = tuple(int(part) if part.isdigit() else 0 for part in sizes.input.split("x"))
    if len(volume) != 3 or min(volume) < 1:
        raise ConfigError(f"{name}: defaults.input is WxHxD, as in 32x32x3, not {sizes.input!r}")
    defaults = Defaults(
        (volume[0], volume[1], volume[2]), sizes.filter, sizes.filters, sizes.pool, sizes.hidden, sizes.classes
    )
    return Settings(TORCH.defaults if defaults == TORCH.defaults else defaults, found.target)
