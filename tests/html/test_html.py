"""HTML reports, and what notebooks show."""

from __future__ import annotations

import base64
import pickle
from html.parser import HTMLParser

import pytest

import cnnsize
from cnnsize.cli.flags import ONE_NETWORK_FORMATS
from cnnsize.html.report import render
from cnnsize.lint.selection import default_selection
from tests.helpers import cnnsize as run

VOID = {"meta", "br", "img", "path", "rect", "line", "circle", "polygon", "polyline"}
TEXTS = (
    "resnet18",
    "net = INPUT[32x32x3] -> [[CONV3-8 -> RELU]*2 -> POOL]*2 -> FC-10",
    "INPUT[10x10x3] -> CONV3-8(S=2, P=0) -> FC-10",  # a window that does not fit
    "INPUT[4x4x3] -> CONV7-8(P=0) -> FC-10",  # no size
    "INPUT[8x8x3] -> ADD{CONV3-8 | ID} -> FC-10",  # branches that differ
    "INPUT[8x8x3] -> [CONV3-8 -> RELU]*1000 -> OUTPUT{GAP -> FC-2} -> FC-10",
    "INPUT[32x32x3] -> [CONV3-8 -> RELU]*N -> FC-10",  # a family
    "INPUT[32x32x3] -> BLA-3",
    "a = INPUT[8x8x3] -> FC-10\nb = INPUT[8x8x3] -> FC-11",
)


class Balance(HTMLParser):
    """Checks that elements are closed in order, and collects their names."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes += attrs


def page(text: str) -> str:
    """Return the report on a text, or on a network of the zoo."""
    text = str(cnnsize.load(text)) if text.isidentifier() else text
    return render(cnnsize.check(text), default_selection())


@pytest.mark.parametrize("text", TEXTS)
def test_a_report_is_one_page_without_scripts_and_requests(text: str) -> None:
    html = page(text)
    parsed = Balance(html)
    assert html == page(text)
    assert not parsed.names & {"script", "iframe", "link", "object", "img"}
    for name, value in parsed.attributes:
        assert not name.startswith("on")
        is_link = name in ("href", "src")
        assert not is_link or (value or "").startswith("https://github.com/cnnsize/")
    assert "default-src 'none'" in html
    assert len(html) < 1_000_000


def test_a_report_shows_findings_tables_and_pictures() -> None:
    html = page("net = INPUT[10x10x3] -> CONV3-8(S=2, P=0) -> RELU -> FC-10")
    assert "<title>net</title>" in html
    assert "1 network: 1 error" in html
    assert "(10 - 3 + 2*0)/2 + 1 = 9/2 = 4.5" in html
    assert '<tr class="bad" data-path="1">' in html
    assert 'aria-label="Tiling of net"' in html
    assert 'aria-label="Volumes of net"' in html
    assert "1,514" in html


def test_text_of_the_user_stays_text() -> None:
    html = page("# <script>alert(1)</script>\nx = INPUT[8x8x3] -> FC-10 -> \x1b[31m<b>")
    Balance(html)
    assert "<script" not in html
    assert "<b>BLA" not in html
    assert "\x1b" not in html


def test_many_networks_are_bounded() -> None:
    html = page("\n".join(f"n{k} = INPUT[8x8x3] -> FC-{k + 1}" for k in range(300)))
    assert html.count("<details") == 100
    assert "Tables and pictures of 200 more networks are left out." in html
    assert "<details open" not in html


def test_the_commands_write_reports(tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert "html" not in ONE_NETWORK_FORMATS  # only show has it
    status, out, _ = run("show", "lenet5", "--output-format", "html", cwd=tmp_path)
    assert (status, out.startswith("<!DOCTYPE html>")) == (0, True)
    bad = "INPUT[10x10x3] -> CONV3-8(S=2, P=0) -> RELU -> FC-10"
    status, _, _ = run("check", "-o", "r.html", "--output-format", "html", bad, cwd=tmp_path)
    assert status == 1
    assert "fractional-output" in (tmp_path / "r.html").read_text("utf-8")


@pytest.mark.parametrize("text", TEXTS)
def test_a_notebook_shows_everything(text: str) -> None:
    values: list[object] = [cnnsize.check(text)]
    try:
        net = cnnsize.load(text) if text.isidentifier() else cnnsize.parse(text)
        values.append(net)
        values += [net.family(), net.family().survey()] if "N" in str(net) else [net.sized()]
    except cnnsize.ArchitectureError:
        pass
    for value in values:
        bundle = value._repr_mimebundle_()  # type: ignore[attr-defined]
        assert set(bundle) == {"text/plain", "text/html"}
        parsed = Balance(bundle["text/html"])
        assert not parsed.names & {"script", "style", "svg"}
        assert bundle == pickle.loads(pickle.dumps(value))._repr_mimebundle_()
        assert max(map(len, bundle["text/plain"].splitlines())) <= 110


def test_the_picture_is_an_image_in_the_colours_of_the_notebook() -> None:
    html = cnnsize.load("lenet5").sized()._repr_mimebundle_()["text/html"]
    (source,) = [value for name, value in Balance(html).attributes if name == "src"]
    kind, _, data = (source or "").partition(",")
    svg = base64.b64decode(data).decode()
    assert kind == "data:image/svg+xml;base64"
    assert "prefers-color-scheme" in svg


def test_a_figure_is_an_image_too() -> None:
    figure = cnnsize.load("lenet5").sized().figure("profile")
    bundle = figure._repr_mimebundle_()
    assert bundle["text/plain"] == "<Figure profile of lenet5>"
    assert bundle["text/html"].startswith('<img alt="Profile of lenet5" src="data:image/svg+xml;')
