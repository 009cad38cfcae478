"""A prediction of memory as text, for ``show --train``, ``--batch`` and ``--memory``."""

from __future__ import annotations

from cnnsize.memory import Memory
from cnnsize.render.units import byte_size


def memory_text(
    memory: Memory,
    words: str,
    *,
    train: bool,
    fits: tuple[str, int | None] | None,
) -> str:
    """Return the parts of the memory, one per line, and their total.

    ``words`` say what the memory is for. ``fits`` is the capacity that was asked about and the
    largest batch that fits in it, where None means any batch.
    """
    labels = {
        "activations": "saved activations" if train else "peak activations",
        "optimizer": "optimizer state",
        "buffers": "BN buffers",
    }
    parts = [
        (labels.get(name, name), size)
        for name, size in zip(Memory._fields, memory, strict=True)
        if size
    ]
    rows = [
        (label, f"{size:,}", byte_size(size)) for label, size in [*parts, ("total", memory.total)]
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"Memory for {words}, without workspace"]
    lines += [
        f"  {label:<{widths[0]}}  {exact:>{widths[1]}}  {rounded}" for label, exact, rounded in rows
    ]
    if fits is not None:
        capacity, largest = fits
        if capacity.isdigit():
            capacity += " bytes"
        if largest is None:
            lines.append(f"any batch size fits in {capacity}: the network keeps nothing per input")
        elif largest == 0:
            lines.append(f"not even a batch size of 1 fits in {capacity}")
        else:
            lines.append(f"largest batch size that fits in {capacity}: {largest:,}")
    return "\n".join(lines)
