"""Worker processes: a function applied to many items on several cores, with the results in order.

Workers are forks, which cost a few milliseconds and know all that this process knows. Where there are
no forks (Windows), this process does all of the work. A worker asks for nothing and ignores Ctrl-C: it
gets ranges of items over a pipe, and ends when the pipe does, even if this process was killed.
"""

from __future__ import annotations

import gc
import os
import pickle
import select
import signal
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from time import monotonic
from typing import BinaryIO, NamedTuple, TypeVar

from cnnsize.cli.errors import fail

Item = TypeVar("Item")
Result = TypeVar("Result")

ALONE = 0.05  # seconds in which this process works alone: for small runs no worker is started
MAX_RANGE = 200  # items that a worker gets at once
RANGES = 4  # for each worker, at least, so that all end at the same time


class WorkerDiedError(Exception):
    """A worker process that ended before its work was done; ``str`` says how."""


class Worker(NamedTuple):
    """A worker process, and the pipes to and from it."""

    process: int
    requests: BinaryIO
    answers: BinaryIO


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def apply(
    function: Callable[[Item], Result], items: Sequence[Item], jobs: int | None = None
) -> list[Result]:
    """Return the results of a function for all items, in their order.

    ``jobs`` is the number of processes; None takes one for each core, once this process has worked
    alone for ``ALONE`` seconds. Raises what the function raises, and WorkerDiedError.
    """
    gc.freeze()  # modules are no garbage, and forks share what is not marked
    results: list[Result] = []
    processes = available_cores() if jobs is None else jobs
    if processes < 2 or not hasattr(os, "fork"):
        return [function(item) for item in items]
    end = monotonic() + ALONE
    while len(results) < len(items) and (jobs is None and monotonic() < end):
        results.append(function(items[len(results)]))
    rest = items[len(results) :]
    if rest:
        results += _shared(function, rest, min(processes, len(rest)))
    return results


def apply_or_fail(
    function: Callable[[Item], Result], items: Sequence[Item], jobs: int | None
) -> list[Result]:
    """Return the results for all items. Exit with a message when a worker process dies."""
    try:
        return apply(function, items, jobs)
    except WorkerDiedError as error:
        fail(f"a worker process {error}; --jobs 1 works without any")


def _shared(
    function: Callable[[Item], Result], items: Sequence[Item], processes: int
) -> list[Result]:
    """Return the results of a function for all items, from worker processes."""
    workers: dict[int, Worker] = {}  # by the file descriptor of their answers
    answers: dict[int, list[Result]] = {}  # by the number of the first item
    begin = 0
    try:
        for _ in range(processes):
            worker = _start(function, items, [*workers.values()])
            workers[worker.answers.fileno()] = worker
        busy: dict[int, int] = {}  # the first item of each worker
        waiting = list(workers)
        while waiting or busy:
            for number in waiting:
                left = len(items) - begin
                if left:
                    size = min(MAX_RANGE, max(1, left // (RANGES * processes)))
                    _send(workers[number], (begin, begin + size))
                    busy[number] = begin
                    begin += size
            waiting = select.select(list(busy), [], [])[0] if busy else []
            for number in waiting:
                answers[busy.pop(number)] = _receive(workers[number])
    finally:
        _end(workers.values())
    return [result for first in sorted(answers) for result in answers[first]]


def _start(
    function: Callable[[Item], Result], items: Sequence[Item], others: list[Worker]
) -> Worker:
    """Fork a worker, which closes its copies of the pipes to ``others``: else they would not end."""
    requests_read, requests_write = os.pipe()
    answers_read, answers_write = os.pipe()
    process = os.fork()
    if process:
        os.close(requests_read)
        os.close(answers_write)
        return Worker(process, os.fdopen(requests_write, "wb"), os.fdopen(answers_read, "rb"))
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for number in (requests_write, answers_read):
            os.close(number)
        for other in others:
            os.close(other.requests.fileno())
            os.close(other.answers.fileno())
        _work(function, items, os.fdopen(requests_read, "rb"), os.fdopen(answers_write, "wb"))
    finally:
        os._exit(0)  # without a traceback, and without what this process would do at its end


def _work(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    requests: BinaryIO,
    answers: BinaryIO,
) -> None:
    """Answer requests until there are no more; an exception is an answer, too."""
    while True:
        try:
            first, end = pickle.load(requests)
        except EOFError:
            return
        try:
            answer = pickle.dumps([function(item) for item in items[first:end]])
        except Exception as error:
            answer = pickle.dumps(error)
        answers.write(answer)
        answers.flush()


def _send(worker: Worker, request: tuple[int, int]) -> None:
    """Give a worker a range of items."""
    try:
        pickle.dump(request, worker.requests)
        worker.requests.flush()
    except OSError:
        raise WorkerDiedError(_how_it_ended(worker)) from None


def _receive(worker: Worker) -> list[Result]:
    """Return the results of a worker. Raises its exception, or WorkerDiedError."""
    try:
        answer = pickle.load(worker.answers)
    except (EOFError, OSError, pickle.UnpicklingError):
        raise WorkerDiedError(_how_it_ended(worker)) from None
    if isinstance(answer, Exception):
        raise answer
    results: list[Result] = answer
    return results


def _how_it_ended(worker: Worker) -> str:
    """Return how a worker ended, which does not answer."""
    status = os.waitpid(worker.process, 0)[1]
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        memory = ", perhaps because memory ran out" if name == "SIGKILL" else ""
        return f"was ended by {name}{memory}"
    return "ended before its work was done"


def _end(workers: Iterable[Worker]) -> None:
    """End the workers, whatever they do."""
    for worker in workers:
        for pipe in (worker.requests, worker.answers):
            with suppress(OSError):  # it may hold a request for a worker that died
                pipe.close()
        with suppress(ChildProcessError):  # _how_it_ended has waited for it
            if os.waitpid(worker.process, os.WNOHANG) == (0, 0):
                os.kill(worker.process, signal.SIGKILL)
                os.waitpid(worker.process, 0)
