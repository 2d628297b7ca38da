"""The forms of the losses, each as the program that it comes from writes it, with features as rows (N×M)."""

import numpy as np
import pytest

from minicnn.errors import OptionError
from nst.losses import FORMS, Content, GramStyle, UnitGradient
from nst.losses.forms import GRAM, RELATIVE

from .differences import worst_disagreement

PIXELS = 7 * 23  # of some canvas


def features(rng, m, c):
    return np.maximum(rng.standard_normal((m, c)) + 0.3, 0)


CONTENT = {
    "gatys2015": lambda F, P: np.sum((F - P) ** 2) / 2,
    "mean": lambda F, P: np.mean((F - P) ** 2),
    "neuralart": lambda F, P: np.sum((F - P) ** 2) / (2 * np.sqrt(F.size)),
    "keras": lambda F, P: np.sum((F - P) ** 2),
    "deeppy": lambda F, P: np.sum((F - P) ** 2) / 2,
    "wasserstein": lambda F, P: np.mean((F - P) ** 2),
}


def over_all(G, A, n, m, m_s):
    return np.sum((G - A * m / m_s) ** 2) / (4 * n**2 * m**2)


STYLE = {
    "gatys2015": over_all,
    "neuralart": over_all,
    "mean": lambda G, A, n, m, m_s: np.mean((G / (n * m) - A / (n * m_s)) ** 2),
    "keras": lambda G, A, n, m, m_s: np.sum((G - A * m / m_s) ** 2) / (4 * 3**2 * PIXELS**2),
    "deeppy": lambda G, A, n, m, m_s: np.sum((G - A * m / m_s) ** 2) / 4,
}


def test_every_form_is_stated_here():
    assert {*CONTENT, RELATIVE} == set(FORMS)
    assert STYLE.keys() == GRAM.keys()


@pytest.mark.parametrize("form", CONTENT)
def test_content(rng, form):
    F, P = features(rng, 35, 6), features(rng, 35, 6)
    loss = Content(P, form)
    assert loss(F, 0.7)[0] == pytest.approx(0.7 * CONTENT[form](F.T, P.T), rel=1e-12)
    assert worst_disagreement(lambda x: loss(x, 0.7), F, rng) < 1e-6


@pytest.mark.parametrize("form", STYLE)
def test_style(rng, form):
    F, P = features(rng, 35, 6), features(rng, 48, 6)
    loss = GramStyle(P, form, pixels=PIXELS)
    expected = STYLE[form](F.T @ F, P.T @ P, 6, 35, 48)
    assert loss(F, 0.7)[0] == pytest.approx(0.7 * expected, rel=1e-12)
    assert worst_disagreement(lambda x: loss(x, 0.7), F, rng) < 1e-6


def test_gatys_notebook_is_the_form_of_means(rng):
    F, P = features(rng, 35, 6), features(rng, 48, 6)
    stated = 1e3 / 6**2 * np.mean((F.T @ F / 35 - P.T @ P / 48) ** 2)
    assert GramStyle(P, "mean")(F, 1e3)[0] == pytest.approx(stated, rel=1e-12)


@pytest.mark.parametrize("wide", [4, 11])
def test_a_read_out_s_width_counts_as_the_channels(rng, wide):
    F, P, R = features(rng, 35, 6), features(rng, 35, 6), rng.standard_normal((6, wide))
    for form in CONTENT:
        value, dF = Content(P, form, readout=R)(F)
        expected, of_product = Content(P @ R, form)(F @ R)
        assert value == pytest.approx(expected, rel=1e-12)
        np.testing.assert_allclose(dF, of_product @ R.T, rtol=1e-9, atol=1e-15)
    for form in STYLE:
        value, dF = GramStyle(P, form, readout=R, pixels=PIXELS)(F)
        expected, of_product = GramStyle(P @ R, form, pixels=PIXELS)(F @ R)
        assert value == pytest.approx(expected, rel=1e-12)
        np.testing.assert_allclose(dF, of_product @ R.T, rtol=1e-9, atol=1e-12 * np.abs(dF).max())


@pytest.mark.parametrize("make", [Content, GramStyle])
def test_a_unit_gradient_points_the_same_way_and_has_one_size(rng, make):
    F, P = features(rng, 30000, 6), features(rng, 30000, 6)  # more than a block of entries
    plain, unit = make(P, "deeppy"), UnitGradient(make(P, "deeppy"))
    value, g = plain(F)
    told, dF = unit(F, 0.02)
    assert np.abs(dF).sum() == pytest.approx(0.02, rel=1e-6)
    np.testing.assert_allclose(dF, 0.02 * g / np.abs(g).sum(), rtol=1e-6)
    assert told == pytest.approx(0.02 * value / np.abs(g).sum(), rel=1e-6)
    assert unit.target is unit.loss.target
    assert unit.of_no_loss
    there = F.copy()
    np.testing.assert_array_equal(unit(there, 0.02, out=there)[1], dF)


def test_a_unit_gradient_of_nothing_is_nothing(rng):
    P = features(rng, 20, 4)
    value, dF = UnitGradient(Content(P, "deeppy"))(P)
    assert value == 0
    assert not dF.any()


def test_what_a_form_lacks_is_named(rng):
    P = features(rng, 20, 4)
    with pytest.raises(OptionError, match="keras needs the canvas's number of pixels"):
        GramStyle(P, "keras")
    with pytest.raises(OptionError, match="form"):
        GramStyle(P, "wasserstein")  # which compares no Gram matrices
