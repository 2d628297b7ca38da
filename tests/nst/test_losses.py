import tracemalloc

import numpy as np
import pytest

from minicnn.errors import OptionError, ShapeError
from nst.losses import Content, GramStyle, normalised_gram

from .differences import worst_disagreement

FORMS = ["relative", "gatys2015"]


def features(rng, m, c, dtype=np.float64):
    return np.maximum(rng.standard_normal((m, c)) + 0.3, 0).astype(dtype)


def readout_for(rng, c, n, dtype=np.float64):
    return (rng.standard_normal((c, n)) / n**0.5).astype(dtype)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("weight", [1.0, 0.37])
@pytest.mark.parametrize("wide", [None, 4, 11])  # to fewer features than there are channels, and to more
def test_content_and_style_gradients_are_the_slopes_of_their_values(rng, form, weight, wide):
    F, P, painting = features(rng, 35, 6), features(rng, 35, 6), features(rng, 48, 6)
    R = None if wide is None else readout_for(rng, 6, wide)
    for loss in (Content(P, form, readout=R), GramStyle(painting, form, readout=R)):
        assert worst_disagreement(lambda x, loss=loss: loss(x, weight), F, rng) < 1e-6


def test_the_paper_s_formulas_with_the_paper_s_matrices(rng):
    """Gatys, Ecker & Bethge 2015, with features as rows: F is N×M there, and G = FFᵀ."""
    F, P = features(rng, 20, 4), features(rng, 20, 4)
    value, dF = Content(P, "gatys2015")(F)
    assert value == pytest.approx(0.5 * np.sum((F - P) ** 2))
    np.testing.assert_allclose(dF, F - P, rtol=1e-12)
    n, m = F.T.shape
    G, A = F.T @ F, P.T @ P
    value, dF = GramStyle(P, "gatys2015")(F)
    assert value == pytest.approx(np.sum((G - A) ** 2) / (4 * n**2 * m**2))
    np.testing.assert_allclose(dF.T, (G - A) @ F.T / (n**2 * m**2), rtol=1e-10)


def test_a_painting_of_another_size_is_rescaled_by_m_over_its_own(rng):
    F, P = features(rng, 20, 4), features(rng, 50, 4)
    value, _ = GramStyle(P, "gatys2015")(F)
    G, A = F.T @ F, P.T @ P * (20 / 50)
    assert value == pytest.approx(np.sum((G - A) ** 2) / (4 * 4**2 * 20**2))
    repeated = GramStyle(np.concatenate([P, P, P]), form="gatys2015")(F)[0]
    assert value == pytest.approx(repeated)


def test_relative_terms_are_relative_errors(rng):
    F, P = features(rng, 20, 4), features(rng, 33, 4)
    assert GramStyle(P)(F)[0] == pytest.approx(
        np.sum((F.T @ F / 20 - P.T @ P / 33) ** 2) / np.sum((P.T @ P / 33) ** 2)
    )
    for loss, target in ((Content(F), F), (GramStyle(F), F)):
        assert loss(np.zeros_like(F))[0] == pytest.approx(1)
        assert loss(target)[0] == pytest.approx(0, abs=1e-25)
        assert np.abs(loss(target)[1]).max() < 1e-12


def test_a_blend_of_paintings_is_a_target_too(rng):
    F, one, two = features(rng, 20, 4), features(rng, 30, 4), features(rng, 40, 4)
    np.testing.assert_array_equal(GramStyle.toward(normalised_gram(one))(F)[1], GramStyle(one)(F)[1])
    blend = 0.25 * normalised_gram(one) + 0.75 * normalised_gram(two)
    np.testing.assert_allclose(blend, 0.25 * one.T @ one / 30 + 0.75 * two.T @ two / 40)
    assert worst_disagreement(GramStyle.toward(blend), F, rng) < 1e-6


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("make", [Content, GramStyle])
@pytest.mark.parametrize("wide", [4, 11])
def test_a_read_out_measures_as_if_its_features_were_the_network_s(rng, form, make, wide):
    """The same loss of F R, with its gradient brought back by the chain rule: dF = d(F R) Rᵀ."""
    F, P, R = features(rng, 20, 6), features(rng, 20, 6), readout_for(rng, 6, wide)
    expected, of_product = make(P @ R, form)(F @ R, 0.7)
    value, dF = make(P, form, readout=R)(F, 0.7)
    assert value == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(dF, of_product @ R.T, rtol=1e-9, atol=1e-14 * np.abs(of_product).max())
    if make is GramStyle:
        blended = GramStyle.toward(normalised_gram(P), form, readout=R)
        np.testing.assert_array_equal(blended(F, 0.7)[1], dF)


def test_nothing_as_wide_as_a_read_out_is_made(rng):
    F, P, R = features(rng, 500, 4), features(rng, 500, 4), readout_for(rng, 4, 2000)
    for make in (Content, GramStyle):
        loss = make(P, readout=R)
        tracemalloc.start()
        loss(F)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < R.nbytes  # F R takes 125 times as much


@pytest.mark.parametrize("form", FORMS)
def test_pytorch_finds_the_same_gradients(rng, form):
    torch = pytest.importorskip("torch")
    F, P, painting = features(rng, 30, 5), features(rng, 30, 5), features(rng, 44, 5)
    T = torch.tensor(F, requires_grad=True)
    G, A = T.T @ T / 30, torch.tensor(painting.T @ painting / 44)
    content, style = (T - torch.tensor(P)).square().sum(), (G - A).square().sum()
    content = content / 2 if form == "gatys2015" else content / (P**2).sum()
    style = style / (4 * 25) if form == "gatys2015" else style / A.square().sum()
    for loss, term in ((Content(P, form), content), (GramStyle(painting, form), style)):
        (expected,) = torch.autograd.grad(term, T)
        value, dF = loss(F)
        assert value == pytest.approx(term.item(), rel=1e-12)
        np.testing.assert_allclose(dF, expected.numpy(), rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("m", [7, 70001])  # one block of rows, and several with a last one that is not full
@pytest.mark.parametrize("wide", [None, 9])
def test_the_gradient_may_take_the_place_of_the_features(rng, dtype, m, wide):
    F, P = features(rng, m, 8, dtype), features(rng, m, 8, dtype)
    R = None if wide is None else readout_for(rng, 8, wide, np.float32)  # as weight files hold them
    for loss in (Content(P, readout=R), GramStyle(P[::2], readout=R)):
        kept, apart = F.copy(), np.empty_like(F)
        value, fresh = loss(F, 0.5)
        np.testing.assert_array_equal(F, kept)  # without `out`, the features stay
        assert fresh.dtype == dtype
        again, there = loss(F, 0.5, out=apart)
        assert there is apart
        np.testing.assert_array_equal(apart, fresh)
        inplace = kept.copy()
        third, there = loss(inplace, 0.5, out=inplace)
        assert there is inplace
        np.testing.assert_array_equal(inplace, fresh)
        assert value == again == third


@pytest.mark.parametrize("wide", [None, 64])
def test_float32_values_add_up_in_float64(rng, wide):
    F, P = features(rng, 60000, 16, np.float32), features(rng, 60000, 16, np.float32)
    R = None if wide is None else readout_for(rng, 16, wide)
    for make in (Content, GramStyle):
        exact = make(P.astype(np.float64), readout=R)(F.astype(np.float64))
        single = make(P, readout=R)(F)
        assert single[0] == pytest.approx(exact[0], rel=1e-4 if make is GramStyle else 1e-6)
        np.testing.assert_allclose(single[1], exact[1], atol=2e-4 * np.abs(exact[1]).max())


def test_a_target_is_the_losses_own(rng):
    F, P = features(rng, 9, 3), features(rng, 9, 3)
    content, style = Content(P), GramStyle(P)
    before = content(F)[0], style(F)[0]
    P[:] = 0
    assert (content(F)[0], style(F)[0]) == before


def test_a_target_of_nothing_is_refused_by_layer(rng):
    nothing = np.zeros((9, 3))
    with pytest.raises(OptionError, match=r"relu5_1: the painting .* gatys2015"):
        GramStyle(nothing, layer="relu5_1")
    with pytest.raises(OptionError, match="relu4_2: the photo"):
        Content(nothing, layer="relu4_2")
    assert GramStyle(nothing, form="gatys2015")(features(rng, 9, 3))[0] > 0
    for make in (Content, GramStyle):  # features that the read-out does not look at are nothing, too
        with pytest.raises(OptionError, match="relu3_1"):
            make(features(rng, 9, 3), layer="relu3_1", readout=np.zeros((3, 5)))


def test_misfits_are_refused(rng):
    with pytest.raises(ShapeError, match=r"relu1_1.*expected 3 channels, got shape \(9, 4\)"):
        GramStyle(features(rng, 9, 3), layer="relu1_1")(features(rng, 9, 4))
    with pytest.raises(ShapeError, match="relu4_2"):
        Content(features(rng, 9, 3), layer="relu4_2")(features(rng, 8, 3))
    with pytest.raises(ShapeError, match="reshape"):
        GramStyle(np.ones((1, 3, 3, 2)))
    for make in (Content, GramStyle):
        with pytest.raises(ShapeError, match=r"relu2_1: expected a read-out from 3 channels"):
            make(features(rng, 9, 3), layer="relu2_1", readout=readout_for(rng, 4, 8))
    with pytest.raises(OptionError, match="form"):
        Content(features(rng, 9, 3), form="slides")


def test_the_check_would_notice_a_planted_error_of_a_thousandth(rng):
    P = features(rng, 20, 4)

    for loss in (GramStyle(P), Content(P, readout=readout_for(rng, 4, 7))):

        def wrong(F, loss=loss):
            value, dF = loss(F)
            return value, dF * 1.001

        assert worst_disagreement(wrong, features(rng, 20, 4), rng) > 1e-4
