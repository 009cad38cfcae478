"""Whole processes: CPU time (user + system) and peak memory of a child from its start to its
end.
"""

from __future__ import annotations

import compileall
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.bench.contenders import installed, onnx_model
from tests.bench.networks import VGG

ROOT = Path(__file__).resolve().parents[2]
OUTPUT, PARAMS = "1x1x1000", "138357544"  # what the scripts must print

TORCHINFO = """
import torch, torchinfo
from torch import nn
layers, depth = [], 3
with torch.device("meta"):
    for K, times in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(times):
            layers += [nn.Conv2d(depth, K, 3, 1, 1), nn.ReLU()]
            depth = K
        layers.append(nn.MaxPool2d(2, 2))
    layers += [nn.Flatten(), nn.Linear(512 * 7 * 7, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 1000)]
    model = nn.Sequential(*layers)
found = torchinfo.summary(model, input_size=(1, 3, 224, 224), device="meta", verbose=0)
print(found)
print("1x1x%d" % found.summary_list[-1].output_size[1], found.total_params)
"""
ONNX = """
import sys, onnx.shape_inference
made = onnx.shape_inference.infer_shapes(open(sys.argv[1], "rb").read())
print("1x1x%d" % made.graph.output[0].type.tensor_type.shape.dim[1].dim_value)
"""


class Usage(NamedTuple):
    cpu: float  # seconds
    memory: float  # MB of 1,000,000 bytes


class Process(NamedTuple):
    name: str
    words: list[str]
    prints: tuple[str, ...]  # must stand in its output


def processes(folder: Path) -> tuple[list[Process], list[str]]:
    python = sys.executable
    check = [python, "-m", "cnnsize", "check", VGG.text]
    found = [
        Process("python -c pass", [python, "-c", "pass"], ()),
        Process('python -c "import click"', [python, "-c", "import click"], ()),
        Process("python -m cnnsize check VGG-16", check, (OUTPUT, f"{int(PARAMS):,}")),
    ]
    missing: list[str] = []
    if installed("onnx"):
        model = folder / "vgg16.onnx"
        model.write_bytes(onnx_model(VGG))
        found.append(
            Process(
                "script: import onnx, infer_shapes of VGG-16",
                [python, "-c", ONNX, str(model)],
                (OUTPUT,),
            )
        )
    else:
        missing.append("script: import onnx")
    if installed("torch") and installed("torchinfo"):
        words = [python, "-c", TORCHINFO]
        found.append(
            Process(
                "script: import torch and torchinfo, summary of VGG-16", words, (OUTPUT, PARAMS)
            )
        )
    else:
        missing.append("script: import torch and torchinfo")
    return found, missing


def measured(rounds: int) -> tuple[dict[str, Usage], list[str]]:
    """The least of ``rounds`` runs of each process, one after the other in turn, in an empty
    folder.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wanted, missing = processes(folder)
        empty = folder / "empty"
        empty.mkdir()
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        # no PYTHONDONTWRITEBYTECODE, PYTHONUNBUFFERED and the like: what a container sets is no
        # one's cost
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith("PYTHON")
        }
        environment["PYTHONPATH"] = path
        if not compileall.compile_dir(ROOT / "cnnsize", quiet=2):
            raise SystemExit(
                "cnnsize's modules cannot be compiled beforehand, as an installation does"
            )
        for process in wanted:  # unmeasured: files are in memory afterwards, and modules compiled
            done = subprocess.run(
                process.words, cwd=empty, env=environment, capture_output=True, encoding="utf-8"
            )
            if done.returncode or not all(text in done.stdout for text in process.prints):
                raise SystemExit(
                    f"{process.name}: exit {done.returncode}, expected {process.prints} in\n{done.stdout}{done.stderr}"
                )
        spawner = [
            sys.executable,
            "-I",
            "-S",
            str(Path(__file__).with_name("spawn.py")),
            str(rounds),
        ]
        lines = ["\x1f".join(process.words) for process in wanted]
        text = subprocess.run(
            [*spawner, *lines],
            cwd=empty,
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        ).stdout
    runs: dict[str, list[Usage]] = {process.name: [] for process in wanted}
    for line in text.splitlines():
        index, code, cpu, memory = line.split()
        if code != "0":
            raise SystemExit(f"{wanted[int(index)].name}: exit {code}")
        runs[wanted[int(index)].name].append(Usage(float(cpu), int(memory) * 1024 / 1e6))
    least = {
        name: Usage(min(one.cpu for one in many), min(one.memory for one in many))
        for name, many in runs.items()
    }
    return least, missing
