"""A batch on a LocalCluster of two processes, one of which is killed on the way."""

import csv
import os
import signal
import sys
import threading
import time

import numpy as np
import pytest
from PIL import Image

from nst import image
from nst.batch import cluster
from nst.cli import main
from tests.clock import HANGING

distributed = pytest.importorskip(
    "distributed", reason="dask.distributed is not installed: the extra cluster"
)
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")
COUNT = 5


@pytest.fixture
def jobs(pictures, tmp_path):
    """A CSV of pictures that take a second or so each, through the network that comes along."""
    for name, picture in zip(("photo.png", "painting.png"), pictures, strict=True):
        Image.fromarray(picture).save(tmp_path / name)
    with (tmp_path / "jobs.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(
            ["photo", "painting", "output", "network", "size", "iterations", "start", "seed", "margin"]
        )
        for seed in range(COUNT):
            table.writerow(["photo.png", "painting.png", f"{seed}.png", "pocket", 24, 25, "noise", seed, 0])
    return tmp_path / "jobs.csv"


@pytest.fixture(scope="module")
def workers():
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "host": "127.0.0.1"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MINICNN_THREADS", "1")
        with distributed.LocalCluster(**options, dashboard_address="127.0.0.1:0", silence_logs=50) as local:
            yield local


def busy(client):
    """{address: process id} of the workers that have a picture at hand."""
    at_work = [address for address, tasks in client.processing().items() if tasks]
    return {address: pid for address, pid in client.run(os.getpid).items() if address in at_work}


def test_a_worker_that_dies_costs_only_its_own_picture(jobs, workers, capsys):
    codes = []
    batch = threading.Thread(
        target=lambda: codes.append(main(["batch", str(jobs), "--scheduler", workers.scheduler_address]))
    )
    batch.start()
    with distributed.Client(workers, set_as_default=False) as client:
        until = time.monotonic() + HANGING
        while not list(jobs.parent.glob("[0-9].png")) and time.monotonic() < until:
            time.sleep(0.05)
        before, at_work = set(client.run(os.getpid).values()), busy(client)
        assert at_work, "every picture was done before a worker could be killed"
        dead = next(iter(at_work.values()))
        os.kill(dead, signal.SIGKILL)
        batch.join(timeout=HANGING)
        after = client.run(os.getpid).values()
        loads = client.run(loaded)
    assert codes == [0]
    assert dead not in after
    assert set(after) - before, "the nanny put no other worker in its place"
    assert max(loads.values()) == 1
    said = capsys.readouterr().err
    assert f"nst: {COUNT} painted, 0 done before, 0 failed" in said
    assert "2 workers at tcp://127.0.0.1" in said
    pictures = {path: path.read_bytes() for path in jobs.parent.glob("[0-9].png")}
    assert len(pictures) == COUNT

    assert main(["batch", str(jobs), "--scheduler", workers.scheduler_address]) == 0
    assert f"nst: 0 painted, {COUNT} done before, 0 failed" in capsys.readouterr().err
    (jobs.parent / "2.png").unlink()
    assert main(["batch", str(jobs), "-q"]) == 0  # here
    here = image.read(jobs.parent / "2.png").astype(int)
    there = np.asarray(Image.open(bytes_of(pictures, "2.png"))).astype(int)
    assert np.abs(here - there).max() <= 1


def bytes_of(pictures, name):
    import io

    return io.BytesIO(next(data for path, data in pictures.items() if path.name == name))


def loaded():
    """How many networks this process has loaded."""
    from nst.batch import work

    return len(work._loaded)


def test_jobs_that_fail_over_there_are_told_here(jobs, workers, capsys):
    data = (jobs.parent / "photo.png").read_bytes()
    (jobs.parent / "photo.png").write_bytes(data[: len(data) // 2])  # its head is well
    assert main(["batch", str(jobs), "--scheduler", workers.scheduler_address]) == 2
    said = capsys.readouterr().err
    assert said.count("cut short") == COUNT
    assert f"0 painted, 0 done before, {COUNT} failed" in said


def test_no_scheduler_is_refused_in_a_line(jobs, capsys, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECTING", 1)
    for address in ("tcp://127.0.0.1:9", "tcp://", "tcp:/x"):
        assert main(["batch", str(jobs), "--scheduler", address]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert f"--scheduler {address}" in said
