"""What the page shows about a text."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

import cnnsize
from cnnsize.limits import MAX_PAGE_TEXT
from cnnsize.memory import training
from cnnsize.page.answer import MAX_FINDINGS, MAX_NETWORKS, QuestionError, answer
from cnnsize.page.browser import answer_json
from cnnsize.page.views import PICTURES, VIEWS
from cnnsize.render.units import byte_size
from tests.helpers import BAD, GOOD
from tests.html.test_html import Balance

FAMILY = "INPUT[16x16x3] -> [[CONV3-8 -> RELU]*N -> POOL]*M -> FC-10 where N in 1..2, M in 0..5"


def ask(text: str, view: str = "volumes", theme: str = "light", **more: Any) -> dict[str, Any]:
    """Return an answer, which JSON can hold."""
    result = answer({"text": text, "view": view, "theme": theme, **more})
    assert json.loads(json.dumps(result)) == result
    return result


def cut(text: str, span: list[int]) -> str:
    """Return the part of a text between two offsets as JavaScript counts them."""
    units = text.encode("utf-16-le")
    return units[2 * span[0] : 2 * span[1]].decode("utf-16-le")


def edited(text: str, edits: list[dict[str, Any]]) -> str:
    """Return a text after the edits of a fix."""
    units = text.encode("utf-16-le")
    for edit in sorted(edits, key=lambda edit: edit["span"], reverse=True):
        start, end = edit["span"]
        units = units[: 2 * start] + edit["text"].encode("utf-16-le") + units[2 * end :]
    return units.decode("utf-16-le")


@pytest.mark.parametrize("text", [GOOD, BAD, str(cnnsize.load("resnet18"))])
def test_pictures_code_and_numbers_are_those_of_the_library(text: str) -> None:
    network = cnnsize.parse(text).sized()
    result = ask(text)
    assert result["totals"][:3] == [
        ["Parameters", f"{network.params:,}"],
        ["Multiply-adds", f"{network.macs:,}"],
        ["Activations", f"{network.activations:,}"],
    ]
    for theme in ("light", "dark"):
        for kind in PICTURES:
            shown = ask(text, kind, theme)
            assert (shown["form"], shown["shown"]) == ("svg", network.figure(kind).svg(theme))
    assert result["views"] == [*PICTURES, "memory", "torch", "text"]
    assert ask(text, "text")["shown"] == str(network.architecture)
    if text != BAD:
        assert ask(text, "torch")["shown"] == network.torch_source()


def test_the_memory_is_a_table_for_some_batches() -> None:
    shown = ask(GOOD, "memory")["shown"]
    Balance(shown)
    total = training(cnnsize.parse(GOOD).sized(), batch=32, optimizer="adam").total
    assert f'<td class="number">{byte_size(total)}</td>' in shown
    assert ">training with Adam</th>" in shown
    assert ask("INPUT[4x4x3] -> CONV7-8(P=0) -> FC-10", "memory")["form"] == "note"


def test_the_table_has_classes_and_no_styles() -> None:
    table = ask(BAD)["table"]
    parts = Balance(table)
    assert {name for name, _ in parts.attributes} == {"class", "scope", "data-path"}
    assert '<tr class="bad" data-path="1">' in table
    assert '<td class="formula">(10 - 3 + 2*0)/2 + 1 = 4.5 -&gt; 4</td>' in table


@pytest.mark.parametrize("before", ["", "# 😀 𝕏\r\n", "# ä\n\n"])
def test_offsets_count_as_javascript_does(before: str) -> None:
    text = f"{before}{BAD}"
    result = ask(text)
    finding = result["findings"][0]
    assert (finding["code"], cut(text, finding["span"])) == ("CNN101", "CONV3-64(S=2, P=0)")
    assert [cut(text, related["span"]) for related in finding["related"]] == ["INPUT[10x10x3]"]
    assert {path: cut(text, span) for path, span in result["layers"].items()} == {
        "0": "INPUT[10x10x3]",
        "1": "CONV3-64(S=2, P=0)",
        "2": "FC-10",
    }
    fixes = {fix["message"]: fix for fix in finding["fixes"]}
    assert edited(text, fixes["use padding 1"]["edits"]) == text.replace("P=0", "P=1")
    for fix in finding["fixes"]:
        assert not ask(edited(text, fix["edits"]))["has_errors"]


def test_the_tiling_is_that_of_the_layer_else_of_one_that_does_not_fit() -> None:
    network = cnnsize.parse(BAD).sized()
    assert ask(BAD)["tiling"]["shown"] == network.figure("tiling").svg("light")
    good = cnnsize.parse(GOOD).sized()
    assert ask(GOOD)["tiling"]["shown"] == ""
    assert ask(GOOD, layer="1")["tiling"]["shown"] == good.figure("tiling", layer="1").svg("light")
    assert ask(GOOD, layer="2")["tiling"] == {"shown": "RELU has no windows", "form": "note"}
    for layer in ("99", "", 1, None, "1.1.1", "<b>"):
        assert ask(GOOD, layer=layer)["tiling"]["shown"] == ""


def test_a_family_has_its_picture_and_its_members() -> None:
    result = ask(FAMILY)
    assert (result["views"], result["view"], result["table"]) == (
        ["family", "members", "text"],
        "family",
        "",
    )
    assert result["shown"] == cnnsize.parse(FAMILY).family().figure().svg("light")
    assert "12 members" in ask(FAMILY, "members")["shown"]


def test_one_of_several_networks_is_shown() -> None:
    text = f"a = {GOOD}\nb = {BAD}\n{GOOD}"
    assert [ask(text, network=number)["network"] for number in (0, 1, 2, 3, -1, None, "0")] == [
        *range(3),
        *[2] * 4,
    ]
    result = ask(text, network=1)
    assert result["networks"] == ["a", "b", "line 3"]
    assert result["layers"]["0"] == [text.index("INPUT[10x"), text.index(" -> CONV3-64(S=2")]


def test_a_name_of_the_zoo_stands_for_its_network() -> None:
    result = ask(" lenet5 ")
    assert "INPUT[32x32x1]" in result["text"]
    assert ask(result["text"]) == result
    assert ask("lenet55")["text"] == "lenet55"


@pytest.mark.parametrize("text", ["", " ", "\n\t\n"])
def test_an_empty_text_has_a_hint_and_no_error(text: str) -> None:
    result = ask(text)
    assert (result["text"], result["findings"], result["has_errors"]) == (text, [], False)
    assert result["summary"].startswith("write a network, such as INPUT[")


def test_every_answer_while_typing_is_complete() -> None:
    keys = set(ask(GOOD))
    text = "INPUT[9x9x3] -> [CONV3-8(S=2, P=0) -> ADD{ID | BN}]*N -> FC-10 # 😀"
    for end in range(0, len(text), 3):
        result = ask(text[:end])
        assert set(result) == keys
        for finding in result["findings"]:
            assert 0 <= finding["span"][0] <= finding["span"][1] <= 2 * end


HOSTILE = {
    "brackets": "[" * MAX_PAGE_TEXT,
    "arrows": ("-> " * MAX_PAGE_TEXT)[:MAX_PAGE_TEXT],
    "emoji": "😀" * MAX_PAGE_TEXT,
    "zeros": "\0" * 1000,
    "half a surrogate pair": "INPUT[8x8x3] -> \ud800",
    "joins": "INPUT[8x8x3] -> " + "CAT{ID | " * 60 + "ID" + "}" * 60,
    "repeats": "INPUT[64x64x3] -> [[CONV3-64 -> RELU]*1900 -> BN]*1900 -> FC-10",
    "numbers": f"INPUT[{'9' * 18}x{'9' * 18}x3] -> CONV{'9' * 18}-{'9' * 18}(P=0)",
    "faults": "INPUT[9x9x3] -> " + " -> ".join(["CONV3-8(S=2,P=0) -> UP2"] * 60),
    "networks": f"{BAD}\n" * MAX_NETWORKS,
    "markup": "<script>alert(1)</script> = INPUT[8x8x3] -> <img src=x onerror=alert(1)>",
    "members": "INPUT[32x32x3] -> [[CONV3-8]*N -> POOL]*M where N in 1..999, M in 0..999",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_answered_within_bounds(name: str) -> None:
    result = ask(HOSTILE[name][:MAX_PAGE_TEXT])
    assert len(json.dumps(result)) < 1_000_000
    assert len(result["findings"]) <= MAX_FINDINGS and len(result["networks"]) <= MAX_NETWORKS
    assert "<script" not in result["table"] + result["shown"] * (result["form"] == "svg")


def test_too_many_networks_are_refused() -> None:
    with pytest.raises(QuestionError, match="the page takes 100 networks"):
        ask("BLA\n" * (MAX_NETWORKS + 1))


def test_views_follow_one_another_for_each_text() -> None:
    assert {view for text in (GOOD, FAMILY) for view in ask(text)["views"]} == set(VIEWS)
    for before, after in pairwise(VIEWS):
        assert ask(GOOD, before)["table"] == ask(GOOD, after)["table"]


@pytest.mark.parametrize(
    ("question", "error"),
    [
        ({"text": GOOD, "view": "x", "theme": "light"}, "view must be one of volumes, "),
        (
            {"text": "x" * (MAX_PAGE_TEXT + 1), "view": "graph", "theme": "dark"},
            "the page takes 20,000",
        ),
        ({"view": 3}, "view must be a text"),
    ],
)
def test_the_browser_gets_errors_as_data(question: dict[str, Any], error: str) -> None:
    assert json.loads(answer_json(json.dumps(question)))["error"].startswith(error)


def test_the_browser_gets_the_same_answers() -> None:
    question = {"text": BAD, "view": "graph", "theme": "dark", "layer": None, "network": None}
    assert json.loads(answer_json(json.dumps(question))) == answer(question)
