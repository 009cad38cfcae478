"""The back end in the browser: the same answers, with errors as data."""

from __future__ import annotations

import json

from cnnsize.page.answer import QuestionError, answer


def answer_json(question: str) -> str:
    """Return the answer to a question as JSON; one that cannot be answered has an ``error``."""
    try:
        return json.dumps(answer(json.loads(question)))
    except QuestionError as error:
        return json.dumps({"error": str(error)})
    except RecursionError:
        return json.dumps({"error": "the text is nested too deeply for a browser"})
