"""Receptive fields: which pixels a place of a layer sees."""

from typing import NamedTuple


class Field(NamedTuple):
    """Of a layer, along both axes: the field's size, neighbours' distance, and where place 0's field begins.

    All in pixels of the input. A layer of window k, stride t and padding p makes, in this order,
    start ← start − p·jump,  size ← size + (k − 1)·jump,  jump ← jump·t.
    """

    size: tuple = (1, 1)
    jump: tuple = (1, 1)
    start: tuple = (0, 0)

    def after(self, layer, shape=None):
        """The field one layer further on; `shape`, of its input, for layers whose windows depend on it."""
        padding = getattr(layer, "padding", (0, 0))
        window, stride = (layer.window, layer.stride) if shape is None else layer.reach(shape)
        both = list(zip(self.size, self.jump, self.start, window, stride, padding, strict=True))
        return Field(
            tuple(size + (k - 1) * jump for size, jump, _, k, _, _ in both),
            tuple(jump * stride for _, jump, _, _, stride, _ in both),
            tuple(start - p * jump for _, jump, start, _, _, p in both),
        )

    def box(self, place):
        """(top, left, bottom, right) of what a place (row, column) sees; it may reach beyond the input."""
        top, left = (start + i * jump for i, jump, start in zip(place, self.jump, self.start, strict=True))
        return top, left, top + self.size[0], left + self.size[1]


def receptive_field(layers):
    """The Field of the last of `layers`."""
    field = Field()
    for layer in layers:
        field = field.after(layer)
    return field
