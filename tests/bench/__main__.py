"""``python -m tests.bench``: prints the tables."""

from __future__ import annotations

import argparse
import gc
import os
import platform
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from time import perf_counter

import cnnsize
from cnnsize.cached import clear_caches
from tests.bench.budgets import BUDGETS, by_arithmetic, by_numpy
from tests.bench.contenders import Contender, agree, contenders
from tests.bench.families import FAMILIES
from tests.bench.families import rates as family_rates
from tests.bench.graphs import GRAPHS, graph_contenders
from tests.bench.linting import lint_contenders, many, networks
from tests.bench.networks import CASES, CHAIN, NOTES, never_seen
from tests.bench.processes import measured
from tests.bench.tree import HOLDING, PEERS, scanned
from tests.bench.unseen import print_table

WARM, COLD, NEW = "cnnsize, warm", "cnnsize, cold caches", "cnnsize, every width new"
TOTALS_WARM, TOTALS_COLD = "cnnsize with all totals, warm", "cnnsize with all totals, cold caches"
ONNX, ONNX_CPP = "onnx infer_shapes", "onnx infer_shapes, C++ alone (bytes to bytes)"
FORWARD, TORCHINFO = "torch forward on meta", "torchinfo.summary on meta"
OURS = (WARM, COLD, NEW, TOTALS_WARM, TOTALS_COLD)
THEIRS = (ONNX, ONNX_CPP, FORWARD, TORCHINFO)
NONE = "not installed"
BURST = 5


def table(head: list[str], rows: list[list[str]]) -> None:
    print(f"\n| {' | '.join(head)} |")
    print("|---|" + "---:|" * (len(head) - 1))
    for row in rows:
        print(f"| {' | '.join(row)} |")


def heading(text: str) -> None:
    print(f"\n### {text}")


def milliseconds(seconds: float | None) -> str:
    if seconds is None:
        return NONE
    return f"{seconds * 1e3:.3f} ms" if seconds < 0.01 else f"{seconds * 1e3:.1f} ms"


def ratio(one: float | None, other: float | None) -> str:
    """How many times ``one`` is of ``other``."""
    if one is None or other is None:
        return NONE
    value = one / other
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def best(found: list[Contender], turns: int, burst: int = BURST) -> dict[str, float]:
    """The least time of one call of each contender.

    All take turns, so that noise of the machine hits all alike; a turn is a few calls, so that no
    one pays for the processor caches that the one before filled.
    """
    least = {one.name: float("inf") for one in found}
    gc.collect()
    gc.freeze()  # what stands, torch among it, is not looked through again
    gc.disable()
    try:
        for turn in range(turns):
            for one in found:
                if one.turns is not None and turn >= one.turns:
                    continue
                for _ in range(burst):
                    given = one.prepare()
                    begin = perf_counter()
                    kept = one.run(given)
                    took = perf_counter() - begin
                    del kept  # freeing it is not timed, for anyone
                    if took < least[one.name]:
                        least[one.name] = took
            gc.collect()
    finally:
        gc.enable()
        gc.unfreeze()
    return least


def in_process(quick: bool) -> None:
    columns: dict[str, dict[str, float]] = {}
    said: list[str] = []
    missing: list[str] = []
    for case in CASES:
        turns = (4 if case is CHAIN else 10) if quick else (20 if case is CHAIN else 100)
        slow = (1 if case is CHAIN else 2) if quick else (3 if case is CHAIN else 20)
        found, missing = contenders(case, slow)
        answer = agree(case, found)
        columns[case.name] = best(found, turns)
        shape = "x".join(map(str, answer.output))
        said.append(
            f"{case.name} {shape}, {answer.params:,} parameters, N = {turns * BURST} (torch, torchinfo: {slow * BURST})"
        )
    heading("In one process: a string parsed and sized")
    print(
        "\nEverything imported; the contenders' networks are built and serialized beforehand, the string is not parsed."
    )
    print(
        f"Best of N calls. All contenders take turns of {BURST} calls; no garbage is collected while a call is timed."
    )
    print("All agree, checked before timing: " + "; ".join(said) + ".")
    if missing:
        print(f"Not installed: {', '.join(missing)}.")
    names = [case.name for case in CASES]
    table(
        ["best time of one call", *names],
        [
            [row, *(milliseconds(columns[name].get(row)) for name in names)]
            for row in (*OURS, *THEIRS)
        ],
    )
    pairs = [
        (ONNX, WARM),
        (ONNX, COLD),
        (ONNX, NEW),
        (ONNX, TOTALS_WARM),
        (ONNX, TOTALS_COLD),
        (ONNX_CPP, WARM),
        (ONNX_CPP, COLD),
        (FORWARD, WARM),
        (FORWARD, COLD),
        (TORCHINFO, WARM),
        (TORCHINFO, COLD),
        (TORCHINFO, TOTALS_COLD),
    ]
    table(
        ["how many times as long", *names],
        [
            [f"{a} / {b}", *(ratio(columns[name].get(a), columns[name].get(b)) for name in names)]
            for a, b in pairs
        ],
    )


def with_joins(quick: bool) -> None:
    """Networks of the zoo, blocks and joins: the text of each parsed and sized."""
    columns: dict[str, dict[str, float]] = {}
    said: list[str] = []
    for name in GRAPHS:
        found = graph_contenders(name, 2 if quick else 4)
        answers = {contender.answer() for contender in found if contender.answer is not None}
        if len(answers) != 1:
            raise SystemExit(f"{name}: the contenders disagree: {answers}")
        columns[name] = best(found, 10 if quick else 60)
        said.append(f"{name} {'x'.join(map(str, answers.pop().output))}")
    heading("Blocks and joins: a text parsed and sized")
    print(f"\nAs above. All agree, checked before timing: {'; '.join(said)}.")
    rows = (WARM, COLD, TOTALS_WARM, ONNX, TORCHINFO)
    table(
        ["best time of one call", *GRAPHS],
        [[row, *(milliseconds(columns[name].get(row)) for name in GRAPHS)] for row in rows],
    )
    pairs = [(ONNX, WARM), (ONNX, COLD), (TORCHINFO, WARM), (TORCHINFO, COLD)]
    table(
        ["how many times as long", *GRAPHS],
        [
            [f"{a} / {b}", *(ratio(columns[name].get(a), columns[name].get(b)) for name in GRAPHS)]
            for a, b in pairs
        ],
    )


def every_width_new(quick: bool) -> None:
    """Networks whose widths no text before them had, with and without all totals."""
    heading("Every width new")
    print(
        "\nCPU time of one network, parsed and sized, least of all rounds; garbage is collected as"
    )
    print(
        "usual. onnx gets graphs of networks with such widths, built beforehand but for one column."
    )
    print_table(10 if quick else 60)


def whole_process(quick: bool) -> None:
    rounds = 5 if quick else 15
    least, missing = measured(rounds)
    heading("Whole processes, cold")
    print(
        f"\nCPU time (user + system) and peak memory of the child, least of {rounds}; the processes take turns; stdout is a pipe,"
    )
    print("the folder is empty, files are in the disk cache and modules are compiled.")
    names = list(least)
    ours = next(name for name in names if "cnnsize" in name)
    click = next(name for name in names if "import click" in name)
    rows = []
    for name in names:
        cpu, memory = least[name]
        rows.append(
            [
                f"`{name}`" if name.startswith("python") else name,
                f"{cpu * 1e3:.0f} ms",
                f"{memory:.1f} MB",
                ratio(cpu, least[click].cpu),
                ratio(cpu, least[ours].cpu),
            ]
        )
    rows += [[name, NONE, NONE, NONE, NONE] for name in missing]
    table(["process", "CPU time", "peak memory", "times `import click`", "times cnnsize"], rows)


def replied(text: str) -> Contender:
    return Contender(text, lambda _: cnnsize.parse(text).sized().output)


def per_second(call: Callable[[], object], seconds: float) -> float:
    """How often a second; garbage is collected as usual."""
    begin = perf_counter()
    done = 0
    while perf_counter() - begin < seconds:
        for _ in range(10):
            call()
        done += 10
    return done / (perf_counter() - begin)


def rates(quick: bool) -> None:
    seconds, turns = (0.1, 3) if quick else (0.3, 7)
    found, _ = contenders(NOTES, None)
    one = {contender.name: contender for contender in found}
    sources = iter([never_seen(NOTES.text) for _ in range(int(seconds * turns * 50_000))])
    calls: dict[str, Callable[[], object]] = {
        "parsed and sized, warm": lambda: one[WARM].run(NOTES.text),
        "parsed and sized, every width new": lambda: one[NEW].run(next(sources)),
        "parsed, sized and all totals, warm": lambda: one[TOTALS_WARM].run(NOTES.text),
    }
    if ONNX in one:
        calls[ONNX] = lambda: one[ONNX].run(None)
    most = dict.fromkeys(calls, 0.0)
    clear_caches()
    gc.collect()
    gc.freeze()  # only what the calls leave behind is collected, not torch
    for _ in range(turns):
        for name, call in calls.items():
            most[name] = max(most[name], per_second(call, seconds))
    gc.unfreeze()
    heading("Rates")
    print(
        f"\n`{NOTES.text}`: the best of {turns} stretches of {seconds} s, in turn, garbage collected as usual."
    )
    rows = [[name, f"{rate:,.0f}"] for name, rate in most.items()]
    if ONNX not in most:
        rows.append([ONNX, NONE])
    table(["networks a second, one core", ""], rows)

    texts = [f"INPUT[32x32x64] -> [CONV3-64 -> RELU]*{count}" for count in (2, 1_000_000_000)]
    parse = cnnsize.parse
    for text, count in zip(texts, (2, 1_000_000_000), strict=True):
        if parse(text).sized().params != 36_928 * count:
            raise SystemExit(
                f"{text}: {parse(text).sized().params} parameters, not {36_928 * count}"
            )
    turns = 40 if quick else 400
    least = best([replied(text) for text in texts], turns)
    rows = [
        [f"`{text}`", f"{least[text] * 1e6:.1f} µs", ratio(least[text], least[texts[0]])]
        for text in texts
    ]
    table([f"parsed and sized, warm, best of {turns * BURST}", "time", "times `*2`"], rows)


def linted(quick: bool) -> None:
    turns = 20 if quick else 200
    rows = []
    for name, one in networks().items():
        least = best(lint_contenders(one), turns)
        sized, rules = least["sized"], least["linted"]
        rows.append([name, f"{sized * 1e6:.0f} µs", f"{rules * 1e6:.0f} µs", ratio(rules, sized)])
    heading("Rules")
    print(f"\nAll default rules on a network that was sized, warm; best of {turns * BURST}.")
    table(["network", "sized", "linted", "times sizing"], rows)
    count = 1_000 if quick else 10_000
    read, sized, all_, findings = many(count)
    print(
        f"\nA file of {count:,} networks, CPU time: {read:.1f} s to read, {sized:.1f} s to size, "
        f"{all_:.1f} s to size and lint ({findings:,} findings)."
    )


def families(quick: bool) -> None:
    """Families as a whole, and their members one by one."""
    found = [family_rates(name, 4 if quick else 1) for name in FAMILIES]
    heading("Families")
    print(
        "\nParsed beforehand. As a family: validity, parameters, MACs, activations and receptive field of every member."
    )
    print(
        "One by one: the same of members spread over the family, each sized by itself; both agree, checked after timing."
    )
    table(
        ["", *(one.name for one in found)],
        [
            ["members", *(f"{one.members:,}" for one in found)],
            ["valid", *(f"{one.valid:,}" for one in found)],
            ["members a second, as a family", *(f"{one.together:,.0f}" for one in found)],
            ["members a second, one by one", *(f"{one.alone:,.0f}" for one in found)],
            ["how many times as many", *(ratio(one.together, one.alone) for one in found)],
        ],
    )


def budgets() -> None:
    """Members counted under two budgets."""
    counted = [by_arithmetic(text) for text in BUDGETS]
    peer = by_numpy()
    if peer is not None and peer.satisfying != counted[0].satisfying:
        raise SystemExit("cnnsize and numpy count different numbers of members")
    heading("Members under two budgets")
    print("\nWall time with parsing; numpy visits every member, with the formulas written by hand.")
    rows = [
        [
            name,
            f"{each.members:,}",
            f"{each.satisfying:,}",
            f"{each.seconds:.2f} s",
            f"{each.members / each.seconds:,.0f}",
        ]
        for name, each in (
            ("counted by arithmetic", counted[0]),
            ("counted by arithmetic, 4^20", counted[1]),
            *([("numpy, one by one", peer)] if peer else []),
        )
    ]
    table(["", "members", "within", "time", "members a second"], rows)


def trees(quick: bool) -> None:
    files, rounds = (2_000, 2) if quick else (10_000, 5)
    costs = scanned(files, rounds)
    heading("A tree of files")
    print(
        f"\n{files:,} files of a few KB, one in {HOLDING} with a network; wall time, least of {rounds} in turn, on"
    )
    print(
        f"{os.cpu_count()} cores; its peer is ruff with a cache for a run with one, else without."
    )
    wall = {name: cost.wall for name, cost in costs.items()}
    rows = [
        [name, f"{took:.2f} s", ratio(took, wall.get(PEERS[name])) if name in PEERS else ""]
        for name, took in wall.items()
    ]
    table(["process", "wall time", "times its peer"], rows)


def main() -> None:
    asked = argparse.ArgumentParser(
        prog="python -m tests.bench", description="cnnsize beside its alternatives."
    )
    asked.add_argument(
        "--quick", action="store_true", help="fewer rounds: a look, not a measurement"
    )
    quick = asked.parse_args().quick
    versions = [f"Python {platform.python_version()}"]
    for name in ("click", "onnx", "torch", "torchinfo"):
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            versions.append(f"{name}: {NONE}")
    print(f"## cnnsize {cnnsize.version.__version__}: speed{' (--quick)' if quick else ''}")
    print(f"\n{', '.join(versions)}, {platform.system()} {platform.machine()}.")
    in_process(quick)
    with_joins(quick)
    every_width_new(quick)
    whole_process(quick)
    rates(quick)
    linted(quick)
    families(quick)
    budgets()
    trees(quick)


if __name__ == "__main__":
    main()
