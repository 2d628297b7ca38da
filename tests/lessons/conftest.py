"""A site of all lessons' prose, of which one small lesson has really been run."""

import textwrap

import pytest

from lessons import road

STUB = """
    # %% [markdown]
    # # 1. A small lesson
    #
    # **Goal.** You see `relu` and the table $G_{ij} = \\sum_m F_{mi} F_{mj}$, as lesson 8 does. "Quoted",
    # isn't it? Bread & butter.
    #
    # $$\\frac{\\partial L}{\\partial x} = \\max_{i,j} x_{i,j}$$
    #
    # ## First
    #
    # See `ops.relu`, `minicnn.zoo`, `minicnn/ops/gram.py` and `nothing_of_ours`.

    # %%
    import numpy as np

    from lessons.blackboard import show, tell
    from minicnn import ops
    from minicnn.gradcheck import check
    from minicnn.ops import gram, relu

    F = np.arange(6.0).reshape(3, 2)  # größer als 0, ∂ and <b>
    print("before the picture")
    show("01-small", np.tile(np.arange(256, dtype=np.uint8), (64, 2)), "A ramp from black to white & back.")
    tell("the gram matrix", gram(F))

    # %% [markdown]
    # ## Second

    # %%
    def relu(x):
        check = x
        return check * 2


    y, mask = ops.relu(F)
    print(relu(F).sum(), check.__name__)

    # %% [markdown]
    # ## Summary
    #
    # | a | b |
    # |---|---|
    # | $x$ | a long long long long long long long long long long long long table |
    #
    # ## Exercises
    #
    # - **1.1** `crop`: a part of a picture.
    # - **1.2** `to_grey`.
    """


def stub(folder, text=STUB):
    """A lesson of that text which borrows lesson 1's exercises."""
    path = folder / road.lesson(1).path.name
    path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return road.Stop(path)


@pytest.fixture
def small(tmp_path):
    """The small lesson."""
    return stub(tmp_path)


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """(the folder of the site, its lessons)."""
    for name in ("markdown_it", "mdit_py_plugins", "latex2mathml", "pygments"):
        pytest.importorskip(name)
    from lessons.site import build, runs

    lessons = [stub(tmp_path_factory.mktemp("lessons")), *road.lessons()[1:]]
    really = runs.run

    def run(lesson, kept):
        return really(lesson, kept) if lesson is lessons[0] else runs.Run(kept, [], 0, False)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "run", run)
        folder = build.build(tmp_path_factory.mktemp("site") / "new", lessons)
    return folder.path, lessons
