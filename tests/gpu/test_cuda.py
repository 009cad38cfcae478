"""The zoo on a GPU; without one, the command itself, on the CPU."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.gpu.jobs import DTYPES, Job, all_jobs
from tests.gpu.parent import Child
from tests.helpers import ROOT

pytestmark = pytest.mark.slow


def ran_gpu(*arguments: str, output: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.gpu", "--device", "cpu", "-o", str(output), *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_most_important_jobs_come_first_and_each_occurs_once() -> None:
    jobs = list(all_jobs())
    assert jobs[0] == Job("resnet50", "float32")
    assert len(jobs) == len(set(jobs))
    assert {job.name for job in jobs if job.dtype == DTYPES[1]} == {job.name for job in jobs}


def test_a_run_that_was_stopped_goes_on_and_a_difference_is_run_again(tmp_path: Path) -> None:
    status, output = ran_gpu("--only", "lenet5", "--minutes", "0", output=tmp_path)
    assert (status, output.splitlines()[-1]) == (3, "0 of 2 jobs done, 0 not as predicted")
    status, output = ran_gpu("--only", "lenet5", output=tmp_path)
    assert (status, output.splitlines()[-1]) == (0, "2 of 2 jobs done, 0 not as predicted")
    assert "1 in float32 and 1 in bfloat16 were as predicted" in (tmp_path / "TABLE.md").read_text()
    file = tmp_path / "results.jsonl"
    first, second = file.read_text().splitlines()
    file.write_text(json.dumps(json.loads(first) | {"findings": ["wrong"]}) + f"\n{second}\n{{")
    status, output = ran_gpu("--only", "lenet5", "alexnet", output=tmp_path)
    assert "1 of 4 jobs are done" in output
    assert (status, len(file.read_text().splitlines())) == (0, 5)
    ran = [line.split()[0] for line in output.splitlines() if line.endswith("as predicted")]
    assert ran[:3] == ["alexnet", "alexnet", "lenet5"], "what never ran comes first"


def test_a_crash_is_a_finding_and_the_next_job_runs() -> None:
    with Child("cpu") as child:
        child.start()
        assert child.process is not None
        child.process.kill()
        assert child.run(Job("lenet5", "float32"), 60)["findings"] != []
        assert child.run(Job("lenet5", "float32"), 60)["findings"] == []
        unknown = child.run(Job("lenet6", "float32"), 60)["findings"]
        assert "lenet6" in unknown[0]
        assert child.run(Job("lenet5", "float32"), 0.0)["findings"] == [
            "the child process ended: no answer after 0 s"
        ]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_the_command_finds_everything_as_predicted_on_cuda(tmp_path: Path) -> None:
    status, output = ran_gpu("--device", "cuda", "--minutes", "60", output=tmp_path)
    assert status == 0, output
