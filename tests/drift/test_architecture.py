"""CNN128: an architecture that is tied to a class is compared with it, layer by layer."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent

import pytest

import cnnsize
from cnnsize.drift.code_network import read_class
from cnnsize.files.document import Document, read_file
from cnnsize.models.source.read import SourceNetwork, read_source
from cnnsize.report.make import report
from cnnsize.report.result import Report
from cnnsize.report.texts import read_documents
from cnnsize.rewriting.fix import apply_fixes
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.zoo import index

SOURCE = """\
import torch
import torch.nn as nn
import torch.nn.functional as F


class Digits(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 5)
        self.conv2 = nn.Conv2d(8, 24, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(24)
        self.drop = nn.Dropout(0.3)
        self.fc = nn.Linear(24 * 6 * 6, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.norm(self.conv2(x))), 2)
        x = torch.flatten(x, 1)
        return self.fc(self.drop(x))


class Shortcut(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.wide = nn.Conv2d(3, width, 3, padding=1)
        self.deep = nn.Conv2d(width, 2 * width, 3, padding=1, groups=width)
        self.one = nn.Conv2d(3, 2 * width, 1)
        self.head = nn.Linear(2 * width, 5)

    def forward(self, x):
        x = self.one(x) + self.deep(F.relu6(self.wide(x)))
        return self.head(x.mean([2, 3]))


class Twice(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(),
            nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(), nn.AvgPool2d(8), nn.Flatten(), nn.Identity(),
            nn.Linear(16, 4),
        )


class Unreadable(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = layers

    def forward(self, x):
        return self.layers.run(x)
"""
DIGITS = (
    "INPUT[28x28x1] -> CONV5-8(P=0) -> RELU -> POOL2 -> CONV3-24(bias=no) -> BN -> RELU -> POOL2 -> "
    "DROPOUT(0.3) -> FC-10"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "nets.py").write_text(SOURCE)
    (tmp_path / "docs").mkdir()
    return tmp_path


def checked(folder: Path, name: str, text: str) -> Report:
    path = folder / name
    path.write_text(text)
    return report(read_documents([read_file(str(path))]))


def drifts(result: Report) -> list[Diagnostic]:
    return [found for found in result.diagnostics if found.code == "CNN128"]


def of_fence(folder: Path, words: str, text: str) -> Report:
    return checked(folder, "README.md", f"# Nets\n\n```cnn {words}\n{text}\n```\n")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Digits", DIGITS),
        ("Digits", DIGITS.replace(" -> FC", " -> FLATTEN -> FC")),
        ("Digits", DIGITS.partition(" -> ")[2]),
        ("Digits", "half(k) = POOL2(S=k)\n" + DIGITS.replace("POOL2", "half(2)")),
        ("Digits", DIGITS.replace("-24", "-k").replace("FC-10", "FC-n")),
        ("Digits", DIGITS.replace("BN ->", "BN? ->").replace("-8", "-n")),
        (
            "Shortcut",
            "INPUT[32x32x3] -> ADD{CONV3-16 -> RELU6 -> DWCONV3(M=2) | CONV1-32} -> GAP -> FC-5",
        ),
        ("Shortcut", "ADD{CONV1-32 | CONV3-16 -> RELU6 -> CONV3-32(G=16)} -> GAP -> FC-5"),
        ("Twice", "INPUT[8x8x3] -> [CONV3-16 -> RELU]*3 -> GAP -> FC-4"),
        (
            "Twice",
            "INPUT[8x8x3] -> [CONV3-16 -> RELU]*2 -> CONV3-16 -> RELU -> AVGPOOL8 -> IDENTITY -> FC-4",
        ),
    ],
)
def test_other_ways_to_write_the_same_network_are_no_drift(
    folder: Path, name: str, text: str
) -> None:
    result = of_fence(folder, f"model=src/nets.py:{name}", text)
    assert result.uncompared == ()
    codes = [found.code for found in result.diagnostics]
    assert [code for code in codes if code.startswith("CNN0") or code == "CNN128"] == []


@pytest.mark.parametrize(
    ("name", "text", "marked", "message"),
    [
        (
            "Digits",
            DIGITS.replace("CONV3-24", "CONV3-32"),
            "CONV3-32(bias=no)",
            "the text has CONV3-32(bias=no) where Digits has CONV3-24(bias=no): "
            "K is 32 here, but 24 in Digits",
        ),
        (
            "Digits",
            DIGITS.replace("(P=0)", ""),
            "CONV5-8",
            "the text has CONV5-8 where Digits has CONV5-8(P=0): P is 2 here, but 0 in Digits",
        ),
        (
            "Digits",
            DIGITS.replace("(bias=no)", ""),
            "CONV3-24",
            "the text has CONV3-24 where Digits has CONV3-24(bias=no): "
            "bias is yes here, but no in Digits",
        ),
        (
            "Digits",
            DIGITS.replace("0.3", "0.5"),
            "DROPOUT(0.5)",
            "the text has DROPOUT(0.5) where Digits has DROPOUT(0.3): "
            "the rate is 0.5 here, but 0.3 in Digits",
        ),
        (
            "Digits",
            DIGITS.replace("BN -> ", ""),
            "RELU",
            "the text has RELU where Digits has BN: Digits has BN",
        ),
        (
            "Digits",
            DIGITS + " -> SOFTMAX",
            "SOFTMAX",
            "the text goes on with SOFTMAX where Digits ends: Digits ends before it",
        ),
        (
            "Digits",
            DIGITS.removesuffix(" -> FC-10"),
            "DROPOUT(0.3)",
            "the text ends where Digits goes on with FC-10: FC-10 of Digits is missing after it",
        ),
        (
            "Digits",
            DIGITS.replace("28x28x1", "28x28x3"),
            "INPUT[28x28x3]",
            "the text has INPUT[28x28x3] where Digits has INPUT[28x28x1]: Digits takes 28x28x1",
        ),
        (
            "Digits",
            DIGITS.replace("28x28x1", "32x32x1"),
            "INPUT[32x32x1]",
            "the text has INPUT[32x32x1] where Digits has INPUT[28x28x1]: Digits takes 28x28x1",
        ),
        (
            "Digits",
            "INPUT[28x28x1] -> [CONV3-N -> BN? -> RELU -> POOL]*2 -> DROPOUT -> FC-10",
            "CONV3-N",
            "the text has CONV3-N where Digits has CONV5-8(P=0): Digits has CONV5-8(P=0)",
        ),
        (
            "Shortcut",
            "ADD{CONV1-32 | CONV3-16 -> RELU -> CONV3-32(G=16)} -> GAP -> FC-5",
            "RELU",
            "the text has RELU where Shortcut has RELU6: Shortcut has RELU6",
        ),
        (
            "Shortcut",
            "ADD{CONV1-34 | CONV3-16 -> RELU6 -> CONV3-32(G=16)} -> GAP -> FC-5",
            "CONV3-16",
            "the text has CONV3-16 where Shortcut has CONV3-width: "
            "K is 16 here, but width with width = 17 in Shortcut",
        ),
        (
            "Twice",
            "INPUT[8x8x3] -> [CONV3-16 -> RELU]*2 -> GAP -> FC-4",
            "GAP",
            "the text has GAP where Twice has CONV3-16: Twice has CONV3-16",
        ),
    ],
)
def test_the_first_layer_that_differs_is_named(
    folder: Path, name: str, text: str, marked: str, message: str
) -> None:
    (found,) = drifts(of_fence(folder, f"model=src/nets.py:{name}", text))
    assert found.source is not None
    assert found.source.text[found.span.start : found.span.end] == marked
    assert found.summary == message


def test_a_finding_shows_both_places(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    Path("README.md").write_text(f"```cnn model=src/nets.py:Digits\n{DIGITS}\n```\n")
    Path("README.md").write_text(Path("README.md").read_text().replace("CONV5-8", "CONV5-6"))
    (found,) = drifts(report(read_documents([read_file("README.md")])))
    assert str(found) == dedent("""\
        warning[CNN128] architecture-drift: the text has CONV5-6(P=0) where Digits has CONV5-8(P=0)
         --> README.md:2:19
          |
        2 | INPUT[28x28x1] -> CONV5-6(P=0) -> RELU -> POOL2 -> CONV3-24(bias=no) -> ...
          |                   ^^^^^^^^^^^^ K is 6 here, but 8 in Digits
         ::: src/nets.py:9:22
          |
        9 |         self.conv1 = nn.Conv2d(1, 8, 5)
          |                      ------------------ CONV5-8(P=0)
          = note: Digits in src/nets.py is INPUT[28x28x1] -> CONV5-8(P=0) -> RELU ->
                  POOL2 -> CONV3-24(bias=no) -> BN -> RELU -> POOL2 -> FLATTEN ->
                  DROPOUT(0.3) -> FC-10
          = help: `cnnsize check --fix --unsafe-fixes` writes the network of Digits here""")
    related = found.to_dict()["related"]
    assert related == [
        {
            "span": [21, 39],
            "message": "CONV5-8(P=0)",
            "file": "src/nets.py",
            "location": {"line": 9, "column": 22},
            "end_location": {"line": 9, "column": 40},
        }
    ]


WRONG = DIGITS.replace("CONV5-8", "CONV5-9")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("README.md", f"<!-- cnnsize: model=src/nets.py:Digits -->\n\n```cnn\n{WRONG}\n```\n"),
        ("docs/nets.md", f'- x\n\n  ```{{.cnn model="../src/nets.py:Digits"}}\n  {WRONG}\n  ```\n'),
        ("a.rst", f".. cnnsize: model=src/nets.py:Digits\n\n.. code-block:: cnn\n\n   {WRONG}\n"),
        ("a.rst", f".. code-block:: cnn model=src/nets.py:Digits\n\n   {WRONG}\n"),
        (
            "a.cnn",
            f"# cnnsize: model=src/nets.py:Digits\nnet = {WRONG}\n\nother = INPUT[8x8x3] -> FC-9\n",
        ),
        ("a.yaml", f"# cnnsize: model=src/nets.py:Digits\n# cnnsize: {WRONG}\nx: 1\n"),
        ("src/a.py", f"# cnnsize: model=nets.py:Digits\n# cnnsize: {WRONG}\nx = 1\n"),
    ],
)
def test_a_text_names_its_class(folder: Path, name: str, text: str) -> None:
    result = checked(folder, name, text)
    assert [found.summary for found in drifts(result)] == [
        "the text has CONV5-9(P=0) where Digits has CONV5-8(P=0): K is 9 here, but 8 in Digits"
    ]
    assert not [found for found in result.diagnostics if found.code == "CNN902"]


@pytest.mark.parametrize(
    "docstring",
    [
        f'"""Read digits.\n\n```cnn\n{WRONG}\n```\n"""',
        f'"""Read digits.\n\n.. code-block:: cnn\n\n   {WRONG}\n"""',
        f'"""cnnsize: {WRONG}"""',
    ],
)
def test_a_text_in_the_docstring_of_a_class_is_about_it(folder: Path, docstring: str) -> None:
    head = "class Digits(nn.Module):\n"
    text = SOURCE.replace(head, head + indent(docstring, "    ") + "\n")
    (found,) = drifts(checked(folder, "a.py", text))
    assert found.label == "K is 9 here, but 8 in Digits"


def test_a_comment_right_above_a_class_is_about_it(folder: Path) -> None:
    text = SOURCE.replace("class Digits", f"# cnnsize: {WRONG}\n# as in the paper\nclass Digits")
    (found,) = drifts(checked(folder, "a.py", text))
    assert found.location.line == 6


def test_a_chain_in_a_docstring_counts_with_extract_python(folder: Path) -> None:
    head = "class Digits(nn.Module):\n"
    text = SOURCE.replace(head, f'{head}    """{WRONG}"""\n')
    path = folder / "a.py"
    path.write_text(text)
    assert drifts(report(read_documents([read_file(str(path))]))) == []
    found = drifts(report(read_documents([read_file(str(path), ("python",))])))
    assert [one.label for one in found] == ["K is 9 here, but 8 in Digits"]


@pytest.mark.parametrize(
    "text",
    [
        f"```cnn\n{WRONG}\n```\n",
        f"<!-- cnnsize: model=src/nets.py:Digits -->\n\nText.\n\n```cnn\n{WRONG}\n```\n",
        f"```cnn skip model=src/nets.py:Digits\n{WRONG}\n```\n",
        f"model=src/nets.py:Digits\n\n```cnn\n{WRONG}\n```\n",
    ],
)
def test_other_texts_are_not_compared(folder: Path, text: str) -> None:
    assert drifts(checked(folder, "README.md", text)) == []


def test_one_of_several_variants_has_to_be_equal(folder: Path) -> None:
    words = "model=src/nets.py:Digits"
    assert drifts(of_fence(folder, words, f"small = {WRONG}\n\nlarge = {DIGITS}")) == []
    (found,) = drifts(of_fence(folder, words, f"digits = {WRONG}\n\nlarge = {DIGITS}"))
    assert found.location.line == 4


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("model=src/nets.py:Digit", "src/nets.py has no class Digit"),
        ("model=src/net.py:Digits", "no class to compare with: src/net.py: no such file"),
        (
            "model=../nets.py:Digits",
            "no class to compare with: ../nets.py is outside of the project",
        ),
        ("model=/etc/a.py:Digits", "no class to compare with: /etc/a.py is outside of the project"),
        ("model=src/nets.txt:Digits", "no class to compare with: src/nets.txt is no Python file"),
        (
            "model=Digits",
            "no class to compare with: Digits has no file; write model=FILE.py:Digits",
        ),
        ("model=src/nets.py:", "no class to compare with: write model=FILE.py:Class"),
    ],
)
def test_a_name_without_a_class_is_reported_where_it_is_written(
    folder: Path, words: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    Path("README.md").write_text(f"```cnn {words}\n{DIGITS}\n```\n")
    (found,) = drifts(report(read_documents([read_file("README.md")])))
    assert found.message == message
    assert (found.location.line, found.location.column) == (1, 14)


def test_a_link_out_of_the_project_is_not_followed(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "nets.py"
    outside.write_text(SOURCE)
    (folder / "src" / "link.py").symlink_to(outside)
    (found,) = drifts(of_fence(folder, "model=src/link.py:Digits", DIGITS))
    assert found.message.endswith("src/link.py is outside of the project")


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("Unreadable", DIGITS, "line 50: the argument layers has no value"),
        ("torch", DIGITS, "torch is no network"),
        (
            "Digits",
            DIGITS.replace("BN", "..."),
            "a pattern cannot contain `...` or a list of counts",
        ),
        ("Shortcut", "ADD{CONV1-n | CONV3-16 -> RELU6}", "both have sizes that are open"),
    ],
)
def test_what_cannot_be_compared_is_only_noted(
    folder: Path, name: str, text: str, reason: str
) -> None:
    result = of_fence(folder, f"model=src/nets.py:{name}", text)
    assert drifts(result) == []
    (note,) = result.uncompared
    place = folder / "README.md"
    assert note == f"{place}:4: not compared with {name} of {folder / 'src/nets.py'}: {reason}"


def test_a_text_without_input_is_compared_and_needs_none(folder: Path) -> None:
    text = DIGITS.partition(" -> ")[2]
    result = of_fence(folder, "model=src/nets.py:Digits", text)
    assert [found.code for found in result.diagnostics] == []
    (found,) = of_fence(folder, "model=src/nets.py:Digits", text.replace("-24", "-12")).diagnostics
    assert found.code == "CNN128"
    assert "INPUT" not in found.notes[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            f"```cnn model=src/nets.py:Digits\nnet = {WRONG}\n```\n",
            "```cnn model=src/nets.py:Digits\nnet = "
            + DIGITS.replace("DROPOUT", "FLATTEN -> DROPOUT")
            + "\n```\n",
        ),
        (
            "```cnn model=src/nets.py:Twice\n[CONV3-16 -> RELU]*2 -> AVGPOOL8 -> FC-4\n```\n",
            "```cnn model=src/nets.py:Twice\n[CONV3-16 -> RELU]*3 -> AVGPOOL8 -> FC-4\n```\n",
        ),
        (
            "> ```cnn model=src/nets.py:Twice\n> INPUT[8x8x3] -> [CONV3-16 -> RELU]*2\n>   -> GAP -> FC-4\n> ```\n",
            "> ```cnn model=src/nets.py:Twice\n> INPUT[8x8x3] -> [CONV3-16 -> RELU]*3\n"
            ">   -> AVGPOOL8 -> FC-4\n> ```\n",
        ),
        (
            "<!-- cnnsize: model=src/nets.py:Twice -->\n<!-- cnnsize: INPUT[8x8x3] -> FC-4 -->\n",
            "<!-- cnnsize: model=src/nets.py:Twice -->\n<!-- cnnsize: INPUT[8x8x3] -> "
            "[CONV3-16 -> RELU]*3 -> AVGPOOL8 -> FC-4 -->\n",
        ),
    ],
)
def test_the_fix_writes_the_text_from_the_class(folder: Path, before: str, after: str) -> None:
    path = str(folder / "README.md")

    def check(text: str) -> Report:
        return report(read_documents([Document(text, path, path)]))

    assert apply_fixes(before, check).text == before
    assert apply_fixes(before, check, unsafe=True).text == after
    assert drifts(check(after)) == []


def test_a_text_with_comments_is_not_rewritten(folder: Path) -> None:
    (found,) = drifts(of_fence(folder, "model=src/nets.py:Twice", "INPUT[8x8x3] -> # x\n  FC-4"))
    assert found.fixes == ()


# -- the law: source that was emitted for a text is the network of that text ----


def with_docstring(name: str, text: str) -> str:
    """The source of a network of the zoo, with a text in the docstring of its class."""
    source = cnnsize.load(name).sized().torch_source()
    fence = indent(f'"""A network.\n\n```cnn\n{text}\n```\n"""\n', "    ")
    parts = re.split(r"(?m)^(?=class )", source)
    line, _, body = parts[-1].partition("\n")
    body = re.sub(r'\A\s*""".*?"""\n', "", body, flags=re.DOTALL)
    return "".join(parts[:-1]) + f"{line}\n{fence}\n{body}"


def of_zoo(name: str, text: str) -> Report:
    return report(read_documents([Document(with_docstring(name, text), "net.py")]))


def keeps_its_own_text(name: str) -> None:
    result = of_zoo(name, str(cnnsize.load(name)))
    assert result.uncompared == ()
    assert [found.summary for found in drifts(result)] == []


@pytest.mark.parametrize("name", ["lenet5", "resnet18", "squeezenet1_1", "mobilenet_v2", "fcn8s"])
def test_emitted_source_does_not_differ_from_its_text(name: str) -> None:
    keeps_its_own_text(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in index() if not name.endswith("_aux")])
def test_no_network_of_the_zoo_differs_from_its_emitted_source(name: str) -> None:
    keeps_its_own_text(name)


EDITS: dict[str, Callable[[str], str]] = {
    "CONV": lambda text: re.sub(r"-(\d+)", lambda found: f"-{int(found[1]) + 2}", text, count=1),
    "FC": lambda text: re.sub(r"-(\d+)", lambda found: f"-{int(found[1]) + 1}", text, count=1),
    "POOL": lambda text: "AVG" + text,
    "RELU": lambda text: "TANH",
    "BN": lambda text: "IN",
}


@pytest.mark.parametrize("name", ["lenet5", "vgg11_bn", "squeezenet1_1", "resnet18"])
def test_each_edit_of_one_layer_is_reported_at_that_layer(name: str) -> None:
    text = str(cnnsize.load(name))
    edited = 0
    for match in re.finditer(r"\b(CONV\d-\d+|FC-\d+|POOL\d|RELU|BN)\b(\([^()]*\))?", text):
        kind = re.match(r"[A-Z]+", match[0])
        assert kind is not None
        new = EDITS[kind[0]](match[0])
        result = of_zoo(name, text[: match.start()] + new + text[match.end() :])
        (found,) = drifts(result)
        assert found.source is not None
        assert found.source.text[found.span.start : found.span.end] == new
        source = found.source.text
        assert source.count("\n", 0, found.span.start) == text.count("\n", 0, match.start())
        edited += 1
    assert edited >= 5


def test_old_keras_is_read_as_check_reads_it() -> None:
    """The words of Keras 1 in one call say how the sizes of the others are meant."""
    source = (
        "from keras.models import Sequential\nfrom keras.layers import Conv2D\n"
        "net = Sequential()\n"
        'net.add(Conv2D(8, 3, 3, border_mode="same", input_shape=(32, 32, 3)))\n'
        "net.add(Conv2D(16, 3, 3))\n"
    )
    (network,) = read_source(source)
    assert isinstance(network, SourceNetwork)
    text = "INPUT[32x32x3] -> CONV3-8 -> CONV3-16(P=0)"
    assert read_class(source, "net", None, None).text == text
    assert network.text.endswith(text)
