"""Laws that hold for every figure, over the zoo and over random networks."""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given

import cnnsize
from cnnsize.pictures import kinds
from cnnsize.pictures.figure import Figure
from cnnsize.pictures.palette import ROLES
from cnnsize.pictures.profile import lines_of
from cnnsize.pictures.slabs import entries_of
from cnnsize.sizing.strip import strips_of
from cnnsize.zoo import index
from tests.strategies import networks

KINDS = {name: kind for name, kind in kinds.KINDS.items() if not kind.of_families}
GOLDEN = Path(__file__).parent.parent / "data" / "pictures"
BROKEN = {
    "CNN101": "INPUT[10x10x3] -> CONV3-64(S=2, P=0) -> RELU",
    "CNN102": "INPUT[7x7x3] -> CONV9-7(P=0) -> POOL2 -> FC-10",
    "CNN106": "INPUT[32x32x3] -> ADD{CONV3-8 | CONV3-16} -> FC-10",
    "CNN107": "INPUT[32x32x3] -> CAT{CONV3-8 | POOL2} -> FC-10",
}
IN_README = (("volumes", "vgg16"), ("graph", "resnet18"), ("profile", "vgg16"))
SHAPES = {
    "one layer": "INPUT[8x8x1] -> RELU",
    "a vector": "INPUT[1x1x100] -> [FC-50 -> RELU]*2",
    "W and H differ": "INPUT[320x200x3] -> CONV5x3-16 -> POOL2 -> CONV3-32(D=2)",
    "upsampling": "INPUT[8x8x64] -> TCONV2-32(S=2) -> CONV3-3",
    "1,000 layers": "INPUT[32x32x3] -> [CONV3-64 -> RELU]*1000",
    "1,000 different layers": "INPUT[64x64x3] -> "
    + " -> ".join(f"CONV3-{k}" for k in range(1, 1001)),
    "many sizes": "INPUT[900x900x3] -> [CONV3-8(P=0) -> RELU]*200",
    "several outputs": "INPUT[8x8x1] -> CONV3-8 -> OUTPUT{GAP -> FC-2} -> CONV3-4 -> FC-3",
    "several inputs": "INPUT[8x8x1] -> CONV3-8 -> GAP -> CAT{ID | INPUT[1x1x10] -> FC-50} -> FC-3",
    "wide windows": "INPUT[2000x1500x3] -> CONV201-8(S=50, P=0)",
    "small strides": "INPUT[900x900x3] -> CONV101-8(S=1, P=0, D=2)",
    "sparse windows": "INPUT[100000x100000x1] -> CONV3-8(S=7, D=5, P=0)",
    "own input": "INPUT[8x8x1] -> CAT{INPUT[8x8x2] -> CONV3-2 | ID | CONV1-4} -> FC-3",
    "projection": "INPUT[16x16x8] -> ADD{CONV3-8 -> BN | CONV1-8 -> BN | ID} -> RELU",
}


def check_laws(figure: Figure) -> None:
    """Assert what holds for every figure."""
    view = figure.canvas.view_box
    boxes = sorted(figure.canvas.texts, key=lambda text: (text[0].left, text[0].top))
    for place, (box, text) in enumerate(boxes):
        assert view.left <= box.left, text
        assert box.right <= view.right, text
        assert view.top <= box.top, text
        assert box.bottom <= view.bottom, text
        for other, other_text in boxes[place + 1 :]:
            if other.left >= box.right - 0.01:
                break
            is_apart = other.top >= box.bottom or box.top >= other.bottom
            assert is_apart, (text, other_text)
    for theme in ("auto", "light", "dark"):
        svg = figure.svg(theme)
        ElementTree.fromstring(svg)
        assert not re.search(r"\bid=|<defs|url\(|var\(", svg)
        assert svg.count("http") == 1
        assert len(svg) <= 1_000_000
        shades = {shade for role in ROLES.values() for shade in role}
        assert set(re.findall(r"#[0-9a-f]{6}", svg)) <= shades


def figures_of(network: cnnsize.Network, kind: str) -> list[Figure]:
    """Return the figures of one kind; none where the network has no layer with windows."""
    strips = (strips_of(step.layer, step.inputs[0]) for step in network.steps)
    if kind == "tiling" and not any(strips):
        with pytest.raises(ValueError, match="no layer of this network slides a window"):
            network.figure(kind)
        return []
    figure = network.figure(kind)
    depths = (0, 2) if "depth" in KINDS[kind].options else ()
    return [figure, *(network.figure(kind, depth=depth) for depth in depths)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", sorted(index()))
def test_laws_over_the_zoo(name: str, kind: str) -> None:
    for figure in figures_of(cnnsize.load(name).sized(), kind):
        check_laws(figure)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", [*BROKEN.values(), *SHAPES.values()], ids=[*BROKEN, *SHAPES])
def test_laws_over_shapes_and_faults(text: str, kind: str) -> None:
    for figure in figures_of(cnnsize.parse(text).sized(), kind):
        check_laws(figure)


@given(networks)
def test_laws_over_random_networks(text: str) -> None:
    try:
        network = cnnsize.parse(text).sized()
    except cnnsize.ArchitectureError:  # a family, or a text that is refused
        return
    for kind in KINDS:
        for figure in figures_of(network, kind):
            check_laws(figure)


@pytest.mark.parametrize("code", BROKEN)
def test_a_fault_is_marked(code: str) -> None:
    network = cnnsize.parse(BROKEN[code]).sized()
    assert code in {diagnostic.code for diagnostic in network.diagnostics}
    svg = str(network.figure("volumes"))
    assert ">! " in svg
    assert (">?</text>" in svg) == (code != "CNN101")
    assert "1 layer does not fit" in svg


PATTERN = "INPUT[8x8x3] -> [[CONV3-4]*N -> POOL?]*M -> FC-10"


def test_figures_do_not_depend_on_the_hash_seed() -> None:
    script = (
        "import cnnsize; from tests.pictures.test_figures import KINDS, PATTERN\n"
        "for kind in KINDS: print(cnnsize.load('unet').sized().figure(kind))\n"
        "print(cnnsize.load('unet').sized().figure('graph').encode('dot'))\n"
        "print(cnnsize.parse(PATTERN).family().figure())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in "012"
    }
    assert len(outputs) == 1


def test_names_are_escaped() -> None:
    network = cnnsize.parse("INPUT[8x8x1] -> FC-2").sized()
    svg = network.figure(title='<script>alert(1)</script> \x1b[31m & "').svg()
    assert "<script" not in svg
    assert "\x1b" not in svg
    assert "&lt;script&gt;" in svg


def test_a_figure_is_a_record(tmp_path: Path) -> None:
    network = cnnsize.parse("INPUT[8x8x1] -> FC-2").sized()
    figure = network.figure(title="lenet5")
    assert repr(figure) == "<Figure volumes of lenet5>"
    assert str(pickle.loads(pickle.dumps(figure))) == str(figure) == figure.svg("auto")
    path = tmp_path / "net.svg"
    path.write_text("before")
    figure.save(str(path), theme="dark")
    assert path.read_text() == figure.svg("dark")
    with pytest.raises(ValueError, match=r"unknown suffix '\.svgg'; did you mean \.svg"):
        figure.save("net.svgg")
    with pytest.raises(ValueError, match="unknown theme"):
        figure.svg("blue")
    with pytest.raises(ValueError, match="unknown figure"):
        network.figure("pie")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (BROKEN["CNN101"], "tiling"),
        (BROKEN["CNN106"], "graph"),
        (SHAPES["a vector"], "volumes"),
        ("INPUT[8x8x8] -> [ADD{CONV3-8 | ID}]*9 -> FC-10", "graph"),
        ("INPUT[4x4x8] -> TCONV5-8(P=9)", "volumes"),
    ],
)
def test_the_default_kind_fits_the_network(text: str, kind: str) -> None:
    assert cnnsize.parse(text).sized().figure().kind == kind


def texts_of(figure: Figure) -> list[str]:
    return [text for _, text in figure.canvas.texts]


def test_a_tiling_shows_unread_cells_and_fixes() -> None:
    network = cnnsize.parse(BROKEN["CNN101"]).sized()
    texts = texts_of(network.figure("tiling"))
    assert "PyTorch rounds down to 4: column 9 and row 9 are never read" in texts
    assert "would hang over by 1" in texts
    (fault,) = [found for found in network.diagnostics if found.code == "CNN101"]
    assert {fix.message for fix in fault.fixes} <= set(texts)
    assert "5 out, only padding unread" in texts


def test_a_tiling_names_the_layers_that_have_one() -> None:
    network = cnnsize.parse("INPUT[8x8x1] -> CONV3-4 -> RELU -> FC-10").sized()
    with pytest.raises(
        ValueError, match=r"layer 3: FC-10 has no window .*; layers with windows: 1"
    ):
        network.figure(layer="3")
    with pytest.raises(ValueError, match="layer 9: there is no such layer"):
        network.figure(layer="9")
    with pytest.raises(ValueError, match="layer does not apply to volumes, only to tiling"):
        network.figure("volumes", layer="1")


@pytest.mark.parametrize("name", ["vgg16", "resnet50", "unet", "inception_v3"])
def test_the_rows_of_a_profile_sum_to_the_totals(name: str) -> None:
    network = cnnsize.load(name).sized()
    for depth in (0, 2):
        rows = [line.values for line in lines_of(entries_of(network, depth)) if line.row]
        sums = [sum(value or 0 for value in column) for column in zip(*rows, strict=True)]
        assert sums == [network.activations, network.params, network.macs]


@pytest.mark.parametrize("name", ["resnet50", "unet", "inception_v3", "densenet121"])
def test_every_block_of_a_graph_has_one_panel(name: str) -> None:
    network = cnnsize.load(name).sized()
    texts = texts_of(network.figure("graph"))
    for block, definition in network.architecture.definitions.items():
        head = f"{block}({', '.join(definition.parameters or ())})"
        if definition.parameters:  # without parameters, calls look like the head
            assert texts.count(head) == 1
        else:
            assert head in texts


def test_a_mismatch_in_a_graph_shows_the_volume_of_each_branch() -> None:
    texts = texts_of(cnnsize.parse(BROKEN["CNN106"]).sized().figure("graph"))
    assert {"! +", "32x32x8", "32x32x16", "?"} <= set(texts)
    repeated = cnnsize.parse("INPUT[8x8x1] -> [ADD{CONV3-8 | CONV3-4}]*3").sized()
    assert {"! +", "8x8x8", "8x8x4"} <= set(texts_of(repeated.figure("graph")))


def test_the_graph_of_a_pickled_network_is_the_same() -> None:
    network = cnnsize.load("resnet18").sized()
    assert str(pickle.loads(pickle.dumps(network)).figure("graph")) == str(network.figure("graph"))


def test_a_graph_of_many_nodes_stays_small() -> None:
    branches = " | ".join(f"CONV3-{k}" for k in range(1, 200))
    for text in (f"CAT{{{branches}}}", branches.replace(" | ", " -> ")):
        figure = cnnsize.parse(f"INPUT[8x8x1] -> {text} -> FC-2").sized().figure("graph")
        assert figure.canvas.view_box.right < 1000
        assert figure.canvas.view_box.bottom < 1000


def test_panels_of_many_nodes_stay_small() -> None:
    branches = " | ".join(f"CONV3-{k}" for k in range(1, 120))
    for body in (f"CAT{{{branches}}} -> CONV1-k", f"{branches.replace(' | ', ' -> ')} -> CONV1-k"):
        network = cnnsize.parse(f"wide(k) = {body}\nINPUT[8x8x1] -> wide(8) -> FC-2").sized()
        figure = network.figure("graph")
        check_laws(figure)
        assert figure.canvas.view_box.right < 2_200
        assert figure.canvas.view_box.bottom < 3_200
        assert any(
            text.endswith(("103 more branches", "60 more layers")) for text in texts_of(figure)
        )


def test_depths_below_boxes_are_those_of_the_steps() -> None:
    network = cnnsize.load("vgg16").sized()
    svg = network.figure("volumes", depth=3).svg("light")
    drawn = set(re.findall(r'text-anchor="middle">(\d+)<', svg))
    assert drawn == {str(step.output.D) for step in network.steps if step.kind != "FLATTEN"}


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [("volumes_notes", "volumes", "INPUT[32x32x3] -> [CONV3-64 -> RELU -> POOL]*3 -> FC-10")]
    + [(f"volumes_{code}", "volumes", text) for code, text in BROKEN.items()]
    + [
        ("tiling_CNN101", "tiling", BROKEN["CNN101"]),
        ("graph_CNN106", "graph", BROKEN["CNN106"]),
        *((f"{kind}_{name}", kind, name) for kind, name in IN_README),
        ("cone_WH", "cone", SHAPES["W and H differ"]),
        ("cone_up", "cone", SHAPES["upsampling"]),
        ("profile_notes", "profile", "INPUT[32x32x3] -> [CONV3-64 -> RELU -> POOL]*3 -> FC-10"),
    ],
)
def test_golden_figures(name: str, kind: str, text: str) -> None:
    network = cnnsize.load(text) if text.isidentifier() else cnnsize.parse(text)
    svg = network.sized().figure(kind).svg()
    assert golden(name, svg) == svg


def golden(name: str, svg: str) -> str:
    """Return the SVG that is kept under a name; PICTURES_UPDATE=1 replaces it."""
    path = GOLDEN / f"{name}.svg"
    if os.environ.get("PICTURES_UPDATE"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(svg.encode())
    return path.read_bytes().decode()
