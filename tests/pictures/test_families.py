"""The grids and the points of families, compared with their members one by one."""

from __future__ import annotations

import re
from itertools import product

import pytest

import cnnsize
from cnnsize.patterns.family import Family
from cnnsize.pictures.canvas import Canvas
from cnnsize.pictures.figure import family_figure
from cnnsize.pictures.grid import Cell, Grids, Key
from cnnsize.pictures.kinds import KINDS
from cnnsize.pictures.members import Sample, sample_of
from cnnsize.pictures.scatter import MAX_POINTS, Scatter
from cnnsize.render.units import compact_count
from tests.helpers import cnnsize as run
from tests.pictures.test_figures import GOLDEN, check_laws, golden

FAMILIES = {
    "notes": "INPUT[32x32x3] -> [[CONV3-8 -> RELU]*N -> POOL?]*M -> [FC-16 -> RELU]*K -> FC-10 "
    "where N in 0..2, M in 0..7, K in 0..1",
    "a step": "INPUT[16x16x3] -> CONV3-8 -> BN? -> RELU -> POOL? -> [CONV5-8(P=0)]*N -> FC-10",
    "sizes": "INPUT[(W)x(W)x3] -> CONV3-8(S=2, P=0) -> FC-k where W in 3..40, k in 1..3",
    "only ?": "INPUT[8x8x3] -> POOL? -> FC-10",
    "no parameters": "INPUT[8x8x3] -> [POOL]*N -> RELU where N in 0..5",
    "no valid member": "INPUT[8x8x3] -> CONV9-4(P=0) -> [CONV3-4]*N",
    "many": "INPUT[9x7x3] -> [CONV3-k]*N -> FC-m where N in 0..3, k in 1..30, m in 1..30",
    "no single field": "INPUT[9x9x3] -> [CONV3-4]*N -> AVGPOOL(to=4x4) -> FC-10",
}
FAMILY_KINDS = [kind for kind in KINDS if KINDS[kind].of_families]


def family_of(name: str) -> Family:
    return cnnsize.parse(FAMILIES[name]).family()


@pytest.mark.parametrize("kind", FAMILY_KINDS)
@pytest.mark.parametrize("name", FAMILIES)
def test_laws(name: str, kind: str) -> None:
    check_laws(family_of(name).figure(kind))


def key_of(grids: Grids, choices: tuple[int, ...]) -> Key:
    return tuple(
        list(axis.choice.values).index(choices[axis.position]) // axis.size
        for axis in grids.plan.axes
    )


def grids_of(sample: Sample) -> Grids:
    return Grids(sample, Canvas())


@pytest.mark.parametrize("name", FAMILIES)
def test_cells_are_the_members_in_them(name: str) -> None:
    family = family_of(name)
    grids = grids_of(sample_of(family, 10_000))
    members: dict[Key, list[cnnsize.Member]] = {}
    for member in family:
        members.setdefault(key_of(grids, member.choices), []).append(member)
    assert set(grids.cells) == set(members)
    assert len(members) == len(list(product(*(range(axis.groups) for axis in grids.plan.axes))))
    for key, group in members.items():
        valid = [member for member in group if member.valid]
        cell: Cell = grids.cells[key]
        assert (cell.members, cell.valid) == (len(group), len(valid))
        params = [member.params for member in valid]
        assert cell.params == ((min(params), max(params)) if params else None)
        fields = [min(member.receptive_field) for member in valid if member.receptive_field]
        assert cell.field == ((min(fields), max(fields)) if fields else None)
        if len(group) == 1 and valid:
            assert cell.lines[0] == compact_count(group[0].params)
            assert f"{group[0].params:,} params, {group[0].macs:,} MACs" in grids.cell_title(cell)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_line_separates_what_the_family_separates(name: str) -> None:
    family = family_of(name)
    grids = grids_of(sample_of(family, 10_000))
    shares: dict[Key, set[bool]] = {}
    for member in family:
        shares.setdefault(key_of(grids, member.choices), set()).add(member.valid)
    rows, columns = len(grids.row_heads), len(grids.column_heads)
    for place in product(*(range(axis.groups) for axis in grids.plan.grids)):
        lines = set(grids.boundary(place))
        expected = set()
        for row, column in product(range(rows), range(columns)):
            here = shares[grids.key(place, row, column)]
            if row + 1 < rows and shares[grids.key(place, row + 1, column)] != here:
                expected.add(((row + 1, column), (row + 1, column + 1)))
            if column + 1 < columns and shares[grids.key(place, row, column + 1)] != here:
                expected.add(((row, column + 1), (row + 1, column + 1)))
        assert lines == expected


def test_the_boundary_is_also_in_words() -> None:
    figure = family_of("notes").figure("grid")
    texts = [text for _, text in figure.canvas.texts]
    assert "with POOL, valid if M <= 5 for a 32x32 input" in texts
    assert "M = 6 pools a 1x1 volume" in texts
    assert "boundary of the valid members" in texts
    assert texts.count("x") == 12
    assert "valid if M <= 5" in figure.description
    texts = [text for _, text in family_of("no parameters").figure("grid").canvas.texts]
    assert "valid if N <= 3 for an 8x8 input" in texts


@pytest.mark.parametrize("name", FAMILIES)
def test_points_are_the_members(name: str) -> None:
    family = family_of(name)
    scatter = Scatter(sample_of(family, 10_000), Canvas(), 520, 0)
    known = [member for member in family if member.params is not None]
    assert scatter.without_numbers == family.count - len(known)
    if family.count <= MAX_POINTS:
        drawn = [(point.entry.choices, point.entry.is_valid) for point in scatter.points]
        assert drawn == [(member.choices, member.valid) for member in known]
        for point, member in zip(scatter.points, known, strict=True):
            assert 10**point.x == pytest.approx(member.params or 0.1, rel=1e-5)
            assert 10**point.y == pytest.approx(member.macs or 0.1, rel=1e-5)
    else:
        assert sum(square.members for square in scatter.squares.values()) == len(known)


def test_the_ends_are_ringed_and_named() -> None:
    family = family_of("notes")
    survey = family.survey()
    assert survey.smallest is not None
    assert survey.largest is not None
    texts = [text for _, text in family.figure("scatter").canvas.texts]
    for member in (survey.smallest, survey.largest):
        assert f"{member.params:,} params" in texts
        assert f"{member.macs:,} MACs" in texts


def test_large_families_are_sampled() -> None:
    text = "INPUT[16x16x3] -> [CONV3-k -> POOL?]*N -> FC-m where N in 0..7, k in 1..64, m in 1..64"
    family = cnnsize.parse(text).family()
    assert family.count == 65_536
    figure = family_figure(family, most=1_000)
    check_laws(figure)
    (note,) = [text for _, text in figure.canvas.texts if text.startswith("a sample: ")]
    assert note == (
        "a sample: 512 of the 65,536 members, with 4 of 64 values of k, 8 of 64 values of m"
    )
    texts = [text for _, text in figure.canvas.texts]
    assert "in the sample, with POOL, valid if N <= 4 for a 16x16 input" in texts
    assert "416 of 512 members are valid in a sample from 65,536; input 16x16x3" in texts
    many = " -> ".join(["RELU?"] * 40)
    figure = cnnsize.parse(f"INPUT[8x8x1] -> {many}").family().figure()
    check_laws(figure)
    texts = [text for _, text in figure.canvas.texts]
    assert "a sample: 2,000 random members of 1,099,511,627,776" in texts


@pytest.mark.parametrize("name", ["notes", "a step"])
def test_golden_families(name: str) -> None:
    svg = family_of(name).figure().svg()
    assert golden(f"family_{name.replace(' ', '_')}", svg) == svg
    assert GOLDEN.exists()


def test_the_command_draws_families() -> None:
    status, svg, errors = run("draw", FAMILIES["notes"])
    assert (status, svg) == (0, family_of("notes").figure().svg())
    assert "CNN103" in errors
    status, svg, _ = run(
        "draw", "INPUT[8x8x3] -> [CONV3-k]*N", "--set", "k=4..5", "--figure", "grid"
    )
    assert status == 0
    assert 'aria-label="Grid of' in svg
    assert len(re.findall(">RF ", svg)) == 8
    for options, message in {
        ("--figure", "volumes"): "volumes shows one network, not the members of a pattern; choose",
        ("--depth", "2"): "depth does not apply to family, only to profile and volumes",
    }.items():
        status, _, errors = run("draw", FAMILIES["notes"], *options)
        assert status == 2
        assert message in errors
    many = " -> ".join(["RELU?"] * 40)
    status, svg, errors = run("draw", f"INPUT[8x8x3] -> {many}")
    assert (status, errors) == (0, "")
    assert "2,000 random members of 1,099,511,627,776" in svg
    wide = " -> RELU -> ".join(f"CONV3-{letter}" for letter in "abcde")
    ranges = ", ".join(f"{letter} in 8..160 step 8" for letter in "abcde")
    large = f"INPUT[8x8x3] -> {wide} -> RELU -> GAP -> FC-10 where {ranges}"
    status, svg, errors = run("draw", large, "--figure", "scatter")
    assert (status, errors) == (0, "")
    assert "all 2,000 members are valid in a sample from 3,200,000; input 8x8x3" in svg
    status, _, errors = run("draw", "INPUT[8x8x3] -> FC-10", "--figure", "grid")
    assert status == 2
    assert "grid shows the members of a pattern, not one network; choose" in errors


def test_a_notebook_shows_the_picture_of_a_family() -> None:
    family = family_of("notes")
    for value in (family, family.survey(), cnnsize.check(FAMILIES["notes"])):
        assert value._repr_mimebundle_()["text/html"].count("<img ") == 1
