"""Drive the page in Chromium, with both back ends: ``python -m tests.page.browser``.

It needs what CI does not have: playwright (``pip install playwright``), a Chromium at CHROMIUM (default
/usr/bin/chromium), and the npm packages ``axe-core`` and ``pyodide`` in the folder NODE_MODULES (default
node_modules). Each back end is driven at 1440 and 390 px, light and dark. It prints what it measures, and
ends with an assertion at the first thing that is not as it should be.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote

import cnnsize
from cnnsize.page.static import write_page

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
NODE_MODULES = Path(os.environ.get("NODE_MODULES", "node_modules"))
FAULTY = "INPUT[10x10x3] -> CONV3-64(S=2, P=0) -> RELU -> FC-10"
FAMILY = "INPUT[32x32x3] -> [[CONV3-64 -> RELU]*N -> POOL]*M -> FC-10 where N in 1..3, M in 0..4"
SHOTS = os.environ.get("SHOTS")  # a folder for screenshots


@contextmanager
def served(*arguments: str) -> Iterator[str]:
    """Run ``cnnsize serve``, and yield its address."""
    command = [sys.executable, "-m", "cnnsize", "serve", "--no-browser", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[0]
        finally:
            process.kill()


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and prints nothing."""

    def log_message(self, format: str, *arguments: object) -> None:
        """Print nothing."""


@contextmanager
def delivered() -> Iterator[str]:
    """Write the static page, serve its files, and yield its address."""
    with tempfile.TemporaryDirectory() as folder:
        write_page(folder, str(NODE_MODULES / "pyodide"))
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


class Driver:
    """A tab with the page, and what its console and its requests were."""

    def __init__(self, browser: Any, url: str, width: int, scheme: str) -> None:
        self.url = url
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=False
        )
        self.tab = context.new_page()
        self.problems: list[str] = []
        self.tab.on("console", lambda message: self.problems.append(message.text))
        self.tab.on("pageerror", lambda error: self.problems.append(str(error)))
        self.tab.on("request", lambda request: self.check_request(request.url))

    def check_request(self, url: str) -> None:
        """Note a request to anywhere else."""
        if not url.startswith((self.url, "data:", "blob:")):
            self.problems.append(f"requested {url}")

    def until(self, condition: str, argument: object = None) -> None:
        """Wait for a condition on the page; a function, because the policy forbids strings."""
        self.tab.wait_for_function(f"(argument) => {condition}", arg=argument, timeout=90_000)

    def open(self, text: str = "") -> float:
        """Open the page, with a text in its link, and return the seconds to its first answer."""
        begin = time.monotonic()
        self.tab.goto("about:blank")
        self.tab.goto(self.url + (f"#a={quote(text)}" if text else ""))
        self.until("document.documentElement.dataset.answered")
        return time.monotonic() - begin

    def type(self, text: str) -> None:
        """Replace the text, and wait for its answer."""
        before = self.tab.get_attribute("html", "data-answered")
        self.tab.fill("#text", text)
        self.until("document.documentElement.dataset.answered !== argument", before)

    def text(self) -> str:
        """The text of the page."""
        value: str = self.tab.input_value("#text")
        return value

    def focused(self) -> str:
        """The id, else the key, of what has the focus."""
        name: str = self.tab.evaluate(
            "() => document.activeElement.id || document.activeElement.dataset.key || ''"
        )
        return name


def check_numbers(driver: Driver) -> None:
    """Totals, bars and pictures are those of the library."""
    driver.type("INPUT[32x32x3] -> CONV3-8 -> RELU -> POOL -> FC-10")
    network = cnnsize.parse(driver.text()).sized()
    assert f"{network.params:,}" in driver.tab.inner_text("#totals")
    theme = driver.tab.get_attribute("html", "data-theme")
    for kind in ("volumes", "graph", "cone", "profile"):
        driver.tab.click(f"#tab-{kind}")
        driver.tab.wait_for_selector(f"#tab-{kind}[aria-selected=true]")
        label = driver.tab.get_attribute("#shown > svg", "aria-label")
        assert label == network.figure(kind).name
        shown = driver.tab.evaluate(
            "async ([text, view, theme]) => (await (await fetch('api/answer', {method: 'POST', "
            "headers: {'content-type': 'application/json'}, body: JSON.stringify({text, view, theme})})).json()).shown",
            [driver.text(), kind, theme],
        ) if driver.tab.get_attribute("html", "data-backend") == "server" else None  # fmt: skip
        assert shown in (None, network.figure(kind).svg(theme))
    driver.tab.click("#tab-memory")
    driver.tab.wait_for_selector("#shown table caption")
    driver.tab.click("#tab-torch")
    driver.until("document.querySelector('#shown pre')?.textContent === argument", network.torch_source())  # fmt: skip
    assert driver.tab.is_visible("#copy")
    driver.tab.click("#tab-volumes")
    driver.tab.wait_for_selector("#tab-volumes[aria-selected=true]")


def check_fix(driver: Driver) -> None:
    """A fault is underlined, its fix changes the text, and undo brings it back."""
    driver.type(FAULTY)
    driver.tab.wait_for_selector("#findings li.error .fixes button")
    assert driver.tab.inner_text("#marks mark.error") == "CONV3-64(S=2, P=0)"
    assert driver.tab.is_visible("#tiling svg"), "the tiling of the layer that does not fit"
    driver.tab.click("#findings li.error .place")
    selected = driver.tab.evaluate("() => getSelection().toString()")
    assert selected in ("CONV3-64(S=2, P=0)", ""), selected
    driver.tab.click("#findings .fixes button")
    driver.until("!document.querySelector('#findings li.error')")
    assert driver.text() == FAULTY.replace("P=0", "P=1")
    driver.tab.keyboard.press("Control+z")
    driver.tab.wait_for_selector("#findings li.error")
    assert driver.text() == FAULTY
    driver.type("😀" + FAULTY)
    driver.type(f"# 😀\n{FAULTY}")
    driver.tab.click("#findings .fixes button")
    driver.until("!document.querySelector('#findings li.error')")
    assert driver.text() == f"# 😀\n{FAULTY.replace('P=0', 'P=1')}"


def check_keyboard(driver: Driver) -> None:
    """Rows and tabs are reached by keys, and keep the focus when an answer comes."""
    tab = driver.tab
    tab.mouse.move(0, 0)  # not on a row
    driver.type("INPUT[32x32x3] -> CONV3-8 -> RELU -> POOL -> FC-10")
    tab.focus("#table tr[tabindex='0']")
    tab.keyboard.press("ArrowDown")
    assert driver.focused() == "1"
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#tiling svg")
    assert driver.focused() == "1"
    assert tab.get_attribute("tr[data-path='1']", "aria-selected") == "true"
    driver.until("location.hash.includes('layer=1')")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#tiling", state="hidden")
    tab.focus("#tab-volumes")
    for name in ("graph", "cone"):
        tab.keyboard.press("ArrowRight")
        tab.wait_for_selector(f"#tab-{name}[aria-selected=true]")
        assert driver.focused() == f"tab-{name}"
    tab.keyboard.press("Home")
    tab.wait_for_selector("#tab-volumes[aria-selected=true]")
    order = []
    tab.focus("#text")
    for _ in range(12):
        tab.keyboard.press("Tab")
        order.append(driver.focused())
    assert {"table", "0", "tab-volumes", "shown"} <= set(order), order


def check_link(driver: Driver) -> None:
    """A link brings back the text and the view, also a long text."""
    driver.type(FAULTY)
    driver.tab.click("#tab-graph")
    driver.until("location.hash.includes('view=graph')")
    link = driver.tab.evaluate("() => location.href")
    driver.tab.goto("about:blank")
    driver.tab.goto(link)
    driver.tab.wait_for_selector("#tab-graph[aria-selected=true]", timeout=90_000)
    assert driver.text() == FAULTY
    long = " -> ".join(["INPUT[32x32x3]", *["CONV3-8 -> RELU"] * 200])
    driver.type(long)
    driver.until("location.hash.startsWith('#z=')")
    driver.open(FAULTY)
    assert driver.text() == FAULTY
    driver.tab.evaluate("() => { location.hash = '#z=broken' }")
    driver.until("document.querySelector('#summary').textContent.includes('cannot be read')")
    driver.tab.evaluate("() => { location.hash = '#a=INPUT[8x8x3]+->+FC-3' }")
    driver.until("document.querySelector('#text').value === 'INPUT[8x8x3] -> FC-3'")


def check_rows(driver: Driver) -> None:
    """The layer of the row under the pointer stays highlighted when its tiling comes."""
    driver.type("INPUT[32x32x3] -> CONV3-8 -> RELU -> POOL -> FC-10")
    driver.tab.hover("tr[data-path='1']")
    driver.tab.wait_for_selector("#tiling svg")
    assert driver.tab.inner_text("#marks mark.row") == "CONV3-8"
    driver.tab.mouse.move(0, 0)
    driver.tab.wait_for_selector("#tiling", state="hidden")
    assert not driver.tab.query_selector("#marks mark.row")


def check_long_texts(driver: Driver) -> None:
    """A text of many lines is set at once and can be undone; one that is too long is not inserted."""
    lines = "\n\n <b>&amp;</b>\t# \n" + "\n".join(f"# comment {line}" for line in range(900))
    driver.type("INPUT[8x8x3] -> FC-1")
    driver.tab.evaluate("(text) => { location.hash = `#a=${encodeURIComponent(text)}` }", lines)
    begin = time.monotonic()
    driver.until("document.querySelector('#text').value === argument", lines)
    assert time.monotonic() - begin < 10
    driver.tab.focus("#text")
    driver.tab.keyboard.press("Control+z")
    driver.until("document.querySelector('#table').textContent.includes('FC-1')")
    assert driver.text() == "INPUT[8x8x3] -> FC-1"
    driver.tab.keyboard.insert_text("x" * 30_000)
    assert driver.text() == "INPUT[8x8x3] -> FC-1"
    assert "20,000 characters" in driver.tab.inner_text("#summary")


def check_names(driver: Driver) -> None:
    """A name of the zoo becomes its network, an example is chosen, and a family has its picture."""
    driver.type("lenet5")
    driver.until("document.querySelector('#text').value.includes('INPUT')")
    driver.tab.select_option("#examples", label="does not fit")
    driver.tab.wait_for_selector("#findings li.error")
    driver.tab.select_option("#examples", label="unet")
    driver.until("document.querySelector('#text').value.includes('TCONV')")
    driver.type(FAMILY)
    driver.tab.wait_for_selector("#tab-family")
    label = driver.tab.get_attribute("#shown > svg", "aria-label")
    assert label == cnnsize.parse(FAMILY).family().figure().name
    driver.type("INPUT[32x32x3] -> CONV3-")
    driver.type("")
    assert driver.tab.inner_text("#summary").startswith("write a network")


def check_theme(driver: Driver) -> None:
    """The switch changes the page and its pictures."""
    driver.type(FAULTY)
    before = driver.tab.inner_html("#shown")
    for _ in range(2):
        driver.tab.click("#theme")
        driver.until("document.querySelector('#shown').innerHTML !== argument", before)
        before = driver.tab.inner_html("#shown")


def check_access(driver: Driver) -> None:
    """The rules of axe hold for a faulty network, a family and code, in both themes."""
    axe = (NODE_MODULES / "axe-core" / "axe.min.js").read_text("utf-8")
    cases = [(FAULTY, "volumes"), ("INPUT(", ""), (FAULTY, "memory"), (FAMILY, "members"), ("", "")]
    for text, view in cases:
        driver.type(text)
        if view:
            driver.tab.click(f"#tab-{view}")
            driver.tab.wait_for_selector(f"#tab-{view}[aria-selected=true]")
        driver.tab.evaluate(axe)
        violations = driver.tab.evaluate("async () => (await axe.run()).violations")
        assert not violations, [
            (rule["id"], [node["html"] for node in rule["nodes"]]) for rule in violations
        ]
    assert driver.tab.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def check_speed(driver: Driver) -> float:
    """Return the median milliseconds from a key to its answer, over 30 edits."""
    times = []
    for width in range(30):
        begin = time.monotonic()
        driver.type(f"INPUT[32x32x3] -> CONV3-{width + 1} -> RELU -> FC-10")
        times.append(time.monotonic() - begin)
    return sorted(times)[15] * 1000


def check_late_answers(driver: Driver) -> None:
    """The answer that is shown is that to the last text, however fast the texts change."""
    for width in range(1, 31):
        driver.tab.fill("#text", f"INPUT[32x32x3] -> CONV3-{width} -> FC-10")
    driver.until("document.querySelector('#table').textContent.includes('CONV3-30')")


def check_following(browser: Any) -> None:
    """Two tabs follow a file; a text that was edited stays, and the saved one is offered."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.cnn"
        path.write_text("INPUT[8x8x3] -> FC-1", "utf-8")
        with served(str(path)) as url:
            drivers = [Driver(browser, url, 1440, "light") for _ in range(2)]
            for driver in drivers:
                driver.open()
                driver.until("document.querySelector('#text').value === 'INPUT[8x8x3] -> FC-1'")
            drivers[0].type("INPUT[8x8x3] -> FC-2")
            path.write_text(FAULTY, "utf-8")
            drivers[1].until("document.querySelector('#text').value === argument", FAULTY)
            drivers[0].tab.click("#reload")
            drivers[0].until("document.querySelector('#text').value === argument", FAULTY)
            drivers[0].tab.focus("#text")
            drivers[0].tab.keyboard.press("Control+z")
            drivers[0].until("document.querySelector('#text').value === 'INPUT[8x8x3] -> FC-2'")
            assert [driver.problems for driver in drivers] == [[], []]
            path.unlink()
            drivers[1].until(
                "document.querySelector('#summary').textContent.includes('no such file')"
            )
            path.write_text("INPUT[8x8x3] -> FC-4", "utf-8")
            drivers[1].until("document.querySelector('#text').value === 'INPUT[8x8x3] -> FC-4'")
            drivers[1].until("document.querySelector('#summary').textContent.includes('valid')")


CHECKS = (check_numbers, check_fix, check_rows, check_long_texts, check_keyboard, check_names, check_theme, check_access, check_late_answers, check_link)  # fmt: skip


def main() -> None:
    """Drive both back ends at both widths."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for backend in (served, delivered):
            if sys.argv[1:] and backend.__name__ not in sys.argv[1:]:
                continue
            for width, scheme in ((1440, "light"), (390, "dark")):
                with backend() as url:
                    driver = Driver(browser, url, width, scheme)
                    seconds = driver.open()
                    for check in CHECKS:
                        check(driver)
                        print(f"{backend.__name__} {width} {check.__name__}", flush=True)
                    edit = check_speed(driver)
                    if SHOTS:
                        driver.tab.screenshot(path=f"{SHOTS}/{backend.__name__}_{width}.png")
                    assert driver.problems == [], driver.problems
                print(f"{backend.__name__} {width}: first answer {seconds:.1f} s, edit {edit:.0f} ms")  # fmt: skip
        check_following(browser)
        print("a followed file: saved, edited, deleted and back")
        with served() as url:
            driver = Driver(browser, url, 390, "light")
            driver.open(FAULTY)
        driver.tab.fill("#text", "INPUT[8x8x3] -> FC-10")
        driver.until("document.querySelector('#summary').textContent.includes('does not answer')")
        with served("--port", url.rstrip("/").rpartition(":")[2]):
            driver.until("document.querySelector('#table').textContent.includes('FC-10')")
        print("killed server: the page says so, and answers when it is back")


if __name__ == "__main__":
    main()
