import re

import pytest

from minicnn import zoo
from minicnn.errors import OptionError
from nst.networks import resolved
from nst.plan import plan, shared_out, sides
from nst.settings import make


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"size": 512}, [128, 256, 512]),
        ({"size": 1024}, [128, 256, 512, 1024]),
        ({"size": 700}, [175, 350, 700]),
        ({"size": 200}, [200]),
        ({"size": 512, "scales": 1}, [512]),
        ({"size": 512, "scales": 2}, [256, 512]),
        ({"size": 64, "scales": 15}, [16, 32, 64]),
        ({"size": 512, "scales": (100, 300)}, [100, 300, 512]),
    ],
)
def test_sizes_grow_to_the_last(options, expected):
    assert sides(make(**options)) == expected


@pytest.mark.parametrize("iterations", [0, 1, 2, 10, 200])
@pytest.mark.parametrize("first", [1.0, 2.0, 0.3])
def test_iterations_are_shared_out_to_the_last_one(iterations, first):
    shares = shared_out(iterations, 3, first)
    assert sum(shares) == iterations
    assert min(shares) >= 0
    assert shared_out(iterations, 1, first) == [iterations]


@pytest.mark.parametrize(
    ("options", "shape", "reason"),
    [
        ({"size": 32}, (50, 1), r"1×32 pixels, and relu5_1 .* less than 8 .* --size to 400 or --margin to 8"),
        ({"size": "native"}, (1, 1), r"1×1 pixels, .* --size to 16 or --margin to 8"),
        (
            {"size": 64, "size_is": "rows", "margin": 0},
            (60, 10),
            r"11×64 .* less than 16 .* --size to 96 or ",
        ),
    ],
)
def test_a_picture_too_narrow_for_the_network_is_refused_with_what_would_do(options, shape, reason):
    settings = resolved(make(network="pocket", **options))
    network = zoo.build("pocket", width=(1,) * 5)
    with pytest.raises(OptionError, match=reason) as refused:
        plan(settings, shape, network)
    size, margin = map(int, re.findall(r" to (\d+)", str(refused.value)))
    plan(settings.replace(size=size), shape, network)
    plan(settings.replace(margin=margin), shape, network)


def test_the_first_scale_may_get_more():
    assert shared_out(3000, 5, 2.0) == [1000, 500, 500, 500, 500]
    assert shared_out(10, 3) == [3, 3, 4]


@pytest.mark.parametrize(
    ("size_is", "size", "expected"),
    [
        ("longest", 200, (100, 200)),
        ("shorter", 200, (200, 400)),
        ("rows", 150, (150, 300)),
        ("longest", "native", (384, 768)),
        ("shorter", "native", (384, 768)),
    ],
)
def test_a_size_may_mean_another_side(size_is, size, expected):
    settings = resolved(make(network="vgg19", size=size, size_is=size_is, scales=1))
    assert [scale.size for scale in plan(settings, (384, 768, 3))] == [expected]


def test_scales_may_grow_by_another_step():
    assert sides(make(size=512, scale_step=2**0.5)) == [128, 181, 256, 362, 512]
    assert sides(make(size=700, scale_step=2**0.5)) == [175, 247, 350, 495, 700]
    assert sides(make(size="native"), (300, 520, 3)) == [130, 260, 520]


def test_proportions_are_kept_and_scales_too_small_for_the_network_left_out():
    settings = resolved(make(size=512, iterations=30))
    assert [scale.size for scale in plan(settings, (768, 1024, 3))] == [(96, 128), (192, 256), (384, 512)]
    network = zoo.build("vgg19", width=(2, 2, 2, 2, 2))
    strip = plan(settings, (40, 1024, 3), network)
    assert [scale.size for scale in strip] == [(10, 256), (20, 512)]  # with its margin of 4, 10 rows are 18
    assert sum(scale.iterations for scale in strip) == 30
