"""The process that computes partitions for ``local``.

It reads a question from stdin and then numbers of partitions, and writes each partition, or the
error that there is instead, to stdout. It ends when its parent closes stdin, or dies.
"""

from __future__ import annotations

import os
import pickle
import sys

from cnnsize.dataset.errors import DatasetError
from cnnsize.dataset.partition import Part, part_of
from cnnsize.text.diagnostic import ArchitectureError

Answer = Part | ArchitectureError | DatasetError


def main() -> None:
    """Answer until stdin ends."""
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # whatever else is printed is no answer
        questions = sys.stdin.buffer
        try:
            question = pickle.load(questions)
            while True:
                number = pickle.load(questions)
                try:
                    answer: Answer = part_of(question, number)
                except (ArchitectureError, DatasetError) as error:
                    answer = error
                pickle.dump(answer, answers, protocol=5)
                answers.flush()
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):  # the parent has ended
            os._exit(0)
