"""How time grows with the text: ``python -m tests.bench.scaling`` prints the exponents.

Each case is a text with ``n`` of something. An exponent of 1 is linear: twice the text, twice the
time. Fixed costs pull it below 1, caches of the processor above.
"""

from __future__ import annotations

import argparse
import gc
import json
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from math import log2
from time import process_time

import cnnsize
from cnnsize.files.document import Document
from cnnsize.report.make import report
from cnnsize.report.texts import read_documents
from cnnsize.rewriting.fmt import format_text

Text = Callable[[int], str]
SIZES = (8_000, 16_000, 32_000)
LEAST = 0.005  # seconds; what takes less says nothing about growth


def lines(text: str, n: int) -> str:
    """Return ``n`` lines, each with its number in place of ``{i}``."""
    return "".join(text.replace("{i}", str(i)) + "\n" for i in range(n))


NET = "INPUT[8x8x3] -> FC-2"
MANY: dict[str, Text] = {  # n characters or marks
    "suppression comments": lambda n: lines("# cnnsize: ignore[CNN101] -- x", n) + NET,
    "comments": lambda n: lines("# a", n) + NET,
    "*N after a layer": lambda n: "INPUT[8x8x3] -> RELU" + "*N" * n,
    ">": lambda n: "INPUT[8x8x3] -> RELU " + ">" * n,
    "commas": lambda n: f"INPUT[8x8x3] -> CONV({',' * n})",
    "lines of a drawing": lambda n: "INPUT[8x8x3]\n" + "│\n" * n + "RELU",
    "open parentheses": lambda n: f"INPUT[8x8x3] -> {'(' * n}",
    "bracketed layers": lambda n: f"INPUT[8x8x3] -> {'[RELU]' * n}",
    "unknown words": lambda n: f"INPUT[8x8x3] -> {'a ' * n}",
    "letters": lambda n: f"INPUT[8x8x3] -> {' -> '.join(f'CONV3-k{i}' for i in range(n // 16))}",
    "where-clauses": lambda n: f"{NET} where {', '.join(f'k{i} in 1..2' for i in range(n // 16))}",
}
FEWER: dict[str, Text] = {  # n networks, layers, blocks or branches
    "networks": lambda n: lines("n{i} = INPUT[8x8x3] -> CONV3-4 -> RELU -> FC-2", n),
    "networks, ignored": lambda n: lines("n{i} = INPUT[8x8x3] -> FC-2  # cnnsize: ignore", n),
    "faulty networks": lambda n: lines("n{i} = INPUT[8x8x3] -> CONV3-{i}1(S=2, P=0) -> FC-2", n),
    "layers, arrows": lambda n: "INPUT[8x8x3]" + " -> CONV3-4 -> RELU" * n + " -> FC-2",
    "layers, commas": lambda n: "INPUT[8x8x3]" + ", conv 3x3 4, relu" * n + ", fc 2",
    "repetitions": lambda n: "INPUT[8x8x3]" + " -> [CONV3-4 -> RELU]*2" * n + " -> FC-2",
    "blocks": lambda n: lines("b{i}(k) = CONV3-k -> RELU", n) + "INPUT[8x8x3] -> b1(4) -> FC-2",
    "blocks that call the next": lambda n: (
        "".join(f"b{i}(k) = b{i + 1}(k)\n" for i in range(n))
        + f"b{n}(k) = CONV3-k\nINPUT[8x8x3] -> b1(4) -> FC-2"
    ),
    "branches": lambda n: f"INPUT[8x8x3] -> CAT{{{' | '.join(['CONV3-4'] * n)}}} -> FC-2",
}
TEN_TIMES_FEWER = (800, 1_600, 3_200)


MARKED: dict[str, Text] = {  # n marks of a text file
    "markers in one line": lambda n: "cnnsize: conv a b " * n,
    "markers with arrows": lambda n: "cnnsize: a -> b " * n,
    "markers def": lambda n: "# cnnsize: def\n" * n,
    "markers, each a network": lambda n: "# cnnsize: INPUT[8x8x3] -> FC-2\n" * (n // 16),
    "comments never closed": lambda n: "/* cnnsize: INPUT\n" * (n // 16),
    "comments, then one more line": lambda n: "# cnnsize: INPUT " * n + "\n# a",
    "empty lines": lambda n: "\n" * n,
}
FENCED: dict[str, Text] = {  # n lines of Markdown
    "fences unclosed": lambda n: "```cnn\n" * (n // 16),
    "headings": lambda n: "# cnnsize:\n" * (n // 4),
    "quotations": lambda n: "> cnnsize:\n" * (n // 4),
}
PYTHON: dict[str, Text] = {  # n lines, escapes or brackets of Python
    "comments": lambda n: "# cnnsize: x\n" * (n // 4),
    "escapes": lambda n: '"""cnnsize: ' + "\\n" * (n // 4) + '"""',
    "brackets": lambda n: "# cnnsize:\nx = " + "[" * (n // 4),
    "a docstring": lambda n: '"""cnnsize:\n' + "    word word\n" * (n // 4) + '"""',
}
NOTEBOOK: dict[str, Text] = {
    "cells": lambda n: json.dumps({"cells": [{"cell_type": "code", "source": "# cnn"}] * (n // 4)}),
    "a cell": lambda n: json.dumps({"cells": [{"cell_type": "code", "source": "# cnn\n" * n}]}),
}
FAULTS: dict[str, Text] = {  # n faults of one network
    "declared shapes": lambda n: f"INPUT[8x8x3]{' -> CONV3-4: [9x9x9]' * n}",
    "unknown layers": lambda n: lines("INPUT[8x8x3] -> CONW3-{i} -> FC-2", n),
}


def check(text: str, file: str = "bench.cnn") -> None:
    report(read_documents([Document(text, file)]))


def fmt(text: str) -> None:
    format_text(text, "bench.cnn")


def emit(text: str) -> None:
    cnnsize.parse(text).sized().torch_source()


WORK: list[tuple[str, Callable[[str], object], dict[str, Text], tuple[int, ...]]] = [
    ("check", check, MANY, SIZES),
    ("check", check, FEWER, TEN_TIMES_FEWER),
    ("check", check, FAULTS, TEN_TIMES_FEWER),
    ("check of text", partial(check, file="bench.txt"), MARKED, SIZES),
    ("check of Markdown", partial(check, file="bench.md"), FENCED, SIZES),
    ("check of Python", partial(check, file="bench.py"), PYTHON, SIZES),
    ("check of a notebook", partial(check, file="bench.ipynb"), NOTEBOOK, SIZES),
    ("fmt", fmt, {name: FEWER[name] for name in ("networks", "blocks")}, TEN_TIMES_FEWER),
    (
        "emit",
        emit,
        {name: FEWER[name] for name in ("layers, arrows", "repetitions", "branches")},
        (200, 400, 800),
    ),
]


def seconds(work: Callable[[str], object], text: str, rounds: int) -> float:
    """Return the least CPU time of a few rounds."""
    least = float("inf")
    gc.disable()  # it runs now and then, and what it then looks through is not the text's
    try:
        for _ in range(rounds):
            gc.collect()
            begin = process_time()
            work(text)
            least = min(least, process_time() - begin)
    finally:
        gc.enable()
    return least


def exponents(rounds: int = 2) -> list[tuple[str, list[float], float]]:
    """Return (case, seconds at each size, exponent of the last doubling) of every case."""
    rows = []
    for command, work, texts, sizes in WORK:
        for name, text in texts.items():
            times = [seconds(work, text(n), rounds) for n in sizes]
            growth = [log2(b / a) for a, b in pairwise(times)][-1] if times[-1] > LEAST else 0.0
            rows.append((f"{command}: {sizes[-1]:,} {name}", times, growth))
    return rows


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m tests.bench.scaling", description=__doc__)
    asked.add_argument("--rounds", type=int, default=2)
    print("| what | n/4 | n/2 | n | exponent |\n|---|---:|---:|---:|---:|")
    for name, times, growth in exponents(asked.parse_args().rounds):
        print(f"| {name} | {' | '.join(f'{each:.3f} s' for each in times)} | {growth:.2f} |")


if __name__ == "__main__":
    main()
