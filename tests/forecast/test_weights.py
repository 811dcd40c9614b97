"""Which weights a server takes: pinned ones, others only when told, never in silence something else."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from small_timesfm import SMALL, save_random

from engine.forecast.choosing import Choice, choose, fetch
from engine.forecast.errors import CannotServe
from engine.forecast.weights import FILE, LOCK, REPOSITORY, check_pinned, download, sha256_of

COMMIT = "1d952420fba87f3c6dee4f240de0f1a0fbc790e3"


def _fetch(data: bytes, commit: str = COMMIT):
    def fetch_file(repository: str, file: str, revision: str, folder: Path) -> str:
        assert (repository, file, revision) == (REPOSITORY, FILE, "main")
        (folder / file).write_bytes(data)
        return commit

    return fetch_file


def test_a_download_is_pinned_by_a_hash_of_our_own(tmp_path: Path) -> None:
    lock = download(tmp_path / "new", "main", _fetch(b"weights"))
    sha256 = hashlib.sha256(b"weights").hexdigest()
    assert json.loads((tmp_path / "new" / LOCK).read_text()) == {
        "repository": REPOSITORY,
        "revision": COMMIT,
        "sha256": sha256,
    }
    assert lock.sha256 == sha256
    assert check_pinned(tmp_path / "new", sha256, allow_unpinned=False)


def test_a_download_that_fails_or_names_no_commit_leaves_no_lock(tmp_path: Path) -> None:
    def broken(*_: object) -> str:
        raise OSError("no route to host\nand more")

    with pytest.raises(CannotServe, match=r"cannot be fetched: no route to host$"):
        download(tmp_path, "main", broken)
    with pytest.raises(CannotServe, match="no commit"):
        download(tmp_path, "main", _fetch(b"w", "main"))
    assert not (tmp_path / LOCK).exists()
    with pytest.raises(CannotServe, match="--weights FOLDER"):
        fetch(None, "main")


def test_changed_weights_are_refused_unless_allowed_and_then_not_pinned(tmp_path: Path) -> None:
    download(tmp_path, "main", _fetch(b"weights"))
    (tmp_path / FILE).write_bytes(b"Weights")
    changed = sha256_of(tmp_path / FILE)
    with pytest.raises(CannotServe, match=changed):
        check_pinned(tmp_path, changed, allow_unpinned=False)
    assert check_pinned(tmp_path, changed, allow_unpinned=True) is False


@pytest.mark.parametrize("text", ["", "{", '{"repository": 1}'])
def test_a_lock_that_cannot_be_read_is_no_lock(tmp_path: Path, text: str) -> None:
    (tmp_path / LOCK).write_text(text)
    with pytest.raises(CannotServe, match=r"weights\.lock"):
        check_pinned(tmp_path, "0" * 64, allow_unpinned=True)


def test_weights_of_another_model_are_never_pinned(tmp_path: Path) -> None:
    lock = {"repository": "google/timesfm-3.0-pytorch", "revision": COMMIT, "sha256": "0" * 64}
    (tmp_path / LOCK).write_text(json.dumps(lock))
    with pytest.raises(CannotServe, match=r"timesfm-3\.0"):
        check_pinned(tmp_path, "0" * 64, allow_unpinned=True)


def test_choices_that_contradict_each_other(tmp_path: Path) -> None:
    with pytest.raises(CannotServe, match="one of the two"):
        choose(Choice(baseline="drift", weights=tmp_path))
    with pytest.raises(CannotServe, match="--device cuda"):
        choose(Choice(device="cuda"))
    with pytest.raises(CannotServe, match="'tpu'"):
        choose(Choice(device="tpu"))
    with pytest.raises(CannotServe, match="no baseline 'arima'"):
        choose(Choice(baseline="arima"))


def test_no_weights_is_a_baseline_that_says_so() -> None:
    model, notes = choose(Choice())
    assert model.source.is_baseline
    assert "baseline server" in notes[0]
    assert choose(Choice(baseline="drift"))[1] == ()


@pytest.mark.model
def test_weights_without_a_lock_need_to_be_allowed_and_are_labelled(tmp_path: Path) -> None:
    save_random(tmp_path, SMALL)
    with pytest.raises(CannotServe, match="--allow-unpinned"):
        choose(Choice(weights=tmp_path, device="cpu"))
    model, notes = choose(Choice(weights=tmp_path, allow_unpinned=True, device="cpu", context=300))
    assert model.source.weights_sha256 == sha256_of(tmp_path / FILE)
    assert model.source.label.endswith("UNPINNED") and "timesfm-2.5-shape" in model.source.label
    assert model.buckets == (128, 256, 320)
    assert "fake money" in notes[0]


@pytest.mark.model
def test_a_small_network_is_not_taken_for_the_official_one_even_with_a_lock(tmp_path: Path) -> None:
    save_random(tmp_path, SMALL)
    download(tmp_path, "main", lambda *_: COMMIT)
    with pytest.raises(CannotServe, match="231,289,280"):
        choose(Choice(weights=tmp_path, device="cpu"))


@pytest.mark.model
def test_a_file_that_is_no_timesfm_is_told(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    with pytest.raises(CannotServe, match="No such file"):
        choose(Choice(weights=tmp_path, allow_unpinned=True, device="cpu"))
    (tmp_path / FILE).write_bytes(b"not safetensors")
    with pytest.raises(CannotServe, match=FILE):
        choose(Choice(weights=tmp_path, allow_unpinned=True, device="cpu"))
    import numpy as np

    save_file({"weight": np.zeros(3, dtype=np.float32)}, str(tmp_path / FILE))
    with pytest.raises(CannotServe, match="no TimesFM"):
        choose(Choice(weights=tmp_path, allow_unpinned=True, device="cpu"))


@pytest.mark.model
def test_a_gpu_that_is_asked_for_and_not_there_ends_the_start(tmp_path: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    save_random(tmp_path, SMALL)
    with pytest.raises(CannotServe, match="sees no GPU"):
        choose(Choice(weights=tmp_path, allow_unpinned=True, device="cuda"))


@pytest.mark.model
async def test_a_loaded_network_answers_over_http_with_its_hash(tmp_path: Path) -> None:
    from forecast_bench import running

    save_random(tmp_path, SMALL)
    model, _ = choose(Choice(weights=tmp_path, allow_unpinned=True, device="cpu"))
    prices = [40, 42, None, 44, 47, 45, 44, 43, 47, 48]
    async with running(model) as client:
        body = {"contexts": [prices, [1]], "unit": "cents", "horizon": 128}
        answer = (await client.post("/forecast", json=body)).json()
        health = (await client.get("/health")).json()
    assert answer["statuses"] == ["filled", "too_short"]
    assert (answer["is_baseline"], answer["is_pinned"]) == (False, False)
    assert answer["weights_sha256"] == health["weights_sha256"] == sha256_of(tmp_path / FILE)
    assert health["model_loaded"] is True
    for step in answer["quantiles"][0]:
        assert step == sorted(step) and step[0] > 0 and step[-1] < 100
