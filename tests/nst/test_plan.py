import pytest

from minicnn import zoo
from nst.networks import resolved
from nst.plan import longest_sides, plan, shared_out
from nst.settings import make


@pytest.mark.parametrize(
    ("options", "sides"),
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
def test_sizes_grow_to_the_last(options, sides):
    assert longest_sides(make(**options)) == sides


@pytest.mark.parametrize("iterations", [0, 1, 2, 10, 200])
def test_iterations_are_shared_out_to_the_last_one(iterations):
    shares = shared_out(iterations, [1, 4, 16])
    assert sum(shares) == iterations
    assert min(shares) >= 0


def test_proportions_are_kept_and_scales_too_small_for_the_network_left_out():
    settings = resolved(make(size=512, iterations=30))
    assert [scale.size for scale in plan(settings, (768, 1024, 3))] == [(96, 128), (192, 256), (384, 512)]
    network = zoo.build("vgg19", width=(2, 2, 2, 2, 2))
    strip = plan(settings, (40, 1024, 3), network)
    assert [scale.size for scale in strip] == [(10, 256), (20, 512)]  # with its margin of 4, 10 rows are 18
    assert sum(scale.iterations for scale in strip) == 30
