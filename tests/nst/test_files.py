import errno
import os
from pathlib import Path

import pytest

from nst.errors import OutputError
from nst.files import check_folder_of, written_whole


def test_a_file_appears_whole(tmp_path):
    path = tmp_path / "a.txt"
    with written_whole(path) as file:
        file.write(b"half")
        assert not path.exists()
        file.write(b" and half")
    assert path.read_bytes() == b"half and half"
    assert os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("fault", [RuntimeError("x"), KeyboardInterrupt(), OSError(errno.ENOSPC, "full")])
def test_what_was_there_stays_when_writing_fails(tmp_path, fault):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    expected = OutputError if isinstance(fault, OSError) else type(fault)

    def write():
        with written_whole(path) as file:
            file.write(b"new")
            raise fault

    with pytest.raises(expected):
        write()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "b.txt").write_bytes(b"old")
    (tmp_path / "a.txt").symlink_to(tmp_path / "b.txt")
    with written_whole(tmp_path / "a.txt") as file:
        file.write(b"new")
    assert (tmp_path / "a.txt").is_symlink()
    assert (tmp_path / "b.txt").read_bytes() == b"new"


@pytest.mark.parametrize("refuse", [check_folder_of, lambda path: written_whole(path).__enter__()])
def test_bad_places_are_refused_in_one_line(tmp_path, refuse):
    (tmp_path / "file").write_bytes(b"")
    for path, reason in {
        tmp_path / "nowhere" / "a.png": "does not exist; make it first",
        tmp_path / "file" / "a.png": "is a file, not a folder",
        tmp_path / ("x" * 300): "too long",
    }.items():
        with pytest.raises(OutputError, match=reason) as caught:
            refuse(path)
        assert "\n" not in str(caught.value)
    assert os.listdir(tmp_path) == ["file"]


def test_a_folder_instead_of_a_file_is_refused(tmp_path):
    with pytest.raises(OutputError, match="this is a folder"):
        check_folder_of(tmp_path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_may_not_be_written_to(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="cannot be written to; choose another"):
            check_folder_of(tmp_path / "a.png")
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_said_in_words(tmp_path, monkeypatch):
    """What /dev/full answers to a write is what a full disk answers."""
    opened = Path.open

    def full(self, mode="r", *rest):
        return opened(Path("/dev/full"), "wb") if mode == "xb" else opened(self, mode, *rest)

    monkeypatch.setattr(Path, "open", full)
    with (
        pytest.raises(OutputError, match=r"a\.png: the disk is full; make room"),
        written_whole(tmp_path / "a.png") as file,
    ):
        file.write(b"x" * 100_000)
