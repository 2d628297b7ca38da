from copy import deepcopy
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

import nst
from minicnn.errors import NonFiniteError, OptionError, UnknownNameError
from nst.errors import ImageError
from nst.settings import STARTS, make
from nst.transfer import Transfer

QUICK = {"size": 48, "iterations": 12, "scales": (24,), "edges": "replicate"}


def transfer(pictures, **options):
    photo, painting = pictures
    return Transfer(photo, [painting], make(**{**QUICK, **options}))


def test_a_run_goes_through_its_scales_and_tells_how_far_it_is(tiny, pictures):
    seen = []
    run = transfer(pictures)
    picture = run.run(lambda progress: seen.append(progress))
    assert picture.shape == (36, 48, 3)
    assert picture.dtype == np.uint8
    assert [p.iteration for p in seen] == list(range(1, 13))
    assert {p.iterations for p in seen} == {12}
    assert [p.scale for p in seen] == [1] * 6 + [2] * 6
    assert [p.size for p in seen] == [(18, 24)] * 6 + [(36, 48)] * 6
    assert all(p.canvas.shape == (*p.size, 3) for p in seen)
    assert seen[-1].seconds_left == 0
    assert all(a.seconds <= b.seconds for a, b in pairwise(seen))
    assert set(seen[0].terms) == {"content relu4_2", *(f"style relu{k}_1" for k in range(1, 6))}
    for scale in (1, 2):
        values = [p.value for p in seen if p.scale == scale]
        assert all(b < a for a, b in pairwise(values))


def test_the_same_run_twice_gives_the_same_bytes(tiny, pictures):
    one, two = (transfer(pictures, start="noise", seed=5).run() for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, transfer(pictures, start="noise", seed=6).run())


@pytest.mark.parametrize("optimizer", ["scipy", "lbfgs", "adam", "descent"])
def test_every_optimizer_lowers_the_loss(tiny, pictures, optimizer):
    values = []
    transfer(pictures, optimizer=optimizer, scales=1).run(lambda p: values.append(p.value))
    assert len(values) == 12
    assert values[-1] < values[0]


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("margin", [0, 4])
def test_every_start_is_the_first_canvas(tiny, pictures, start, margin):
    picture = transfer(pictures, start=start, iterations=0, scales=1, margin=margin).run()
    photo, painting = pictures
    expected = {"photo": photo, "painting": None}.get(start)
    if expected is not None:
        np.testing.assert_array_equal(picture, expected)
    elif start == "painting":
        assert picture.shape == photo.shape
        assert np.abs(picture.mean(axis=(0, 1)) - painting.mean(axis=(0, 1))).max() < 12
    elif start == "faint":
        assert (picture == (124, 117, 104)).all()
    else:
        assert picture.std() > 30


def test_noise_is_mixed_as_asked(tiny, pictures):
    photo, _ = pictures
    half = transfer(pictures, start="mix", mix=0.5, iterations=0, scales=1).run().astype(float)
    noise = transfer(pictures, start="noise", iterations=0, scales=1).run().astype(float)
    np.testing.assert_allclose(half, 0.5 * noise + 0.5 * photo, atol=1.01)


def test_a_file_may_be_the_start(tiny, pictures, tmp_path):
    photo, painting = pictures
    Image.fromarray(painting).save(tmp_path / "start.png")
    picture = transfer(pictures, start=str(tmp_path / "start.png"), iterations=0, scales=1).run()
    assert picture.shape == photo.shape
    with pytest.raises(ImageError, match="no such file"):
        transfer(pictures, start=str(tmp_path / "none.png"))


def test_a_callback_that_returns_true_ends_the_run(tiny, pictures):
    run = transfer(pictures)
    picture = run.run(lambda progress: progress.iteration == 3)
    assert picture.shape == (36, 48, 3)  # carried up to the size that was asked for
    assert run.results[-1].iterations == 3
    assert len(run.results) == 1


def test_what_was_painted_before_an_interrupt_can_be_had(tiny, pictures):
    run = transfer(pictures)

    def stop(progress):
        if progress.iteration == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.run(stop)
    assert run.picture().shape == (36, 48, 3)
    assert not np.array_equal(run.picture(), pictures[0])


def test_the_paintings_strength_moves_the_balance(tiny, pictures):
    ends = {}
    for strength in (0.1, 10):
        run = transfer(pictures, strength=strength, scales=1, iterations=20)
        run.run()
        ends[strength] = run.objective.terms
    mean = {s: np.mean([v for name, v in terms.items() if "style" in name]) for s, terms in ends.items()}
    assert mean[10] < mean[0.1]
    assert ends[10]["content relu4_2"] > ends[0.1]["content relu4_2"]


def test_weights_mean_what_the_form_says(tiny, pictures):
    told = []
    run = transfer(
        pictures, loss="gatys2015", content_weight=2, style_weight=3, tv_weight=0.5, strength=1, scales=1
    )
    run.run(lambda p: told.append(p))
    last = told[-1]
    style = sum(v for name, v in last.terms.items() if "style" in name) / 5
    assert last.value == pytest.approx(
        2 * last.terms["content relu4_2"] + 3 * style + 0.5 * last.terms["tv"], rel=1e-5
    )


def test_a_canvas_that_becomes_no_number_keeps_the_last_good_one(tiny, pictures, monkeypatch):
    run = transfer(pictures, scales=1)
    evaluated = []
    compose = run._objective

    def failing(size):
        objective = compose(size)

        def spoilt(canvas):
            evaluated.append(canvas)
            if len(evaluated) == 6:
                raise NonFiniteError("the loss is not finite: conv3_1 is the first layer")
            return objective(canvas)

        return spoilt

    run._objective = failing
    picture = run.run()
    assert run.results[-1].failed
    assert "conv3_1" in run.results[-1].reason
    assert picture.shape == (36, 48, 3)


@pytest.mark.parametrize("shape", [(16, 16), (17, 31), (64, 20)])
def test_odd_and_small_canvases(tiny, shape, rng):
    photo = rng.integers(0, 255, (*shape, 3), dtype=np.uint8)
    painting = rng.integers(0, 255, (23, 57, 3), dtype=np.uint8)
    settings = make(size=max(shape), iterations=2, edges="replicate")
    assert Transfer(photo, [painting], settings).run().shape == (*shape, 3)


def test_a_canvas_too_small_is_refused_with_the_smallest_that_serves(tiny, pictures):
    with pytest.raises(OptionError, match="relu5_1 finds nothing in less than 16 across"):
        transfer(pictures, size=20, scales=1, margin=0).run()


def test_crops_and_paintings_of_other_sizes(tiny, pictures):
    assert transfer(pictures, crop="1:1").run().shape == (48, 48, 3)
    assert transfer(pictures, style_scale=2).run().shape == (36, 48, 3)


# --- going on ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam", "descent"])
def test_a_run_goes_on_from_any_iteration_to_the_same_bytes(tiny, pictures, optimizer):
    states, told = {}, {}

    def keep(progress):
        told[progress.iteration] = progress
        states[progress.iteration] = deepcopy(run.state())

    run = transfer(pictures, optimizer=optimizer)
    whole, canvas = run.run(keep), run.canvas
    assert list(states) == list(range(1, 13))
    for done, state in states.items():
        assert state["iteration"] == done
        rest, seen = transfer(pictures, optimizer=optimizer).restore(state), []
        np.testing.assert_array_equal(rest.run(seen.append), whole)
        assert rest.canvas.tobytes() == canvas.tobytes()
        assert [p.iteration for p in seen] == list(range(done + 1, 13))
        for p in seen:
            assert (p.value, p.terms) == (told[p.iteration].value, told[p.iteration].terms)
        assert [r.iterations for r in rest.results] == [6, 6]
        assert all(p.seconds > told[done].seconds for p in seen)


def test_scipys_goes_on_from_the_canvas(tiny, pictures):
    run = transfer(pictures)
    run.run(lambda progress: progress.iteration == 8)
    rest, seen = transfer(pictures).restore(run.state()), []
    picture = rest.run(seen.append)
    assert [p.iteration for p in seen] == [9, 10, 11, 12]
    assert seen[-1].value < run.results[-1].value
    assert not np.array_equal(picture, run.picture())


def test_an_interrupt_within_an_evaluation_leaves_the_state_of_the_last_iteration(tiny, pictures):
    run, told = transfer(pictures, optimizer="lbfgs"), []
    compose = run._objective

    def interrupted(size):
        objective = compose(size)

        def evaluate(canvas):
            if len(told) == 9:
                raise KeyboardInterrupt
            return objective(canvas)

        return evaluate

    run._objective = interrupted
    with pytest.raises(KeyboardInterrupt):
        run.run(told.append)
    assert run.state()["iteration"] == 9
    rest = transfer(pictures, optimizer="lbfgs").restore(run.state())
    np.testing.assert_array_equal(rest.run(), transfer(pictures, optimizer="lbfgs").run())


def test_there_is_no_state_before_there_is_anything_to_go_on_from(tiny, pictures):
    run = transfer(pictures)
    assert run.state() is None
    run.run()
    run.place[1].whole = False
    assert run.state() is None


def test_a_picture_in_sixteen_bits_holds_more_than_one_in_eight(tiny, pictures):
    run = transfer(pictures)
    eight = run.run()
    sixteen = run.picture(16)
    assert sixteen.dtype == np.uint16
    np.testing.assert_array_equal(np.rint(sixteen / 257), eight)
    assert (sixteen % 257 != 0).mean() > 0.5


# --- the one call ----------------------------------------------------------------------------------------


def test_paint_takes_paths_pillow_images_and_arrays(tiny, pictures, tmp_path, capfd):
    photo, painting = pictures
    Image.fromarray(photo).save(tmp_path / "photo.png")
    made = [
        nst.paint(one, painting, **QUICK)
        for one in (tmp_path / "photo.png", str(tmp_path / "photo.png"), Image.fromarray(photo), photo)
    ]
    assert all(isinstance(one, Image.Image) and one.size == (48, 36) for one in made)
    assert len({one.tobytes() for one in made}) == 1
    assert capfd.readouterr() == ("", "")


def test_paint_refuses_before_any_work(tiny, pictures):
    photo, painting = pictures
    with pytest.raises(UnknownNameError, match="did you mean 'iterations'"):
        nst.paint(photo, painting, iteration=5)
    with pytest.raises(UnknownNameError, match=r"--style-layers: vgg19 has no layer 'relu9_9'"):
        nst.paint(photo, painting, style_layers="relu9_9")
    with pytest.raises(OptionError, match="--device"):
        nst.paint(photo, painting, device="tpu")
