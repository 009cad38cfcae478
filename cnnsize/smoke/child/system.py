"""The machine: free memory and devices."""

from __future__ import annotations

from typing import Any


class RefusedError(Exception):
    """The run cannot take place: the kind of reason, and a message for people."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def choose_device(torch: Any, wanted: str) -> str:
    """Return the device for ``--device``. Raises RefusedError without a CUDA device for cuda."""
    has_cuda = torch.cuda.is_available()
    if wanted == "auto":
        return "cuda" if has_cuda else "cpu"
    if wanted == "cuda" and not has_cuda:
        reason = (
            "PyTorch finds no CUDA device"
            if torch.version.cuda
            else "this PyTorch was built without CUDA"
        )
        raise RefusedError(
            "device",
            f"--device cuda: {reason}; use --device cpu, or --device meta to compare only shapes",
        )
    return wanted


def is_out_of_memory(error: Exception) -> bool:
    """Return whether PyTorch, on any device, or Python ran out of memory."""
    phrases = ("not enough memory", "out of memory", "can't allocate memory")
    return isinstance(error, MemoryError) or any(phrase in str(error) for phrase in phrases)


def out_of_memory_message(job: dict[str, Any]) -> str:
    """Return the message for a job that was predicted to fit, and did not."""
    batch, device = job["batch"], job["device"]
    if device not in job["needs"]:
        return "out of memory"
    remedy = f"--batch {batch // 2}" if batch > 1 else "--device meta, which compares only shapes"
    predicted = format_bytes(job["needs"][device]["total"])
    return (
        f"out of memory: a batch of {batch:,} was predicted to need {predicted}, not counting "
        f"workspace; try {remedy}"
    )


def check_memory(torch: Any, job: dict[str, Any], device: str) -> None:
    """Raise RefusedError if the predicted memory exceeds what is free.

    It is called before anything is allocated.
    """
    need = job["needs"][device]
    free = available(torch, device)
    if free is None or need["total"] <= free:
        return
    fits = max(0, (free - need["fixed"]) // need["each"]) if need["each"] else 0
    remedy = f"--batch {fits} fits" if fits else "not even one input fits"
    raise RefusedError(
        "memory",
        f"a batch of {job['batch']:,} needs {format_bytes(need['total'])} (predicted), but only "
        f"{format_bytes(free)} are free on {device}: {remedy}",
    )


def available(torch: Any, device: str) -> int | None:
    """Return the bytes that are free on a device; None if the system does not say."""
    if device == "cuda":
        free: int = torch.cuda.mem_get_info()[0]
        return free
    limits = (_free_memory(), _free_in_control_group(), _free_address_space())
    return min((limit for limit in limits if limit is not None), default=None)


def _free_memory() -> int | None:
    """Return the free memory of the machine in bytes; None where Linux does not say."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            fields = dict(line.split(":", 1) for line in file)
        return int(fields["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return None


def _free_in_control_group() -> int | None:
    """Return the bytes that a container may still take; None where there is no limit."""
    group = "/sys/fs/cgroup/memory"
    try:
        with open(f"{group}.max", encoding="ascii") as file:
            limit = int(file.read())
        with open(f"{group}.current", encoding="ascii") as file:
            used = int(file.read())
        with open(f"{group}.stat", encoding="ascii") as file:
            cached = dict(line.split() for line in file).get("inactive_file", "0")
    except (OSError, ValueError):
        return None
    # The kernel drops cached files when memory is short, so these bytes are free too.
    return max(0, limit - used + int(cached))


def _free_address_space() -> int | None:
    """Return the bytes that ``ulimit -v`` still allows; None where there is no limit."""
    try:
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        with open("/proc/self/statm", encoding="ascii") as file:
            mapped = int(file.read().split()[0]) * resource.getpagesize()
    except (ImportError, OSError, ValueError):  # Windows has no such limit
        return None
    return None if limit == resource.RLIM_INFINITY else max(0, limit - mapped)


def format_bytes(size: int) -> str:
    """Return a size with its unit, as in ``1.4 GiB``."""
    value = float(size)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:,.1f} TiB"
