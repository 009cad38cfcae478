"""``python -m tests.bench.editing``: the round trip of an edit in ``cnnsize lsp``, in a process."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from cnnsize.zoo import index, text_of
from tests.lsp.client import Editor

EDITS = 40
README = 20  # networks


def texts() -> dict[str, str]:
    """The files that are edited: one network, and a README with many."""
    fences = (f"```cnn\n{text_of(name)}\n```\n" for name in list(index())[:README])
    return {"resnet50.cnn": text_of("resnet50"), "README.md": "\n".join(fences)}


def edit_times(editor: Editor, name: str, text: str) -> list[float]:
    """The seconds from each edit of a width to its findings."""
    editor.open(name, text)
    width = text.rindex("FC-") + 3
    times = []
    for version in range(2, EDITS + 2):
        begin = perf_counter()
        editor.change(name, text[:width] + str(version) + text[width:], version)
        editor.findings(name, version)
        times.append(perf_counter() - begin)
    return times


def main() -> None:
    """Print a row for each file."""
    print("| edited | bytes | ms an edit, median | worst |\n|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder, Editor(Path(folder)) as editor:
        for name, text in texts().items():
            times = edit_times(editor, name, text)
            print(
                f"| {name} | {len(text):,} | {1e3 * median(times):.1f} | {1e3 * max(times):.1f} |"
            )


if __name__ == "__main__":
    main()
