"""The files that figures are written to: each format, and each kind that it can hold."""

from __future__ import annotations

import base64
import functools
import re
import struct
import sys
import zlib
from pathlib import Path
from unittest import mock
from xml.etree import ElementTree

import pytest

import cnnsize
from cnnsize.cli import main
from cnnsize.language.format import item_text
from cnnsize.language.tree import PLAIN, Call, Chain, Group, Join
from cnnsize.pictures.figure import Figure
from cnnsize.pictures.formats.registry import BY_SUFFIX, FORMATS
from cnnsize.zoo import index
from tests.pictures.graph_texts import GraphText, read_dot, read_mermaid
from tests.pictures.test_figures import BROKEN, KINDS, SHAPES, figures_of

TEXTS = {**BROKEN, **SHAPES, "vgg16": "", "unet": "", "resnet18": ""}
DRAWN = [name for name in TEXTS if not name.startswith(("1,000", "many"))]  # these take seconds
GRAPHS = {"dot": read_dot, "mermaid": read_mermaid}
SMALL = "INPUT[8x8x1] -> CONV3-4 -> RELU -> FC-2"
NASTY = 'a & b \\ "c" {d} [e] <f> #g $h %i _j ^k -- ~l `m` | *n* \u00d7 ;'


def network_of(name: str) -> cnnsize.Network:
    text = TEXTS[name]
    return (cnnsize.parse(text) if text else cnnsize.load(name)).sized()


@pytest.fixture(scope="module", params=DRAWN)
def figures(request: pytest.FixtureRequest) -> list[Figure]:
    """All kinds of figures of one network."""
    network = network_of(request.param)
    return [figure for kind in KINDS for figure in figures_of(network, kind)[:1]]


# -- drawn formats ----------------------------------------


def test_tex_has_a_command_for_each_mark(figures: list[Figure]) -> None:
    for figure in figures:
        check_tex(figure)


def check_tex(figure: Figure) -> None:
    text = figure.encode("tex").decode()
    visible = re.sub(r"(?m)\\[{}%&#$_]|^%.*$", "", text)
    depth = 0
    for sign in re.findall(r"[{}]", visible):
        depth += 1 if sign == "{" else -1
        assert depth >= 0
    assert depth == 0
    assert not re.search(r"[%&#]", visible)
    assert visible.count("$") % 2 == 0
    _, _, picture = text.partition("]\n")
    commands = text[text.index("\\begin{tikzpicture}") :].splitlines()[1:-2]
    assert all(re.match(r"\\(draw|fill|node)\[.*\] .*;$", line) for line in commands)
    marks = figure.canvas.marks
    assert text.count("\\node[") == sum(mark.tag == "text" for mark in marks)
    parts = sum(str(dict(mark.attributes).get("d", "M")).count("M") for mark in marks)
    assert len(commands) == parts + 1  # the paper
    defined = set(re.findall(r"\\definecolor\{(\w+)\}\{HTML\}\{[0-9A-F]{6}\}", text))
    assert defined == set(re.findall(r"[=](cnn\w+)", picture))


def content_of(pdf: bytes) -> bytes:
    """Return what is drawn on the page of a PDF of reportlab."""
    parts = re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL)
    content = max(parts, key=len).strip().removesuffix(b"~>")
    return zlib.decompress(base64.a85decode(content))


@pytest.mark.parametrize("name", ["CNN101", "several outputs", "unet"])
def test_pdf_is_one_page_with_all_texts(name: str) -> None:
    pytest.importorskip("reportlab")
    network = network_of(name)
    for kind in KINDS:
        for figure in figures_of(network, kind)[:1]:
            pdf = figure.encode("pdf")
            assert pdf == figure.encode("pdf")
            assert pdf.startswith(b"%PDF-")
            assert pdf.rstrip().endswith(b"%%EOF")
            assert len(re.findall(rb"/Type /Page\b(?!s)", pdf)) == 1
            box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", pdf)
            view = figure.canvas.view_box
            sides = (view.right - view.left, view.bottom - view.top)
            assert box is not None
            assert [float(side) for side in box.groups()] == pytest.approx(
                [side * 0.75 for side in sides]
            )
            texts = [mark.text for mark in figure.canvas.marks if mark.tag == "text"]
            assert content_of(pdf).count(b" Tj") == len([text for text in texts if text])


def test_html_holds_the_figure_and_no_script(figures: list[Figure]) -> None:
    for figure in figures[:1]:
        for theme in ("auto", "light", "dark"):
            page = figure.encode("html", theme).decode()
            assert figure.svg(theme) in page
            names = re.findall(r"<(\w+)", page)
            assert names[:6] == ["html", "head", "meta", "meta", "meta", "meta"]
            assert not {"script", "link", "iframe", "img", "object"} & set(names)
            assert "default-src 'none'" in page
            ElementTree.fromstring(re.sub(r"<!DOCTYPE html>|<meta [^>]*>", "", page))


def chunks_of(png: bytes) -> dict[bytes, bytes]:
    """Return the chunks of a PNG, whose checksums hold."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: dict[bytes, bytes] = {}
    place = 8
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        name, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        (checksum,) = struct.unpack(">I", png[place + 8 + length : place + 12 + length])
        assert checksum == zlib.crc32(name + data)
        chunks[name] = chunks.get(name, b"") + data
        place += length + 12
    assert name == b"IEND"
    return chunks


@pytest.mark.parametrize("scale", [1, 2.5])
def test_png_has_the_size_and_the_text(scale: float) -> None:
    pytest.importorskip("resvg_py")
    figure = cnnsize.parse(SMALL).sized().figure("volumes")
    png = figure.encode("png", scale=scale)
    assert png == figure.encode("png", scale=scale)
    assert png != figure.encode("png", "dark", scale)
    chunks = chunks_of(png)
    width, height, depth, colours = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    view = figure.canvas.view_box
    assert width == pytest.approx((view.right - view.left) * scale, abs=scale)
    assert height == pytest.approx((view.bottom - view.top) * scale, abs=scale)
    rows = zlib.decompress(chunks[b"IDAT"])
    assert (depth, colours) == (8, 6)  # red, green, blue and alpha
    assert len(rows) == height * (width * 4 + 1)
    silent = Figure(figure.kind, figure.title, "", without_text(figure))
    assert chunks_of(silent.encode("png", scale=scale))[b"IDAT"] != chunks[b"IDAT"]


def without_text(figure: Figure) -> cnnsize.pictures.canvas.Canvas:
    """Return the canvas of a figure without its texts."""
    from cnnsize.pictures.canvas import Canvas

    canvas = Canvas()
    canvas.marks = [mark for mark in figure.canvas.marks if mark.tag != "text"]
    canvas.bounds = figure.canvas.bounds
    return canvas


def test_png_without_fonts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    resvg = pytest.importorskip("resvg_py")
    figure = cnnsize.parse(SMALL).sized().figure()
    without_fonts = functools.partial(resvg.svg_to_bytes, skip_system_fonts=True)
    monkeypatch.setattr(resvg, "svg_to_bytes", without_fonts)
    with pytest.raises(
        ValueError, match=r"finds none .*; install one, such as DejaVu, or write SVG"
    ):
        figure.encode("png")


def test_png_takes_a_font_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    resvg = pytest.importorskip("resvg_py")
    from cnnsize.pictures.formats import png

    used = {}
    monkeypatch.setattr(png, "draws_letters", lambda families: "Roboto" in families)
    monkeypatch.setattr(resvg, "svg_to_bytes", lambda **options: used.update(options) or b"")
    cnnsize.parse(SMALL).sized().figure().encode("png")
    assert used["sans_serif_family"] == "Roboto"
    assert used["monospace_family"] == "Roboto Mono"


# -- nodes and edges ----------------------------------------


def layers_of(chain: Chain) -> set[str]:
    """Return the layers and calls of a chain, as the canonical text has them."""
    texts: set[str] = set()
    for item in chain.items:
        node = item.node
        if isinstance(node, Group):
            texts |= layers_of(node.chain)
        elif isinstance(node, Join):
            texts = texts.union(*map(layers_of, node.branches))
        else:
            texts.add(item_text(item._replace(suffix=PLAIN)))
    return texts


def joins_of(chain: Chain) -> list[int]:
    """Return the number of branches of each join."""
    numbers = []
    for item in chain.items:
        node = item.node
        if isinstance(node, Group):
            numbers += joins_of(node.chain)
        elif isinstance(node, Join):
            for branch in node.branches:
                numbers += joins_of(branch)
            numbers += [] if node.makes_outputs else [len(node.branches)]
    return numbers


def called(network: cnnsize.Network, chain: Chain, seen: set[str]) -> list[Chain]:
    """Return the chain with those of the blocks that it calls, and that these call."""
    chains = [chain]
    for item in chain.items:
        node = item.node
        inner = node.branches if isinstance(node, Join) else ()
        inner = (node.chain,) if isinstance(node, Group) else inner
        for part in inner:
            chains += called(network, part, seen)[1:]
        if isinstance(node, Call) and node.name not in seen:
            seen.add(node.name)
            chains += called(network, network.architecture.definitions[node.name].chain, seen)
    return chains


def check_graph(network: cnnsize.Network, graph: GraphText) -> None:
    """Assert that a graph holds every layer and edge of a network and its blocks."""
    chains = called(network, network.architecture.chain, set())
    texts = {part.removeprefix("! ") for text in graph.nodes.values() for part in text.split(" + ")}
    assert set().union(*map(layers_of, chains)) <= texts
    assert "output" in graph.nodes
    incoming = dict.fromkeys(graph.nodes, 0)
    for source, target, _ in graph.edges:
        assert source in graph.nodes
        incoming[target] += 1
    for name, count in incoming.items():
        starts = graph.nodes[name].startswith(("INPUT", "! INPUT", "input"))
        assert (count == 0) == starts, graph.nodes[name]
    joins = [
        incoming[name]
        for name, text in graph.nodes.items()
        if re.match(r"(! )?(ADD|CAT|MUL)\b", text)
    ]
    expected = [number for chain in chains for number in joins_of(chain)]
    assert sorted(joins) == sorted(expected)


@pytest.mark.parametrize("name", [*BROKEN, *SHAPES, *sorted(index())])
def test_graphs_hold_every_layer_and_edge(name: str) -> None:
    network = network_of(name) if name in TEXTS else cnnsize.load(name).sized()
    figure = network.figure("graph")
    graphs = {form: read(figure.encode(form).decode()) for form, read in GRAPHS.items()}
    if name == "1,000 different layers":  # Mermaid draws no graph of this size
        assert "1,000 layers" in next(iter(list(graphs["mermaid"].nodes.values())[1:]))
        assert len(graphs["dot"].nodes) == 1002
    else:
        check_graph(network, graphs["mermaid"])
        assert graphs["dot"].edges == graphs["mermaid"].edges
    check_graph(network, graphs["dot"])
    if network.output is not None:
        assert str(network.output) in graphs["dot"].nodes["output"]


def test_a_graph_has_volumes_on_edges_and_marks_faults() -> None:
    network = cnnsize.parse(BROKEN["CNN106"]).sized()
    graph = read_dot(network.figure("graph").encode("dot").decode())
    by_text = {
        (graph.nodes[source], graph.nodes[target]): label for source, target, label in graph.edges
    }
    assert by_text["CONV3-8", "! ADD"] == "32x32x8"
    assert by_text["CONV3-16", "! ADD"] == "32x32x16"
    assert by_text["FC-10", "?"] == "?"
    assert 'color="#b23c00"' in network.figure("graph").encode("dot").decode()


# -- for all formats ----------------------------------------


@pytest.mark.parametrize("form", FORMATS)
def test_text_of_the_user_stays_text(form: str) -> None:
    figure = cnnsize.parse(SMALL).sized().figure("graph", title=NASTY)
    content = figure.encode(form)
    if form in GRAPHS:
        GRAPHS[form](content.decode())
    if form == "tex":
        check_tex(figure)
        line = next(line for line in content.decode().splitlines() if "textbackslash" in line)
        assert "\\{d\\}" in line
        assert "-{}-" in line
    if form == "dot":
        assert '"Graph of a &amp; b \\\\ \\"c\\"' in content.decode()
    with pytest.raises(ValueError, match="unknown theme 'blue'"):
        figure.encode(form, "blue")


@pytest.mark.parametrize("form", ["tex", "pdf"])
def test_signs_without_a_glyph_are_refused(form: str) -> None:
    pytest.importorskip("reportlab")
    figure = cnnsize.parse(SMALL).sized().figure(title="\u7f51\u7edc")
    with pytest.raises(ValueError, match=r"the fonts of \w+ lack '\u7f51'"):
        figure.encode(form)


@pytest.mark.parametrize(("form", "package"), [("png", "resvg_py"), ("pdf", "reportlab")])
def test_a_missing_package_is_named(
    form: str, package: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in list(sys.modules):
        if name.partition(".")[0] == package:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    figure = cnnsize.parse(SMALL).sized().figure()
    path = tmp_path / f"net.{form}"
    with pytest.raises(ImportError, match=rf"pip install 'cnnsize\[{form}\]'"):
        figure.save(path)
    assert not path.exists()


def test_save_takes_the_format_from_the_suffix(tmp_path: Path) -> None:
    figure = cnnsize.parse(SMALL).sized().figure("graph")
    for suffix, form in BY_SUFFIX.items():
        if form not in ("png", "pdf"):
            path = tmp_path / f"net{suffix.upper()}"
            figure.save(path)
            assert path.read_bytes() == figure.encode(form)
    path.chmod(0o400)
    with pytest.raises(PermissionError):
        figure.save(path)
    volumes = cnnsize.parse(SMALL).sized().figure("volumes")
    with pytest.raises(
        ValueError, match="dot holds nodes and edges, which only the figure graph has"
    ):
        volumes.save(tmp_path / "net.dot")


# -- the command ----------------------------------------


def draw(capsysbinary: pytest.CaptureFixture[bytes], *words: str) -> tuple[int, bytes, str]:
    """Run ``cnnsize draw`` in this process: (exit status, stdout, stderr)."""
    with (
        mock.patch.object(sys, "argv", ["cnnsize", "draw", *words]),
        pytest.raises(SystemExit) as end,
    ):
        main()
    out, err = capsysbinary.readouterr()
    return int(end.value.code or 0), out, err.decode()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-o", "net.pgn"), "net.pgn: unknown suffix '.pgn'; did you mean .png?"),
        (("-o", "net.xyz"), "net.xyz: unknown suffix '.xyz'; figures are written as .svg, .png,"),
        (("-o", "net"), "net: the file name has no suffix; figures are written as .svg, .png,"),
        (("--figure", "grph"), "did you mean 'graph'?"),
        (("--theme", "drak"), "did you mean 'dark'?"),
        (("--output-format", "pgn"), "did you mean 'png'?"),
        (
            ("-o", "n.dot", "--figure", "tiling"),
            "dot holds nodes and edges, which only the figure graph",
        ),
        (("-o", "n.mmd", "--layer", "1"), "layer does not apply to graph"),
        (("-o", "net.svg", "--scale", "3"), "--scale applies to png only, not to svg"),
        (("-o", "no/folder/net.svg"), "cnnsize: no/folder/net.svg: No such file or directory\n"),
    ],
)
def test_what_cannot_be_written_is_said_with_the_fix(
    words: tuple[str, ...],
    message: str,
    capsysbinary: pytest.CaptureFixture[bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = draw(capsysbinary, SMALL, *words)
    assert (status, out) == (2, b"")
    assert message in err
    assert not list(tmp_path.iterdir())


def test_the_command_writes_the_format_of_the_suffix(
    capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    link, target = tmp_path / "link.mmd", tmp_path / "net.mmd"
    target.write_text("before")
    target.chmod(0o640)
    link.symlink_to(target)
    assert draw(capsysbinary, SMALL, "-o", str(link)) == (0, b"", "")
    assert link.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    assert target.read_text().startswith("flowchart TD")
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["link.mmd", "net.mmd"]


def test_output_format_overrides_the_suffix_and_pipes_take_every_format(
    capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    path = tmp_path / "net.txt"
    draw(capsysbinary, SMALL, "-o", str(path), "--output-format", "tex")
    assert "\\begin{tikzpicture}" in path.read_text()
    config = ("--config", "output-format='html'")  # of reports, not of figures
    assert draw(capsysbinary, SMALL, *config)[1].startswith(b"<svg")
    pytest.importorskip("reportlab")
    assert draw(capsysbinary, SMALL, "--output-format", "pdf")[1].startswith(b"%PDF")
    assert draw(capsysbinary, SMALL, "--output-format", "pdf", "-o", "-")[1].startswith(b"%PDF")
    assert draw(capsysbinary, SMALL, "-o", "-")[1].startswith(b"<svg")
    assert not Path("-").exists()
