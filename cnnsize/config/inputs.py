"""The table `inputs` of the configuration: sizes of inputs of networks in source files."""

from __future__ import annotations

from cnnsize.config.sources import Config
from cnnsize.files.globs import matches

Size = tuple[int, int, int]  # W x H x D


def inputs_of(config: Config, path: str) -> tuple[tuple[str, Size], ...]:
    """Return the names of networks of a file, * for all of them, each with the size of its input."""
    sizes: list[tuple[str, Size]] = []
    for folder, pattern, size in config.inputs:
        files, colon, name = pattern.rpartition(":")
        if matches(path, files if colon else pattern, folder):
            sizes.append((name if colon else "*", size))
    return tuple(sizes)
