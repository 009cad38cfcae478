"""Runs that are killed, interrupted, or computed by a cluster whose worker dies: the same rows."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.helpers import cnnsize as program

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="signals of Unix"),
]
# half a million members, 8 files
TEXT = "INPUT[9x9x3] -> CONV-a -> RELU -> POOL? -> CONV-b -> GAP -> FC-10 where a in 1..50, b in 1..5000"
CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, *(worker.pid for worker in cluster.workers.values()), flush=True)
        sys.stdin.read()
"""


def start(path: Path, *flags: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "cnnsize", "family", TEXT, "-o", str(path), *flags],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def wait_for_files(path: Path, number: int, process: subprocess.Popen[str]) -> None:
    """Wait until a run has written so many files, or has ended."""
    while process.poll() is None:
        if path.is_dir() and len(list(path.glob("*.parquet"))) >= number:
            return
        time.sleep(0.005)


def children(process: subprocess.Popen[str]) -> list[int]:
    tasks = Path(f"/proc/{process.pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def is_running(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "m.parquet"
    status, _, err = program("family", TEXT, "-o", str(path), "--jobs", "1")
    assert (status, err) == (0, f"{path}: 500,000 rows in 8 files\n")
    return path


def assert_same(path: Path, whole: Path) -> None:
    assert sorted(file.name for file in path.iterdir()) == sorted(
        file.name for file in whole.iterdir()
    )
    assert pq.read_table(path).equals(pq.read_table(whole))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_run_that_is_killed_or_interrupted_continues_where_it_stopped(
    tmp_path: Path, whole: Path
) -> None:
    path = tmp_path / "m.parquet"
    for files in (1, 3):
        process = start(path, "--jobs", "2")
        wait_for_files(path, files, process)
        workers = children(process)
        if files == 3 and workers:
            os.kill(workers[0], signal.SIGKILL)  # it is replaced
        process.kill()
        process.communicate()
        until = time.monotonic() + 20
        while any(map(is_running, workers)) and time.monotonic() < until:
            time.sleep(0.05)
        assert not any(map(is_running, workers)), "a worker ends when its parent is killed"
    process = start(path, "--jobs", "2")
    wait_for_files(path, 5, process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    message = f"cnnsize: interrupted; the same command continues {path} where it stopped\n"
    assert (process.returncode, err) == (130, message)
    assert all(file.suffix == ".parquet" for file in path.iterdir())
    status, _, err = program("family", TEXT, "-o", str(path))
    assert (status, "from earlier runs" in err) == (0, True)
    assert_same(path, whole)


def test_a_cluster_writes_the_same_and_a_worker_that_dies_loses_nothing(
    tmp_path: Path, whole: Path
) -> None:
    cluster = subprocess.Popen(
        [sys.executable, "-c", CLUSTER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert cluster.stdout is not None
        address, *workers = cluster.stdout.readline().split()
        path = tmp_path / "m.parquet"
        process = start(path, "--scheduler", address)
        wait_for_files(path, 2, process)
        os.kill(int(workers[0]), signal.SIGKILL)
        _, err = process.communicate(timeout=120)
        assert (process.returncode, err) == (0, f"{path}: 500,000 rows in 8 files\n")
        assert_same(path, whole)
    finally:
        cluster.communicate("")


def test_a_scheduler_that_is_killed_is_one_line_and_its_files_stay(
    tmp_path: Path, whole: Path
) -> None:
    cluster = subprocess.Popen(
        [sys.executable, "-c", CLUSTER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    path = tmp_path / "m.parquet"
    try:
        assert cluster.stdout is not None
        address, *workers = cluster.stdout.readline().split()
        process = start(path, "--scheduler", address)
        wait_for_files(path, 1, process)
        for killed in (cluster.pid, *map(int, workers)):
            os.kill(killed, signal.SIGKILL)
        _, err = process.communicate(timeout=120)
    finally:
        cluster.kill()
        cluster.communicate()
    assert process.returncode == 2
    assert err.startswith(f"cnnsize: the cluster at {address} failed (")
    assert err.endswith("the files that were written stay, and another run adds the others\n")
    assert err.count("\n") == 1
    assert program("family", TEXT, "-o", str(path))[0] == 0
    assert_same(path, whole)


def test_a_scheduler_that_does_not_answer_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    status, _, err = program("family", TEXT, "-o", str(path), "--scheduler", "tcp://127.0.0.1:9")
    assert status == 2
    assert err.startswith("cnnsize: no Dask scheduler answers at 'tcp://127.0.0.1:9' (")
    assert "start one with `dask scheduler`" in err
    assert not path.exists()
