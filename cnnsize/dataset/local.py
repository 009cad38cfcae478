"""Compute partitions on the cores of this machine, in processes of their own.

Each process runs ``cnnsize.dataset.worker``, and is not a fork or a spawn of this one: a script that calls
``to_parquet`` needs no ``if __name__ == "__main__"``, and a worker ends as soon as its parent is
killed, because its stdin then ends.
"""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from cnnsize.dataset.errors import DatasetError
from cnnsize.dataset.partition import Part, part_of
from cnnsize.dataset.question import Question

MAX_DEATHS = 3  # of the worker that computes one partition
PACKAGE_FOLDER = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
START = (  # so that the worker has this code, whatever way this process found it
    "import sys; sys.path.insert(0, sys.argv[1]); from cnnsize.dataset.worker import main; main()"
)


def cores() -> int:
    """Return how many cores this process may use."""
    with suppress(AttributeError):  # not on macOS or Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def parts_here(question: Question, numbers: Iterable[int]) -> Iterator[Part]:
    """Yield partitions, computed one after the other in this process."""
    for number in numbers:
        yield part_of(question, number)


def parts_of_workers(question: Question, numbers: Iterable[int], jobs: int) -> Iterator[Part]:
    """Yield partitions as they are done, computed by so many processes.

    No more are computed than the caller takes. A worker that dies is replaced. Raises what a
    partition raises, and DatasetError where one kills its worker again and again.
    """
    crew = Crew(question, numbers)
    try:
        crew.start(jobs)
        yield from crew.results()
    finally:
        crew.stop()


class Crew:
    """Threads that each hand numbers to a worker process, and collect what it answers."""

    def __init__(self, question: Question, numbers: Iterable[int]) -> None:
        self._hello = pickle.dumps(question, protocol=5)
        self._numbers = iter(numbers)
        self._lock = threading.Lock()
        self._answers: queue.Queue[Any]
        self._stopped = False
        self._threads: list[threading.Thread] = []
        self._processes: set[subprocess.Popen[bytes]] = set()

    def start(self, jobs: int) -> None:
        """Start the threads, each of which starts its process."""
        self._answers = queue.Queue(jobs)
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(jobs)]
        for thread in self._threads:
            thread.start()

    def results(self) -> Iterator[Part]:
        """Yield what the workers answer. Raises the first error."""
        running = len(self._threads)
        while running:
            answer = self._answers.get()
            if answer is None:
                running -= 1
            elif isinstance(answer, BaseException):
                raise answer
            else:
                yield answer

    def stop(self) -> None:
        """Kill the processes, and let the threads end."""
        self._stopped = True
        with self._lock:
            for process in self._processes:
                process.kill()
        while any(thread.is_alive() for thread in self._threads):
            with suppress(queue.Empty):
                self._answers.get(timeout=0.05)

    def _work(self) -> None:
        """Hand out numbers until there are no more."""
        process = None
        try:
            while not self._stopped:
                with self._lock:
                    number = next(self._numbers, None)
                if number is None:
                    break
                for _ in range(MAX_DEATHS):
                    process = process or self._started()
                    answer = self._ask(process, number)
                    if answer is not None or self._stopped:
                        break
                    self._ended(process)
                    process = None
                else:
                    answer = DatasetError(
                        f"the process for partition {number:,} was killed {MAX_DEATHS} times; "
                        "is there enough memory? Fewer --jobs need less"
                    )
                self._answers.put(answer)
        except BaseException as error:  # to be raised where the results are taken
            self._answers.put(error)
        finally:
            if process is not None:
                self._ended(process)
            self._answers.put(None)

    def _started(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", START, PACKAGE_FOLDER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the parent, which then kills its workers
        )
        with self._lock:
            self._processes.add(process)
            if self._stopped:
                process.kill()
        with suppress(BrokenPipeError):
            assert process.stdin is not None
            process.stdin.write(self._hello)
        return process

    def _ask(self, process: subprocess.Popen[bytes], number: int) -> Any:
        """Return the answer of a worker; None where it has died."""
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(pickle.dumps(number))
            process.stdin.flush()
            return pickle.load(process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError):
            return None

    def _ended(self, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._processes.discard(process)
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with suppress(OSError):
                pipe.close()
