"""LaTeX as MathML, which a browser lays out without a script.

The converter leaves a few things to chance that TeX does not: spaces around operators in small print, around
bars, behind `max`. They are settled here.
"""

import xml.etree.ElementTree as ET

from latex2mathml.converter import convert

from ..errors import LessonError

LIMITS = {"max", "min", "lim"}  # with what is below them on a line of its own, beside them in a line of text
NAMES = LIMITS | {"sin", "cos", "tan", "exp", "log", "ln", "det", "tanh"}
THIN = "0.1667em"
# Elements whose first part stands there in full size, and how many parts they must have.
AROUND = {"msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3, "munderover": 3}
PARTS = {"mfrac": 2, "mroot": 2, **AROUND}
LARGE = {"∑", "∏", "∫"}
BARS = {"|", "∣", "∥", "‖"}
TIGHT = {"/", "∂", "…", "⋯"}
SIGNS, CLOSING = {"+", "−", "-", "±"}, {")", "]", "}", "⌋", "⌉", "⟩", "!", "′", *BARS}


def mathml(latex, display=False):
    """A formula, on a line of its own or in a line of text."""
    try:
        text = convert(latex.strip(), display="block" if display else "inline")
        tree = ET.fromstring(text.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "", 1))
    except Exception as error:  # the converter has errors of many kinds
        raise _refusal(latex, f"{type(error).__name__} {error}".strip()) from None
    _settle(tree)
    for node in tree.iter():
        if node.tag != "mtext" and "\\" in (node.text or ""):
            raise _refusal(latex, f"{node.text!r} is unknown")
        if len(node) != PARTS.get(node.tag, len(node)):
            raise _refusal(latex, f"{node.tag} has {len(node)} parts")
    tree.set("alttext", " ".join(latex.split()))
    return ET.tostring(tree, encoding="unicode")


def _refusal(latex, why):
    return LessonError(f"formula {' '.join(latex.split())}: cannot be made into MathML ({why})")


def _settle(node, small=False):
    """What follows a formula's first part in an element of AROUND is small."""
    for sign in [child for child in node if child.tag == "mo" and len(child)]:  # a sign in a box of its own
        sign.text, sign[:] = "".join(sign.itertext()), []
    _join(node)
    around = node.tag in AROUND
    row = [None, *node, None] if not around else [None] * (len(node) + 2)
    for place, child in enumerate(node):
        in_script = small or (around and place > 0)
        _settle(child, in_script)
        if not around or in_script:
            _space(child[0] if child.tag in AROUND else child, in_script, row[place], row[place + 2])
        if child.tag == "msub" and child[0].text in LIMITS:
            child.tag = "munder"
            child[0].set("movablelimits", "true")


def _space(sign, small, before, after):
    """TeX's spaces around an operator where MathML's own are others."""
    if sign.text in NAMES:
        sign.tag = "mo"
        open_before = before is None or before.tag == "mo"
        open_after = after is not None and (after.text or "").startswith("(")
        sign.attrib |= {"lspace": "0" if open_before else THIN, "rspace": "0" if open_after else THIN}
    elif sign.tag == "mo" and sign.text in SIGNS and before is not None and before.tag == "mo":
        if before.text not in CLOSING:  # a number's own sign
            sign.attrib |= {"form": "prefix", "lspace": "0", "rspace": "0"}
    elif sign.tag == "mo" and (sign.text in BARS | TIGHT or (small and sign.text not in LARGE)):
        sign.attrib |= {"lspace": "0", "rspace": "0"}
        if sign.text in BARS:
            sign.set("stretchy", "false")


def _join(node):
    r"""`\mathrel{+}=` as one sign."""
    for this, following in zip(list(node), list(node)[1:], strict=False):
        if this.tag == following.tag == "mo" and this.text in ("+", "−", "-") and following.text == "=":
            node.remove(this)
            following.text = f"{this.text}="
