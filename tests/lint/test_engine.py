"""The engine of the rules: what is compiled, where rules speak and where they are silent, and that
fixes mend.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

import cnnsize
from cnnsize.files.document import Document
from cnnsize.lint import checks, fixers, pages, rulebook
from cnnsize.lint import text_checks as style
from cnnsize.lint.catalogue import BY_CODE, RULES
from cnnsize.lint.context import Context
from cnnsize.lint.facts import FACTS, Facts
from cnnsize.lint.graph import Graph
from cnnsize.lint.pages import BrokenPageError
from cnnsize.lint.rule import Rule
from cnnsize.lint.selection import Choice, Selection, resolve_selection
from cnnsize.report.make import report
from cnnsize.report.texts import read_documents
from cnnsize.sizing.settings import TORCH, Settings
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.edits import edited
from tests.helpers import DATA

PACKAGE = Path(cnnsize.__file__).parent
ZOO = sorted((PACKAGE / "zoo").glob("*.cnn"))
NOTES = DATA / "zoo_notes.csv"


def selection(
    *codes: str, table: dict[str, Rule] | None = None, settings: Settings = TORCH
) -> Selection:
    """These rules and no other; without any, all of them."""
    return resolve_selection([Choice("test", select=codes or ("ALL",))], settings, table or BY_CODE)


def found(text: str, *codes: str, settings: Settings = TORCH) -> list[Diagnostic]:
    return list(
        cnnsize.check(
            text, selection=selection(*codes, settings=settings), settings=settings
        ).diagnostics
    )


def said(text: str, *codes: str) -> list[tuple[str, str]]:
    """(what is pointed at, message) of each finding."""
    return [(text[one.span.start : one.span.end], one.message) for one in found(text, *codes)]


# -- the table ----------------------------------------


def test_the_catalogue_is_what_the_pages_say() -> None:
    pages_ = rulebook.our_pages()
    for path, written in (
        ("lint/catalogue.py", rulebook.catalogue(pages_)),
        ("text/codes.py", rulebook.codes(pages_)),
    ):
        assert (PACKAGE / path).read_text("utf-8") == written, "run python -m cnnsize.lint.rulebook"


def test_the_index_of_the_rules_is_what_the_pages_and_the_facts_say() -> None:
    written = rulebook.readme(rulebook.our_pages())
    assert (pages.folder() / "README.md").read_text("utf-8") == written, (
        "run python -m cnnsize.lint.rulebook"
    )


def test_every_check_and_every_fixer_has_its_rules_and_every_rule_what_it_names() -> None:
    text = [rule for rule in RULES if rule.scope == "text"]
    other = [rule for rule in RULES if rule.scope in ("layer", "network")]
    assert {rule.check for rule in text} == set(style.CHECKS)
    assert {rule.check for rule in other if rule.check} == set(checks.CHECKS)
    assert {rule.fixer for rule in RULES if rule.fixer} == set(fixers.FIXERS)
    for rule in (*text, *other):
        key = rule.name.replace("-", "_")
        assert rule.check in (None, key)
        assert rule.fixer in (None, key)
        assert (rule.fixer is not None or rule.scope == "text") == (rule.fix != "none")


@pytest.mark.parametrize("name", FACTS)
def test_every_fact_is_found_or_not_known_for_every_row_of_a_network(name: str) -> None:
    text = (
        "INPUT[32x30x3] -> CONV3x5-8(S=2x1, P=1, D=1x2) -> BN -> RELU -> [POOL2 -> DWCONV3]*2 -> ADD{CONV1-8 | ID}*3"
        " -> TCONV2-4(S=2) -> AVGPOOL(to=3x3) -> DROPOUT(0.2) -> GN(2) -> UP2 -> GAP -> FLATTEN -> FC-10 -> SOFTMAX"
    )
    context = Context(cnnsize.parse(text).sized())
    fact = FACTS[name]
    types: dict[str, tuple[type, ...]] = {
        "integer": (int,),
        "number": (int, float),
        "flag": (bool,),
        "word": (str,),
    }
    known = 0
    for index, row in enumerate(context.rows):
        for axis in (0, 1):
            value = Facts(row, axis, context, index).known(name) if row is not None else None
            if value is not None:
                known += 1
                assert isinstance(value, types[fact.kind])
    assert known or name.startswith("budget_")


# -- where rules speak ----------------------------------------


def test_one_axis_is_named_where_the_two_differ() -> None:
    assert said("INPUT[36x36x3] -> CONV3-4 -> RELU -> POOL3x2 -> FC-10", "CNN207")[0][1].endswith(
        ", along W"
    )
    assert said("INPUT[36x32x3] -> CONV3-4 -> RELU -> POOL2x4 -> FC-10", "CNN207")[0][1].endswith(
        ", along H"
    )
    assert (
        "along W" in said("INPUT[36x36x3] -> CONV3-4 -> RELU -> POOL3x4 -> FC-10", "CNN207")[0][1]
    )
    assert (
        "along H" in said("INPUT[36x36x3] -> CONV3-4 -> RELU -> POOL3x4 -> FC-10", "CNN207")[0][1]
    )
    assert (
        "along" not in said("INPUT[36x36x3] -> CONV3-4 -> RELU -> POOL3 -> FC-10", "CNN207")[0][1]
    )


def test_a_rule_speaks_once_of_what_is_written_once() -> None:
    text = "INPUT[64x64x3] -> [CONV3-8(P=1) -> RELU -> POOL4]*3 -> FC-10"
    assert [what for what, _ in said(text, "CNN207")] == ["POOL4"]
    text = "b(k) = CONV3-k(P=1) -> RELU -> POOL4\nINPUT[64x64x3] -> b(8) -> b(16) -> FC-10"
    assert len(found(text, "CNN207")) == 1


def test_the_places_are_counted_where_only_some_of_them_are_meant() -> None:
    text = "INPUT[32x32x3] -> [RELU -> CONV3-3(P=1) -> RELU]*1000000 -> FC-10"
    assert said(text, "CNN303")[0][1].endswith(", in 999,999 of its 1,000,000 places")
    text = "INPUT[32x32x3] -> [FC-4096 -> RELU]*2 -> FC-10"
    assert said(text, "CNN401")[0][1].endswith(", in 1 of its 2 places")


def test_rules_are_silent_behind_an_impossible_volume() -> None:
    text = "INPUT[4x4x3] -> CONV9-8(P=0) -> RELU -> RELU -> POOL4 -> CONV3-8(P=1) -> CONV3-8(P=1) -> DROPOUT(0.9)"
    assert [one.code for one in found(text)] == ["CNN102"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("FC-32 -> CONV3-8(P=1)", "CNN301"),  # and not that nothing bends between the two
        ("CONV3-8(P=1) -> CONV3-8(P=1)", "CNN302"),
        ("RELU", "CNN303"),
        ("POOL2 -> RELU -> POOL2", "CNN305"),
        ("CONV2-8", "CNN205"),
        ("CONV5-8(S=3, P=2)", "CNN206"),
        ("POOL4", "CNN207"),
        ("CONV1-8(S=2)", "CNN404"),
        ("TCONV3-8(S=2, P=1)", "CNN405"),
        ("CONV3-8(D=30, P=30)", "CNN504"),
        ("BN -> BN", "CNN310"),
        ("DROPOUT(0.9)", "CNN605"),
        ("POOL2 -> [CONV3-8(P=2, D=2) -> RELU]*3 -> CONV1-8", "CNN503"),
        ("[CONV3-8(P=1) -> RELU]*0 -> CONV3-8(P=1)", "CNN311"),
    ],
)
def test_one_fault_is_one_finding(fault: str, code: str) -> None:
    made = cnnsize.check(
        f"INPUT[16x16x3] -> CONV3-8(P=1) -> RELU -> {fault} -> CONV1-8 -> RELU -> GAP -> FC-10"
    )
    assert [one.code for one in made.diagnostics if one.severity != "info"] == [code]


def test_a_family_is_asked_about_its_text_as_written_and_once_about_its_largest_valid_member() -> (
    None
):
    codes = [
        one.code for one in found("INPUT[32x32x3] => [CONV3-8 => RELU => RELU]*N => FC-10", "CNN")
    ]
    assert codes == ["CNN303", "CNN801", "CNN702", "CNN006", "CNN212"]


@pytest.mark.parametrize("path", ZOO, ids=lambda path: path.stem)
def test_published_networks_have_neither_errors_nor_warnings(path: Path) -> None:
    text = path.read_text("utf-8")
    made = report(read_documents([Document(text, str(path))]))
    loud = [
        (made.architectures[one.architecture or 0].name, one.code)
        for one in made.diagnostics
        if one.severity != "info"
    ]
    assert loud == []


def zoo_notes() -> str:
    """network,code,count of every note on the published networks; CNN006 is left out."""
    lines = ["network,code,count"]
    for path in ZOO:
        made = report(read_documents([Document(path.read_text("utf-8"), str(path))]))
        notes = Counter(
            (made.architectures[one.architecture or 0].name or "", one.code)
            for one in made.diagnostics
            if one.severity == "info" and one.code != "CNN006"
        )
        lines += [f"{name},{code},{count}" for (name, code), count in sorted(notes.items())]
    return "\n".join(lines) + "\n"


def test_the_notes_on_published_networks_are_those_that_we_know() -> None:
    """ZOO_UPDATE=1 writes the table anew; read what has changed."""
    now = zoo_notes()
    if os.environ.get("ZOO_UPDATE"):
        NOTES.write_text(now, "utf-8")
    assert now == NOTES.read_text("utf-8")


# -- the graph ----------------------------------------


def heard(text: str) -> list[tuple[str, list[str]]]:
    """Each row's kind with the kinds that it hears."""
    graph = Graph(cnnsize.parse(text).sized())
    return [
        (kind, sorted(graph.kinds[one] for one in graph.preceding_layers(index)))
        for index, kind in enumerate(graph.kinds)
        if graph.rows[index] is not None
    ]


@pytest.mark.parametrize(
    ("text", "edges"),
    [
        ("INPUT[8x8x3] -> BN -> RELU", [("INPUT", []), ("BN", ["INPUT"]), ("RELU", ["BN"])]),
        (
            "INPUT[8x8x3] -> ADD{BN -> RELU | ID} -> TANH",
            [
                ("INPUT", []),
                ("BN", ["INPUT"]),
                ("RELU", ["BN"]),
                ("ADD", ["INPUT", "RELU"]),
                ("TANH", ["ADD"]),
            ],
        ),
        (
            "INPUT[8x8x3] -> [BN -> RELU]*5 -> TANH",
            [("INPUT", []), ("BN", ["INPUT", "RELU"]), ("RELU", ["BN"]), ("TANH", ["RELU"])],
        ),
        (
            "INPUT[8x8x3] -> ADD{BN | ID}*5 -> TANH",
            [
                ("INPUT", []),
                ("BN", ["ADD", "INPUT"]),
                ("ADD", ["ADD", "BN", "INPUT"]),
                ("TANH", ["ADD"]),
            ],
        ),
        (
            "INPUT[8x8x3] -> [[BN]*3 -> RELU]*2",
            [("INPUT", []), ("BN", ["BN", "INPUT", "RELU"]), ("RELU", ["BN"])],
        ),
    ],
)
def test_who_hears_whom(text: str, edges: list[tuple[str, list[str]]]) -> None:
    assert heard(text) == edges


def test_a_bend_that_only_later_passes_miss_is_counted() -> None:
    text = "INPUT[8x8x3] -> [CONV3-3 -> BN]*1000000 -> RELU -> FC-2"
    assert said(text, "CNN302")[0][1].endswith(", in 999,999 of its 1,000,000 places")
    text = "INPUT[8x8x3] -> [[CONV3-3]*3 -> RELU]*5 -> FC-2"
    assert said(text, "CNN302")[0][1].endswith(", in 10 of its 15 places")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        # on every path: one bend on one way between the two is enough
        (
            "INPUT[8x8x3] -> CONV3-3 -> ADD{RELU -> CONV3-3 -> RELU | ID} -> CONV3-3 -> RELU -> FC-2",
            [],
        ),
        ("INPUT[8x8x3] -> CONV3-3 -> ADD{BN | ID} -> CONV3-3 -> RELU -> FC-2", ["CNN302"]),
        ("INPUT[8x8x3] -> CONV3-3 -> MUL{ID | GAP -> SIGMOID} -> CONV3-3 -> RELU -> FC-2", []),
        # the end of a pass and the beginning of the next one
        ("INPUT[8x8x3] -> [CONV3-3 -> BN]*2 -> RELU -> FC-2", ["CNN302"]),
        ("INPUT[8x8x3] -> [CONV3-3 -> RELU]*2 -> FC-2", []),
        ("INPUT[8x8x3] -> [RELU -> CONV3-3]*2 -> GAP -> FC-2", ["CNN302"]),
        ("INPUT[8x8x3] -> [[CONV3-3]*2 -> RELU]*2 -> FC-2", ["CNN302"]),
        ("INPUT[8x8x3] -> CONV3-3 -> [CONV3-3 -> BN]*2 -> RELU -> FC-2", ["CNN302"]),
        # factors of one filter
        ("INPUT[8x8x3] -> CONV1-3 -> CONV3-3 -> RELU -> FC-2", []),
        ("INPUT[8x8x3] -> CONV3x1-3 -> CONV1x3-3 -> RELU -> FC-2", []),
        ("INPUT[8x8x3] -> DWCONV3 -> CONV1-3 -> RELU -> FC-2", []),
        (
            "INPUT[8x1x3] -> CONV3x1-3 -> CONV3x1-3 -> RELU -> FC-2",
            ["CNN302"],
        ),  # a signal is no map
    ],
)
def test_a_bend_is_missed_on_every_path_or_not_at_all(text: str, codes: list[str]) -> None:
    assert [one.code for one in found(text, "CNN302")] == codes


# -- rounding: CNN101, CNN110 and what torch reads ----------------------------------------


@given(
    st.integers(1, 24), st.integers(1, 7), st.integers(1, 5), st.integers(0, 3), st.integers(1, 3)
)
def test_the_rows_that_are_never_read_are_those_that_torch_gives_no_gradient(
    W: int, F: int, S: int, P: int, D: int
) -> None:
    F_eff = D * (F - 1) + 1
    n = W - F_eff + 2 * P
    assume(n >= 0 and F_eff >= S)
    text = f"INPUT[{W}x1x1] -> CONV{F}x1-1(S={S}x1, P={P}x0, D={D}x1)"
    codes = [one.code for one in found(text, "CNN101", "CNN110")]
    r = n % S
    assert codes == (["CNN101"] if r > P else ["CNN110"] if r else [])
    signal = torch.zeros(1, 1, W, dtype=torch.float64, requires_grad=True)
    out = torch.nn.functional.conv1d(
        signal, torch.ones(1, 1, F, dtype=torch.float64), stride=S, padding=P, dilation=D
    )
    out.sum().backward()  # type: ignore[no-untyped-call]
    assert signal.grad is not None
    unread = int((signal.grad == 0).sum())
    edge = int((signal.grad.flip(2) != 0).to(torch.int8).argmax()) if unread < W else W
    assert edge >= max(0, r - P)
    if D == 1 and F >= S:
        assert unread == max(0, r - P)


@pytest.mark.parametrize(
    ("text", "rounding", "found_"),
    [
        ("INPUT[10x10x3] -> CONV3-4(S=2, P=0) -> RELU", "torch", [("CNN101", "error")]),
        ("INPUT[10x10x3] -> CONV3-4(S=2, P=0) -> RELU", "floor", [("CNN101", "warning")]),
        ("INPUT[10x10x3] -> CONV3-4(S=2, P=0) -> RELU", "strict", [("CNN101", "error")]),
        ("INPUT[5x5x3] -> CONV3-4(S=3, P=1) -> RELU", "torch", []),
        (
            "INPUT[5x5x3] -> CONV3-4(S=3, P=1) -> RELU",
            "strict",
            [("CNN110", "error")],
        ),  # the figure of the notes
        ("INPUT[6x6x3] -> CONV1-4(S=2) -> RELU", "strict", [("CNN110", "error")]),
    ],
)
def test_rounding_is_a_setting(text: str, rounding: str, found_: list[tuple[str, str]]) -> None:
    settings = Settings(rounding=rounding)
    made = cnnsize.check(
        text, settings=settings, selection=resolve_selection((), settings, BY_CODE)
    )
    assert [
        (one.code, one.severity) for one in made.diagnostics if one.code.startswith("CNN1")
    ] == found_
    assert made.architectures[0].valid == (not any(level == "error" for _, level in found_))


@pytest.mark.parametrize(
    ("text", "note", "help_"),
    [
        (
            "INPUT[32x32x3] -> CONV3-4(S=2, P=1)",
            "only padding goes unread, but more of it at one edge",
            "31 or 33",
        ),
        (
            "INPUT[16x16x3] -> CONV3-4(S=2, P=1, D=3)",
            "the dilated filter leaves real cells unread elsewhere",
            "15 or 17",
        ),
        (
            "INPUT[16x16x3] -> CONV3-4(S=2, P=3, D=3)",
            "only padding goes unread, but more of it at one edge",
            "15 or 17",
        ),
        (
            "INPUT[6x6x3] -> CONV2-4(S=5, P=1)",
            "a filter smaller than its stride skips real cells",
            "5 or 10",
        ),
        (
            "INPUT[1x1x3] -> CONV3-4(S=4, P=2)",
            "only padding goes unread, but more of it at one edge",
            "3 or 7",
        ),
    ],
)
def test_what_uneven_padding_leaves_is_what_it_says(text: str, note: str, help_: str) -> None:
    (one,) = found(f"{text} -> RELU", "CNN110")
    assert one.notes == (note,)
    assert one.help == (f"an input size of {help_} at this layer leaves no remainder",)


# -- fixes ----------------------------------------

PIECES = [
    "RELU",
    "RELU -> RELU",
    "POOL2 -> POOL2",
    "RELU -> POOL2",
    "POOL2",
    "[RELU]",
    "[RELU -> POOL2]*1",
    "POOL3 -> POOL2",
    "TANH -> POOL2",
    "CONV3-4",
    "[CONV3-4 -> RELU]",
    "BN",
    "relu",
    "[RELU -> RELU]*2",
    "POOL2x3 -> POOL3x2",
]


def run(network: cnnsize.Network, volume: torch.Tensor) -> torch.Tensor:
    """The network in torch: pools, activations and filters with weights that follow from their
    place alone.
    """
    filters = 0
    for step in network.steps:
        if step.kind in ("RELU", "TANH"):
            volume = volume.relu() if step.kind == "RELU" else volume.tanh()
        elif step.kind == "POOL":
            assert step.kernel is not None and step.stride is not None
            volume = torch.nn.functional.max_pool2d(volume, step.kernel[::-1], step.stride[::-1])
        elif step.kind == "CONV":
            filters += 1
            weight = torch.sin(
                torch.arange(4 * volume.shape[1] * 9, dtype=torch.float64) + filters
            ).reshape(4, -1, 3, 3)
            volume = torch.nn.functional.conv2d(volume, weight, padding=1)
    return volume


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6), st.integers(0, 2**31))
def test_a_safe_fix_changes_no_number_that_comes_out(pieces: list[str], seed: int) -> None:
    text = " -> ".join(["INPUT[96x96x4]", *pieces])
    before = cnnsize.parse(text).sized()
    assume(before.valid)
    volume = torch.randn(
        1, 4, 96, 96, generator=torch.Generator().manual_seed(seed), dtype=torch.float64
    )
    for one in cnnsize.check(text, selection=selection()).diagnostics:
        for fix in one.fixes:
            if fix.applicability != "safe":
                continue
            after = cnnsize.parse(edited(text, fix.edits)).sized()
            assert (after.output, after.params, after.macs) == (
                before.output,
                before.params,
                before.macs,
            )
            assert torch.equal(run(after, volume), run(before, volume))


FAULTY = [
    "INPUT[3x32x32] -> CONV3-8 -> RELU -> FC-10",
    "INPUT[30x30x3] -> [CONV3-8(P=1) -> RELU -> POOL2]*1 -> CONV2-8 -> RELU -> FC-10 -> RELU",
    "INPUT[32x32x3] -> CONV3-8(P=0) -> BN -> RELU -> CONV3-8(S=4, P=1) -> RELU -> FC-10 -> DROPOUT(0.7)",
    "INPUT[32x32x3] -> CONV3-8 -> BN -> BN -> RELU -> POOL4 -> CONV7-8 -> RELU -> DROPOUT(0.2) -> CONV1-4 -> BN -> RELU -> FC-1 -> SOFTMAX",
    "INPUT[32x32x3] -> CONV3-8(S=2, P=1) -> RELU -> TCONV3-4(S=2, P=1, output_padding=1) -> CONV1-4(S=3) -> RELU -> FC-10",
    "INPUT[8x8x3] -> [CONV3-8(D=2) -> RELU]*3 -> CONV3-8(D=8, P=8) -> GAP -> CONV3-8 -> RELU*0 -> FC-10",
]


@pytest.mark.parametrize("text", FAULTY)
def test_every_fix_is_made_in_the_text_and_its_rule_has_less_to_say(text: str) -> None:
    fixed = 0
    for one in found(text):
        if one.code in BY_CODE and BY_CODE[one.code].scope == "core":
            continue
        for fix in one.fixes:
            fixed += 1
            after = found(edited(text, fix.edits), one.code)
            assert len(after) <= sum(other.code == one.code for other in found(text, one.code))
            assert edited(text, fix.edits) != text
            assert cnnsize.parse(edited(text, fix.edits)).sized().output is not None
    assert fixed


def test_a_fix_in_a_block_edits_its_definition() -> None:
    text = "b(k) = CONV3-k(P=1) -> RELU -> RELU\nINPUT[8x8x3] -> b(8) -> b(16) -> FC-10"
    (one,) = found(text, "CNN303")
    assert (
        edited(text, one.fixes[0].edits)
        == "b(k) = CONV3-k(P=1) -> RELU\nINPUT[8x8x3] -> b(8) -> b(16) -> FC-10"
    )
    assert one.fixes[0].applicability == "safe"


def test_a_fix_is_not_safe_where_it_would_change_a_first_pass() -> None:
    text = "INPUT[8x8x3] -> [RELU -> CONV3-3(P=1) -> RELU]*2 -> FC-10"
    (one,) = found(text, "CNN303")
    assert one.message.endswith("in 1 of its 2 places")
    assert all(fix.applicability == "unsafe" for fix in one.fixes)


# -- rules of somebody's own ----------------------------------------

OWN = """+++
code = "TEAM001"
name = "no-wide-filters"
severity = "warning"
default = true
fix = "none"
since = "1"
scope = "layer"
layers = ["CONV"]
when = "F > 5 and not first"
message = "a filter of {F}"
+++
# no-wide-filters (TEAM001)
"""


def own(folder: Path, text: str = OWN, name: str = "wide.md") -> list[Rule]:
    (folder / name).write_text(text, "utf-8")
    return rulebook.rules_of([folder])


def test_a_team_has_rules_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("no rule", "utf-8")
    table = {**BY_CODE, **{rule.code: rule for rule in own(tmp_path)}}
    made = cnnsize.check(
        "INPUT[32x32x3] -> CONV7-8 -> RELU -> CONV7-8 -> RELU -> FC-10",
        selection=selection("TEAM", table=table),
    )
    (one,) = made.diagnostics
    assert (one.code, one.name, one.severity, one.message, one.location.column) == (
        "TEAM001",
        "no-wide-filters",
        "warning",
        "a filter of 7",
        38,
    )
    assert made.to_dict()["diagnostics"][0]["facts"] == {"F": 7, "first": False}


@pytest.mark.parametrize(
    ("old", "new", "line", "said_"),
    [
        (
            'scope = "layer"',
            'scope = "layr"',
            8,
            "scope: input should be 'layer', 'network', 'text' or 'core'",
        ),
        ('since = "1"', 'since = "1"\nwhne = "F > 1"', 8, "unknown key whne; did you mean when?"),
        ("F > 5", "Fx > 5", 10, "when: there is no fact Fx; did you mean F? (at character 1)"),
        (
            "F > 5 and not first",
            "F",
            10,
            "when: a condition says yes or no, and this is a number (at character 1)",
        ),
        (
            "F > 5",
            "F.real > 5",
            10,
            "when: an attribute has no place in an expression (at character 1)",
        ),
        ("{F}", "{F!r}", 11, "message: not an expression"),
        (
            "{F}",
            "{F.__class__}",
            11,
            "message: an attribute has no place in an expression (at character 14)",
        ),
        ('["CONV"]', '["CNOV"]', 9, "layers: there is no layer CNOV; did you mean CONV"),
        (
            '"TEAM001"',
            '"CNN999"',
            2,
            "code: CNN and a number is a rule of cnnsize; use letters of your own",
        ),
        ('"TEAM001"', '"team1"', 2, "code: 'team1' is no code such as TEAM001"),
        ('"no-wide-filters"', '"No Wide"', 3, "name: 'No Wide' is no name such as unusual-pool"),
        ('"no-wide-filters"', '"unusual-pool"', 1, "unusual-pool is also the name of CNN207"),
        (
            'when = "F > 5 and not first"',
            'check = "os.system"',
            10,
            "check: there is no check os.system",
        ),
        (
            'when = "F > 5 and not first"',
            "",
            8,
            "a rule has a condition (when) or a check, one of the two",
        ),
        ('message = "a filter of {F}"', "", 8, "message: is missing"),
        (
            'scope = "layer"\nlayers = ["CONV"]',
            'scope = "core"',
            8,
            "scope: core is what cnnsize itself raises",
        ),
        ('scope = "layer"', 'scope = "network"', 9, "layers: only a rule of scope layer has them"),
        ('fix = "none"', 'fix = "none"\nfixer = "unusual_pool"', 7, "fixer: fix is none"),
        ('fix = "none"', 'fix = "safe"\nfixer = "rm_rf"', 7, "fixer: there is no fixer rm_rf"),
        ("default = true", 'default = "yes"', 5, "default: input should be a valid boolean"),
        ('since = "1"', "", 1, "since: is missing"),
        ("+++\ncode", "code", 1, "a page begins with +++"),
    ],
)
def test_a_broken_rule_names_its_file_line_and_key(
    tmp_path: Path, old: str, new: str, line: int, said_: str
) -> None:
    assert old in OWN
    with pytest.raises(BrokenPageError) as wrong:
        own(tmp_path, OWN.replace(old, new))
    assert str(wrong.value).startswith(f"{tmp_path / 'wide.md'}:{line}: {said_}")


def test_two_rules_of_one_code_or_name_are_refused(tmp_path: Path) -> None:
    own(tmp_path)
    with pytest.raises(BrokenPageError, match="TEAM001 is also the code of"):
        own(tmp_path, OWN, "other.md")
    with pytest.raises(BrokenPageError, match="no-wide-filters is also the name of"):
        own(tmp_path, OWN.replace("TEAM001", "TEAM002"), "other.md")


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BrokenPageError, match="no such folder of rules"):
        rulebook.rules_of([tmp_path / "none"])


@given(st.text(max_size=200))
def test_junk_in_a_condition_is_an_error_with_file_line_and_key(text: str) -> None:
    import tempfile

    quoted = "".join(
        c if " " <= c <= "~" and c not in '"\\' else f"\\u{ord(c):04X}"
        for c in text
        if ord(c) < 0xD800
    )
    with tempfile.TemporaryDirectory() as folder:
        for key in ("when", "message"):
            line = next(line for line in OWN.splitlines() if line.startswith(key))
            page = OWN.replace(line, f'{key} = "{quoted}"')
            try:
                own(Path(folder), page)
            except BrokenPageError as wrong:
                assert re.match(rf".*wide\.md:\d+: ({key}|a rule has a condition)", str(wrong))  # noqa: PT017


def test_a_search_for_fixes_that_stops_says_so() -> None:
    stopped = "the search for fixes stopped after 20,000 layers; there may be others"
    (found,) = cnnsize.parse("INPUT[10x10x3] -> POOL3(S=2)").sized().diagnostics
    assert found.fixes
    assert stopped not in found.notes
    # to size this once is a third of the limit, and W = 20009 alone takes as much
    long = f"INPUT[20010x20010x3] -> {' -> '.join(['CONV3-3(P=0)'] * 6000)} -> POOL3(S=2)"
    (found,) = cnnsize.parse(long).sized().diagnostics
    assert found.notes[-1] == stopped


def test_findings_whose_fixes_are_not_looked_for_say_so() -> None:
    documents = [Document("INPUT[9x9x3] -> CONV2-8 -> RELU -> CONV2-8 -> RELU -> CONV2-8")]
    for most, fixed in ((100, [True] * 3), (0, [False] * 3)):
        even = [
            one
            for one in report(read_documents(documents), fixes=most).diagnostics
            if one.code == "CNN205"
        ]
        assert [bool(one.fixes) for one in even] == fixed
        assert [
            "fixes are only looked for in the first 0 findings" in one.notes for one in even
        ] == [not one for one in fixed]
