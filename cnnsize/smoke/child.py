"""Runs a model in a process of its own: a job on stdin, reports as lines of JSON on stdout.

This file is run as a script and imports nothing of cnnsize: what it measures is torch's word and
not ours.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from typing import Any

LIST = 8  # parameters named in one finding


class RefusedError(Exception):
    """The run cannot take place: a kind, and a message for people."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def main() -> None:
    report = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever torch prints is no report

    def tell(**fact: Any) -> None:
        report.write(json.dumps(fact) + "\n")
        report.flush()

    job = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=end_with_parent, daemon=True).start()
    try:
        import torch
    except Exception as wrong:
        tell(refused="no-torch", message=f"torch cannot be imported: {wrong}")
        return
    try:
        tell(result=Run(torch, job, tell).result())
    except RefusedError as wrong:
        tell(refused=wrong.kind, message=str(wrong))
    except (MemoryError, RuntimeError) as wrong:
        if not no_memory(wrong):
            raise
        tell(refused="memory", message=ran_out(job))


def end_with_parent() -> None:
    """Ends this process when the one that started it is gone, whatever ended that: then stdin
    ends.
    """
    os.read(0, 1)
    os._exit(1)


def no_memory(wrong: Exception) -> bool:
    """Did torch, on whatever device, or Python run out of memory?"""
    words = ("not enough memory", "out of memory", "can't allocate memory")
    return isinstance(wrong, MemoryError) or any(one in str(wrong) for one in words)


def ran_out(job: dict[str, Any]) -> str:
    """It was predicted to fit: workspace, or somebody else, took the rest."""
    batch, device = job["batch"], job["device"]
    if device not in job["needs"]:
        return "out of memory"
    fewer = f"--batch {batch // 2}" if batch > 1 else "--device meta, which compares shapes alone"
    need = words(job["needs"][device]["total"])
    return f"out of memory: {need} were predicted for a batch of {batch:,}, without workspace; try {fewer}"


def available(torch: Any, device: str) -> int | None:
    """Bytes that are free on a device; None where nobody knows."""
    if device == "cuda":
        free: int = torch.cuda.mem_get_info()[0]
        return free
    found: list[int] = []
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            lines = dict(line.split(":", 1) for line in file)
        found.append(int(lines["MemAvailable"].split()[0]) * 1024)
    except (OSError, KeyError, ValueError):
        pass
    try:
        with open("/sys/fs/cgroup/memory.max", encoding="ascii") as file:
            most = int(file.read())
        with open("/sys/fs/cgroup/memory.current", encoding="ascii") as file:
            used = int(file.read())
        with open("/sys/fs/cgroup/memory.stat", encoding="ascii") as file:
            cached = dict(line.split() for line in file).get("inactive_file", "0")
        found.append(
            max(0, most - used + int(cached))
        )  # files that were read are given up when memory is short
    except (OSError, ValueError):
        pass
    try:
        import resource

        most = resource.getrlimit(resource.RLIMIT_AS)[0]
        with open("/proc/self/statm", encoding="ascii") as file:
            mapped = int(file.read().split()[0]) * resource.getpagesize()
        if most != resource.RLIM_INFINITY:
            found.append(max(0, most - mapped))
    except (ImportError, OSError, ValueError):  # there is no such limit on Windows
        pass
    return min(found, default=None)


class Run:
    """One job: build, one pass that is compared layer by layer, then the passes that are timed."""

    def __init__(self, torch: Any, job: dict[str, Any], tell: Any) -> None:
        self.torch = torch
        self.job = job
        self.tell = tell
        self.findings: list[str] = []
        self.records: list[dict[str, Any]] = []
        self.device = job["device"] = self.chosen_device()
        self.dtype = getattr(torch, job["dtype"])
        self.real = self.device != "meta"  # are there values, and not only shapes?
        self.train = bool(job["backward"])

    def chosen_device(self) -> str:
        wanted: str = self.job["device"]
        has_cuda = self.torch.cuda.is_available()
        if wanted == "auto":
            return "cuda" if has_cuda else "cpu"
        if wanted == "cuda" and not has_cuda:
            why = (
                "torch sees no CUDA device"
                if self.torch.version.cuda
                else "this torch was built without CUDA"
            )
            raise RefusedError(
                "device",
                f"--device cuda: {why}; --device cpu runs here, --device meta compares shapes alone",
            )
        return wanted

    def result(self) -> dict[str, Any]:
        torch = self.torch
        self.tell(device=self.device, name=self.device_name(), torch=torch.__version__)
        self.room()
        torch.manual_seed(self.job["seed"])
        before = self.resident()
        self.tell(stage="build")
        model, x = self.built()
        self.model = model
        self.tell(stage="compare")
        y = self.compared(model, x)
        ran = y is not None
        measured: dict[str, Any] = {"saved": self.saved}
        times: list[float] = []
        if y is not None and self.real:
            del y
            self.clocked(model, x)
            times = self.timed(model, x)
        if self.device == "cuda":
            measured["peak"] = torch.cuda.max_memory_allocated()
        elif self.real:
            measured["resident"] = max(0, self.peak_resident() - before)
        return {
            "device": self.device,
            "name": self.device_name(),
            "torch": torch.__version__,
            "records": self.records,
            "findings": self.findings,
            "times": times,
            "memory": measured,
            "ran": ran,
            "parameters": sum(one.numel() for one in model.parameters()),
        }

    def device_name(self) -> str:
        if self.device == "cuda":
            return str(self.torch.cuda.get_device_name())
        return "" if self.device == "meta" else f"{self.torch.get_num_threads()} threads"

    def room(self) -> None:
        """Is there memory for what was predicted? Asked before anything is allocated."""
        if not self.real:
            return
        need = self.job["needs"][self.device]
        free = available(self.torch, self.device)
        batch, total = self.job["batch"], need["total"]
        if free is None or total <= free:
            return
        fits = max(0, (free - need["fixed"]) // need["each"]) if need["each"] else 0
        what = f"--batch {fits} fits" if fits else "not even one input fits"
        raise RefusedError(
            "memory",
            f"a batch of {batch:,} needs {words(total)} (predicted), and {words(free)} "
            f"{'is' if self.device == 'cuda' else 'are'} free on {self.device}: {what}",
        )

    def built(self) -> tuple[Any, Any]:
        torch, job = self.torch, self.job
        namespace: dict[str, Any] = {"__name__": "emitted"}
        exec(compile(job["source"], "<emitted>", "exec"), namespace)
        with torch.device(self.device):  # on meta weights are neither allocated nor drawn
            model = namespace[job["class_name"]]().to(dtype=self.dtype)
            W, H, D = job["input"]
            x = torch.rand(job["batch"], D, H, W).to(self.dtype)
        if job["channels_last"]:
            model = model.to(memory_format=torch.channels_last)
            x = x.contiguous(memory_format=torch.channels_last)
        return model.train(self.train), x

    # -- layer by layer ----------------------------------------

    def compared(self, model: Any, x: Any) -> Any:
        """One pass with a record of every layer; what comes out, or None where torch refuses."""
        torch = self.torch
        self.saved: int | None = None
        try:
            if not self.train:
                with torch.no_grad():
                    return self.watched(model, x, "compare")
            own = {
                one.untyped_storage().data_ptr() for one in (*model.parameters(), *model.buffers())
            }
            kept: dict[int, int] = {}
            alive: list[Any] = []  # so that no address is used twice

            def pack(tensor: Any) -> Any:
                storage = tensor.untyped_storage()
                if storage.data_ptr() not in own:
                    kept[storage.data_ptr()] = storage.nbytes()
                    alive.append(storage)
                return tensor

            with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
                y = self.watched(model, x, "compare")
            self.saved = sum(kept.values()) if self.real else None  # a meta tensor lies nowhere
            if not y.requires_grad:
                if any(one.requires_grad for one in model.parameters()):
                    self.findings.append("no gradient flows back from the output")
                return y
            self.tell(stage="backward")
            loss_of(y).backward()
            self.gradients(model)
            return y
        except (
            RuntimeError,
            ValueError,
            TypeError,
            NotImplementedError,
            AssertionError,
            IndexError,
        ) as wrong:
            text = str(wrong).strip().split("\n")[0]
            if no_memory(wrong):
                raise
            if "more than 1 value per channel" in text:
                raise RefusedError(
                    "batch",
                    "a norm over one value cannot train: --batch 2 or more, or --no-backward",
                ) from None
            self.findings.append(
                f"torch refuses layer {len(self.records) + 1} of the forward pass: {text}"
                if self.forward_open
                else f"torch refuses the backward pass: {text}"
            )
            return None

    forward_open = True

    def watched(self, model: Any, x: Any, stage: str) -> Any:
        """The forward pass, every module and every operator of a join on record."""
        torch, records = self.torch, self.records
        from torch.overrides import TorchFunctionMode

        inside = 0
        handles = []
        helpers = set(self.job["helpers"])

        def now() -> float:
            if self.device == "cuda":
                torch.cuda.synchronize()
            return time.perf_counter()

        def note(what: str, y: Any, params: int, seconds: float) -> None:
            records.append(
                {
                    "what": what,
                    "shape": list(y.shape),
                    "params": params,
                    "seconds": seconds if self.real else None,
                    "finite": bool(torch.isfinite(y.detach()).all()) if self.real else True,
                }
            )
            self.tell(stage=stage, done=len(records), of=self.job["modules"])

        def begins(module: Any, _: Any) -> None:
            nonlocal inside
            inside += 1
            module._cnnsize_begins = now()

        def ends(module: Any, _: Any, y: Any) -> None:
            nonlocal inside
            seconds = now() - module._cnnsize_begins
            inside -= 1
            note(type(module).__name__, y, sum(one.numel() for one in module.parameters()), seconds)

        for module in model.modules():
            known = type(module).__module__.startswith("torch.nn.modules.")
            container = type(module).__name__ in ("Sequential", "ModuleList", "Identity")
            if (known and not container) or type(module).__name__ in helpers:
                handles += [
                    module.register_forward_pre_hook(begins),
                    module.register_forward_hook(ends),
                ]

        names = {torch.cat: "cat", torch.Tensor.add: "add", torch.Tensor.mul: "mul"}
        names |= {torch.Tensor.__add__: "add", torch.Tensor.__mul__: "mul"}

        class Joins(TorchFunctionMode):
            def __torch_function__(
                self, function: Any, types: Any, args: Any = (), kwargs: Any = None
            ) -> Any:
                nonlocal inside
                if inside or function not in names:
                    return function(*args, **(kwargs or {}))
                begun = now()
                inside += 1
                y = function(*args, **(kwargs or {}))
                inside -= 1
                note(names[function], y, 0, now() - begun)
                return y

        self.forward_open = True
        with Joins():
            y = model(x)
        self.forward_open = False
        for handle in handles:
            handle.remove()
        return y

    def gradients(self, model: Any) -> None:
        """Every parameter must have learned something, and something finite."""
        named = list(model.named_parameters())
        without = [name for name, one in named if one.grad is None]
        if without:
            self.findings.append(f"no gradient reaches {listed(without)}")
        if self.real:
            broken = [
                name
                for name, one in named
                if one.grad is not None and not bool(self.torch.isfinite(one.grad).all())
            ]
            if broken:
                self.findings.append(f"the gradient is NaN or infinite in {listed(broken)}")

    # -- times ----------------------------------------

    def clocked(self, model: Any, x: Any) -> None:
        """Each layer's seconds in a second pass: the first one also finds kernels and fills
        caches.
        """
        first, self.records = self.records, []
        with self.torch.set_grad_enabled(self.train):
            self.watched(model, x, "clock")
        for record, again in zip(first, self.records, strict=True):
            record["seconds"] = again["seconds"]
        self.records = first

    def timed(self, model: Any, x: Any) -> list[float]:
        """Seconds of each pass, hooks off; the first of a compiled model is not counted."""
        torch, job = self.torch, self.job
        runs = model
        if job["compile"]:
            self.tell(stage="compile")
            try:
                runs = torch.compile(model)
                self.once(runs, x)
            except Exception as wrong:
                line = str(wrong).strip().split("\n")[0]
                raise RefusedError(
                    "compile", f"torch.compile failed: {type(wrong).__name__}: {line}"
                ) from None
        if (
            self.device == "cuda"
        ):  # the comparison looked at every value, and that took memory of its own
            torch.cuda.reset_peak_memory_stats()
        times = []
        for index in range(job["repeat"]):
            self.tell(stage="time", done=index, of=job["repeat"])
            if self.device == "cuda":
                torch.cuda.synchronize()
            begun = time.perf_counter()
            self.once(runs, x)
            if self.device == "cuda":
                torch.cuda.synchronize()
            times.append(time.perf_counter() - begun)
        return times

    def once(self, model: Any, x: Any) -> None:
        if not self.train:
            with self.torch.no_grad():
                model(x)
            return
        model.zero_grad(set_to_none=True)
        y = model(x)
        if y.requires_grad:
            loss_of(y).backward()

    # -- memory of the process ----------------------------------------

    def resident(self) -> int:
        try:
            with open("/proc/self/statm", encoding="ascii") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, ValueError):
            return self.peak_resident()

    def peak_resident(self) -> int:
        try:
            import resource
        except ImportError:  # there is none on Windows
            return 0
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def loss_of(y: Any) -> Any:
    """A loss that every output has a part in."""
    return y.float().square().mean()


def listed(names: list[str]) -> str:
    more = f" and {len(names) - LIST} more" if len(names) > LIST else ""
    return ", ".join(names[:LIST]) + more


def words(size: int) -> str:
    """1.4 GB, as a person says it."""
    value = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:,.1f} TB"


if __name__ == "__main__":
    main()
