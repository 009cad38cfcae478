"""Workers of a cluster: what they must have; ``test_kills`` runs one."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

import cnnsize
from cnnsize.dataset import question
from cnnsize.dataset.cluster import check_workers
from cnnsize.dataset.partition import part_of
from cnnsize.record import replace
from tests.dataset.test_dataset import TEXT
from tests.patterns.families import family


@pytest.mark.parametrize(
    ("versions", "message"),
    [
        (None, "the cluster at x:1 has no workers; start some with `dask worker x:1`"),
        ({"a:1": ImportError("cnnsize")}, "the worker a:1 lacks cnnsize, but this is"),
        ({"a:1": cnnsize.__version__, "b:2": "0.0.1"}, "the worker b:2 has cnnsize 0.0.1, but"),
    ],
)
def test_workers_of_a_cluster_need_this_version(
    versions: dict[str, object] | None, message: str
) -> None:
    def wait_for_workers(number: int, timeout: float) -> None:
        if versions is None:
            raise TimeoutError

    client = SimpleNamespace(wait_for_workers=wait_for_workers, run=lambda *_, **__: versions)
    with pytest.raises(cnnsize.DatasetError) as caught:
        check_workers(client, "x:1")
    assert message in str(caught.value)


def test_a_worker_of_another_version_computes_nothing() -> None:
    asked = replace(question.question_of(family(TEXT)), version="0.0.1")
    with pytest.raises(cnnsize.DatasetError, match=r"has cnnsize .*, but the run was started with"):
        part_of(asked, 0)
