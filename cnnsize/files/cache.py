"""Results of earlier runs: which files have no finding, so that they need not be read again.

A result is kept by the path of its file, with the stamp of the file and the states of the other paths
that it depends on. Only files without findings are kept, because nothing of their text is printed.

A stamp that is younger than ``SETTLING`` is not trusted: a second change within the resolution of the
file system's clock would leave it as it is. Any failure to read or write the cache means that files are
checked again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from time import time, time_ns
from zlib import crc32

from cnnsize.files.consulted import FOLDER, State, state_of
from cnnsize.files.read import read_bytes
from cnnsize.files.stamp import Stamp, latest_time, stamp_of
from cnnsize.limits import MAX_FILE
from cnnsize.record import NamedTuple

FOLDER_NAME = ".cnnsize_cache"
TAG = """\
Signature: 8a477f597d28d172789f06886806bc55
# This directory holds results of earlier runs of cnnsize. It can be deleted at any time.
# See https://bford.info/cachedir/
"""
SETTLING = 2_000_000_000  # nanoseconds; file systems of USB sticks count in steps of two seconds
MAX_BYTES = 200_000_000  # of one file of the cache: two million files
MAX_STALE = 10_000  # results of files that a run did not look at, beyond as many as it did
MAX_CONFIGURATIONS = 8  # whose results are kept
OWN_NAME = r"results-[0-9a-f]{32}(?P<unfinished>\.\d+)?"
LOST = 3600  # seconds after which a file that a killed run was writing is removed
SEPARATOR = "\0"  # of paths and rows in a file of the cache


class Clean(NamedTuple):
    """The result for a file without findings."""

    networks: int = 0
    bad: int = 0  # networks of these that have errors as expected
    has_content: bool = False  # networks, or blocks that are marked bad
    has_models: bool = False  # it is searched for networks of Python source
    has_unread: bool = False  # some of these are not read
    consulted: Mapping[str, State] = {}  # the state of each other path that the result depends on


NOTHING = Clean()  # the file holds no network
NUMBERS = 5  # of a result, before ``consulted``


class Cache:
    """The results for one configuration; ``digest`` is that of everything else they depend on."""

    def __init__(self, folder: str, digest: str) -> None:
        self.folder = folder
        self.file = os.path.join(folder, f"results-{digest}")
        self.started = time_ns()
        self.rows = _read(self.file)  # by path
        self.valid: list[str] = []  # paths whose results hold
        self.stamps: dict[str, Stamp] = {}  # of files without a result, before they are read
        self.new: dict[str, str] = {}  # rows of this run
        self.states: dict[str, State] = {}  # of other paths that results depend on

    def get(self, path: str) -> Clean | None:
        """Return the result for a file, if nothing that it depends on has changed."""
        stamp = stamp_of(path)
        if stamp is None:
            return None
        row = self.rows.get(path)
        if row == stamp:
            self.valid.append(path)
            return NOTHING
        clean = None
        if row is not None and row.startswith(f"{stamp}\n"):
            clean = self._read_row(row)
        if clean is None:
            self.stamps[path] = stamp
        else:
            self.valid.append(path)
        return clean

    def _read_row(self, row: str) -> Clean | None:
        """Return the result in a row; None for a row that is damaged or outdated."""
        _, texts, *states = row.split("\n")
        try:
            numbers = [int(text) for text in texts.split(" ", NUMBERS)]
            consulted = _from_json(states[0]) if states else {}
            outdated = any(self._state(path) != state for path, state in consulted.items())
        except (ValueError, AttributeError, RecursionError):
            return None
        is_count = all(0 <= number <= MAX_FILE for number in numbers)
        if outdated or not is_count or len(numbers) != NUMBERS:
            return None
        networks, bad, has_content, has_models, has_unread = numbers
        return Clean(
            networks, bad, bool(has_content), bool(has_models), bool(has_unread), consulted
        )

    def _state(self, path: str) -> State:
        """Return the state of another path."""
        if path not in self.states:
            self.states[path] = state_of(path)
        return self.states[path]

    def put(self, path: str, clean: Clean) -> None:
        """Keep a result for a file that ``get`` has been asked for."""
        stamp = self.stamps.get(path)
        if stamp is None or not self._is_settled(stamp):
            return
        if not all(map(self._is_settled, clean.consulted.values())):
            return
        row = stamp
        if clean != NOTHING:
            row += "\n" + " ".join(f"{number:d}" for number in clean[:NUMBERS])
        if clean.consulted:
            row += "\n" + _to_json(clean.consulted)
        self.new[path] = row

    def _is_settled(self, state: State) -> bool:
        """Return whether any later change gives the path another state."""
        return state in (None, FOLDER) or latest_time(state) < self.started - SETTLING

    def save(self) -> None:
        """Write the results, unless none has changed or they cannot be written."""
        checked = self.stamps.keys()
        stale = len(self.rows) - len(self.valid) - len(self.rows.keys() & checked)
        has_many_stale = stale > MAX_STALE + len(self.valid) + len(self.new)
        if not self.new and not has_many_stale:
            return
        others = [path for path in self.rows if path not in checked]
        paths = self.valid if has_many_stale else others
        rows = {path: self.rows[path] for path in paths} | self.new
        try:
            _make_folder(self.folder)
            _replace(self.file, _to_bytes(rows))
            _remove_old(self.folder)
        except (OSError, ValueError):  # read-only, full, or not ours
            return


def _to_json(consulted: Mapping[str, State]) -> str:
    """Return states in one line."""
    import json  # late, as below: few results depend on other paths

    return json.dumps(consulted)


def _from_json(text: str) -> dict[str, State]:
    """Return the states in a line. Raises ValueError and RecursionError."""
    import json

    states: dict[str, State] = json.loads(text)
    return states


def _to_bytes(rows: Mapping[str, str]) -> bytes:
    """Return rows as a file has them, after a checksum of their bytes."""
    text = SEPARATOR.join([part for row in rows.items() for part in row])
    body = text.encode("utf-8", "surrogatepass")
    return b"%08x\n%b" % (crc32(body), body)


def _read(file: str) -> dict[str, str]:
    """Return the rows of a file of the cache; none for a file that is missing or damaged."""
    try:
        data = read_bytes(file, MAX_BYTES)
        checksum, _, body = data.partition(b"\n")
        if checksum != b"%08x" % crc32(body):
            return {}
        parts = body.decode("utf-8", "surrogatepass").split(SEPARATOR)
    except (OSError, ValueError):
        return {}
    return dict(zip(parts[::2], parts[1::2], strict=False))


def _make_folder(folder: str) -> None:
    """Create the folder of a cache; git and programs that make backups leave it out."""
    if os.path.isdir(folder):
        return
    os.makedirs(folder)
    try:
        for name, text in ((".gitignore", "*\n"), ("CACHEDIR.TAG", TAG)):
            _replace(os.path.join(folder, name), text.encode("ascii"))
    except OSError:  # without its .gitignore, git would find it
        from shutil import rmtree  # late: this is rare

        rmtree(folder, ignore_errors=True)
        raise


def _replace(file: str, data: bytes) -> None:
    """Write a file as a whole, so that another run reads either the old one or the new one."""
    unfinished = f"{file}.{os.getpid()}"
    try:
        with open(unfinished, "xb") as stream:
            stream.write(data)
        os.replace(unfinished, file)
    except BaseException:  # Ctrl-C, too
        if os.path.exists(unfinished):
            os.remove(unfinished)
        raise


def _remove_old(folder: str) -> None:
    """Remove the results for all but the latest configurations, and what killed runs left."""
    finished: list[tuple[float, str]] = []
    lost: list[tuple[float, str]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            name = re.fullmatch(OWN_NAME, entry.name)
            if name is not None:
                files = lost if name["unfinished"] else finished
                files.append((entry.stat().st_mtime, entry.path))
    old = sorted(finished, reverse=True)[MAX_CONFIGURATIONS:]
    old += [file for file in lost if file[0] < time() - LOST]
    for _, path in old:
        os.remove(path)
