"""Data sets: their rows and columns, what a second run adds, and what is refused."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import cnnsize
from cnnsize.cli.datasets import DatasetRequest, Forecast, time_words, write_family
from cnnsize.dataset import question, run
from cnnsize.dataset.question import domain_words
from cnnsize.patterns.listing import Listing, chosen_members
from cnnsize.patterns.query import QueryError
from cnnsize.render.progress import Bar
from tests.helpers import cnnsize as program
from tests.patterns.families import family

TEXT = "INPUT[12x12x3] -> [CONV3-k(P=0) -> RELU]*N -> POOL? -> FC-10 where N in 0..4, k in 1..20"
MEMBERS = 200
SMALL = 30  # members of a partition in these tests: 7 files


@pytest.fixture(autouse=True)
def _small_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(question, "MEMBERS_PER_FILE", SMALL)


def rows(path: Path) -> list[dict[str, Any]]:
    return list(pq.read_table(path).to_pylist())


def listed(members: list[cnnsize.Member], *, text: bool = False) -> list[dict[str, Any]]:
    table = []
    for member in members:
        W, H, D = member.output or (None, None, None)
        field = member.receptive_field or (None, None)
        row = {
            "index": member.number,
            **member.values,
            "valid": member.valid,
            "output_W": W,
            "output_H": H,
            "output_D": D,
            "params": member.params,
            "macs": member.macs,
            "activations": member.activations,
            "receptive_field_W": field[0],
            "receptive_field_H": field[1],
        }
        table.append(row | {"text": member.text} if text else row)
    return table


def test_a_data_set_has_a_row_for_each_member(tmp_path: Path) -> None:
    members = family(TEXT)
    calls: list[tuple[int, int]] = []
    dataset = members.to_parquet(
        tmp_path / "m.parquet", jobs=1, progress=lambda *call: calls.append(call)
    )
    path = str(tmp_path / "m.parquet")
    assert dataset == cnnsize.Dataset(path, MEMBERS, MEMBERS, 7)
    assert rows(tmp_path / "m.parquet") == listed(list(members))
    assert calls == [(min(done, MEMBERS), MEMBERS) for done in range(0, MEMBERS + SMALL, SMALL)]
    assert sorted(os.listdir(path))[-1] == "part-0000006.parquet"
    facts = json.loads(
        pq.read_schema(tmp_path / "m.parquet" / "part-0000003.parquet").metadata[b"cnnsize"]
    )
    assert facts["network"] == str(members.architecture)
    assert (facts["version"], facts["members"]) == (cnnsize.__version__, MEMBERS)


@pytest.mark.parametrize(
    "where",
    [
        "params < 2k",
        "valid and POOL",
        "not (W == 1) or RF > 4",
        "receptive_field in (3, 5) and flops >= 1M",
        "memory_bytes % 3 == 0 and MACs / k > 100",
        "1 < 2",
        "N >= 2 and k // N == 4",
        "log2(params) < 9.5",
    ],
)
@pytest.mark.parametrize("valid", [False, True])
def test_a_condition_selects_the_members_that_a_list_has(
    tmp_path: Path, where: str, valid: bool
) -> None:
    members = family(TEXT)
    chosen = list(chosen_members(Listing(members), where=where, valid=valid))
    dataset = members.to_parquet(tmp_path / "m", jobs=1, where=where, valid=valid)
    assert (dataset.rows, rows(tmp_path / "m")) == (len(chosen), listed(chosen))


def test_a_condition_names_letters_with_one_value_and_letters_named_like_facts(
    tmp_path: Path,
) -> None:
    members = family("INPUT[8x8x3] -> [CONV3-k]*RF -> FC-10 where k = 4, RF in 0..3")
    dataset = members.to_parquet(tmp_path / "m", jobs=1, where="RF == 2 and k == 4")
    assert dataset.rows == members.count(where="RF == 2 and k == 4") == 1


@pytest.mark.parametrize("layer", ["CONV3-w: [9x9x16]", "[CONV3-w -> RELU]: [9x9x16]"])
def test_a_declared_shape_fits_one_width(tmp_path: Path, layer: str) -> None:
    members = family(f"INPUT[9x9x3] -> {layer} -> RELU where w in 8..40")
    members.to_parquet(tmp_path / "m", jobs=1)
    listed_members = list(members)
    assert rows(tmp_path / "m") == listed(listed_members)
    assert sum(member.valid for member in listed_members) == members.count(valid=True) == 1


def test_text_adds_a_column(tmp_path: Path) -> None:
    members = family(TEXT)
    members.to_parquet(tmp_path / "m", jobs=1, text=True, where="k == 3")
    chosen = [member for member in members if member.values["k"] == 3]
    assert rows(tmp_path / "m") == listed(chosen, text=True)
    single = family("INPUT[8x8x3] -> FC-10")
    single.to_parquet(tmp_path / "one", text=True)
    assert rows(tmp_path / "one") == listed(list(single), text=True)


def test_a_second_run_writes_what_is_missing(tmp_path: Path) -> None:
    members, path = family(TEXT), tmp_path / "m.parquet"
    members.to_parquet(path, jobs=1)
    whole = pq.read_table(path)
    files = sorted(path.iterdir())
    files[1].unlink()
    files[3].write_bytes(files[3].read_bytes()[:200])  # cut off, as no run leaves it
    files[5].write_bytes(b"")
    (path / "part-0000001.parquet.99.unfinished").write_bytes(b"PAR1")
    (path / ".DS_Store").write_bytes(b"")
    kept = files[0].stat().st_mtime_ns
    dataset = members.to_parquet(path, jobs=1)
    assert (dataset.rows, dataset.files, dataset.resumed) == (MEMBERS, 7, 4)
    assert pq.read_table(path).equals(whole)
    assert sorted(path.glob("[!.]*")) == files
    assert files[0].stat().st_mtime_ns == kept
    assert members.to_parquet(path).resumed == 7


def test_workers_write_the_same_and_one_that_dies_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cnnsize.dataset.local import Crew

    ask = Crew._ask
    killed: list[int] = []

    def ask_and_kill(crew: Crew, process: Any, number: int) -> Any:
        if number == 2 and not killed:
            killed.append(number)
            process.kill()
            process.wait()
        return ask(crew, process, number)

    monkeypatch.setattr(Crew, "_ask", ask_and_kill)
    members = family(TEXT)
    members.to_parquet(tmp_path / "m", jobs=2)
    assert (rows(tmp_path / "m"), killed) == (listed(list(members)), [2])


@pytest.mark.slow
def test_a_partition_that_kills_every_worker_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnsize.dataset.local.START", "raise SystemExit")
    with pytest.raises(cnnsize.DatasetError, match="was killed 3 times; is there enough memory"):
        family(TEXT).to_parquet(tmp_path / "m", jobs=2)
    assert not (tmp_path / "m").exists()


CHANGES: list[tuple[str, Callable[[cnnsize.Family, Path], object], str]] = [
    (
        "where",
        lambda it, path: it.to_parquet(path, where="k > 2"),
        "where: none there, 'k > 2' here",
    ),
    ("valid", lambda it, path: it.to_parquet(path, valid=True), "valid: False there, True here"),
    ("text", lambda it, path: it.to_parquet(path, text=True), "text: False there, True here"),
    (
        "set",
        lambda it, path: it.architecture and family_with(it, k=(1, 2)).to_parquet(path),
        "set: none there, k={1,2} here; members: 200 there, 20 here",
    ),
    (
        "target",
        lambda it, path: cnnsize.Family(
            it.architecture, None, cnnsize.Settings(target="tensorflow")
        ).to_parquet(path),
        "target: 'torch' there, 'tensorflow' here",
    ),
    (
        "input",
        lambda it, path: cnnsize.Family(it.architecture, (9, 9, 3)).to_parquet(path),
        "input: none there, [9, 9, 3] here",
    ),
]


def family_with(members: cnnsize.Family, **values: tuple[int, ...]) -> cnnsize.Family:
    return cnnsize.Family(members.architecture, None, members.settings, values)


@pytest.mark.parametrize(("name", "ask", "difference"), CHANGES, ids=[row[0] for row in CHANGES])
def test_two_questions_do_not_mix(
    tmp_path: Path, name: str, ask: Callable[[cnnsize.Family, Path], object], difference: str
) -> None:
    path = tmp_path / "m.parquet"
    members = family(TEXT)
    members.to_parquet(path, jobs=1)
    with pytest.raises(cnnsize.DatasetError) as caught:
        ask(members, path)
    assert f"{path} holds the answer to another question ({difference}" in str(caught.value)
    assert rows(path) == listed(list(members))


def test_of_long_texts_the_places_that_differ_are_shown(tmp_path: Path) -> None:
    text = f"INPUT[9x9x3] -> {'CONV3-8 -> RELU -> ' * 9}CONV3-k -> FC-10 where k in 1..{{}}"
    path = tmp_path / "m.parquet"
    family(text.format(200)).to_parquet(path, jobs=1)
    with pytest.raises(cnnsize.DatasetError) as caught:
        family(text.format(300)).to_parquet(path, jobs=1)
    assert (
        "(network: '...FC-10 where k in 1..200' there, '...FC-10 where k in 1..300' here; "
        "members: 200 there, 300 here)"
    ) in str(caught.value)


def test_a_lint_setting_is_not_part_of_the_question(tmp_path: Path) -> None:
    members = family(TEXT)
    members.to_parquet(tmp_path / "m", jobs=1)
    settings = cnnsize.Settings(budget=cnnsize.CostBudget(params=5), hardware="nvidia")
    same = cnnsize.Family(members.architecture, None, settings)
    assert same.to_parquet(tmp_path / "m").resumed == 7


def test_a_folder_with_something_else_is_refused(tmp_path: Path) -> None:
    members = family(TEXT)
    (tmp_path / "file").write_text("")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("")
    (tmp_path / "tables").mkdir()
    pq.write_table(pa.table({"a": [1]}), tmp_path / "tables" / "part-0000000.parquet")
    for name, message in (
        ("file", "file is a file, but a data set is a folder"),
        ("notes", "notes holds 'a.txt', which is no file of a data set"),
        ("tables", "part-0000000.parquet was not written by cnnsize family"),
    ):
        with pytest.raises(cnnsize.DatasetError, match=message):
            members.to_parquet(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        members.to_parquet(tmp_path / "none" / "m")


@pytest.mark.skipif(os.name == "nt", reason="a folder cannot be locked there")
def test_a_second_run_at_the_same_time_is_refused(tmp_path: Path) -> None:
    members, path = family(TEXT), tmp_path / "m"

    def run_again(done: int, total: int) -> None:
        with pytest.raises(cnnsize.DatasetError, match="another run is writing"):
            members.to_parquet(path)

    members.to_parquet(path, jobs=1, progress=run_again)
    assert rows(path) == listed(list(members))


def test_what_no_partition_can_hold_is_refused_before_a_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "m"
    with pytest.raises(cnnsize.DatasetError) as caught:
        family("INPUT[900000000x900000000x3] -> CONV3-k where k in 1..8").to_parquet(path)
    assert "macs is 21,870,000,000,000,000,000 for member 0, which does not fit the 64 bits" in str(
        caught.value
    )
    late = "INPUT[9x9x3] -> CONV3-a -> GAP -> FC-b where a in 1..20, b in 922337203685477580..922337203685477590"
    with pytest.raises(cnnsize.DatasetError, match=r"for member 88,"):
        family(late).to_parquet(path)
    with pytest.raises(cnnsize.DatasetError, match="the letter valid has the name of a column"):
        family("INPUT[9x9x3] -> [CONV3-4]*valid where valid in 1..8").to_parquet(path)
    with pytest.raises(QueryError, match="unknown fact 'parms'"):
        family(TEXT).to_parquet(path, where="parms < 5")
    with pytest.raises(cnnsize.ArchitectureError, match="has no INPUT"):
        family("CONV3-k where k in 1..8").to_parquet(path)
    huge = "INPUT[9x9x3] -> CONV3-a -> CONV3-b where a in 1..{0}, b in 1..{0}"
    with pytest.raises(
        cnnsize.DatasetError, match=r"10,000,000,000,000,000 members need about .* PiB"
    ):
        family(huge.format(10**8)).to_parquet(path)
    with pytest.raises(cnnsize.DatasetError, match=r"members need at least .* narrow the letters$"):
        family(huge.format(4 * 10**8)).to_parquet(path, valid=True)
    with pytest.raises(cnnsize.DatasetError, match="whose numbers do not fit 64 bits"):
        family(huge.format(10**10)).to_parquet(path)
    assert not path.exists()


def test_a_full_disk_is_seen_before_a_long_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "NO_PROBE", 0)
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=2_000))
    with pytest.raises(
        cnnsize.DatasetError, match=r"disk of .* has 2.0 KiB left; narrow the letters, or"
    ):
        family(TEXT).to_parquet(tmp_path / "m")


def test_without_pyarrow_the_error_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(cnnsize.DatasetError, match=r"pip install 'cnnsize\[parquet\]'"):
        family(TEXT).to_parquet(tmp_path / "m")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (3, "3"),
        (range(4), "0..3"),
        (range(2, 3), "{2}"),
        (range(0, 9, 4), "{0,4,8}"),
        ((4, 1), "{1,4}"),
    ],
)
def test_values_are_written_as_set_takes_them(values: Any, words: str) -> None:
    assert domain_words(values) == words


# -- the command ----------------------------------------


def test_the_command_writes_a_folder_and_says_what_it_holds(tmp_path: Path) -> None:
    call = ("family", TEXT, "-o", "m.parquet")
    assert program(*call, cwd=tmp_path) == (0, "", "m.parquet: 200 rows in 1 file\n")
    again = "m.parquet: 200 rows in 1 file, all from earlier runs\n"
    assert program(*call, cwd=tmp_path) == (0, "", again)
    assert program(*call, "-q", cwd=tmp_path) == (0, "", "")
    status, out, err = program(*call, "--set", "k=1..2", cwd=tmp_path)
    assert (status, out) == (2, "")
    assert err.startswith(
        "cnnsize: m.parquet holds the answer to another question (set: none there,"
    )
    few = program("family", TEXT, "-o", "f.parquet", "--where", "k < 3", cwd=tmp_path)
    assert few == (0, "", "f.parquet: 20 rows of 200 members in 1 file\n")


def test_only_a_run_that_wrote_something_is_said_to_continue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = program("family", TEXT, "-o", "none/m.parquet", cwd=tmp_path)
    assert (status, err) == (2, "cnnsize: none/m.parquet: No such file or directory\n")
    path = tmp_path / "m.parquet"
    path.mkdir()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cnnsize.Family, "to_parquet", full)
    with pytest.raises(SystemExit):
        write_family(
            family(TEXT),
            SimpleNamespace(output_file=str(path), quiet=False),  # type: ignore[arg-type]
            DatasetRequest(False, None, 1, None, False),
        )
    message = "No space left on device; the same command continues where it stopped\n"
    assert capsys.readouterr().err == f"cnnsize: {path}: {message}"


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("-o", "m.parquet", "--sort", "params"), "--sort is for a list"),
        (("-o", "m.parquet", "--limit", "3"), "--limit is for a list"),
        (
            ("-o", "m.parquet", "--output-format", "csv"),
            "--output-format is not for a folder .parquet",
        ),
        (("-o", "m.parquet", "--jobs", "2", "--scheduler", "x:1"), "a cluster has its own workers"),
        (("--jobs", "2"), "--jobs is for a Parquet data set: -o FOLDER.parquet"),
        (("-o", "m.csv", "--text"), "--text is for a Parquet data set"),
    ],
)
def test_flags_that_do_not_go_together(
    tmp_path: Path, flags: tuple[str, ...], message: str
) -> None:
    status, _, err = program("family", TEXT, *flags, cwd=tmp_path)
    assert status == 2
    assert message in " ".join(err.split())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("CONV3-k where k in 1..3", "error[CNN005] missing-input"),
        ("INPUT[8x8x3] -> CONVV-k where k in 1..3", "error[CNN002] unknown-layer"),
    ],
)
def test_an_error_of_the_network_is_printed_as_ever(tmp_path: Path, text: str, error: str) -> None:
    status, out, err = program("family", text, "-o", "m.parquet", cwd=tmp_path)
    assert (status, err) == (1, "")
    assert error in out
    assert not list(tmp_path.iterdir())


def test_a_long_run_says_how_long_it_takes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 5.0, 11.0, 30.0])
    monkeypatch.setattr("cnnsize.cli.datasets.monotonic", lambda: next(clock))
    forecast = Forecast(Bar(enabled=False))
    for done in (500, 600, 700, 900):
        forecast(done, 1_000_000)
    assert capsys.readouterr().err == (
        "cnnsize: about 15 hours left; Ctrl-C stops, and the same command continues\n"
    )
    assert [time_words(seconds) for seconds in (700, 9000, 2e5, 1e9)] == [
        *("12 minutes", "2 hours", "2 days", "32 years")
    ]


def test_arguments_of_the_library_are_checked(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="jobs must be at least 1, not 0"):
        family(TEXT).to_parquet(tmp_path / "m", jobs=0)
    with pytest.raises(TypeError, match="where"):
        family(TEXT).to_parquet(tmp_path / "m", where=5)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())
