import argparse
import json
from dataclasses import fields

import pytest

from minicnn.errors import OptionError, UnknownNameError
from nst.options import add_options, flag, given, shown
from nst.settings import Settings, make

WRONG = {
    "preset": ["caffe-style", ""],
    "size": [15, 0, -1, 1.5, "x", True, None, "Native"],
    "size_is": ["width"],
    "painting_size": ["larger"],
    "layer_weights": ["none"],
    "tv": ["sideways"],
    "normalise": ["yes"],
    "scale_step": [1, 0.5],
    "first_share": [0],
    "means": [(1, 2), "1,2", "a,b,c", (1, 2, float("nan"))],
    "span": [0],
    "clamp": [1],
    "quality": ["superb", "", 3],
    "iterations": [-1, 0.5, "many"],
    "scales": [(), (8, 256), (256, 128), (256, 256), (256, 512), "a", 16.5, (0,)],
    "max_pixels": [0],
    "strength": [0, -1, float("nan"), float("inf"), "x"],
    "loss": ["slides"],
    "content_weight": [-0.1, float("nan")],
    "style_weight": [-1],
    "tv_weight": [-1],
    "alpha_weight": [-1],
    "alpha_exponent": [0.5, "x"],
    "content_layers": [{}, "", {"relu4_2": -1}, {"relu4_2": 0}, "relu4_2:x", ["", "relu1_1"], 3],
    "style_scale": [0, 101],
    "mix": [1.1],
    "seed": [-1, 0.5],
    "network": ["vgg20"],
    "metric": ["euclid", 1],
    "pooling": ["sum"],
    "edges": ["wrap"],
    "optimizer": ["newton"],
    "history": [0],
    "learning_rate": [0],
    "average": [1],
    "betas": [(0.9,), (0.9, 1), "0.9"],
    "decay": [0, 1.1],
    "rounds": [0],
    "noise": [0, -1],
    "restart": ["yes", 1],
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in WRONG.items() for v in values])
def test_values_out_of_range_are_refused_by_the_options_name(name, value):
    if name in ("mix",):
        values = {"start": "mix", name: value}
    elif name in ("average", "learning_rate"):
        values = {"optimizer": "adam", name: value}
    else:
        values = {name: value}
    with pytest.raises(OptionError, match=f"{flag(name)}: expected") as caught:
        make(**values)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"mix": 0.5}, "--mix has no meaning with --start photo"),
        ({"history": 5, "optimizer": "adam"}, "--history"),
        ({"learning_rate": 5}, "--learning-rate"),
        ({"average": 0.5, "optimizer": "lbfgs"}, "--average"),
        ({"tv_exponent": 3}, "--tv-exponent"),
        ({"optimizer": "scipy", "device": "cuda"}, "--optimizer scipy"),
        ({"content_weight": 0, "style_weight": 0}, "nothing is left"),
        ({"scales": (128, 512), "size": 512}, "below --size 512"),
    ],
)
def test_contradictions_are_refused(values, message):
    with pytest.raises(OptionError, match=message):
        make(**values)


def test_an_option_that_does_not_exist_is_refused_with_one_that_is_near():
    with pytest.raises(UnknownNameError, match="did you mean 'iterations'"):
        make(iteration=5)


def test_values_may_come_in_several_forms():
    s = make(
        style_layers="relu1_1, relu2_1:0.5", content_layers=["relu4_2"], scales=[128, 256], iterations=10.0
    )
    assert s.style_layers == {"relu1_1": 1.0, "relu2_1": 0.5}
    assert s.content_layers == {"relu4_2": 1.0}
    assert s.scales == (128, 256)
    assert s.iterations == 10
    assert isinstance(s.iterations, int)
    assert make(scales=3).scales == make(scales="3").scales == (3,)


def test_a_record_makes_the_same_settings_again():
    s = make(size=300, scales=(64, 128), style_layers="relu1_1:2,relu2_1", strength=1.5, start="mix", mix=0.3)
    assert make(**json.loads(json.dumps(s.record()))) == s


def test_every_option_is_on_the_command_line_with_its_default_and_its_group(capsys):
    parser = argparse.ArgumentParser(prog="nst")
    add_options(parser, Settings)
    text = " ".join(parser.format_help().split())
    for one in fields(Settings):
        assert (flag(one.name) in text) != one.metadata["hidden"], one.name
        if one.metadata["hidden"]:
            continue
        assert one.metadata["group"] in text
        told = one.metadata["shown"] or shown(one.default)
        assert f"(default {told})" in text or isinstance(one.default, bool)
        assert one.default is not None or one.metadata["shown"], one.name


def test_the_command_line_gives_the_same_settings_as_python():
    parser = argparse.ArgumentParser()
    add_options(parser, Settings)
    line = "--size 300 --style-layers relu1_1:2,relu2_1 --scales 64,128 --no-restart --content-weight 1e-3"
    line += " --start mix"
    assert make(**given(parser.parse_args(line.split()), Settings)) == make(
        size=300,
        style_layers={"relu1_1": 2, "relu2_1": 1},
        scales=(64, 128),
        restart=False,
        content_weight=1e-3,
        start="mix",
    )
    assert make(**given(parser.parse_args([]), Settings)) == Settings()
    for wrong in (["--size", "big"], ["--style-layers", "relu1_1:x"], ["--scales", "1,x"]):
        with pytest.raises(OptionError, match=f"{wrong[0]}: expected .*, got {wrong[1]}"):
            given(parser.parse_args(wrong), Settings)
