"""A zip archive, read by its directory alone, and only if the directory tells the truth.

Sizes are known before a byte is unpacked, and no more than these are ever unpacked. Names that leave the
folder, entries that overlap or appear twice, encryption and unknown compression are refused.
"""

import struct
import zlib
from typing import NamedTuple

from ..errors import WeightFileError
from .tensors import shown

ENTRIES = 4096
DIRECTORY = 1 << 20  # bytes
DEFLATE_AT_MOST = 1032  # no deflated stream can grow by more
UNKNOWN = 0xFFFFFFFF  # the number stands in the zip64 extension instead
END, END64, LOCATOR64, CENTRAL, LOCAL = b"PK\5\6", b"PK\6\6", b"PK\6\7", b"PK\1\2", b"PK\3\4"


class Entry(NamedTuple):
    name: str
    start: int  # of the data, once the local header has been seen
    packed: int
    size: int
    deflated: bool
    crc: int


def entries(source):
    """{name: Entry} of the whole archive."""
    start, size, count = _directory(source)
    if count > ENTRIES or size > DIRECTORY:
        raise WeightFileError(f"expected a zip archive of at most {ENTRIES} entries, found {count}")
    found, data, at = {}, bytes(source.read(start, size)), 0
    while at < size:
        entry, at = _entry(data, at)
        if entry.name in found:
            raise WeightFileError(f"the zip archive holds {shown(entry.name)} twice")
        found[entry.name] = _located(source, entry, start)
    if len(found) != count:
        raise WeightFileError(f"expected {count} entries in the zip archive, found {len(found)}")
    _refuse_overlaps(found.values())
    return found


def unpack(source, entry, at_most=None):
    """The bytes of an entry, all of them with their checksum verified, or the first `at_most`."""
    wanted = entry.size if at_most is None else min(at_most, entry.size)
    data = _inflate(source, entry, wanted) if entry.deflated else source.read(entry.start, wanted)
    if wanted == entry.size and entry.crc not in (0, zlib.crc32(data)):  # PyTorch can leave it out: 0
        raise WeightFileError(f"{shown(entry.name)} is damaged: its checksum does not fit")
    return data


def _inflate(source, entry, wanted):
    stream, out, done = zlib.decompressobj(-15), bytearray(wanted), 0
    block = min(1 << 18, wanted + 64)
    for at in range(0, entry.packed, block):
        data = source.read(entry.start + at, min(block, entry.packed - at))
        while data and done < wanted:
            piece = stream.decompress(data, min(block, wanted - done))
            out[done : done + len(piece)] = piece
            done += len(piece)
            data = stream.unconsumed_tail
        if done == wanted:
            return out
    raise WeightFileError(f"{shown(entry.name)} ends after {done} of {wanted} bytes")


def _directory(source):
    """(start, size, number of entries) of the central directory, out of the record at the end."""
    tail_at = max(0, source.size - 65557)
    tail = bytes(source.read(tail_at, source.size - tail_at))
    at = tail.rfind(END)
    if at < 0 or len(tail) < at + 22:
        raise WeightFileError("the zip archive has no directory at its end: is the download complete?")
    count, size, start = struct.unpack_from("<HII", tail, at + 10)
    if tail[at - 20 : at - 16] == LOCATOR64 and at >= 20:
        record = bytes(source.read(struct.unpack_from("<Q", tail, at - 12)[0], 56))
        if not record.startswith(END64):
            raise WeightFileError("the zip archive's directory is damaged")
        count, size, start = struct.unpack_from("<QQQ", record, 32)
    return start, size, count


def _entry(data, at):
    """One record of the directory, `start` still that of its local header, and where the next one begins."""
    if data[at : at + 4] != CENTRAL or len(data) < at + 46:
        raise WeightFileError("the zip archive's directory is damaged")
    flags, method = struct.unpack_from("<HH", data, at + 8)
    crc, packed, size = struct.unpack_from("<III", data, at + 16)
    name_length, extra_length, comment_length = struct.unpack_from("<HHH", data, at + 28)
    start = struct.unpack_from("<I", data, at + 42)[0]
    extra_at = at + 46 + name_length
    name = data[at + 46 : extra_at].decode()
    size, packed, start = _zip64(data[extra_at : extra_at + extra_length], size, packed, start)
    if name.startswith("/") or "\\" in name or "\0" in name or ".." in name.split("/"):
        raise WeightFileError(f"the zip archive holds {shown(name)}, which leaves its folder")
    if flags & 1 or method not in (0, 8):
        raise WeightFileError(f"{shown(name)} is encrypted or packed in an unknown way (method {method})")
    if size > packed * DEFLATE_AT_MOST + 64 if method else size != packed:
        raise WeightFileError(f"{shown(name)} claims {size} bytes out of {packed}, which cannot be")
    return Entry(name, start, packed, size, method == 8, crc), extra_at + extra_length + comment_length


def _zip64(extra, *numbers):
    """The numbers, those that did not fit into 32 bits taken from the extension."""
    at, wide = 0, b""
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        wide, at = (extra[at + 4 : at + 4 + length] if kind == 1 else wide), at + 4 + length
    wide = [struct.unpack_from("<Q", wide, place)[0] for place in range(0, len(wide) - 7, 8)]
    if len(wide) < sum(number == UNKNOWN for number in numbers):
        raise WeightFileError("the zip archive's directory is damaged")
    return [wide.pop(0) if number == UNKNOWN else number for number in numbers]


def _located(source, entry, end):
    """The entry with the start of its data; its local header must bear the same name."""
    header = bytes(source.read(entry.start, 30))
    name_length, extra_length = struct.unpack_from("<HH", header, 26)
    name = bytes(source.read(entry.start + 30, name_length))
    if not header.startswith(LOCAL) or name != entry.name.encode():
        raise WeightFileError(f"the zip archive's directory and its entry {shown(entry.name)} disagree")
    start = entry.start + 30 + name_length + extra_length
    if start + entry.packed > end:
        raise WeightFileError(f"{shown(entry.name)} reaches past the end of the zip archive's data")
    return entry._replace(start=start)


def _refuse_overlaps(found):
    end = 0
    for entry in sorted(found, key=lambda entry: entry.start):
        if entry.start < end:
            raise WeightFileError(f"{shown(entry.name)} overlaps the entry before it in the zip archive")
        end = entry.start + entry.packed
