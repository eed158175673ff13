"""What a checker answers: whether it passed, and one helpful message."""

from __future__ import annotations

import dataclasses
import traceback
from collections.abc import Callable
from pathlib import Path

import optimlib


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The answer of a checker. `passed` is None as long as there is nothing to check.

    >>> Verdict(False, "the sign is wrong")
    Not yet: the sign is wrong.
    """

    passed: bool | None
    message: str

    def __bool__(self) -> bool:
        return self.passed is True

    def __repr__(self) -> str:
        word = {True: "Right", False: "Not yet", None: "Unanswered"}[self.passed]
        stop = "" if self.message.endswith((".", "?", "!")) else "."
        return f"{word}: {self.message}{stop}"


class Unanswered(Exception):
    """Raised inside a checker when the learner's function still returns `...` or None."""


class Wrong(Exception):
    """Raised inside a checker; its message goes to the learner."""


def checker(check: Callable[..., str]) -> Callable[..., Verdict]:
    """Turn a function that returns praise or raises `Wrong` into one that always answers with a `Verdict`.

    Whatever a learner's function raises becomes a message too: a checker never raises.
    """

    def answer(*args, **kwargs) -> Verdict:
        try:
            return Verdict(True, check(*args, **kwargs))
        except Unanswered as empty:
            return Verdict(None, str(empty) or "replace the ... by your answer and run the cell again")
        except Wrong as wrong:
            return Verdict(False, str(wrong))
        except Exception as error:
            line = _learners_line(error)
            where = f" at `{line}`" if line else ""
            return Verdict(False, f"your code raised {type(error).__name__}{where}: {error}")

    answer.__name__, answer.__doc__ = check.__name__, check.__doc__
    answer.__wrapped__ = check
    return answer


def _learners_line(error: BaseException) -> str:
    """The last line of the learner's own code on the way to the error, if it is known."""
    ours = (str(Path(__file__).parent), str(Path(optimlib.__file__).parent), "site-packages")
    cause = error.__cause__ or error  # optimlib explains some errors anew; the learner's line is in the first
    frames = traceback.extract_tb(cause.__traceback__)
    return next((f.line or "" for f in reversed(frames) if not any(o in f.filename for o in ours)), "")


def compare(prediction, measured: float, within: float) -> Verdict:
    """Set a prediction beside what was measured; `within` is the factor that still counts as right."""
    if prediction is None or prediction is ...:
        return Verdict(None, "write your prediction down first, then run the cell again")
    try:
        guess = float(prediction)
    except (TypeError, ValueError):
        return Verdict(False, f"the prediction must be a number, not {prediction!r}")
    said = f"you predicted {guess:.3g}, measured {measured:.3g}"
    close = guess > 0 and max(guess / measured, measured / guess) <= within
    return Verdict(bool(close), said if close else f"{said}; work out why before you read on")
