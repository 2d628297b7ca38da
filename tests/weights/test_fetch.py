"""Fetching from a server that misbehaves in every way, on 127.0.0.1."""

import hashlib
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from minicnn.errors import UnknownNameError, WeightFileError
from minicnn.preprocessing import CAFFE
from minicnn.weights import cli, fetch, fetching, find, known
from tests.clock import HANGING

from . import writers

pytest.importorskip("pooch")


class Misbehaving(BaseHTTPRequestHandler):
    """What the path asks for."""

    def do_GET(self):
        self.server.asked.append(self.path)
        content = self.server.content
        kind = self.path.split("/")[1]
        if kind in ("404", "503"):
            self.send_error(int(kind))
        elif kind == "circle":
            self.reply(302, Location=self.path)
        elif kind == "moved":
            self.reply(302, Location=self.path.replace("moved", "good"))
        elif kind == "elsewhere":
            self.reply(302, Location="file:///etc/passwd")
        elif kind == "silent":
            time.sleep(2)
        elif kind == "broken":
            self.reply(200, content[: len(content) // 2], **{"Content-Length": str(len(content))})
        elif kind == "wrong":
            self.reply(200, content[:-1] + b"?")
        elif kind == "longer":
            self.reply(200, content * 3)
        elif kind == "slow":
            self.reply(200, **{"Content-Length": str(len(content))})
            for at in range(0, len(content), 1 + len(content) // 10):
                self.wfile.write(content[at : at + 1 + len(content) // 10])
                self.wfile.flush()
                time.sleep(0.05)
        else:
            self.reply(200, content, **{"Content-Length": str(len(content))})

    def reply(self, status, data=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    path = tmp_path_factory.mktemp("content") / "net.npz"
    writers.npz(path, writers.random_layers())
    return path.read_bytes()


@pytest.fixture
def server(content, tmp_path, monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Misbehaving)
    server.content, server.asked, server.daemon_threads = content, [], True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("MINICNN_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("MINICNN_WEIGHTS", raising=False)
    yield server
    server.shutdown()
    server.server_close()


def publish(server, monkeypatch, *kinds, checksum=None, name="vgg19"):
    """A published file whose mirrors behave as `kinds` say."""
    host = f"http://127.0.0.1:{server.server_port}"
    urls = tuple(f"{host}/{kind}/net.npz" for kind in kinds)
    checksum = checksum or f"sha256:{hashlib.sha256(server.content).hexdigest()}"
    one = known.Known(name, "vgg19", "a test", urls, checksum, CAFFE, size=len(server.content))
    monkeypatch.setitem(known.FILES, name, one)
    return one


def cached(tmp_path):
    """What the cache holds, hidden locks aside."""
    return sorted(path.name for path in (tmp_path / "cache").iterdir() if not path.name.endswith(".lock"))


@pytest.mark.parametrize("kind", ["good", "slow", "moved"])
@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_a_file_arrives_whole(kind, algorithm, server, tmp_path, monkeypatch):
    digest = hashlib.new(algorithm, server.content).hexdigest()
    publish(server, monkeypatch, kind, checksum=f"{algorithm}:{digest}")
    path = fetch("vgg19", quiet=True)
    assert path == tmp_path / "cache" / "net.npz"
    assert path.read_bytes() == server.content
    assert cached(tmp_path) == ["net.npz"]
    assert find("vgg19") == path


BAD = {
    "404": "404 Not Found",
    "503": "503 Service Unavailable",
    "circle": "redirects in a circle",
    "elsewhere": "the connection broke off",
    "broken": "the connection broke off",
    "silent": "it does not answer",
    "wrong": "the wrong file .expected sha256",
    "longer": "more than the .* bytes expected",
}


@pytest.mark.parametrize("kind", BAD)
def test_a_mirror_that_fails_gives_way_to_the_next(kind, server, tmp_path, monkeypatch):
    monkeypatch.setattr(fetching, "ANSWER", 0.3)
    publish(server, monkeypatch, kind, "good")
    assert fetch("vgg19", quiet=True).read_bytes() == server.content
    assert cached(tmp_path) == ["net.npz"]


@pytest.mark.parametrize("kind", BAD)
def test_nothing_is_left_where_every_mirror_fails(kind, server, tmp_path, monkeypatch):
    monkeypatch.setattr(fetching, "ANSWER", 0.3)
    publish(server, monkeypatch, kind, kind)
    with pytest.raises(WeightFileError, match=BAD[kind]) as caught:
        fetch("vgg19", quiet=True)
    assert "What else to do:" in str(caught.value)
    assert cached(tmp_path) == []
    assert find("vgg19") is None


def test_a_file_that_is_here_and_whole_is_not_fetched_again(server, tmp_path, monkeypatch):
    publish(server, monkeypatch, "good")
    fetch("vgg19", quiet=True)
    fetch("vgg19", quiet=True)
    assert len(server.asked) == 1
    (tmp_path / "cache" / "net.npz").write_bytes(b"half of it")
    fetch("vgg19", quiet=True)
    assert len(server.asked) == 2
    assert (tmp_path / "cache" / "net.npz").read_bytes() == server.content


def test_what_a_killed_process_left_behind_is_cleared(server, tmp_path, monkeypatch):
    publish(server, monkeypatch, "good")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / ".net.npz.12345.part").write_bytes(b"half of it")
    fetch("vgg19", quiet=True)
    assert cached(tmp_path) == ["net.npz"]


def test_a_checksum_of_which_only_the_beginning_is_known(server, monkeypatch):
    publish(server, monkeypatch, "good", checksum="sha256:" + hashlib.sha256(server.content).hexdigest()[:8])
    fetch("vgg19", quiet=True)
    publish(server, monkeypatch, "good", checksum="sha256:01234567")
    with pytest.raises(WeightFileError, match="the wrong file"):
        fetch("vgg19", quiet=True)


FETCH = """
import sys
from minicnn.weights import fetch, known
from minicnn.preprocessing import CAFFE
known.FILES["vgg19"] = known.Known("vgg19", "vgg19", "", (sys.argv[1],), sys.argv[2], CAFFE)
print(fetch("vgg19"))
"""


def test_two_processes_fetch_once(server, tmp_path, monkeypatch):
    one = publish(server, monkeypatch, "slow")
    command = [sys.executable, "-c", FETCH, one.urls[0], one.checksum]
    root = Path(__file__).parents[2]
    both = [
        subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=HANGING) for process in both]
    assert [process.returncode for process in both] == [0, 0], answers
    assert {Path(out.strip()) for out, _ in answers} == {tmp_path / "cache" / "net.npz"}
    assert len(server.asked) == 1


def test_offline_is_said_within_seconds(server, monkeypatch, tmp_path):
    one = publish(server, monkeypatch, "good", "good")
    server.shutdown()
    server.server_close()
    began = time.perf_counter()
    with pytest.raises(WeightFileError) as caught:
        fetch("vgg19", quiet=True)
    assert time.perf_counter() - began < 15  # of waiting; an answer alone would be waited for 20
    lines = str(caught.value).splitlines()
    assert "127.0.0.1: no connection; 127.0.0.1: no connection" in lines[0]
    assert one.urls[0] in lines[1]
    assert str(tmp_path / "cache" / "net.npz") in lines[1]
    assert any("MINICNN_WEIGHTS" in line for line in lines)


def test_a_name_server_that_never_answers_is_not_waited_for(server, monkeypatch):
    publish(server, monkeypatch, "good")
    monkeypatch.setattr(fetching, "CONNECT", -0.7)  # plus one second

    awake = threading.Event()

    def asleep(*_, **__):
        awake.wait(HANGING)
        raise OSError

    monkeypatch.setattr(fetching.socket, "create_connection", asleep)
    began = time.perf_counter()
    try:
        with pytest.raises(WeightFileError, match="no connection"):
            fetch("vgg19", quiet=True)
    finally:
        awake.set()
    assert time.perf_counter() - began < HANGING / 10


def test_a_cache_that_cannot_be_written(server, monkeypatch, tmp_path):
    publish(server, monkeypatch, "good")
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("MINICNN_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(WeightFileError, match=r"cannot be written .* set MINICNN_CACHE"):
        fetch("vgg19", quiet=True)


def test_a_full_disk_is_not_blamed_on_the_mirror(server, monkeypatch, tmp_path):
    publish(server, monkeypatch, "good", "good")

    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fetching.Incoming, "write", full)
    with pytest.raises(WeightFileError, match="No space left on device"):
        fetch("vgg19", quiet=True)
    assert len(server.asked) == 1
    assert cached(tmp_path) == []


def test_progress_is_shown_on_a_terminal_alone(server, monkeypatch, capsys):
    publish(server, monkeypatch, "slow")
    fetch("vgg19")
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    find("vgg19").unlink()
    fetch("vgg19")
    assert "net.npz" in capsys.readouterr().err


def test_a_missing_package_is_named_with_its_remedy(server, monkeypatch):
    publish(server, monkeypatch, "good")
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(WeightFileError, match="python -m pip install pooch tqdm"):
        fetch("vgg19", quiet=True)


def test_unknown_names():
    for function in (fetch, find):
        with pytest.raises(UnknownNameError, match=r"expected one of vgg19, .*got 'vgg23'"):
            function("vgg23")


# --- finding ----------------------------------------------------------------------------------------------


def test_a_path_comes_before_the_variable_before_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MINICNN_CACHE", str(tmp_path))
    monkeypatch.delenv("MINICNN_WEIGHTS", raising=False)
    assert find("vgg19") is None
    torch, keras = known.FILES["vgg19-torchvision"].filename, known.FILES["vgg19"].filename
    (tmp_path / torch).touch()
    assert find("vgg19") == tmp_path / torch
    (tmp_path / keras).touch()
    assert find("vgg19") == tmp_path / keras
    assert find("vgg19", classifier=True) == tmp_path / torch
    assert find("vgg19-torchvision") == tmp_path / torch
    assert find("vgg16") is None
    (tmp_path / "mine").touch()
    monkeypatch.setenv("MINICNN_WEIGHTS", str(tmp_path / "mine"))
    assert find("vgg19") == tmp_path / "mine"
    assert find("vgg19", path=tmp_path / torch) == tmp_path / torch


def test_a_file_that_is_named_must_exist(tmp_path, monkeypatch):
    with pytest.raises(WeightFileError, match="where the path says, found none"):
        find("vgg19", path=tmp_path / "missing")
    monkeypatch.setenv("MINICNN_WEIGHTS", str(tmp_path / "missing"))
    with pytest.raises(WeightFileError, match="where MINICNN_WEIGHTS says, found none"):
        find("vgg19")


@pytest.mark.parametrize(
    ("system", "variable", "value", "expected"),
    [
        ("linux", "XDG_CACHE_HOME", "/x", "/x/minicnn"),
        ("linux", "XDG_CACHE_HOME", "", "/home/me/.cache/minicnn"),
        ("darwin", "XDG_CACHE_HOME", "", "/home/me/Library/Caches/minicnn"),
        ("win32", "LOCALAPPDATA", "/l", "/l/minicnn/Cache"),
    ],
)
def test_the_cache_lies_where_the_system_keeps_such_things(system, variable, value, expected, monkeypatch):
    from minicnn.weights import cache

    monkeypatch.delenv("MINICNN_CACHE", raising=False)
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv(variable, value)
    monkeypatch.setattr(cache.sys, "platform", system)
    assert cache.folder() == Path(expected)


# --- the command line -------------------------------------------------------------------------------------


def test_list_names_every_file_and_what_is_here(server, monkeypatch, capsys, tmp_path):
    publish(server, monkeypatch, "good", name="mine")
    fetch("mine", quiet=True)
    assert cli.main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines if line} >= set(known.FILES)
    assert [line.split()[2] for line in lines if line.startswith("mine ")] == ["here"]
    assert str(tmp_path / "cache") in lines[-1]
    assert len({line.index("http") for line in lines if "http" in line}) == 1  # the columns stand in line


def test_help_tells_the_exit_codes_of_verify(capsys):
    with pytest.raises(SystemExit, match="0"):
        cli.main(["verify", "--help"])
    assert "1 readable, but none" in " ".join(capsys.readouterr().out.split())


def test_fetch_prints_the_path(server, monkeypatch, capsys, tmp_path):
    publish(server, monkeypatch, "404", "good")
    assert cli.main(["fetch", "vgg19"]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "cache" / "net.npz")
    publish(server, monkeypatch, "404", name="gone", checksum="md5:0")
    (tmp_path / "cache" / "net.npz").unlink()
    assert cli.main(["fetch", "gone"]) == 2
    assert "404 Not Found" in capsys.readouterr().err
    assert cli.main(["fetch", "vgg23"]) == 2


def test_info_shows_layers_input_and_checksum(content, tmp_path, capsys):
    path = tmp_path / "net.npz"
    path.write_bytes(content)
    assert cli.main(["info", str(path)]) == 0
    out = capsys.readouterr().out
    assert "conv1_1  (3, 3, 3, 4)\n" in out
    assert "fc8      (12, 10)\n" in out
    assert "BGR" in out
    assert hashlib.sha256(content).hexdigest() in out


def test_verify_tells_published_from_readable_from_damaged(content, tmp_path, capsys, server, monkeypatch):
    path = tmp_path / "mine.npz"
    path.write_bytes(content)
    assert cli.main(["verify", str(path)]) == 1
    assert "none of the published files, but readable" in capsys.readouterr().out
    for kind in ("sha256", "md5"):
        publish(server, monkeypatch, "good", checksum=f"{kind}:{hashlib.new(kind, content).hexdigest()}")
        assert cli.main(["verify", str(path)]) == 0
        assert "vgg19, as published" in capsys.readouterr().out
    named = tmp_path / "net.npz"
    named.write_bytes(content[:-1] + b"?")
    assert cli.main(["verify", str(named)]) == 2
    assert "expected md5:" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["info", "verify"])
def test_a_refused_file_is_one_line_and_exit_code_2(command, tmp_path):
    (tmp_path / "bad.npz").write_bytes(b"PK\3\4 and no more")
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "minicnn.weights", command, str(tmp_path / "bad.npz")],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "bad.npz" in done.stderr
