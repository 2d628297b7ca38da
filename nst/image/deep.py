"""Pictures as files of 16 bits a colour, which Pillow cannot write: PNG (Boutell 1997) and TIFF 6.0.

Rows are taken a band at a time: each becomes differences from its neighbours, which zlib packs well.
"""

import struct
import zlib

import numpy as np

BAND = 64  # rows
LEVEL = 6  # of zlib


def png(picture, texts=()):
    """uint8 or uint16 (H, W, 3), or (H, W, 4) with alpha, as the bytes of a PNG tagged sRGB.

    texts: (keyword, text) pairs.
    """
    height, width, channels = picture.shape
    colour = {3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", width, height, 8 * picture.itemsize, colour, 0, 0, 0)
    parts = [b"\x89PNG\r\n\x1a\n", _chunk(b"IHDR", header), _chunk(b"sRGB", b"\0")]  # intent: perceptual
    for keyword, text in texts:
        parts.append(_chunk(b"iTXt", keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode()))
    packer = zlib.compressobj(LEVEL)
    for rows, above in _bands(picture.astype(picture.dtype.newbyteorder(">"), copy=False)):
        if data := packer.compress(_filtered(rows, above, channels * picture.itemsize)):
            parts.append(_chunk(b"IDAT", data))
    return b"".join([*parts, _chunk(b"IDAT", packer.flush()), _chunk(b"IEND", b"")])


def tiff(picture, profile, text=None):
    """The same as the bytes of a TIFF with an ICC `profile`; `text`, its description, is ASCII."""
    height, width, channels = picture.shape
    little = picture.astype(picture.dtype.newbyteorder("<"), copy=False)
    strips = [zlib.compress(_differences(rows), LEVEL) for rows, _ in _bands(little)]
    short, long, undefined, ascii_text = 3, 4, 7, 2
    entries = {
        256: (long, [width]),
        257: (long, [height]),
        258: (short, [8 * picture.itemsize] * channels),
        259: (short, [8]),  # packed by zlib
        262: (short, [2]),  # RGB
        273: (long, [0] * len(strips)),  # where the strips begin, once it is known
        277: (short, [channels]),
        278: (long, [BAND]),
        279: (long, [len(strip) for strip in strips]),
        317: (short, [2]),  # differences along the row
        34675: (undefined, profile),
    }
    if channels == 4:
        entries[338] = (short, [2])  # alpha, by which colours are not multiplied
    if text is not None:
        entries[270] = (ascii_text, text.encode("ascii") + b"\0")
    length = len(_directory(entries))
    begins = np.cumsum([length, *(len(strip) for strip in strips)])[:-1]
    entries[273] = (long, begins.tolist())
    return b"".join([_directory(entries), *strips])


def _bands(picture):
    """(rows, the row above or None), BAND rows at a time."""
    for top in range(0, len(picture), BAND):
        yield picture[top : top + BAND], picture[top - 1] if top else None


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _filtered(rows, above, step):
    """PNG's rows: each byte less that of the pixel on the left, or above, or what Paeth (1991) expects of
    these and their corner; whichever leaves the smallest numbers, with its own number in front.
    """
    x = np.frombuffer(rows.tobytes(), np.uint8).reshape(len(rows), -1)
    first = np.zeros_like(x[:1]) if above is None else np.frombuffer(above.tobytes(), np.uint8)[None]
    up = np.concatenate([first, x[:-1]])
    left, corner = (np.pad(a, ((0, 0), (step, 0)))[:, :-step] for a in (x, up))
    a, b, c = (values.astype(np.int16) for values in (left, up, corner))
    to_left, to_up, to_corner = abs(b - c), abs(a - c), abs(a + b - 2 * c)
    near = np.where(to_up <= to_corner, up, corner)
    paeth = np.where((to_left <= to_up) & (to_left <= to_corner), left, near)
    tried = np.stack([x - left, x - up, x - paeth])
    best = np.abs(tried.view(np.int8).astype(np.int16)).sum(axis=2, dtype=np.int64).argmin(axis=0)
    numbers = np.array([1, 2, 4], np.uint8)[best]
    return np.column_stack([numbers, tried[best, np.arange(len(x))]]).tobytes()


def _differences(rows):
    """TIFF's rows: each value less the one of the same channel on its left."""
    out = rows.copy()
    out[:, 1:] -= rows[:, :-1]
    return out.tobytes()


def _directory(entries):
    """A TIFF's head and its one directory, with the values that do not fit into it behind."""
    sizes = {2: "s", 3: "H", 4: "I", 7: "s"}
    after = 8 + 2 + 12 * len(entries) + 4
    table, behind = [], b""
    for tag, (kind, values) in sorted(entries.items()):
        data = values if isinstance(values, bytes) else struct.pack(f"<{len(values)}{sizes[kind]}", *values)
        place = data.ljust(4, b"\0")
        if len(data) > 4:
            place = struct.pack("<I", after + len(behind))
            behind += data + b"\0" * (len(data) % 2)
        table.append(struct.pack("<HHI", tag, kind, len(values)) + place)
    head = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(entries))
    return head + b"".join(table) + struct.pack("<I", 0) + behind
