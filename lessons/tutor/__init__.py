"""The tutor: what an exercise is, whether an answer is right, and what is wrong with it if it is not.

exercise.py   what a lesson's `checks/NN_name.py` declares
outcome.py    a function run on a case, and two outcomes compared
examine.py    an answer against an exercise: a Verdict
diagnosis.py  the known mistake, or what strikes the eye, in an answer that differs
evidence.py   what is shown of a case that went wrong
readable.py   cases and values as text small enough to read
child.py      a reader's file examined in a process of its own, within limits
endless.py    what kind of loop it was that had to be stopped
supervise.py  that process started, stopped and understood
folder.py     the reader's folder: copies of the exercises, and progress
report.py     verdicts as text
"""

from .exercise import Lesson, distinct, given, integers, normal

__all__ = ["Lesson", "distinct", "given", "integers", "normal"]
