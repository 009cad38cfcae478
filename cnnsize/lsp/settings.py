"""The configuration of a file that is open in an editor: that of the folder where it is."""

from __future__ import annotations

import os

from cnnsize.config.inputs import inputs_of
from cnnsize.config.selection import selection_of
from cnnsize.config.sources import (
    DEFAULT_CONFIG,
    Config,
    ConfigError,
    find_config_file,
    read_config,
)
from cnnsize.files.globs import matches
from cnnsize.files.stamp import Stamp, stamp_of
from cnnsize.lint.selection import Selection, SelectionError, default_selection
from cnnsize.record import Record

CONFIG_FILES = ("pyproject.toml", "cnnsize.toml")


class FileSettings(Record):
    """The configuration of a folder. ``problem`` says why it is not in force."""

    config: Config
    selection: Selection
    problem: str = ""

    def excludes(self, path: str) -> bool:
        """Return whether the configuration excludes a file."""
        return any(matches(path, pattern, folder) for folder, pattern in self.config.exclude)

    def inputs(self, path: str | None) -> tuple[tuple[str, tuple[int, int, int]], ...]:
        """Return the sizes of inputs of the networks in a Python file."""
        return inputs_of(self.config, path) if self.config.inputs and path else ()


class SettingsCache:
    """Reads the configuration of folders, and reads it again when its file changes."""

    def __init__(self) -> None:
        self._settings: dict[str | None, tuple[Stamp | None, FileSettings]] = {}

    def of_file(self, path: str | None) -> FileSettings:
        """Return the settings for a file; None is a text without a file.

        It is the same object until the configuration changes.
        """
        folder = os.path.dirname(os.path.abspath(path)) if path else os.getcwd()
        try:
            config_file = find_config_file(folder)
        except ConfigError as error:
            return self._kept(folder, None, str(error))
        return self._kept(config_file, stamp_of(config_file) if config_file else None, "")

    def _kept(self, config_file: str | None, stamp: Stamp | None, problem: str) -> FileSettings:
        """Return the settings of a file, which are read if it changed since the last time."""
        known = self._settings.get(config_file)
        if known is not None and known[0] == stamp and (not problem or known[1].problem == problem):
            return known[1]
        if problem:
            settings = FileSettings(DEFAULT_CONFIG, default_selection(), problem)
        else:
            settings = read_settings(config_file)
        self._settings[config_file] = stamp, settings
        return settings

    def clear(self) -> None:
        """Forget all settings."""
        self._settings.clear()


def read_settings(config_file: str | None) -> FileSettings:
    """Return the settings of a configuration file; the defaults where it is faulty."""
    try:
        if config_file is None:
            config = read_config(isolated=True)
        else:
            config = read_config([config_file])
        return FileSettings(config, selection_of(config))
    except (ConfigError, SelectionError, OSError) as error:
        return FileSettings(DEFAULT_CONFIG, default_selection(), str(error))
