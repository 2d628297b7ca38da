"""Losses, optimisers and whole runs on every array library; on the strict stand-in without a hidden copy."""

import warnings
from itertools import pairwise

import numpy as np
import pytest

import nst.image
import nst.objective
import nst.runs
from minicnn.backend import array_module, to_host
from minicnn.errors import DeviceError, OptionError
from minicnn.readback import number
from nst import at_once, devices, losses
from nst.cli import main
from nst.inputs import gather, transfer_of
from nst.lbfgs import LBFGS
from nst.optimizers import Adam, GradientDescent
from nst.scipy_lbfgs import ScipyLBFGS
from nst.settings import make
from nst.torch_lbfgs import TorchLBFGS
from nst.transfer import Transfer

from ..nets import vgg_like
from ..strict import HiddenCopyError

FALLBACK = devices.fallback  # `tiny` is silent about it
UNIT = np.array([255.0, 240.0, 200.0])  # one a channel

# name: (the shape of what it looks at, put → loss)
LOSSES = {
    **{
        f"content {form}": ((20, 5), lambda put, P, form=form: losses.Content(put(P), form))
        for form in ("relative", "gatys2015", "mean")
    },
    **{
        f"style {form}": ((20, 5), lambda put, P, form=form: losses.GramStyle(put(P), form, pixels=80))
        for form in ("relative", "gatys2015", "keras")
    },
    "content read out": ((20, 5), lambda put, P: losses.Content(put(P), readout=np.eye(5, 7) + 0.1)),
    "style read out": ((20, 5), lambda put, P: losses.GramStyle(put(P), readout=np.eye(5, 7) + 0.1)),
    "wasserstein": ((20, 5), lambda put, P: losses.WassersteinStyle(put(P))),
    "wasserstein read out": (
        (20, 5),
        lambda put, P: losses.WassersteinStyle(put(P), readout=np.eye(5, 7) + 0.1),
    ),
    "one size": ((20, 5), lambda put, P: losses.UnitGradient(losses.Content(put(P), "deeppy"))),
    "regions": ((20, 5), lambda put, P: losses.Guided([losses.GramStyle(put(P))], [guide()], [0.7])),
    "regions, wasserstein": (
        (20, 5),
        lambda put, P: losses.Guided([losses.WassersteinStyle(put(P))] * 2, [guide(), 1 - guide()], [1, 2]),
    ),
    **{
        f"tv {kind}{' per channel' * (unit is UNIT)}": (
            (6, 7, 3),
            lambda put, P, kind=kind, unit=unit: losses.TotalVariation(
                kind, unit=put(unit) if unit is UNIT else unit, inner=unit is UNIT, mean=True
            ),
        )
        for kind in losses.TotalVariation.KINDS
        for unit in (1, UNIT)
    },
    **{
        name: ((6, 7, 3), lambda put, P, name=name: getattr(losses, name)(put(UNIT)))
        for name in ("MeanSquares", "NinePoint", "UncountedVariation", "Laplacian")
    },
    "AlphaNorm": ((6, 7, 3), lambda put, P: losses.AlphaNorm(unit=put(UNIT))),
}


def guide():
    return np.linspace(0, 1, 20).astype(np.float32)


def copies(xp):
    """Copies to the device and back so far, where they are counted."""
    return len(getattr(xp, "ups", [])), len(getattr(xp, "downs", []))


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_loss_computes_where_its_features_are(name, dtype, device, rng):
    shape, made = LOSSES[name]
    F, P = (np.abs(rng.standard_normal(shape)).astype(dtype) for _ in range(2))
    expected, dF = made(lambda a: a, P)(F, 0.3)
    loss, there = made(device.put, P), device.put(F)
    before = copies(device.xp)
    value, gradient = loss(there, 0.3)
    assert copies(device.xp) == before
    assert array_module(gradient) is device.xp
    assert gradient.dtype == dtype
    close = {"rtol": 1e-4, "atol": 1e-6} if dtype == np.float32 else {"rtol": 1e-9, "atol": 1e-13}
    np.testing.assert_allclose(number(value), expected, **close)
    np.testing.assert_allclose(to_host(gradient), dF, **close)
    _, written_over = loss(there, 0.3, out=there)
    assert written_over is there
    np.testing.assert_allclose(to_host(there), dF, **close)


def test_every_loss_is_in_the_table():
    kinds = {type(made(lambda a: a, np.ones(shape))).__name__ for shape, made in LOSSES.values()}
    assert {name for name in losses.__all__ if isinstance(getattr(losses, name), type)} == kinds


def stretched(x):
    """A valley, on the arrays of any library; its value stays where it was computed."""
    xp = array_module(x)
    steep = 1 + xp.arange(x.size, dtype=x.dtype).reshape(x.shape)
    away = x - 1
    return (steep * away * away).sum(dtype="float64") / 2, steep * away


BOUNDS = [np.full(3, -1.5), np.full(3, 1.5)]
OPTIMIZERS = {
    "lbfgs": lambda: LBFGS(history=4),
    "torch-lbfgs": lambda: TorchLBFGS(history=4, bounds=BOUNDS),
    "adam": lambda: Adam(rate=0.1, bounds=BOUNDS),
    "descent": lambda: GradientDescent(first=0.01),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimiser_computes_where_the_canvas_is(name, device, rng):
    start = rng.standard_normal((4, 5, 3))
    expected = OPTIMIZERS[name]().run(stretched, start, 25)
    at, seen = [], []
    x = device.put(start)

    def objective(x):
        at.append(copies(device.xp))
        return stretched(x)

    found = OPTIMIZERS[name]().run(objective, x, 25, lambda step: seen.append(type(step.value)))
    assert array_module(found.canvas) is device.xp
    assert found.evaluations == expected.evaluations
    assert set(seen) <= {float, np.float64}
    np.testing.assert_allclose(to_host(found.canvas), expected.canvas, rtol=1e-6, atol=1e-8)
    assert found.value == pytest.approx(expected.value, rel=1e-6)
    reads = np.diff([down for _, down in at])
    writes = np.diff([up for up, _ in at])
    assert (reads[2:] == (0 if device.on_host or not hasattr(device.xp, "downs") else 1)).all()
    assert (writes[2:] <= (1 if "lbfgs" in name else 0)).all()  # the coefficients of a direction
    if hasattr(device.xp, "downs"):
        assert max(device.xp.downs[1:-1]) < 1000  # bytes


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimiser_goes_on_where_another_was(name, strict, rng):
    x = strict.asarray(rng.standard_normal((4, 5, 3)))
    whole = OPTIMIZERS[name]().run(stretched, x, 14)
    first, second = OPTIMIZERS[name](), OPTIMIZERS[name]()
    first.run(stretched, x, 6)
    second.restore(first.state()).run(stretched, x, 14)
    np.testing.assert_array_equal(to_host(second.canvas), to_host(whole.canvas))


def test_scipy_keeps_to_the_host(strict, rng):
    with pytest.raises(DeviceError, match="on a GPU use our own, lbfgs"):
        ScipyLBFGS().run(stretched, strict.asarray(rng.standard_normal(4)), 3)


SETTINGS = {"size": 48, "iterations": 12, "scales": 2, "seed": 1, "margin": 2}
KINDS = {
    "usual": {"tv_weight": 1e-3},
    "noise": {"start": "noise", "pooling": "max", "edges": "zero"},
    "wasserstein": {"loss": "wasserstein"},
    "deeppy": {"loss": "deeppy", "optimizer": "adam"},
    "own scale": {"span": 1.0, "optimizer": "adam", "clamp": True},
    "no search": {"optimizer": "torch-lbfgs", "pooling": "avg3"},
    "descent": {"optimizer": "descent", "tv": "laplacian", "tv_weight": 1e-3},
    "filters alike": {"normalise": True},
    "colours": {"colours": "photo"},
}


def painted(pictures, callback=None, **options):
    """(the Transfer, its picture) of a run."""
    photo, painting = pictures
    transfer = Transfer(photo, [painting], make(**{**SETTINGS, **options}))
    return transfer, transfer.run(callback)


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_on_a_device_paints_the_same_picture(kind, pictures, tiny, strict):
    options = KINDS[kind]
    on_host = {"optimizer": "lbfgs", **options, "device": "cpu"}
    expected, picture = painted(pictures, **on_host)
    run, found = painted(pictures, **options, device="cuda")
    assert run.device.name == "cuda:0"
    assert array_module(run.canvas) is strict
    away = np.abs(found.astype(int) - picture)
    assert away.mean() < 0.05  # grey levels
    assert away.max() <= 6
    assert run.results[-1].value == pytest.approx(expected.results[-1].value, rel=1e-3)


def test_the_canvas_comes_back_only_to_be_shown(pictures, tiny, strict):
    """At most one small copy an evaluation; the rest belongs to the beginning of a scale and to its end."""
    large, small, marks = 22 * 28 * 3 * 4, 6000, []  # bytes: of a canvas, and less

    def follow(progress):
        assert array_module(progress.canvas) is strict
        marks.append((len(strict.downs), len(strict.ups), run.place[1].evaluations, progress.scale))

    photo, painting = pictures
    run = Transfer(photo, [painting], make(**SETTINGS, device="cuda", tv_weight=1e-3))
    run.run(follow)
    assert len(marks) == SETTINGS["iterations"]
    for before, after in pairwise(marks):
        if before[3] == after[3]:
            evaluations = after[2] - before[2]
            assert after[0] - before[0] <= evaluations
            assert after[1] - before[1] <= evaluations
            assert all(size < small for size in strict.downs[before[0] : after[0]])
            assert all(size < 200 for size in strict.ups[before[1] : after[1]])
    whole = [size for size in strict.downs[marks[0][0] :] if size >= large]
    assert len(whole) == 2  # to be carried up to the second scale, and as the picture


@pytest.mark.parametrize("where", ["objective", "optimizer", "loss"])
def test_a_hidden_copy_in_a_run_is_caught(where, pictures, tiny, strict, monkeypatch):
    if where == "objective":
        total = nst.objective.Objective._total
        careless = lambda self, values, canvas: float(values["tv"]) + 0 * total(self, values, canvas)  # noqa: E731
        monkeypatch.setattr(nst.objective.Objective, "_total", careless)
    elif where == "optimizer":
        accept = nst.lbfgs.LBFGS.accept

        def careless(self, x, *rest):
            if (x > 1e9).any():
                raise AssertionError
            accept(self, x, *rest)

        monkeypatch.setattr(nst.lbfgs.LBFGS, "accept", careless)
    else:
        monkeypatch.setattr(nst.losses.gram, "inner", lambda a, b: np.vdot(a, b))
    with pytest.raises(HiddenCopyError):
        painted(pictures, device="cuda", tv_weight=1e-3)


@pytest.mark.parametrize("optimizer", ["auto", "adam"])
def test_a_run_goes_on_from_its_state(optimizer, pictures, tiny, strict, tmp_path):
    """The state is on the host, where it can be saved, and goes back to where it came from."""
    photo, painting = pictures
    options = {**SETTINGS, "optimizer": optimizer, "device": "cuda"}
    expected = painted(pictures, **options)[1]
    first = Transfer(photo, [painting], make(**options))
    first.run(lambda progress: progress.iteration == 8)
    nst.runs.checkpoint.save(tmp_path / "state", first.state())
    second = Transfer(photo, [painting], make(**options)).restore(
        nst.runs.checkpoint.load(tmp_path / "state")
    )
    np.testing.assert_array_equal(second.run(), expected)


def test_a_run_begun_on_a_device_goes_on_without_one(pictures, tiny, strict, monkeypatch):
    photo, painting = pictures
    first = Transfer(photo, [painting], make(**SETTINGS))
    first.run(lambda progress: progress.iteration == 8)
    assert (first.device.name, first.settings.optimizer, first.settings.device) == ("cuda:0", "lbfgs", "auto")
    state = first.state()
    monkeypatch.setitem(devices.backend.sys.modules, "cupy", None)
    second = Transfer(photo, [painting], make(**first.settings.record())).restore(state)
    assert (second.device.name, second.settings.optimizer) == ("cpu", "lbfgs")
    assert second.run().shape == (36, 48, 3)


def test_an_interrupt_leaves_the_last_canvas(pictures, tiny, strict):
    photo, painting = pictures
    run = Transfer(photo, [painting], make(**SETTINGS, device="cuda"))
    shown = []

    def stop(progress):
        shown[:] = [run.shown(progress.canvas)]
        if progress.iteration == 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.run(stop)
    np.testing.assert_array_equal(run.picture(), shown[0])


def test_what_is_not_finite_is_named(pictures, tiny, strict):
    photo, painting = pictures
    run = Transfer(photo, [painting], make(**SETTINGS, device="cuda"))

    def spoil(progress):
        if progress.iteration == 8:
            run.network["conv3_1"].params["bias"][0] = np.nan

    run.run(spoil)
    assert run.results[-1].failed
    assert "conv3_1 is the first layer with a value that is not" in run.results[-1].reason


def test_regions_and_several_paintings_on_a_device(pictures, tiny, strict):
    photo, painting = pictures
    mask = np.zeros(photo.shape[:2], np.uint8)
    mask[:, :24] = 255
    options = {**SETTINGS, "masks": (mask,), "painting_weights": (2.0, 1.0)}
    found = []
    for device in ({"device": "cpu", "optimizer": "lbfgs"}, {"device": "cuda"}):
        settings = make(**options, **device)
        given = gather(photo, [painting, painting[::-1].copy()], settings)
        found.append(transfer_of(given, settings)[0].run().astype(int))
    assert np.abs(found[0] - found[1]).max() <= 2


@pytest.mark.parametrize(
    ("options", "name", "reason"),
    [
        ({}, "cuda:0", None),
        ({"device": "cuda:1"}, "cuda:1", None),
        ({"device": "cpu"}, "cpu", None),
        ({"optimizer": "scipy"}, "cpu", "--optimizer scipy knows the CPU alone"),
    ],
)
def test_which_device_settings_come_to(options, name, reason, strict):
    found = devices.chosen(make(**options))
    assert (found.name, found.reason) == (name, reason)


def test_devices_that_are_not_there(monkeypatch):
    monkeypatch.setitem(devices.backend.sys.modules, "cupy", None)
    with pytest.raises(
        DeviceError, match=r"--device cuda:1: .*CuPy is not installed.*--device cpu needs none"
    ):
        devices.chosen(make(device="cuda:1"))
    with pytest.raises(OptionError, match="--device: expected auto, cpu, cuda or cuda:1, got 'tpu'"):
        devices.chosen(make(device="tpu"))
    found = devices.chosen(make())
    assert "computing on the CPU: " in devices.fallback(found)
    assert devices.fallback(devices.chosen(make(device="cpu"))) is None


def test_the_command_line_says_where_it_computes(pictures, tiny, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(devices, "fallback", FALLBACK)
    monkeypatch.setitem(devices.backend.sys.modules, "cupy", None)
    for picture, name in zip(pictures, ("photo.png", "painting.png"), strict=True):
        nst.image.write(tmp_path / name, picture)
    command = ["paint", str(tmp_path / "photo.png"), str(tmp_path / "painting.png")]
    command += ["-o", str(tmp_path / "out.png"), "--size", "48", "--iterations", "1", "--scales", "1"]
    assert main(command) == 0
    first, _ = capsys.readouterr().err.splitlines()
    assert first.startswith("nst: computing on the CPU: ")
    assert main([*command, "--device", "cpu"]) == 0
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert main([*command, "--device", "auto", "-q"]) == 0
    assert capsys.readouterr().err == ""
    assert main([*command, "--device", "cuda"]) == 2
    (only,) = capsys.readouterr().err.splitlines()
    assert only.startswith("nst: --device cuda: ")
    assert only.endswith("--device cpu needs none of it")


@pytest.mark.parametrize("version", [None, (12, 4)])
def test_python_is_warned_where_a_gpu_stays_idle(version, pictures, tiny, monkeypatch):
    """Where there is a driver but no CuPy; a machine without either has nothing to be told."""
    monkeypatch.setattr(devices, "fallback", FALLBACK)
    monkeypatch.setattr(devices.backend, "driver", lambda: version)
    monkeypatch.setitem(devices.backend.sys.modules, "cupy", None)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        nst.paint(*pictures, size=48, iterations=1, scales=1)
    told = [str(one.message) for one in caught if "computing on the CPU" in str(one.message)]
    assert len(told) == (version is not None)
    assert all("pip install 'cupy-cuda12x[ctk]'" in line for line in told)


def test_kernels_are_told_the_unit_of_each_channel(strict):
    """It lies on the device, where the plain loss wants it."""
    loss = losses.TotalVariation(unit=strict.asarray(UNIT), mean=True)
    (term,) = at_once.terms_of([nst.objective.Part("tv", 2.0, loss)], vgg_like(), (16, 20))
    np.testing.assert_allclose(term.unit, UNIT)
    assert term.scale == 2.0 / (16 * 20 * 3)


def test_what_was_painted_outlives_the_memory(pictures, tiny, strict, tmp_path, monkeypatch, capsys):
    """CuPy's error is a MemoryError; by then the picture is the best of what was reached."""
    for picture, name in zip(pictures, ("photo.png", "painting.png"), strict=True):
        nst.image.write(tmp_path / name, picture)
    accept = LBFGS.accept

    def full(self, *proposal):
        if self.iteration == 3 and self.x.shape[0] > 36:
            raise MemoryError("out of memory")
        accept(self, *proposal)

    monkeypatch.setattr(LBFGS, "accept", full)
    command = ["paint", str(tmp_path / "photo.png"), str(tmp_path / "painting.png"), "--device", "cuda"]
    command += ["-o", str(tmp_path / "out.png"), "--size", "48", "--iterations", "12", "--scales", "2"]
    assert main(command) == 2
    assert "the memory of a strict stand-in ran out at 48×36" in capsys.readouterr().err
    assert nst.image.read(tmp_path / "out.png").shape == (36, 48, 3)


def test_more_than_the_device_holds_is_refused_with_what_fits(pictures, tiny, strict, monkeypatch):
    monkeypatch.setattr(strict.cuda.runtime, "memGetInfo", lambda: (2 * 10**6, 2**35))
    with pytest.raises(nst.errors.MemoryTooSmallError, match=r"the largest --size that fits is \d+"):
        painted(pictures, device="cuda", size=512, scales=1)
