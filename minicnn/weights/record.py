"""A record that travels with the arrays of a file, and a checksum that holds the two together."""

import hashlib
import json

import numpy as np

from ..errors import WeightFileError

LONGEST = 1 << 20  # bytes


def digest(arrays):
    """SHA-256 over the names, types, shapes and bytes of {name: array}, in the order of the names."""
    sha = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        little = array.astype(array.dtype.newbyteorder("<"), copy=False)
        sha.update(f"{name} {little.dtype.str} {array.shape}\n".encode())
        sha.update(little.tobytes())
    return sha.hexdigest()


def seal(arrays, record):
    """The record with the arrays' checksum in it, as JSON in an array of bytes."""
    text = json.dumps({**record, "sha256 of the arrays": digest(arrays)}, indent=1, ensure_ascii=False)
    return np.frombuffer(text.encode(), np.uint8)


def unseal(arrays, sealed):
    """The record, once the arrays are seen to be those that it was sealed with."""
    record = json.loads(sealed.tobytes().decode())
    if not isinstance(record, dict):
        raise WeightFileError(f"its record is no JSON object but {type(record).__name__}")
    if (found := digest(arrays)) != record.get("sha256 of the arrays"):
        raise WeightFileError(
            f"its arrays are not those of its record: expected SHA-256 "
            f"{str(record.get('sha256 of the arrays'))[:64]}, found {found}; it is damaged or was changed"
        )
    return record
