"""An answer against an exercise: run on every case, compared, and a verdict with reasons."""

from dataclasses import dataclass, field

import numpy as np

from . import readable
from .diagnosis import known_mistake, observation
from .evidence import call_as_text, evidence, part_name, value_at
from .outcome import Difference, alike, described, difference, run


@dataclass
class Verdict:
    """What is to be said about one exercise. `status` is one of

    right, wrong, error (an exception), unwritten, missing (no such function), broken (the file does not
    load), endless (stopped by time), died (the process ended)
    """

    status: str
    cases: int = 0
    failed: int = 0
    details: list = field(default_factory=list)  # lines: the case, both values, or the exception
    explanation: str = ""  # the known mistake
    observation: str = ""  # what strikes the eye, where no mistake is known
    printed: str = ""  # what the reader's function printed


def examine(exercise, function, file=None, progress=lambda text: None):
    """The Verdict on `function`; `file` is where its exceptions' lines are looked up, `progress` hears of
    each case before it is tried."""
    cases, outcomes = exercise.all_cases(), []
    for case in cases:
        progress(call_as_text(exercise, case))
        outcomes.append(run(exercise, function, case))
        if isinstance(outcomes[-1].error, NotImplementedError) and len(outcomes) == 1:
            return Verdict("unwritten", cases=len(cases))
    right = [run(exercise, exercise.solution, case) for case in cases]
    faults = [_fault(exercise, case, r, o) for case, r, o in zip(cases, right, outcomes, strict=True)]
    wrong = [i for i, fault in enumerate(faults) if fault]
    if not wrong:
        return Verdict("right", cases=len(cases))
    verdict = Verdict("wrong", cases=len(cases), failed=len(wrong))
    at = min(wrong, key=lambda i: (_effort(exercise, cases[i]), i))
    verdict.details = evidence(exercise, cases[at], outcomes[at], right[at], faults[at], file)
    if wrong == [len(cases) - 1]:
        verdict.details.append(
            "The same call was right before: the answer depends on earlier calls. Does something outside "
            "the function remember?"
        )
    if all(outcomes[i].error is not None for i in wrong):
        verdict.status = "error"
    mistake = known_mistake(exercise, cases, outcomes, wrong)
    if mistake:
        verdict.explanation = mistake.explanation
    else:
        verdict.observation = _observed(exercise, [(right[i], outcomes[i], faults[i]) for i in wrong])
    return verdict


def _observed(exercise, failures):
    """What strikes the eye in the first result that differs, if it is the same one everywhere."""
    paths = {fault.path for _, _, fault in failures}
    if len(paths) > 1 or any(fault.whole for _, _, fault in failures):
        return ""
    (path,) = paths
    pairs = [(value_at(right.value, path), value_at(outcome.value, path)) for right, outcome, _ in failures]
    found = observation(pairs, exercise.tolerance)
    return f"In {part_name(exercise, path)}: {found}" if found and path else found


def _fault(exercise, case, right, outcome):
    """None, or the Difference that makes this outcome wrong."""
    if right.error is not None:  # the case asks for a refusal
        if alike(right, outcome, exercise.tolerance):
            return None
        return Difference(f"expected {type(right.error).__name__} to be raised, got {_came(outcome)}")
    if outcome.error is not None:
        return Difference(_came(outcome))
    if exercise.judge:
        arguments = exercise.arguments(case)
        try:
            said = exercise.judge(outcome.value, right.value, *arguments.values())
        except Exception as error:  # a result that the judge did not reckon with
            said = f"the result, {described(outcome.value)}, cannot be judged ({error})"
        found = Difference(said) if said else None
    else:
        found = difference(right.value, outcome.value, exercise.tolerance)
    if not found and outcome.changed:
        names = ", ".join(outcome.changed)
        return Difference(f"the result is right, but the function wrote to its input {names}: work on a copy")
    return found


def _came(outcome):
    if outcome.error is None:
        return f"the value {readable.short(outcome.value)}"
    return f"{type(outcome.error).__name__}: {outcome.error}"


def _effort(exercise, case):
    """How hard a case is to read: many entries, and digits behind the point."""
    values = [v for v in exercise.arguments(case).values() if isinstance(v, (np.ndarray, float, int))]
    entries = np.concatenate([np.ravel(np.asarray(v, dtype=float)) for v in values] or [np.zeros(0)])
    whole = np.array_equal(entries, np.rint(entries))
    return entries.size * (1 if whole else 3), np.log1p(np.abs(entries)).sum()
