"""One job: build the model, compare one pass layer by layer, then time passes."""

from __future__ import annotations

from typing import Any

from cnnsize.smoke.child.system import (
    RefusedError,
    check_memory,
    choose_device,
    is_out_of_memory,
)
from cnnsize.smoke.child.watch import Watcher

MOST_LISTED = 8  # parameters named in one finding
ERRORS_OF_A_MODEL = (
    RuntimeError,
    ValueError,
    TypeError,
    NotImplementedError,
    AssertionError,
    IndexError,
)


class Run:
    """The run of one job; ``report`` gets its stages, ``result`` returns what was measured."""

    def __init__(self, torch: Any, job: dict[str, Any], report: Any) -> None:
        self.torch = torch
        self.job = job
        self.report = report
        self.findings: list[str] = []
        self.saved: int | None = None  # bytes that autograd saved
        self.device = job["device"] = choose_device(torch, job["device"])
        self.dtype = getattr(torch, job["dtype"])
        self.has_values = self.device != "meta"
        self.train = bool(job["backward"])
        self.watcher = Watcher(torch, job, self.device, report)

    def result(self) -> dict[str, Any]:
        """Run the job. Raises RefusedError if it cannot take place."""
        torch = self.torch
        self.report(device=self.device, name=self.device_name(), torch=torch.__version__)
        if self.has_values:
            check_memory(torch, self.job, self.device)
        torch.manual_seed(self.job["seed"])
        self.report(stage="build")
        model, inputs = self.build()
        self.model = model
        self.report(stage="compare")
        y = self.compare(model, inputs)
        records = self.watcher.records
        completed = y is not None
        times: list[float] = []
        outputs = [] if y is None else [list(tensor.shape) for tensor in outputs_of(y)]
        if y is not None and self.has_values:
            del y
            self.time_layers(model, inputs, records)
            times = self.time_passes(model, inputs)
        measured: dict[str, Any] = {"saved": self.saved}
        if self.device == "cuda":  # elsewhere nobody counts what tensors take
            measured["peak"] = torch.cuda.max_memory_allocated()
        return {
            "device": self.device,
            "name": self.device_name(),
            "torch": torch.__version__,
            "records": records,
            "findings": self.findings,
            "outputs": outputs,
            "times": times,
            "memory": measured,
            "ran": completed,
            "parameters": sum(parameter.numel() for parameter in model.parameters()),
        }

    def device_name(self) -> str:
        """Return the name of the GPU, or the number of threads of the CPU."""
        if self.device == "cuda":
            return str(self.torch.cuda.get_device_name())
        return "" if self.device == "meta" else f"{self.torch.get_num_threads()} threads"

    def build(self) -> tuple[Any, list[Any]]:
        """Return the model and its inputs. On meta, weights are neither allocated nor drawn."""
        torch, job = self.torch, self.job
        namespace: dict[str, Any] = {"__name__": "emitted"}
        exec(compile(job["source"], "<emitted>", "exec"), namespace)
        with torch.device(self.device):
            model = namespace[job["class_name"]]().to(dtype=self.dtype)
            inputs = [torch.rand(job["batch"], D, H, W).to(self.dtype) for W, H, D in job["inputs"]]
        if job["channels_last"]:
            model = model.to(memory_format=torch.channels_last)
            inputs = [x.contiguous(memory_format=torch.channels_last) for x in inputs]
        return model.train(self.train), inputs

    # -- layer by layer ----------------------------------------

    def compare(self, model: Any, inputs: list[Any]) -> Any:
        """Return the output of a recorded pass; None if PyTorch raised an error in it."""
        try:
            if self.train:
                return self.train_once(model, inputs)
            with self.torch.no_grad():
                return self.watcher.forward(model, inputs, "compare")
        except ERRORS_OF_A_MODEL as error:
            message = str(error).strip().split("\n")[0]
            if is_out_of_memory(error):
                raise
            if "more than 1 value per channel" in message:
                raise RefusedError(
                    "batch",
                    "a norm cannot be trained on one value per channel: use --batch 2 or more, "
                    "or --no-backward",
                ) from None
            place = (
                f"layer {len(self.watcher.records) + 1} of the forward pass"
                if self.watcher.is_running
                else "the backward pass"
            )
            self.findings.append(f"PyTorch raised an error in {place}: {message}")
            return None

    def train_once(self, model: Any, inputs: list[Any]) -> Any:
        """Return the output of a forward pass, after a backward pass that checks gradients."""
        torch = self.torch
        tensors_of_model = (*model.parameters(), *model.buffers())
        own = {tensor.untyped_storage().data_ptr() for tensor in tensors_of_model}
        saved: dict[int, int] = {}
        storages: list[Any] = []  # kept alive, so that no address occurs twice

        def pack(tensor: Any) -> Any:
            storage = tensor.untyped_storage()
            if storage.data_ptr() not in own:
                saved[storage.data_ptr()] = storage.nbytes()
                storages.append(storage)
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            y = self.watcher.forward(model, inputs, "compare")
        self.saved = sum(saved.values()) if self.has_values else None  # meta has no addresses
        if not any(tensor.requires_grad for tensor in outputs_of(y)):
            if any(parameter.requires_grad for parameter in model.parameters()):
                self.findings.append("no gradient flows back from the output")
            return y
        self.report(stage="backward")
        loss_of(y).backward()
        self.check_gradients(model)
        return y

    def check_gradients(self, model: Any) -> None:
        """Report parameters without a gradient, or with one that is NaN or infinite."""
        gradients = {name: parameter.grad for name, parameter in model.named_parameters()}
        missing = [name for name, gradient in gradients.items() if gradient is None]
        if missing:
            self.findings.append(f"no gradient reaches {listed(missing)}")
        if self.has_values:
            broken = [
                name
                for name, gradient in gradients.items()
                if gradient is not None and not bool(self.torch.isfinite(gradient).all())
            ]
            if broken:
                self.findings.append(f"NaN or infinite values in the gradient of {listed(broken)}")

    # -- times ----------------------------------------

    def time_layers(self, model: Any, inputs: list[Any], records: list[dict[str, Any]]) -> None:
        """Put the seconds of a second pass into the records of the first.

        The first pass also chooses kernels and fills caches.
        """
        with self.torch.set_grad_enabled(self.train):
            self.watcher.forward(model, inputs, "clock")
        for record, again in zip(records, self.watcher.records, strict=True):
            record["seconds"] = again["seconds"]

    def time_passes(self, model: Any, inputs: list[Any]) -> list[float]:
        """Return the seconds of each pass without hooks, after one that is not counted.

        That pass compiles, chooses kernels and fills caches.
        """
        torch, job = self.torch, self.job
        if job["compile"]:
            timed = self.compiled(model, inputs)
        else:
            timed = model
            self.report(stage="warm up")
            self.run_once(timed, inputs)
        if self.device == "cuda":
            # The comparison read every value, which took memory that training does not need.
            torch.cuda.reset_peak_memory_stats()
        times = []
        for index in range(job["repeat"]):
            self.report(stage="time", done=index, of=job["repeat"])
            started = self.watcher.now()
            self.run_once(timed, inputs)
            times.append(self.watcher.now() - started)
        return times

    def compiled(self, model: Any, inputs: list[Any]) -> Any:
        """Return the model compiled, after one pass. Raises RefusedError if that fails."""
        self.report(stage="compile")
        try:
            compiled = self.torch.compile(model)
            self.run_once(compiled, inputs)
        except Exception as error:
            line = str(error).strip().split("\n")[0]
            raise RefusedError(
                "compile", f"torch.compile failed: {type(error).__name__}: {line}"
            ) from None
        return compiled

    def run_once(self, model: Any, inputs: list[Any]) -> None:
        """Run a forward pass, and in training a backward pass."""
        if not self.train:
            with self.torch.no_grad():
                model(*inputs)
            return
        model.zero_grad(set_to_none=True)
        y = model(*inputs)
        if any(tensor.requires_grad for tensor in outputs_of(y)):
            loss_of(y).backward()


def outputs_of(y: Any) -> tuple[Any, ...]:
    """Return what a model returned as a tuple of tensors."""
    return y if isinstance(y, tuple) else (y,)


def loss_of(y: Any) -> Any:
    """Return a loss that depends on every value of every output."""
    return sum(tensor.float().square().mean() for tensor in outputs_of(y))


def listed(names: list[str]) -> str:
    """Return the names as a list in words, shortened if there are many."""
    more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return ", ".join(names[:MOST_LISTED]) + more
