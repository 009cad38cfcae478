"""Compute partitions on a Dask cluster, whose workers need cnnsize of the same version and pyarrow.

Workers send the bytes of files to this process, which writes them: no shared file system is needed.
Dask computes the partitions of a worker that dies on another one.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any
from uuid import uuid4

from cnnsize.dataset.errors import DatasetError
from cnnsize.dataset.partition import Part, part_of
from cnnsize.dataset.question import Question
from cnnsize.text.diagnostic import ArchitectureError
from cnnsize.text.english import shortened
from cnnsize.version import __version__

MISSING = "a cluster is reached with the package dask[distributed]: pip install 'cnnsize[cluster]'"
CONNECT_SECONDS = 5  # that the scheduler may take to answer,
SECONDS = 10  # and the first worker to be there
PARTS_PER_THREAD = 2  # computed or waiting at once, so that results do not pile up


def parts_of_cluster(question: Question, numbers: Iterable[int], address: str) -> Iterator[Part]:
    """Yield partitions as they are done, computed by the workers of a cluster.

    Raises what a partition raises, and DatasetError for a cluster that cannot do it.
    """
    with connected(address) as client:
        check_workers(client, address)
        try:
            yield from _results(client, question, iter(numbers))
        except (ArchitectureError, DatasetError, GeneratorExit, KeyboardInterrupt):
            raise
        except Exception as error:  # of the cluster: a worker that dies each time, a lost scheduler
            reason = getattr(error, "reason", None) or f"{type(error).__name__}: {error}"
            raise DatasetError(
                f"the cluster at {address} failed ({shortened(reason)}); the files that were "
                "written stay, and another run adds the others"
            ) from None


def _results(client: Any, question: Question, numbers: Iterator[int]) -> Iterator[Part]:
    """Yield partitions as they are done; no more are submitted than are soon taken."""
    from distributed import as_completed

    run = uuid4().hex

    def submitted(number: int) -> Any:
        return client.submit(part_of, question, number, key=f"cnnsize-{run}-{number}", pure=False)

    threads = sum(client.nthreads().values())
    futures = [submitted(number) for number in islice(numbers, PARTS_PER_THREAD * max(threads, 1))]
    done: Any = as_completed(futures, loop=client.loop)  # type: ignore[no-untyped-call]
    del futures  # a worker forgets a result when no future of it is left
    for future in done:
        part = future.result()
        future.release()
        number = next(numbers, None)
        if number is not None:
            done.add(submitted(number))
        yield part


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Open a client of a scheduler. Raises DatasetError where it does not answer."""
    try:
        from distributed import Client
    except ImportError:
        raise DatasetError(MISSING) from None

    class QuietClient(Client):
        def __del__(self) -> None:
            """Do not wait for a scheduler that did not answer."""

    with quiet_loggers():
        try:
            client: Any = QuietClient(  # type: ignore[no-untyped-call]
                address, timeout=CONNECT_SECONDS, set_as_default=False
            )
        except Exception as error:  # whatever answers may be no scheduler
            raise DatasetError(
                f"no Dask scheduler answers at {address!r} ({shortened(str(error))}); start one "
                "with `dask scheduler`, which prints its address"
            ) from None
        try:
            yield client
        finally:
            with suppress(Exception):
                client.close(timeout=SECONDS)


@contextmanager
def quiet_loggers() -> Iterator[None]:
    """Keep the loggers of Dask quiet, each of which has a level of its own: what fails is raised."""
    names = [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    levels = {logger: logger.level for logger in map(logging.getLogger, names)}
    for logger in levels:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in levels.items():
            logger.setLevel(level)


def check_workers(client: Any, address: str) -> None:
    """Raise DatasetError unless the cluster has workers, all with this version of cnnsize."""
    try:
        client.wait_for_workers(1, timeout=SECONDS)
    except TimeoutError:
        raise DatasetError(
            f"the cluster at {address} has no workers; start some with `dask worker {address}`"
        ) from None
    for worker, version in client.run(version_of_worker, on_error="return").items():
        if version != __version__:
            has = f"has cnnsize {version}" if isinstance(version, str) else "lacks cnnsize"
            raise DatasetError(
                f"the worker {worker} {has}, but this is {__version__}; install "
                f"'cnnsize[cluster]=={__version__}' on all workers"
            )


def version_of_worker() -> str:
    """Return the version of cnnsize where this runs."""
    return __version__
