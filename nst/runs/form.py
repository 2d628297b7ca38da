"""What settings.json of a run must hold for the run to go on: a file changed by hand may hold anything."""

from ..errors import RunError

WORD, WHOLE = str, int
WEIGHTS = {"name": WORD, "path": WORD, "sha256": WORD}
FORM = {
    "program": {"blas": [WORD]},
    "settings": {},
    "scales": [(WHOLE, WHOLE, WHOLE)],
    "inputs": [{"role": WORD, "name": WORD, "file": WORD, "sha256": WORD}],
    "weights": WEIGHTS,
    "output": {},
}


def check(record, path):
    """Nothing, if a record has that form; `path` is what a refusal calls it."""
    found = dict(record) if isinstance(record, dict) else record
    if isinstance(found, dict) and found.get("weights", ...) is None:
        found["weights"] = dict.fromkeys(WEIGHTS, "")  # a network that was handed over, not loaded
    if place := _astray(found, FORM, ""):
        raise RunError(
            f"{path}: it does not hold what a run wrote there ({place.strip('.')}); put the file back as it "
            "was, or begin a new run"
        )


def _astray(value, form, place):
    """Where a value departs from a form: {name: form} of names that must be there, [form] of any number,
    (form, …) of just so many, or a type; "" if nowhere."""
    if isinstance(form, dict):
        if not isinstance(value, dict):
            return f"{place} is no table"
        missing = [name for name in form if name not in value]
        if missing:
            return f"{place}.{missing[0]} is missing"
        parts = [(value[name], form[name], f"{place}.{name}") for name in form]
    elif isinstance(form, list | tuple):
        if not isinstance(value, list) or (isinstance(form, tuple) and len(value) != len(form)):
            return f"{place} is no list of {len(form) if isinstance(form, tuple) else 'any'} entries"
        forms = form if isinstance(form, tuple) else form * len(value)
        parts = [(one, of, f"{place}.{i}") for i, (one, of) in enumerate(zip(value, forms, strict=True), 1)]
    else:
        of_type = isinstance(value, form) and not isinstance(value, bool)
        good = of_type and (form is not WHOLE or value >= 0)
        return "" if good else f"{place} is {'no whole number' if form is WHOLE else 'no text'}"
    return next(filter(None, (_astray(*part) for part in parts)), "")
