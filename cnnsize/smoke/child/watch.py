"""A forward pass with a record of every module and of every operator of a join."""

from __future__ import annotations

import time
from typing import Any

CONTAINERS = ("Sequential", "ModuleList", "Identity")


class Watcher:
    """Runs forward passes of a model and records what happens in them."""

    def __init__(self, torch: Any, job: dict[str, Any], device: str, report: Any) -> None:
        self.torch = torch
        self.job = job
        self.device = device
        self.has_values = device != "meta"
        self.report = report
        self.records: list[dict[str, Any]] = []  # of the current pass, in order
        self.stage = ""
        self.is_running = False
        self.depth = 0  # of running modules: an operator inside of a module is no join

    def forward(self, model: Any, inputs: list[Any], stage: str) -> Any:
        """Return the output of one forward pass; its records replace those of the pass before."""
        self.records = []
        self.stage = stage
        self.depth = 0
        handles = [handle for module in model.modules() for handle in self.watch(module)]
        self.is_running = True
        with self.join_mode():
            y = model(*inputs)
        self.is_running = False
        for handle in handles:
            handle.remove()
        return y

    def watch(self, module: Any) -> list[Any]:
        """Add hooks to a module that is a layer, and return their handles."""
        name = type(module).__name__
        is_from_torch = type(module).__module__.startswith("torch.nn.modules.")
        is_layer = (is_from_torch and name not in CONTAINERS) or name in self.job["helpers"]
        if not is_layer:
            return []
        started: list[float] = []

        def before(module: Any, _: Any) -> None:
            self.depth += 1
            started.append(self.now())

        def after(module: Any, _: Any, y: Any) -> None:
            seconds = self.now() - started.pop()
            self.depth -= 1
            params = sum(parameter.numel() for parameter in module.parameters())
            self.record(name, y, params, seconds)

        return [module.register_forward_pre_hook(before), module.register_forward_hook(after)]

    def join_mode(self) -> Any:
        """Return a context manager that records the operators of joins."""
        from torch.overrides import TorchFunctionMode

        torch, watcher = self.torch, self
        names = {
            torch.cat: "cat",
            torch.Tensor.add: "add",
            torch.Tensor.mul: "mul",
            torch.Tensor.__add__: "add",
            torch.Tensor.__mul__: "mul",
        }

        class JoinMode(TorchFunctionMode):
            def __torch_function__(
                self, function: Any, types: Any, args: Any = (), kwargs: Any = None
            ) -> Any:
                if watcher.depth or function not in names:
                    return function(*args, **(kwargs or {}))
                started = watcher.now()
                watcher.depth += 1
                y = function(*args, **(kwargs or {}))
                watcher.depth -= 1
                watcher.record(names[function], y, 0, watcher.now() - started)
                return y

        return JoinMode()

    def now(self) -> float:
        """Return the time in seconds, after all work on the device is done."""
        if self.device == "cuda":
            self.torch.cuda.synchronize()
        return time.perf_counter()

    def record(self, name: str, y: Any, params: int, seconds: float) -> None:
        """Record one module or operator with its output."""
        is_finite = not self.has_values or bool(self.torch.isfinite(y.detach()).all())
        self.records.append(
            {
                "name": name,
                "shape": list(y.shape),
                "params": params,
                "seconds": seconds if self.has_values else None,
                "finite": is_finite,
            }
        )
        self.report(stage=self.stage, done=len(self.records), of=self.job["modules"])
