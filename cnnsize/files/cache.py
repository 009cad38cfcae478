"""Results of earlier runs: which files have no finding, so that they need not be read again.

A result is kept by the path of its file, with the stamp of the file and the states of the other paths
that it depends on. Only files without findings are kept, because nothing of their text is printed.

A stamp that is younger than ``SETTLING`` is not trusted: a second change within the resolution of the
file system's clock would leave it as it is. Any failure to read or write the cache means that files are
checked again.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from time import time, time_ns
from typing import NamedTuple

from cnnsize.files.consulted import State, state_of
from cnnsize.files.read import read_bytes
from cnnsize.files.stamp import Stamp, stamp_of
from cnnsize.limits import MAX_FILE

FOLDER_NAME = ".cnnsize_cache"
TAG = """\
Signature: 8a477f597d28d172789f06886806bc55
# This directory holds results of earlier runs of cnnsize. It can be deleted at any time.
# See https://bford.info/cachedir/
"""
SETTLING = 2_000_000_000  # nanoseconds; file systems of USB sticks count in steps of two seconds
MAX_BYTES = 50_000_000  # of one file of the cache
MAX_STALE = 10_000  # results of files that a run did not look at, beyond as many as it did
MAX_CONFIGURATIONS = 8  # whose results are kept
OWN_NAME = re.compile(r"results-[0-9a-f]{32}\.json(?P<unfinished>\.\d+)?")
LOST = 3600  # seconds after which a file that a killed run was writing is removed


class Clean(NamedTuple):
    """The result for a file without findings."""

    networks: int = 0
    bad: int = 0  # networks of these that have errors as expected
    has_content: bool = False  # networks, or blocks that are marked bad
    has_models: bool = False  # it is searched for networks of Python source
    has_unread: bool = False  # some of these are not read
    consulted: Mapping[str, State] = {}  # the state of each other path that the result depends on


NOTHING = Clean()  # the file holds no network


class Cache:
    """The results for one configuration; ``digest`` is that of everything else they depend on."""

    def __init__(self, folder: str, digest: str) -> None:
        self.folder = folder
        self.file = os.path.join(folder, f"results-{digest}.json")
        self.started = time_ns()
        self.known = _read(self.file)
        self.current: dict[str, object] = {}  # what this run knows
        self.stamps: dict[str, Stamp] = {}  # of files without a result, before they are read
        self.changed = False
        self.states: dict[str, object] = {}  # of other paths that results depend on

    def get(self, path: str) -> Clean | None:
        """Return the result for a file, if nothing that it depends on has changed."""
        stamp = stamp_of(path)
        if stamp is None:
            return None
        row = self.known.get(path)
        clean = None
        if type(row) is list and row[:4] == [*stamp]:
            clean = self._read_row(row)
        if clean is None:
            self.stamps[path] = stamp
        else:
            self.current[path] = row
        return clean

    def _read_row(self, row: list[object]) -> Clean | None:
        """Return the result in a row of the file; None for a row that is damaged or outdated."""
        if len(row) == 4:
            return NOTHING
        try:
            clean = Clean(*row[4:])  # type: ignore[arg-type]
            outdated = any(self._state(path) != state for path, state in clean.consulted.items())
        except (TypeError, AttributeError):
            return None
        are_counts = all(type(count) is int and 0 <= count <= MAX_FILE for count in clean[:2])
        return clean if are_counts and not outdated else None

    def _state(self, path: str) -> object:
        """Return the state of another path as JSON has it."""
        if path not in self.states:
            self.states[path] = _plain(state_of(path))
        return self.states[path]

    def put(self, path: str, clean: Clean) -> None:
        """Keep a result for a file that ``get`` has been asked for."""
        stamp = self.stamps.get(path)
        if stamp is None or not self._is_settled(stamp):
            return
        row: list[object] = [*stamp]
        if clean != NOTHING:
            states = clean.consulted.values()
            if not all(self._is_settled(state) for state in states if isinstance(state, tuple)):
                return
            consulted = {path: _plain(state) for path, state in clean.consulted.items()}
            row += [*clean[:-1], consulted] if consulted else clean[:-1]
        self.current[path] = row
        self.changed = True

    def _is_settled(self, stamp: Stamp) -> bool:
        """Return whether any later change gives the file another stamp."""
        return max(stamp[:2]) < self.started - SETTLING

    def save(self) -> None:
        """Write the results, unless none has changed or they cannot be written."""
        stale = [path for path in self.known if path not in self.current]
        if not self.changed and len(stale) <= MAX_STALE + len(self.current):
            return
        kept = dict(self.current)
        checked = self.stamps.keys()
        others = [path for path in stale if path not in checked]
        if len(others) <= MAX_STALE + len(kept):
            kept |= {path: self.known[path] for path in others}
        try:
            _make_folder(self.folder)
            data = json.dumps(kept, separators=(",", ":")).encode("ascii")
            _replace(self.file, data)
            _remove_old(self.folder)
        except (OSError, ValueError):  # read-only, full, or not ours
            return


def _plain(state: State) -> object:
    """Return a state as JSON has it."""
    return [*state] if isinstance(state, tuple) else state


def _read(file: str) -> dict[str, object]:
    """Return the rows of a file of the cache; none for a file that is missing or damaged."""
    try:
        rows = json.loads(read_bytes(file, MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return rows if type(rows) is dict else {}


def _make_folder(folder: str) -> None:
    """Create the folder of a cache; git and programs that make backups leave it out."""
    if os.path.isdir(folder):
        return
    os.makedirs(folder)
    for name, text in ((".gitignore", "*\n"), ("CACHEDIR.TAG", TAG)):
        with open(os.path.join(folder, name), "x", encoding="ascii", newline="\n") as file:
            file.write(text)


def _replace(file: str, data: bytes) -> None:
    """Write a file as a whole, so that another run reads either the old one or the new one."""
    unfinished = f"{file}.{os.getpid()}"
    try:
        with open(unfinished, "xb") as stream:
            stream.write(data)
        os.replace(unfinished, file)
    except OSError:
        if os.path.exists(unfinished):
            os.remove(unfinished)
        raise


def _remove_old(folder: str) -> None:
    """Remove the results for all but the latest configurations, and what killed runs left."""
    finished: list[tuple[float, str]] = []
    lost: list[tuple[float, str]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            name = OWN_NAME.fullmatch(entry.name)
            if name is not None:
                files = lost if name["unfinished"] else finished
                files.append((entry.stat().st_mtime, entry.path))
    old = sorted(finished, reverse=True)[MAX_CONFIGURATIONS:]
    old += [file for file in lost if file[0] < time() - LOST]
    for _, path in old:
        os.remove(path)
