import numpy as np
import pytest

from minicnn import zoo
from minicnn.errors import NonFiniteError, ShapeError
from minicnn.workspace import Workspace
from nst.losses import Content, GramStyle, TotalVariation
from nst.objective import Objective, Part

from .differences import worst_disagreement

STYLE = ["relu1_1", "relu2_1", "relu3_1"]
WIDTH = (6, 8, 10, 12, 12)


def parts_for(network, rng, shape, form="relative", dtype=np.float64):
    photo, painting = (rng.uniform(-90, 90, (1, *shape, 3)).astype(dtype) for _ in range(2))
    P = network.forward(photo, ["relu3_2"])["relu3_2"]
    A = network.forward(painting, STYLE)
    return [
        Part("content", 0.05, Content(P.reshape(-1, P.shape[-1]), form), "relu3_2"),
        *(
            Part(f"style {tap}", 1 / 3, GramStyle(F.reshape(-1, F.shape[-1]), form=form, layer=tap), tap)
            for tap, F in A.items()
        ),
        Part("tv", 0.1, TotalVariation(mean=True, unit=255)),
    ]


@pytest.mark.parametrize("pooling", ["avg", "max"])
@pytest.mark.parametrize("edges", ["zero", "replicate", "reflect"])
@pytest.mark.parametrize("workspace", [None, Workspace()])
def test_the_gradient_is_the_slope_of_the_loss(rng, pooling, edges, workspace):
    network = zoo.build("vgg16", pooling=pooling, edges=edges, width=WIDTH).astype(np.float64)
    objective = Objective(network, parts_for(network, rng, (21, 26)), workspace)
    canvas = rng.uniform(-90, 90, (21, 26, 3))
    assert worst_disagreement(objective, canvas, rng, directions=3, entries=6) < 1e-5


@pytest.mark.parametrize("taken", [["content", "style relu3_1"], ["content", "content"]])
def test_losses_that_share_a_tap_add_up(rng, taken):
    network = zoo.build("vgg16", width=WIDTH).astype(np.float64)
    parts = {part.name: part._replace(tap="relu3_1") for part in parts_for(network, rng, (21, 26))[:4]}
    network_at = network.forward(rng.uniform(-90, 90, (1, 21, 26, 3)), ["relu3_1"])["relu3_1"]
    parts["content"] = Part("content", 0.3, Content(network_at.reshape(-1, 10)), "relu3_1")
    chosen = [parts[name]._replace(name=f"{name} {k}") for k, name in enumerate(taken)]
    canvas = rng.uniform(-90, 90, (21, 26, 3))
    together = Objective(network, chosen, Workspace())(canvas)
    single = [Objective(network, [part])(canvas) for part in chosen]
    assert together[0] == pytest.approx(sum(value for value, _ in single))
    np.testing.assert_allclose(together[1], sum(gradient for _, gradient in single), atol=1e-14)


@pytest.mark.parametrize("name", ["45x61-avg", "64x96-avg", "64x96-max"])
@pytest.mark.parametrize(
    ("dtype", "loss_error", "gradient_error"), [("float32", 1e-5, 2e-3), ("float64", 2e-6, 1e-5)]
)
def test_it_matches_answers_computed_elsewhere(shared, name, dtype, loss_error, gradient_error):
    """Gatys' objective through the real VGG19: `../shared/golden`, PyTorch in float64."""
    answers = np.load(shared / "golden" / f"vgg19-{name}.npz")
    network = zoo.build("vgg19", shared / "vgg19" / "vgg19-conv.npz", pooling=name[-3:]).astype(dtype)
    photo, painting, canvas = (
        network.preprocess(answers[f"{which}_rgb"]).astype(dtype) for which in ("content", "style", "canvas")
    )
    layers = [f"relu{block}_1" for block in range(1, 6)]
    P = network.forward(photo, ["relu4_2"])["relu4_2"]
    A = network.forward(painting, layers)
    content = [Part("content", 1, Content(P.reshape(-1, 512), "gatys2015"), "relu4_2")]
    style = [
        Part(tap, 0.2, GramStyle(F.reshape(-1, F.shape[-1]), form="gatys2015"), tap) for tap, F in A.items()
    ]
    workspace = Workspace()
    for which, parts in {
        "content": content,
        "style": style,
        "total": [content[0]._replace(weight=1e-3), *style],
    }.items():
        objective = Objective(network, parts, workspace)
        value, gradient = objective(canvas[0])
        assert value == pytest.approx(float(answers[f"loss/{which}"]), rel=loss_error)
        expected = answers[f"grad_bgr/{which}"]
        assert np.linalg.norm(gradient - expected) <= gradient_error * np.linalg.norm(expected)
    for tap in layers:
        assert objective.terms[tap] == pytest.approx(
            float(answers[f"loss/style_conv{tap[4:]}"]), rel=loss_error
        )


def test_a_workspace_changes_nothing_and_what_is_returned_stays(rng):
    network = zoo.build("vgg16", width=WIDTH)
    parts = parts_for(network, rng, (33, 40), dtype=np.float32)
    one, two = (rng.uniform(-90, 90, (33, 40, 3)).astype(np.float32) for _ in range(2))
    plain, lean = Objective(network, parts), Objective(network, parts, Workspace())
    value, gradient = lean(one)
    kept = gradient.copy()
    lean(two)
    np.testing.assert_array_equal(gradient, kept)
    expected = plain(one)
    assert value == pytest.approx(expected[0], rel=1e-6)
    np.testing.assert_allclose(gradient, expected[1], atol=1e-5 * np.abs(expected[1]).max())
    assert lean(one)[0] == value


def test_terms_tell_each_part_without_its_weight(rng):
    network = zoo.build("vgg16", width=WIDTH).astype(np.float64)
    objective = Objective(network, parts_for(network, rng, (21, 26)))
    value, _ = objective(rng.uniform(-90, 90, (21, 26, 3)))
    assert list(objective.terms) == ["content", "style relu1_1", "style relu2_1", "style relu3_1", "tv"]
    assert value == pytest.approx(
        sum(objective.weights[name] * term for name, term in objective.terms.items())
    )


def test_it_needs_no_network_for_losses_of_the_canvas(rng):
    network = zoo.build("vgg16", width=WIDTH)
    canvas = rng.standard_normal((5, 4, 3))
    value, gradient = Objective(network, [Part("tv", 2.0, TotalVariation())])(canvas)
    expected = TotalVariation()(canvas, 2.0)
    assert value == pytest.approx(expected[0])
    np.testing.assert_array_equal(gradient, expected[1])


def test_the_layer_where_numbers_end_is_named(rng):
    network = zoo.build("vgg16", width=WIDTH)
    parts = parts_for(network, rng, (21, 26), dtype=np.float32)
    canvas = rng.uniform(-90, 90, (21, 26, 3)).astype(np.float32)
    objective = Objective(network, parts)
    objective(canvas)
    bias = network["conv2_2"].params["bias"]
    network["conv2_2"].params["bias"] = np.full_like(bias, 3e38)  # finite; the sum of four is not
    with pytest.raises(NonFiniteError, match="pool2 is the first layer"):
        objective(canvas)


def test_a_loss_that_overflows_is_named(rng):
    network = zoo.build("vgg16", width=WIDTH)
    parts = parts_for(network, rng, (21, 26), dtype=np.float32)
    parts[0] = parts[0]._replace(
        weight=1e300, loss=lambda F, weight, out=None: (weight * 1e300, np.zeros_like(F))
    )
    with pytest.raises(NonFiniteError, match="comes from content"):
        Objective(network, parts)(rng.uniform(-90, 90, (21, 26, 3)).astype(np.float32))


def test_a_canvas_of_another_shape_is_refused(rng):
    network = zoo.build("vgg16", width=WIDTH)
    with pytest.raises(ShapeError, match=r"canvas: expected \(H, W, 3\)"):
        Objective(network, [])(np.zeros((1, 21, 26, 3), np.float32))
