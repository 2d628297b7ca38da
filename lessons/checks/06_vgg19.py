"""Lesson 6's exercises: what they are tried on, other ways of being right, ways of being wrong."""

from itertools import pairwise

import numpy as np

from lessons.tutor import Lesson, given, normal

lesson = Lesson(__file__)
right = lesson.right

BLUE_FIRST, RED_FIRST = right.MEAN, right.MEAN[::-1]


def a_plan(rng, length):
    """Convolutions of different widths with a pooling now and then."""
    return ["pool" if rng.random() < 0.3 else int(rng.integers(4, 20)) for _ in range(length)]


# --- 6.1 -------------------------------------------------------------------------------------------------

shapes = lesson.exercise(
    "shapes",
    "what each layer puts out",
    tested="plans of 1 to 21 layers, VGG19's among them, on pictures of even and odd sizes",
    hints=(
        "Walk along the plan with three numbers in hand: height, width, channels. Which of them does a "
        "convolution change, and which a pooling?",
        "A convolution sets channels = item; a pooling sets height, width = height // 2, width // 2.",
        "After every item, of either kind, append the tuple (height, width, channels).",
    ),
)

VGG19 = [64, 64, "pool", 128, 128, "pool"] + [256] * 4 + ["pool"] + ([512] * 4 + ["pool"]) * 2


@shapes.cases
def pictures(rng):
    yield given([2, "pool"], 4, 6)
    yield given([2, 3], 3, 5)
    yield given([4, "pool", 8, "pool"], 9, 6)
    yield given(VGG19, 224, 224)
    yield given(a_plan(rng, 9), int(rng.integers(64, 90)), int(rng.integers(91, 130)))


@shapes.mistake(
    "The convolutions' padding is forgotten: with a border of 1 a window of 3 keeps height and width, "
    "height + 2·1 − 3 + 1 = height."
)
def padding_forgotten(plan, height, width):
    found, channels = [], 3
    for item in plan:
        if item == "pool":
            height, width = height // 2, width // 2
        else:
            height, width, channels = height - 2, width - 2, item
        found.append((height, width, channels))
    return found


@shapes.mistake(
    "Odd sizes are rounded up; a pooling leaves out the row or column that has no partner: height // 2."
)
def rounded_up(plan, height, width):
    found, channels = [], 3
    for item in plan:
        if item == "pool":
            height, width = -(-height // 2), -(-width // 2)
        else:
            channels = item
        found.append((height, width, channels))
    return found


@shapes.mistake("Sizes are whole numbers: halve with //, which rounds down, not with /.")
def halved_to_a_fraction(plan, height, width):
    found, channels = [], 3
    for item in plan:
        if item == "pool":
            height, width = height / 2, width / 2
        else:
            channels = item
        found.append((height, width, channels))
    return found


@shapes.mistake(
    "A pooling keeps its channels: it takes the average, or the maximum, of each channel for itself. It is "
    "the next convolution that has twice as many filters."
)
def pooling_doubles_channels(plan, height, width):
    found, channels = [], 3
    for item in plan:
        if item == "pool":
            height, width, channels = height // 2, width // 2, 2 * channels
        else:
            channels = item
        found.append((height, width, channels))
    return found


@shapes.mistake("The picture itself stands in front: the list begins with what the first layer puts out.")
def picture_included(plan, height, width):
    return [(height, width, 3), *right.shapes(plan, height, width)]


@shapes.mistake(
    "The poolings are missing from the list: one tuple is asked for after every item of the plan."
)
def poolings_left_out(plan, height, width):
    every = right.shapes(plan, height, width)
    return [shape for item, shape in zip(plan, every, strict=True) if item != "pool"]


@shapes.mistake(
    "The pooling moves on by 1, as if its windows overlapped; its stride is 2, so that it halves height and "
    "width."
)
def pooling_with_stride_one(plan, height, width):
    found, channels = [], 3
    for item in plan:
        if item == "pool":
            height, width = height - 1, width - 1
        else:
            channels = item
        found.append((height, width, channels))
    return found


@shapes.mistake("Height and width are exchanged: a shape is (height, width, channels), down before across.")
def width_first(plan, height, width):
    return right.shapes(plan, width, height)


@shapes.mistake("Channels stand in front; in this library they come last: (height, width, channels).")
def channels_in_front(plan, height, width):
    return [(c, h, w) for h, w, c in right.shapes(plan, height, width)]


@shapes.mistake(
    "Only the last shape came back: collect one after every item, in a list, and return the list at the end."
)
def last_one_only(plan, height, width):
    return right.shapes(plan, height, width)[-1]


@shapes.alternative
def by_counting_poolings(plan, height, width):
    found = []
    for n in range(1, len(plan) + 1):
        before = plan[:n]
        halvings = before.count("pool")
        filters = [item for item in before if item != "pool"] or [3]
        found.append((height >> halvings, width >> halvings, filters[-1]))
    return found


@shapes.alternative
def by_output_size(plan, height, width):
    def after(size, window, stride, padding):
        return (size + 2 * padding - window) // stride + 1

    found, c = [], 3
    for item in plan:
        window, stride, padding = (2, 2, 0) if item == "pool" else (3, 1, 1)
        height, width = (after(size, window, stride, padding) for size in (height, width))
        c = c if item == "pool" else item
        found.append([height, width, c])
    return found


@shapes.alternative
def recursively(plan, height, width, channels=3):
    if not plan:
        return []
    if plan[0] == "pool":
        height, width = int(height / 2), int(width / 2)
    else:
        channels = plan[0]
    return [(height, width, channels), *recursively(plan[1:], height, width, channels)]


# --- 6.2 -------------------------------------------------------------------------------------------------

parameters = lesson.exercise(
    "parameters",
    "what a network has learnt",
    tested="plans of 1 to 21 layers, VGG19's among them, for pictures with 1 to 4 channels",
    hints=(
        "How many numbers are in one filter of the second layer of [64, 64]? It looks at all channels of "
        "what the first one puts out.",
        "A convolution has 3·3·channels·item weights and item biases.",
        "Add that to a total, then set channels = item for the next convolution; skip the poolings.",
    ),
)


@parameters.cases
def plans(rng):
    yield given([2])
    yield given([2, "pool", 3])
    yield given([1, 5], channels=1)
    yield given(VGG19)
    yield given(a_plan(rng, 8), channels=int(rng.integers(2, 5)))


def counted(each, after=lambda channels, item: item):
    """A total of `each(channels, item)` over the convolutions; `after` tells the next one's channels."""

    def count(plan, channels=3):
        total = 0
        for item in plan:
            if item != "pool":
                total += each(channels, item)
            channels = after(channels, item)
        return total

    return count


def carried(channels, item):
    return channels if item == "pool" else item


@parameters.mistake("The biases are missing: each filter has one, so a layer has 3·3·C·K + K parameters.")
def without_bias(plan, channels=3):
    return counted(lambda c, k: 9 * c * k, carried)(plan, channels)


@parameters.mistake(
    "There is a bias for each pair of a channel and a filter; a filter has one in all: 3·3·C·K + K."
)
def bias_for_every_channel(plan, channels=3):
    return counted(lambda c, k: 9 * c * k + c * k, carried)(plan, channels)


@parameters.mistake("A layer has one bias for each of its filters, not one in all: 3·3·C·K + K.")
def one_bias_a_layer(plan, channels=3):
    return counted(lambda c, k: 9 * c * k + 1, carried)(plan, channels)


@parameters.mistake(
    "Every convolution is taken to look at the picture's channels; it looks at those that the convolution "
    "before it puts out: set channels = item."
)
def always_the_pictures_channels(plan, channels=3):
    return counted(lambda c, k: 9 * c * k + k, lambda c, item: c)(plan, channels)


@parameters.mistake(
    "The channels that a filter looks at are missing: it is (3, 3, C), so the kernel has 3·3·C·K weights."
)
def flat_filters(plan, channels=3):
    return counted(lambda c, k: 9 * k + k, carried)(plan, channels)


@parameters.mistake("A window of 3 × 3 has nine places, not three: 3·3·C·K + K.")
def three_places(plan, channels=3):
    return counted(lambda c, k: 3 * c * k + k, carried)(plan, channels)


@parameters.mistake("A pooling has nothing to learn: averages and maxima have no weights. Skip it.")
def poolings_learn(plan, channels=3):
    total = 0
    for item in plan:
        k = channels if item == "pool" else item
        total += (4 if item == "pool" else 9) * channels * k + k
        channels = k
    return total


@parameters.mistake(
    "A pooling quarters the places, not the channels: the next convolution still looks at all of them."
)
def pooling_halves_channels(plan, channels=3):
    return counted(lambda c, k: 9 * c * k + k, lambda c, item: c // 2 if item == "pool" else item)(
        plan, channels
    )


@parameters.mistake("Only the last convolution is counted: add every layer's parameters to a total.")
def last_layer_only(plan, channels=3):
    widths = [channels, *(item for item in plan if item != "pool")]
    return 9 * widths[-2] * widths[-1] + widths[-1] if len(widths) > 1 else 0


@parameters.alternative
def from_arrays(plan, channels=3):
    total = 0
    for k in (item for item in plan if item != "pool"):
        kernel, bias = (3, 3, channels, k), (k,)
        total += int(np.prod(kernel)) + int(np.prod(bias))
        channels = k
    return total


@parameters.alternative
def in_pairs(plan, channels=3):
    widths = [channels] + [item for item in plan if item != "pool"]
    return sum((9 * c + 1) * k for c, k in pairwise(widths))


# --- 6.3 -------------------------------------------------------------------------------------------------

receptive_field = lesson.exercise(
    "receptive_field",
    "how much a unit sees",
    tested="rows of 0 to 12 layers, windows of 1 to 11, strides of 1 to 4, VGG19's and AlexNet's among them",
    hints=(
        "Two neighbours at the input are 1 pixel apart. How far apart are two neighbours after a layer with "
        "stride 2? After two such layers?",
        "Keep two numbers: the field, and the jump, the pixels between neighbours. A window of w places "
        "reaches (w − 1) jumps further than one place.",
        "For each layer: field += (window − 1) * jump, and only then jump *= stride.",
    ),
)


@receptive_field.cases
def rows_of_layers(rng):
    yield given([(3, 1)])
    yield given([(3, 1), (3, 1)])
    yield given([(2, 2), (3, 1)])
    yield given([(2, 2), (3, 2), (2, 1)])
    yield given([])
    yield given([(11, 4), (3, 2), (5, 1), (3, 2), (3, 1)])
    yield given([(3, 1), (3, 1), (2, 2)] * 2 + [(3, 1)] * 4 + [(2, 2), (3, 1)])
    length = int(rng.integers(3, 9))
    yield given([(int(rng.integers(1, 8)), int(rng.integers(1, 5))) for _ in range(length)])


@receptive_field.mistake(
    "The strides are not used: behind a stride of 2 neighbours lie 2 pixels apart, so each further window "
    "reaches (window − 1) · jump pixels further, where jump is the product of the strides before it."
)
def strides_forgotten(layers):
    return 1 + sum(window - 1 for window, _ in layers)


@receptive_field.mistake(
    "The jump is the product of all strides before the layer, not the last of them: jump = jump · stride."
)
def last_stride_only(layers):
    field, jump = 1, 1
    for window, stride in layers:
        field += (window - 1) * jump
        jump = stride
    return field


@receptive_field.mistake(
    "The layer's own stride is used too early: its window lies on the places before it, so first "
    "field += (window − 1) · jump, then jump *= stride."
)
def own_stride_first(layers):
    field, jump = 1, 1
    for window, stride in layers:
        jump *= stride
        field += (window - 1) * jump
    return field


@receptive_field.mistake(
    "The strides are added up; two strides of 2 make neighbours 4 pixels apart, two of 3 make it 9: multiply."
)
def strides_added(layers):
    field, jump = 1, 0
    for window, stride in layers:
        field += (window - 1) * max(jump, 1)
        jump += stride
    return field


@receptive_field.mistake(
    "The window's own place is counted again: a window of w places reaches w − 1 jumps further, "
    "field += (window − 1) · jump."
)
def whole_windows_added(layers):
    field, jump = 1, 1
    for window, stride in layers:
        field += window * jump
        jump *= stride
    return field


@receptive_field.mistake("One place sees itself before any layer: the field begins at 1, not at 0.")
def from_nothing(layers):
    return right.receptive_field(layers) - 1


@receptive_field.mistake(
    "Windows do not multiply: they overlap. Two windows of 3 see 5 pixels, field += (window − 1) · jump."
)
def windows_multiplied(layers):
    return int(np.prod([window for window, _ in layers], dtype=int))


@receptive_field.mistake(
    "The layers come from the picture on: the first one's stride spreads all later ones."
)
def from_the_other_end(layers):
    return right.receptive_field(layers[::-1])


@receptive_field.mistake("The number of rows seen is asked for, not the number of pixels in the square.")
def area(layers):
    return right.receptive_field(layers) ** 2


@receptive_field.mistake("That is how far apart two neighbours lie, the product of the strides.")
def jump_alone(layers):
    return int(np.prod([stride for _, stride in layers], dtype=int))


@receptive_field.alternative
def from_the_last_layer_back(layers):
    field = 1
    for window, stride in reversed(layers):
        field = (field - 1) * stride + window
    return field


@receptive_field.alternative
def by_places(layers):
    first = last = 0
    for window, stride in reversed(layers):
        first, last = first * stride, last * stride + window - 1
    return last - first + 1


@receptive_field.alternative
def by_a_sum_of_products(layers):
    return 1 + sum(
        (window - 1) * int(np.prod([stride for _, stride in layers[:n]], dtype=int))
        for n, (window, _) in enumerate(layers)
    )


# --- 6.4 -------------------------------------------------------------------------------------------------

to_network = lesson.exercise(
    "to_network",
    "a picture as VGG19 wants it",
    tested="pictures of 1×1 to 5×4 pixels, black, white and pure colours among them",
    hints=(
        "Three steps: turn the channels round, take off three means, add an axis in front.",
        "picture[..., ::-1] turns the last axis round: red, green, blue becomes blue, green, red.",
        "(picture[..., ::-1] - [103.939, 116.779, 123.68])[None]; blue's mean first, as blue now is.",
    ),
)


def colours(rng):
    yield given(np.array([[[255, 0, 0]]], np.uint8))
    yield given(np.array([[[100, 100, 100], [10, 20, 30]]], np.uint8))
    yield given(np.array([[[0, 0, 255], [255, 255, 255]], [[0, 0, 0], [200, 100, 50]]], np.uint8))
    yield given(rng.integers(0, 256, (2, 2, 3), dtype=np.uint8))
    yield given(rng.integers(0, 256, (5, 4, 3), dtype=np.uint8))


to_network.cases(colours)


@to_network.mistake(
    "The channels are blue, green, red, but the means were taken off in the order of red, green, blue: "
    "103.939 belongs to blue and 123.68 to red."
)
def means_the_wrong_way_round(picture):
    return (picture[..., ::-1] - RED_FIRST)[None]


@to_network.mistake(
    "The channels are still red, green, blue: each has its own mean off, and now turn them round, "
    "picture[..., ::-1]."
)
def still_rgb(picture):
    return (picture - RED_FIRST)[None]


@to_network.mistake(
    "The channels were not turned round, and so red has blue's mean taken off: "
    "x = picture[..., ::-1] − (103.939, 116.779, 123.68)."
)
def rgb_minus_bgr_means(picture):
    return (picture - BLUE_FIRST)[None]


@to_network.mistake(
    "The values were divided by 255 first, and a mean of about 100 taken off numbers below 1: VGG19 was "
    "trained on values from 0 to 255. Divide by nothing."
)
def divided_first(picture):
    return (picture[..., ::-1] / 255 - BLUE_FIRST)[None]


@to_network.mistake(
    "The result was divided by 255: VGG19 was trained on values from 0 to 255, less the mean."
)
def divided_afterwards(picture):
    return right.to_network(picture) / 255


@to_network.mistake(
    "That is the other convention, RGB from 0 to 1, less the mean, over the standard deviation, of networks "
    "trained with torchvision. Here it is BGR from 0 to 255, less the mean."
)
def as_torchvision_has_it(picture):
    return ((picture / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225])[None]


@to_network.mistake("The mean is still in it: x = BGR − (103.939, 116.779, 123.68).")
def mean_left_in(picture):
    return picture[..., ::-1].astype(float)[None]


@to_network.mistake("The mean is added; it is to be taken off: x = BGR − (103.939, 116.779, 123.68).")
def mean_added(picture):
    return (picture[..., ::-1] + BLUE_FIRST)[None]


@to_network.mistake(
    "One mean was taken off all three channels; each has its own: 103.939 blue, 116.779 green, 123.68 red."
)
def one_mean_for_all(picture):
    return (picture[..., ::-1] - BLUE_FIRST.mean())[None]


@to_network.mistake(
    "This picture's own mean was taken off; the network expects that of its training pictures: "
    "103.939, 116.779, 123.68."
)
def own_mean(picture):
    values = picture[..., ::-1].astype(float)
    return (values - values.mean(axis=(0, 1)))[None]


@to_network.mistake(
    "The picture is upside down: [::-1] alone turns the first axis, its rows. The channels are the last: "
    "picture[..., ::-1]."
)
def upside_down(picture):
    return (picture[::-1] - BLUE_FIRST)[None]


@to_network.mistake(
    "The subtraction was made in bytes, which know nothing below 0: 0 − 100 became 156. Make the picture "
    "floats first, or take off a mean that is one."
)
def in_bytes(picture):
    return (picture[..., ::-1] - BLUE_FIRST.astype(np.uint8)).astype(float)[None]


@to_network.mistake("The axis of the images is missing: one picture is a batch of one, (1, H, W, 3); [None].")
def no_batch(picture):
    return right.to_network(picture)[0]


@to_network.mistake("The channels stand in front; in this library they come last: (1, H, W, 3).")
def channels_in_front_of_rows(picture):
    return right.to_network(picture).transpose(0, 3, 1, 2)


@to_network.alternative
def channel_by_channel(picture):
    red, green, blue = np.moveaxis(picture.astype(float), 2, 0)
    x = np.empty((1, *picture.shape))
    x[0, :, :, 0] = blue - 103.939
    x[0, :, :, 1] = green - 116.779
    x[0, :, :, 2] = red - 123.68
    return x


@to_network.alternative
def mean_first(picture):
    return np.expand_dims(np.flip(picture - np.array([123.68, 116.779, 103.939]), axis=2), 0)


# --- 6.5 -------------------------------------------------------------------------------------------------

to_picture = lesson.exercise(
    "to_picture",
    "and back",
    tested="arrays of 1×1 to 5×4 pixels, some of whose colours lie below 0 or above 255",
    hints=(
        "Undo the three steps of to_network in reverse: the axis, the mean, the order.",
        "The mean goes on while the channels are still blue, green, red. Then turn them round, round, clip.",
        "np.clip(np.rint((x[0] + mean)[..., ::-1]), 0, 255).astype(np.uint8)",
    ),
)


@to_picture.cases
def canvases(rng):
    yield given(right.to_network(np.array([[[10, 20, 200]]], np.uint8)) - 20.3)
    yield given(right.to_network(np.array([[[100, 90, 80]]], np.uint8)) - 0.4)
    yield given(right.to_network(np.array([[[250, 128, 7]]], np.uint8)) + 20.4)
    yield given(normal(rng, 1, 2, 2, 3) * 90)
    yield given(normal(rng, 1, 5, 4, 3) * 90)


def as_bytes(values):
    """What a byte keeps of a whole number: the rest after division by 256."""
    return values.astype(np.int64).astype(np.uint8)


@to_picture.mistake(
    "Nothing was clipped: as a byte 260 is 4 and −10 is 246, so the brightest places turn dark. "
    "np.clip(values, 0, 255) comes before astype(np.uint8)."
)
def not_clipped(x):
    return as_bytes(np.rint((x[0] + BLUE_FIRST)[..., ::-1]))


@to_picture.mistake(
    "The decimals were cut off: astype turns 99.6 into 99. Round with np.rint first, or the picture gets "
    "darker each time."
)
def cut_off(x):
    return np.clip((x[0] + BLUE_FIRST)[..., ::-1], 0, 255).astype(np.uint8)


@to_picture.mistake(
    "Neither rounded nor clipped: astype(np.uint8) cuts decimals off, and of 260 it keeps 4. First np.rint, "
    "then np.clip(values, 0, 255), then astype."
)
def cut_off_and_not_clipped(x):
    return as_bytes((x[0] + BLUE_FIRST)[..., ::-1])


@to_picture.mistake("The channels are still blue, green, red: turn them round at the end, [..., ::-1].")
def still_bgr(x):
    return np.clip(np.rint(x[0] + BLUE_FIRST), 0, 255).astype(np.uint8)


@to_picture.mistake(
    "The channels were turned round before the mean was added, so that red got blue's mean: add "
    "(103.939, 116.779, 123.68) while the order is blue, green, red."
)
def turned_before_the_mean(x):
    return np.clip(np.rint(x[0][..., ::-1] + BLUE_FIRST), 0, 255).astype(np.uint8)


@to_picture.mistake("The mean was not added: picture = x + (103.939, 116.779, 123.68), then turned round.")
def mean_forgotten(x):
    return np.clip(np.rint(x[0][..., ::-1]), 0, 255).astype(np.uint8)


@to_picture.mistake(
    "Clipped before the mean was added: x itself has values below 0 wherever the picture is darker than "
    "average. The limits 0 and 255 hold for x + mean."
)
def clipped_before_the_mean(x):
    return as_bytes(np.clip(np.rint((np.clip(x[0], 0, 255) + BLUE_FIRST)[..., ::-1]), 0, 255))


@to_picture.mistake("Multiplied by 255: x was never divided, it runs over about 255 numbers already.")
def multiplied(x):
    return np.clip(np.rint((x[0] * 255 + BLUE_FIRST)[..., ::-1]), 0, 255).astype(np.uint8)


@to_picture.mistake(
    "Stretched to the full range, the darkest value to 0 and the brightest to 255; the colours are then no "
    "longer the picture's. Clip what lies outside."
)
def stretched(x):
    values = (x[0] + BLUE_FIRST)[..., ::-1]
    low, high = values.min(), values.max()
    return np.rint(255 * (values - low) / ((high - low) or 1)).astype(np.uint8)


@to_picture.mistake("The axis of the images is still there: a picture is (H, W, 3), x[0].")
def still_a_batch(x):
    return right.to_picture(x)[None]


@to_picture.alternative
def channels_one_by_one(x):
    blue, green, red = (x[0, :, :, c] + mean for c, mean in enumerate((103.939, 116.779, 123.68)))
    values = np.stack([red, green, blue], axis=2)
    return np.minimum(np.maximum(values + 0.5, 0), 255).astype(np.uint8)


@to_picture.alternative
def with_flip_and_round(x):
    values = np.flip(x.squeeze(0), axis=2) + np.array([123.68, 116.779, 103.939])
    return np.uint8(np.round(values).clip(0, 255))
