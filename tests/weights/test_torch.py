"""Files that PyTorch itself wrote, and networks that PyTorch itself runs."""

import contextlib
from collections import OrderedDict

import numpy as np
import pytest

from minicnn import zoo
from minicnn.errors import WeightFileError
from minicnn.weights import read

from . import writers

torch = pytest.importorskip("torch")

WIDTH = writers.WIDTH
PLANS = {
    "vgg16": (2, 2, 3, 3, 3),
    "vgg19": (2, 2, 4, 4, 4),
}


def torch_vgg(depths, width, normalised=False):
    """torchvision's module, its names included."""
    nn, layers, channels = torch.nn, [], 3
    for depth, k in zip(depths, width, strict=False):
        for _ in range(depth):
            layers += [nn.Conv2d(channels, k, 3, padding=1)]
            layers += [nn.BatchNorm2d(k)] if normalised else []
            layers += [nn.ReLU()]
            channels = k
        layers.append(nn.MaxPool2d(2))
    a, b, c = width[5:]
    dense = [nn.Linear(channels * 49, a), nn.ReLU(), nn.Dropout(), nn.Linear(a, b), nn.ReLU(), nn.Dropout()]
    return assembled(layers, 7, [*dense, nn.Linear(b, c)])


def torch_alexnet(width):
    nn = torch.nn
    a, b, c, d, e, f, g, h = width
    features = [
        nn.Conv2d(3, a, 11, 4, 2),
        nn.ReLU(),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(a, b, 5, padding=2),
        nn.ReLU(),
    ]
    features += [nn.MaxPool2d(3, 2), nn.Conv2d(b, c, 3, padding=1), nn.ReLU(), nn.Conv2d(c, d, 3, padding=1)]
    features += [nn.ReLU(), nn.Conv2d(d, e, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2)]
    dense = [nn.Dropout(), nn.Linear(e * 36, f), nn.ReLU(), nn.Dropout(), nn.Linear(f, g), nn.ReLU()]
    return assembled(features, 6, [*dense, nn.Linear(g, h)])


def assembled(features, side, classifier):
    net = torch.nn.Module()
    net.features, net.classifier = torch.nn.Sequential(*features), torch.nn.Sequential(*classifier)

    def forward(x):
        y = torch.nn.functional.adaptive_avg_pool2d(net.features(x), side)
        return net.classifier(y.flatten(1)).softmax(1)

    net.forward = forward
    return net.eval()


def torch_network(name):
    torch.manual_seed(7)
    return torch_alexnet(WIDTH) if name == "alexnet" else torch_vgg(PLANS[name], WIDTH)


@pytest.mark.parametrize("new", [True, False], ids=["zip", "stream"])
@pytest.mark.parametrize("name", ["vgg16", "vgg19", "alexnet"])
def test_a_whole_network_gives_pytorchs_probabilities(name, new, tmp_path, rng):
    theirs, path = torch_network(name), tmp_path / "net.pth"
    torch.save(theirs.state_dict(), path, _use_new_zipfile_serialization=new)
    ours = zoo.build(name, weights=path, classifier=True, width=WIDTH)
    x = rng.standard_normal((2, 224, 224, 3)).astype(np.float32)
    with torch.no_grad():
        expected = theirs(torch.from_numpy(x.transpose(0, 3, 1, 2).copy())).numpy()
    np.testing.assert_allclose(ours.forward(x), expected, rtol=1e-4)


def test_alexnet_averages_larger_pictures_down(tmp_path, rng):
    theirs, path = torch_network("alexnet"), tmp_path / "net.pth"
    torch.save(theirs.state_dict(), path)
    ours = zoo.build("alexnet", weights=path, classifier=True, width=WIDTH)
    x = rng.standard_normal((1, 300, 251, 3)).astype(np.float32)
    with torch.no_grad():
        expected = theirs(torch.from_numpy(x.transpose(0, 3, 1, 2).copy())).numpy()
    np.testing.assert_allclose(ours.forward(x), expected, rtol=1e-4)


def saved(tmp_path, state, **options):
    path = tmp_path / "net.pth"
    torch.save(state, path, **options)
    return path


def plain_state():
    layers = writers.random_layers()
    arrays = writers.torch_state(layers)
    return layers, OrderedDict((name, torch.from_numpy(array.copy())) for name, array in arrays.items())


def assert_same(path, layers, **tolerance):
    found = read(path).layers
    for name, parts in layers.items():
        for part, array in parts.items():
            np.testing.assert_allclose(found[name][part], array, err_msg=name, **(tolerance or {"rtol": 0}))


@pytest.mark.parametrize("new", [True, False], ids=["zip", "stream"])
@pytest.mark.parametrize(("kind", "tolerance"), [("float64", 1e-7), ("float16", 1e-3), ("bfloat16", 1e-2)])
def test_other_floats_are_converted(kind, tolerance, new, tmp_path):
    layers, state = plain_state()
    state = {name: value.to(getattr(torch, kind)) for name, value in state.items()}
    path = saved(tmp_path, state, _use_new_zipfile_serialization=new)
    assert_same(path, layers, rtol=tolerance, atol=1e-6)


@pytest.mark.parametrize("new", [True, False], ids=["zip", "stream"])
def test_views_into_a_shared_storage(new, tmp_path):
    layers, state = plain_state()
    shared = torch.zeros(7 + sum(value.numel() for value in state.values()))
    views, at = OrderedDict(), 7
    for name, value in state.items():
        views[name] = shared[at : at + value.numel()].view(value.shape)
        views[name].copy_(value)
        at += value.numel()
    # and some that are not contiguous: transposed, every other entry, one entry repeated
    views["features.0.weight"] = value = state["features.0.weight"].permute(3, 2, 1, 0).contiguous()
    views["features.0.weight"] = value.permute(3, 2, 1, 0)
    wide = torch.zeros(2 * state["classifier.6.bias"].numel())
    wide[::2] = state["classifier.6.bias"]
    views["classifier.6.bias"] = wide[::2]
    views["features.2.bias"] = torch.full((1,), 3.5).expand(4)
    layers["conv1_2"]["bias"] = np.full(4, 3.5, np.float32)
    assert_same(saved(tmp_path, views, _use_new_zipfile_serialization=new), layers)


@pytest.mark.parametrize("new", [True, False], ids=["zip", "stream"])
def test_parameters_of_a_module_and_of_a_checkpoint(new, tmp_path):
    layers, state = plain_state()
    parameters = OrderedDict((name, torch.nn.Parameter(value)) for name, value in state.items())
    assert_same(saved(tmp_path, parameters, _use_new_zipfile_serialization=new), layers)
    checkpoint = {"epoch": 3, "loss": 0.25, "state_dict": {f"module.{n}": v for n, v in state.items()}}
    assert_same(saved(tmp_path, checkpoint, _use_new_zipfile_serialization=new), layers)


def test_checksums_left_out_by_pytorch_are_not_missed(tmp_path):
    layers, state = plain_state()
    torch.serialization.set_crc32_options(False)
    try:
        assert_same(saved(tmp_path, state), layers)
    finally:
        torch.serialization.set_crc32_options(True)


def test_jcjohnsons_names_and_timms(tmp_path):
    layers, state = plain_state()
    names = {"classifier.0": "classifier.1", "classifier.3": "classifier.4"}
    renamed = {
        names.get(n.rpartition(".")[0], n.rpartition(".")[0]) + "." + n.rpartition(".")[2]: v
        for n, v in state.items()
    }
    assert_same(saved(tmp_path, renamed), layers)
    timm = {
        n.replace("classifier.0", "pre_logits.fc1").replace("classifier.3", "pre_logits.fc2"): v
        for n, v in state.items()
    }
    timm = {n.replace("classifier.6", "head.fc"): v for n, v in timm.items()}
    timm["pre_logits.fc1.weight"] = timm["pre_logits.fc1.weight"].view(12, 8, 7, 7)
    timm["pre_logits.fc2.weight"] = timm["pre_logits.fc2.weight"].view(12, 12, 1, 1)
    assert_same(saved(tmp_path, timm), layers)


def test_a_normalised_vgg19_is_refused_by_name(tmp_path):
    state = torch_vgg(PLANS["vgg19"], WIDTH, normalised=True).state_dict()
    paths = [saved(tmp_path, state)]
    with contextlib.suppress(ImportError):
        from safetensors.torch import save_file

        save_file(state, tmp_path / "net.safetensors")
        paths.append(tmp_path / "net.safetensors")
    for path in paths:
        with pytest.raises(
            WeightFileError, match=r"'features.*' belongs to a batch normalisation; expected VGG16"
        ):
            read(path)


def test_a_resnet_is_refused_by_name(tmp_path):
    state = {"conv1.weight": torch.zeros(64, 3, 7, 7), "layer1.0.conv1.weight": torch.zeros(64, 64, 3, 3)}
    with pytest.raises(
        WeightFileError, match=r"expected the layers of VGG16, VGG19 or AlexNet, found 'layer1.0.conv1'"
    ):
        read(saved(tmp_path, state))


def test_a_whole_model_is_refused(tmp_path):
    path = saved(tmp_path, torch.nn.Linear(2, 2))
    with pytest.raises(WeightFileError, match=r"asks for '.*'.*save model.state_dict\(\) instead"):
        read(path)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_a_torchscript_program_is_refused(tmp_path):
    path = tmp_path / "net.pt"
    torch.jit.save(torch.jit.script(torch.nn.Sequential(torch.nn.Linear(2, 2))), path)
    with pytest.raises(WeightFileError, match="TorchScript"):
        read(path)


@pytest.mark.parametrize(("kind", "tolerance"), [("float32", 0), ("float16", 1e-3), ("bfloat16", 1e-2)])
def test_safetensors_by_the_package(kind, tolerance, tmp_path):
    save_file = pytest.importorskip("safetensors.torch").save_file
    layers, state = plain_state()
    state = {name: value.to(getattr(torch, kind)).contiguous() for name, value in state.items()}
    save_file(state, tmp_path / "net.safetensors", metadata={"format": "pt"})
    assert_same(tmp_path / "net.safetensors", layers, rtol=tolerance, atol=1e-6)
