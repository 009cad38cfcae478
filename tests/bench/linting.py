"""How dear the rules are: beside sizing, and on a file of 10,000 networks."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import cnnsize
from cnnsize.files.document import Document
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.lint.engine import linter_for
from cnnsize.lint.selection import default_selection
from cnnsize.report.make import report
from cnnsize.report.texts import read_documents
from cnnsize.sizing.size import sized as size
from tests.bench.contenders import Contender
from tests.bench.networks import VGG

ZOO = Path(cnnsize.__file__).parent / "zoo"


def networks() -> dict[str, cnnsize.Architecture]:
    """VGG-16, and ResNet-50 where the zoo is there."""
    found = {"VGG-16": cnnsize.parse(VGG.text)}
    path = ZOO / "resnet.cnn"
    if path.exists():
        for one in read_documents([Document(path.read_text("utf-8"), str(path))]).architectures:
            if isinstance(one, ParsedArchitecture) and one.name == "resnet50":
                found["ResNet-50"] = cnnsize.Architecture.from_record(one)
    return found


def lint_contenders(one: cnnsize.Architecture) -> list[Contender]:
    """Sizing alone, and all default rules on what was sized: conditions, checks, texts and worded
    findings.
    """
    linter = linter_for(default_selection())
    network = one.sized()
    return [
        Contender("sized", lambda _: one.sized()),
        Contender("linted", lambda _: (linter.lint(network), linter.lint_text(one))),
    ]


def many(count: int) -> tuple[float, float, float, int]:
    """CPU seconds to (read, size, size and lint) that many networks of a file, and the findings."""
    lines = []
    for at in range(count):
        bias, norm = (", bias=no", "BN -> ") if at % 2 else ("", "")
        stage = f"[CONV3-{16 + at % 97}(P=1{bias}) -> {norm}RELU]*{1 + at % 3} -> POOL2"
        lines.append(
            f"net{at} = INPUT[{(32, 64, 96)[at % 3]}x{(32, 64, 96)[at % 3]}x3] -> [{stage}]*{1 + at % 4} -> FC-{100 + at % 501} -> RELU -> FC-10"
        )
    begin = process_time()
    texts = read_documents([Document("\n".join(lines), "many.cnn")])
    parsed = process_time()
    for one in texts.architectures:
        assert isinstance(one, ParsedArchitecture)
        size(one)
    sized = process_time()
    made = report(texts)
    return parsed - begin, sized - parsed, process_time() - sized, len(made.diagnostics)
