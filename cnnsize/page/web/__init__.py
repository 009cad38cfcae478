"""The files of the page, and what its HTML gets from us: examples, networks of the zoo, a first text."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from importlib.resources import files

from cnnsize.limits import MAX_PAGE_TEXT
from cnnsize.zoo import index

FILES = {  # with their types
    **dict.fromkeys(
        ("app.js", "backend.js", "editor.js", "link.js"), "text/javascript; charset=utf-8"
    ),
    "app.css": "text/css; charset=utf-8",
}
EXAMPLES = {
    "three stages": "INPUT[32x32x3] -> [[CONV3-64 -> RELU]*2 -> POOL]*3 -> [FC-512 -> RELU]*2 -> FC-10",
    "does not fit": "INPUT[10x10x3] -> CONV3-64(S=2, P=0) -> RELU -> FC-10",
    "residual": (
        "res(k) = ADD{CONV3-k(bias=no) -> BN -> RELU -> CONV3-k(bias=no) -> BN | ID} -> RELU\n"
        "INPUT[32x32x3] -> CONV3-16 -> BN -> RELU -> res(16)*3 -> POOL -> res(16)*3 -> GAP -> FC-10"
    ),
    "family": "INPUT[32x32x3] -> [[CONV3-64 -> RELU]*N -> POOL]*M -> FC-10 where N in 1..3, M in 0..7",
}


def index_page(data: Mapping[str, str], finished: str = "") -> str:
    """Return the HTML of the page. ``data`` are attributes for its script.

    ``finished`` is what it shows before the first answer.
    """
    template = files("cnnsize.page").joinpath("web", "index.html").read_text("utf-8")
    data = {**data, "limit": str(MAX_PAGE_TEXT)}
    attributes = "".join(f' data-{name}="{escape(value)}"' for name, value in data.items() if value)
    examples = "".join(
        f'<option value="{escape(text)}">{escape(name)}</option>' for name, text in EXAMPLES.items()
    )
    zoo = "".join(f"<option>{name}</option>" for name in index())
    page = template.replace("<html ", f"<html{attributes} ", 1)
    page = page.replace("<!--examples-->", examples).replace("<!--zoo-->", zoo)
    return page.replace("<!--finished-->", finished)
