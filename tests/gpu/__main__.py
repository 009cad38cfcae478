"""Run the zoo on a CUDA device and write TABLE.md, with the date and the GPU.

One child process runs all networks, the most important first. Each result is added to
``results.jsonl`` at once, so that the same command goes on where it stopped: at its time limit, after
an interruption, or with what differed from the prediction before. The exit status is 1 if anything
differs from the prediction, and 3 if the time was too short for all of it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Any

from tests.gpu.jobs import Job, all_jobs, rows
from tests.gpu.parent import Child, ChildError


def main() -> int:
    options = arguments()
    folder: Path = options.output
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "results.jsonl"
    jobs = list(all_jobs(options.only, timed=options.device != "cpu"))
    end = monotonic() + 60 * options.minutes
    with Child(options.device) as child:
        try:
            device = child.start()
        except ChildError as error:
            sys.exit(f"python -m tests.gpu: {error}")
        print(f"{device['card']}, torch {device['torch']}", flush=True)
        results = earlier_results(file, device)
        # What differed is run again, after what never ran: it may be repaired now.
        remaining = [job for job in jobs if job not in results]
        remaining += [job for job in jobs if job in results and results[job]["findings"]]
        if len(remaining) < len(jobs):
            print(f"{len(jobs) - len(remaining)} of {len(jobs)} jobs are done: {file}", flush=True)
        with file.open("a", encoding="utf-8") as log:
            for job in remaining:
                if monotonic() > end:
                    break
                result = child.run(job, options.timeout)
                results[job] = result
                log.write(json.dumps({"job": job, **device, **result}) + "\n")
                log.flush()
                findings = "; ".join(result["findings"]) or "as predicted"
                print(f"{job.words} {findings}", flush=True)
    done = {job: results[job] for job in jobs if job in results}
    (folder / "TABLE.md").write_text("\n".join(page(device, done, len(jobs))) + "\n", "utf-8")
    differing = sum(bool(result["findings"]) for result in done.values())
    print(f"{len(done)} of {len(jobs)} jobs done, {differing} not as predicted")
    return 1 if differing else 3 if len(done) < len(jobs) else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.gpu", description=__doc__)
    folder = Path(__file__).parent
    parser.add_argument(
        "--device", default="cuda", help="cpu tries the command without a GPU and times nothing"
    )
    parser.add_argument("--minutes", type=float, default=8, help="start no job after this time")
    parser.add_argument("--timeout", type=float, default=50, help="seconds for one job")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="networks of the zoo")
    parser.add_argument("-o", dest="output", type=Path, default=folder, help="folder of the files")
    return parser.parse_args()


def earlier_results(file: Path, device: dict[str, str]) -> dict[Job, dict[str, Any]]:
    """Return what earlier calls wrote. Those of another card or PyTorch do not count."""
    results: dict[Job, dict[str, Any]] = {}
    if not file.exists():
        return results
    for line in file.read_text("utf-8").splitlines():
        try:
            record = json.loads(line)
        except ValueError:  # the call was killed while it wrote this line
            continue
        if all(record[key] == value for key, value in device.items()):
            results[Job(*record["job"])] = record
    return results


def page(device: dict[str, str], results: dict[Job, dict[str, Any]], count: int) -> list[str]:
    """Return the lines of TABLE.md."""
    dtypes = Counter(job.dtype for job, result in results.items() if not result["findings"])
    differing = [(job, result) for job, result in results.items() if result["findings"]]
    return [
        f"# Memory and throughput on {device['card']}",
        "",
        f"{date.today()}, torch {device['torch']}: {len(results)} of {count} jobs were run, and "
        + " and ".join(f"{number} in {dtype}" for dtype, number in dtypes.items())
        + " were as predicted.",
        *[
            f"- {' '.join(job.words.split())}: {'; '.join(result['findings'])}"
            for job, result in differing
        ],
        "",
        "A training step without an optimizer. Predicted are parameters, gradients and saved activations,",
        "without workspace; measured is `torch.cuda.max_memory_allocated`.",
        "",
        *rows(results),
    ]


if __name__ == "__main__":
    sys.exit(main())
