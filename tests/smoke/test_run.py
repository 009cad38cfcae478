"""``cnnsize run`` reports every difference from the prediction, and each failure in one clear line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner, Result

import cnnsize
from cnnsize.cli.commands import cli
from cnnsize.layers.conv import Conv
from cnnsize.layers.dense import FullyConnected
from cnnsize.layers.volume import Sizing, Volume
from cnnsize.network import Network
from cnnsize.render.run import run_text
from cnnsize.report.contract import RunReport
from cnnsize.smoke.child.run import Run
from cnnsize.smoke.child.system import RefusedError
from cnnsize.smoke.compare import RunOptions
from cnnsize.smoke.process import RunError
from cnnsize.smoke.run import needs, run
from cnnsize.text.terminal import Style
from cnnsize.torch_code import emitted
from tests.emitted import job_of, ran

pytestmark = pytest.mark.slow

torch.set_num_threads(1)
SMALL = "INPUT[8x8x3] -> CONV3-4 -> BN -> RELU -> ADD{CONV3-4 | ID} -> GAP -> FC-2"


def small() -> Network:
    return cnnsize.parse(SMALL).sized()


def invoked(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["run", *arguments, "--isolated"])


# -- the comparison can fail ----------------------------------------


def test_a_run_as_predicted_has_no_findings() -> None:
    found = ran(small())
    assert found.ok
    assert [line.shape for line in found.lines] == [
        None,
        (2, 4, 8, 8),
        (2, 4, 8, 8),
        (2, 4, 8, 8),
        (2, 4, 8, 8),
        (2, 4, 8, 8),
        (2, 4, 1, 1),
        (2, 2),
    ]
    assert [line.params for line in found.lines] == [0, 112, 8, 0, 148, 0, 0, 10]


def test_a_lying_size_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Conv.size

    def lying(self: Conv, volume: Volume) -> Sizing:
        output = honest(self, volume).output
        assert output is not None
        return Sizing(Volume(output.W, 9, self.K))

    monkeypatch.setattr(Conv, "size", lying)
    text = "INPUT[8x8x3] -> CONV3-4(P=2) -> RELU -> GAP -> FC-3"
    findings = ran(cnnsize.parse(text).sized(input=(8, 8, 3))).findings
    assert "CONV3-4(P=2) (1): the output is 4 x 10 x 10, but 4 x 9 x 10 was predicted" in findings


def test_a_lying_parameter_count_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FullyConnected, "weights", lambda self, volume: (volume.D * self.K, 7))
    findings = ran(small()).findings
    assert "FC-2 (6): 10 parameters, but 15 were predicted" in findings
    assert "278 parameters in total, but 283 were predicted" in findings


@pytest.mark.parametrize(
    ("before", "after", "finding"),
    [
        ("padding=1)", "padding=2)", "the output is"),
        (
            "nn.Conv2d(in_channels, 4, 3, padding=1)",
            "nn.Conv2d(in_channels, 4, 3, padding=1, bias=False)",
            "112 were predicted",
        ),
        ("nn.ReLU()", "nn.SiLU()", "of the pass is SiLU, but ReLU was predicted"),
        ("self.branch(x) + x", "self.branch(x) * x", "of the pass is mul, but add was predicted"),
        ("self.branch(x) + x", "self.branch(x) + x.detach()", ""),
        ("self.fc(x)", "self.fc(x.detach())", "no gradient reaches"),
        ("nn.Linear(4, num_classes)", "nn.Linear(5, 2)", "PyTorch raised an error in layer"),
        (
            "nn.Linear(4, num_classes)",
            "nn.Sequential(nn.Linear(4, 2), nn.Unflatten(1, (2, 1, 1)))",
            "modules ran",
        ),
        (
            "nn.AdaptiveAvgPool2d(1)",
            "nn.Sequential(nn.AdaptiveAvgPool2d((1, 2)), nn.MaxPool2d((1, 2)))",
            "the output is 4 x 1 x 2",
        ),
        ("self.fc(x)", "self.fc(x)[:1]", "of the model is 1 x 2"),
        ("x = self.layers(x)", "x = self.layers(x) / 0", "NaN or infinite"),
        ("nn.ReLU()", "nn.ReLU(inplace=True)", ""),
        ("nn.BatchNorm2d(4)", "nn.BatchNorm2d(4), nn.Identity()", ""),
        ("nn.BatchNorm2d(4)", "nn.BatchNorm2d(4), nn.Dropout()", "of the pass is Dropout"),
    ],
)
def test_a_model_that_is_not_as_predicted_is_caught(before: str, after: str, finding: str) -> None:
    _, source = emitted(small())
    assert before in source
    findings = ran(small(), source=source.replace(before, after)).findings
    assert (finding in "; ".join(findings)) if finding else not findings


def test_a_pass_that_fails_is_reported_once() -> None:
    _, source = emitted(small())
    findings = ran(
        small(), source=source.replace("nn.BatchNorm2d(4)", "nn.BatchNorm2d(5)")
    ).findings
    assert findings[0].startswith("PyTorch raised an error in layer 2 of the forward pass: ")
    assert not any("did not run" in one for one in findings)


def test_a_layer_that_mixes_inputs_is_caught() -> None:
    _, source = emitted(small())
    findings = ran(
        small(), source=source.replace("self.branch(x) + x", "self.branch(x)[:1] + x[:1]")
    ).findings
    assert "ADD (4): the output has a batch size of 1, but the input has 2" in findings


def test_a_map_that_is_flattened_early_is_as_predicted() -> None:
    found = ran(cnnsize.parse("INPUT[4x4x3] -> CONV3-2 -> [DROPOUT -> FC-12 -> RELU]*2").sized())
    assert found.ok, found.findings
    assert found.lines[2].shape == (2, 32)
    assert "32 flattened" in run_text(found, Style())


def test_meta_compares_shapes_and_allocates_nothing() -> None:
    found = ran(cnnsize.load("vgg16").sized(), device="meta")
    assert found.ok
    assert (found.saved, found.peak, found.times) == (None, None, ())
    assert all(line.seconds is None for line in found.lines)


# -- every option has an effect ----------------------------------------


def child(**choices: Any) -> Run:
    made = RunOptions(**{"device": "cpu", "repeat": 0, **choices})
    run = Run(torch, job_of(small(), made), lambda **_: None)
    run.made = run.result()  # type: ignore[attr-defined]
    return run


def test_options_reach_the_model() -> None:
    first = next(child().model.parameters())
    assert first.dtype == torch.float32
    assert first.is_contiguous()
    assert first.grad is not None
    assert next(child(dtype="bfloat16").model.parameters()).dtype == torch.bfloat16
    assert next(child(channels_last=True).model.parameters()).is_contiguous(
        memory_format=torch.channels_last
    )
    assert next(child(backward=False).model.parameters()).grad is None
    assert torch.equal(first, next(child(seed=0).model.parameters()))
    assert not torch.equal(first, next(child(seed=1).model.parameters()))
    assert len(child(repeat=3).made["times"]) == 3  # type: ignore[attr-defined]
    assert child(batch=5).made["records"][0]["shape"][0] == 5  # type: ignore[attr-defined]


def test_compile_times_a_compiled_model(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[torch.nn.Module] = []

    def compile(model: torch.nn.Module) -> torch.nn.Module:
        compiled.append(model)
        return model

    monkeypatch.setattr(torch, "compile", compile)
    child(compile=True, repeat=1)
    assert len(compiled) == 1


def test_a_batch_that_is_too_large_is_refused_before_anything_is_allocated() -> None:
    job = job_of(small(), RunOptions(device="cpu", batch=10**9))
    job["needs"]["cpu"] = needs(small(), RunOptions(batch=10**9), "cpu")
    job["source"] = "raise SystemExit('built')"
    with pytest.raises(
        RefusedError,
        match=r"a batch of 1,000,000,000 needs .* TiB \(predicted\), but only .* free on cpu: --batch \d+ fits",
    ):
        Run(torch, job, lambda **_: None).result()
    job["needs"]["cpu"] = {"total": 10**15, "fixed": 10**15, "each": 1}
    with pytest.raises(RefusedError, match="not even one input fits"):
        Run(torch, job, lambda **_: None).result()


def test_a_norm_over_one_value_says_what_would_train() -> None:
    with pytest.raises(RefusedError, match="use --batch 2 or more, or --no-backward"):
        ran(cnnsize.parse("INPUT[8x8x3] -> GAP -> BN -> FC-2").sized(), batch=1)


# -- the child ----------------------------------------


def test_the_command_runs_and_its_json_keeps_the_schema() -> None:
    done = invoked("lenet5", "--output-format", "json", "--repeat", "2")
    assert done.exit_code == 0, done.output
    found = RunReport.model_validate_json(done.stdout)
    assert found.ok
    assert len(found.seconds) == 2
    assert found.params == found.predicted_params == 61_706
    assert found.saved_bytes == found.predicted_saved_bytes


def broken(monkeypatch: pytest.MonkeyPatch, source: str, timeout: float = 60) -> str:
    monkeypatch.setattr("cnnsize.smoke.run.emitted", lambda network: ("Net", source))
    with pytest.raises(RunError) as failed:
        run(small(), RunOptions(device="cpu", timeout=timeout))
    return str(failed.value)


def test_a_crash_in_native_code_is_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        broken(monkeypatch, "import os\nos.abort()") == "PyTorch crashed in stage build (SIGABRT)"
    )


@pytest.mark.parametrize(
    "words",
    [
        "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory",
        "not enough memory",
        "CUDA out of memory",
    ],
)
def test_out_of_memory_says_what_to_try(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    source = f"from torch import nn\nclass Net(nn.Linear):\n def __init__(self):\n  super().__init__(1, 1)\n def forward(self, x):\n  raise RuntimeError({words!r})"
    message = broken(monkeypatch, source)
    assert (
        message
        == "out of memory: a batch of 2 was predicted to need 7.8 KiB, not counting workspace; try --batch 1"
    )


def test_a_limit_of_the_address_space_counts() -> None:
    script = "import resource; resource.setrlimit(resource.RLIMIT_AS, (10**9, 10**9)); from cnnsize.smoke.child.system import available; print(available(None, 'cpu'))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert 0 < int(done.stdout) < 10**9


def test_a_run_has_a_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    message = broken(monkeypatch, "import time\ntime.sleep(60)", timeout=8)
    assert message.startswith("the run was stopped after 8 s, in stage ")


def test_an_error_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        broken(monkeypatch, "raise KeyError('odd')")
        == "the run failed in stage build: KeyError: 'odd'"
    )


def test_without_torch_one_line_says_how_to_get_it() -> None:
    script = "import sys; sys.modules['torch'] = None; sys.argv = ['cnnsize', 'run', 'lenet5', '--isolated']; from cnnsize.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr
        == "cnnsize: PyTorch is not installed; install it with: pip install 'cnnsize[torch]'\n"
    )
    script = "import sys; sys.modules['torch'] = None; import cnnsize; cnnsize.load('lenet5').sized().to_torch()"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stderr.endswith(
        "ImportError: PyTorch is not installed; install it with: pip install 'cnnsize[torch]'\n"
    )


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_cuda_where_there_is_none() -> None:
    with pytest.raises(RefusedError, match=r"--device cuda: .* use --device cpu"):
        ran(small(), device="cuda")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["run", "lenet5", "--device", "meta", "--compile"], 2, "--device meta times nothing"),
        (["run", "lenet5", "--batch", "0"], 2, "--batch"),
        (["run", "lenet5", "--dtype", "int8"], 2, "--dtype"),
        (["run", "INPUT[8x8x3] -> POOL9"], 1, "kernel-larger-than-input"),
        (["run", "INPUT[8x8x3] -> [RELU]*1000000000"], 1, "1,000,000,000 layers exceed the limit"),
        (["run", "INPUT[8x8x3] -> POLL"], 1, "POLL is not a layer"),
        (["run", "resnet51"], 2, "did you mean"),
        (["run", "INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> FC"], 1, "M has no value"),
        (["emit", "INPUT -> [CONV -> RELU]*N -> FC where N in 0..3"], 1, "N ranges over 4 values"),
        (["emit", "INPUT -> [CONV -> RELU]*N -> FC", "--set", "N=0..3"], 2, "N has a range"),
        (
            ["emit", "INPUT[8x8x3] -> POOL9", "--config", "ignore=CNN102"],
            1,
            "1 | INPUT[8x8x3] -> POOL9",
        ),
    ],
)
def test_what_cannot_run_says_why(arguments: list[str], code: int, words: str) -> None:
    done = CliRunner().invoke(cli, [*arguments, "--isolated"])
    assert done.exit_code == code
    assert words in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize("command", ["run", "emit"])
def test_findings_are_printed_and_leave_the_exit_status_at_0(command: str) -> None:
    text = "INPUT[8x8x3] -> CONV3-4 -> FC-2"
    for arguments in ([], ["-q"]):
        done = CliRunner().invoke(cli, [command, text, "--isolated", *arguments])
        assert done.exit_code == 0
        assert ("CNN302" in done.stderr) == (not arguments)
        assert done.stdout


# -- emit ----------------------------------------


def test_emit_writes_a_file_once(tmp_path: Any) -> None:
    file = tmp_path / "net.py"
    arguments = ["emit", SMALL, "--isolated", "-o", str(file)]
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    before = file.read_text("utf-8")
    again = CliRunner().invoke(cli, [*arguments, "--class-name", "Other"])
    assert again.exit_code == 2
    assert "already exists; use --force to overwrite it" in again.output
    assert file.read_text("utf-8") == before
    assert CliRunner().invoke(cli, [*arguments, "--class-name", "Other", "--force"]).exit_code == 0
    assert file.read_text("utf-8") == before.replace("Net", "Other")


@pytest.mark.parametrize(
    "name", ["class", "1st", "a b", "torch", "__init__", "x;y", "Ünet", "Slice", "A" * 61]
)
def test_emit_takes_only_names_for_a_class(name: str) -> None:
    done = CliRunner().invoke(cli, ["emit", SMALL, "--isolated", "--class-name", name])
    assert done.exit_code == 2
    assert "--class-name" in done.output


def test_force_without_a_file_is_refused() -> None:
    done = CliRunner().invoke(cli, ["emit", SMALL, "--isolated", "--force"])
    assert done.exit_code == 2
    assert "name it with -o" in done.output


def test_emit_says_how_informal_text_was_read() -> None:
    done = CliRunner().invoke(cli, ["emit", "Input(8x8x3) => FC 2", "--isolated", "-v"])
    assert "canonical: INPUT[8x8x3] -> FC-2" in done.stderr


def test_emit_as_json() -> None:
    done = CliRunner().invoke(cli, ["emit", "lenet5", "--isolated", "--output-format", "json"])
    assert json.loads(done.stdout) == {
        "name": "lenet5",
        "source": cnnsize.load("lenet5").sized().torch_source(),
    }


def test_the_child_ends_with_its_parent(tmp_path: Path) -> None:
    """However the parent ends, nothing of a run goes on in the background: the child holds a pipe
    open, and would write to it later.
    """
    os.mkfifo(tmp_path / "pipe")
    source = f"import time\npipe = open({str(tmp_path / 'pipe')!r}, 'w')\ntime.sleep(20)\npipe.write('still here')\npipe.close()\n"
    script = (
        "from cnnsize import parse\n"
        "from cnnsize.smoke import run\n"
        "from cnnsize.smoke.compare import RunOptions\n"
        f"run.emitted = lambda network: ('Net', {source!r})\n"
        f"run.run(parse({SMALL!r}).sized(), RunOptions(device='cpu'))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script])
    with open(tmp_path / "pipe", encoding="utf-8") as pipe:  # opens when the child opens it
        parent.kill()
        parent.wait()
        assert pipe.read() == ""
