"""Run the whole zoo on CUDA and write TABLE.md with the date and the GPU.

The exit status is 1 if anything differs from the prediction.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from tests.gpu.zoo import table, whole_zoo


def main() -> None:
    import torch

    if not torch.cuda.is_available():
        sys.exit("python -m tests.gpu: no CUDA device found, so nothing was run")
    mismatches = 0
    for name, dtype, findings in whole_zoo():
        mismatches += bool(findings)
        print(
            f"{name:24} {dtype:9} {'as predicted' if not findings else '; '.join(findings)}",
            flush=True,
        )
    gpu = torch.cuda.get_device_name()
    lines = [
        f"# Memory and throughput on {gpu}",
        "",
        f"{date.today()}, torch {torch.__version__}. One training step without an optimizer: parameters, gradients and saved",
        "activations are predicted, without workspace; measured is `torch.cuda.max_memory_allocated`.",
        "",
        *table(),
    ]
    Path(__file__).with_name("TABLE.md").write_text("\n".join(lines) + "\n", "utf-8")
    sys.exit(1 if mismatches else 0)


if __name__ == "__main__":
    main()
