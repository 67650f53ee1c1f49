"""The way from a hub id to a model on this machine, against a hub of our own on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from huggingface_hub import constants

from playground import hub, models
from playground.errors import PlaygroundError
from playground.settings import override
from tests.hub_server import HubServer, huge_safetensors
from tests.tiny import tiny

ID = "someone/tiny"
LIMIT_S = 5.0
"""Generous: it takes milliseconds; the libraries' own retries take 46 s."""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model in Hugging Face format, with files beside it that nobody needs."""
    folder = tmp_path_factory.mktemp("saved")
    model = tiny("llama")
    model.module.save_pretrained(folder)
    model.tokenizer.save_pretrained(folder)
    (folder / "onnx").mkdir()
    for name in ("pytorch_model.bin", "tf_model.h5", "onnx/model.onnx", "onnx/config.json", "train.py"):
        (folder / name).write_bytes(b"not needed")
    return folder


@pytest.fixture
def server(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A hub that serves the tiny model as `someone/tiny`, an empty cache, and nothing loaded."""
    with HubServer() as made:
        monkeypatch.setattr(constants, "ENDPOINT", made.endpoint)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", made.endpoint + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        made.add(ID, saved)
        with override(offline=False):
            yield made
        models.unload(ID)


def test_downloads_what_is_needed_and_loads_the_same_weights(server: HubServer) -> None:
    told: list[tuple[float | None, str]] = []
    model = models.load_model(ID, lambda fraction, sentence: told.append((fraction, sentence)))

    for mine, theirs in zip(model.module.parameters(), tiny("llama").module.parameters(), strict=True):
        assert torch.equal(mine, theirs)
    assert (model.info.source, model.info.id, model.info.device) == ("hub", ID, "cpu")
    unneeded = [request for request in server.requests if request.endswith((".bin", ".h5", ".onnx", ".py"))]
    assert not unneeded and not server.asked_for("onnx/")
    fractions = [fraction for fraction, sentence in told if sentence.startswith("Downloading")]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0  # type: ignore[type-var]


def test_a_model_that_was_downloaded_is_loaded_without_asking(server: HubServer) -> None:
    models.load_model(ID)
    models.unload(ID)
    server.requests.clear()
    models.load_model(ID)
    assert server.requests == []


def test_shards_are_put_together(server: HubServer, tmp_path: Path) -> None:
    model = tiny("gpt2")
    model.module.save_pretrained(tmp_path / "shards", max_shard_size="40kB")
    model.tokenizer.save_pretrained(tmp_path / "shards")
    assert len(list((tmp_path / "shards").glob("*.safetensors"))) > 1
    server.add("someone/shards", tmp_path / "shards")
    assert models.load_model("someone/shards").info.n_parameters == model.info.n_parameters
    models.unload("someone/shards")


def test_an_old_model_is_taken_from_the_hub_s_own_conversion(server: HubServer) -> None:
    files = server.repositories[ID]
    server.converted[ID] = files
    server.repositories[ID] = {name: data for name, data in files.items() if not name.endswith(".safetensors")}
    model = models.load_model(ID)
    assert model.info.n_parameters == tiny("llama").info.n_parameters
    assert not server.asked_for("refs/pr/2") and not server.asked_for(".bin")
    models.unload(ID)
    server.close()
    assert models.load_model(ID).info.id == ID


@pytest.mark.parametrize("summary", [True, False], ids=["by its summary", "by its headers"])
def test_too_large_is_said_before_any_weight_is_asked_for(server: HubServer, summary: bool) -> None:
    server.repositories[ID] = {**server.repositories[ID], "model.safetensors": huge_safetensors(7_000_000_000)}
    server.parameters[ID] = 7_000_000_000 if summary else None
    with pytest.raises(PlaygroundError, match=r"7\.00 billion parameters; at most 1\.60 billion"):
        models.load_model(ID)
    asked = server.asked_for(".safetensors")
    assert (
        asked == [] if summary else all("bytes=0-100000" in request for request in asked if request.startswith("GET"))
    )


def test_what_the_config_promises_is_counted_before_any_weight_is_asked_for(server: HubServer) -> None:
    """The summary and the headers say how much is in the files; what is built follows the config."""
    server.repositories[ID] = dict(server.repositories[ID])
    server.parameters[ID] = 1000
    _config(num_hidden_layers=300)(server)
    with override(max_parameters=1_000_000), pytest.raises(PlaygroundError, match="million parameters; at most"):
        models.load_model(ID)
    assert server.asked_for(".safetensors") == []


@pytest.mark.parametrize(
    ("limits", "files", "sentence"),
    [
        ({"max_download_bytes": 100_000}, {"a.model": 90_000}, r"The files of someone/tiny have .* at most 0\.1 MB"),
        ({}, {"readme.model": 70_000_000}, r"a file readme\.model of 70\.0 MB, where a tokenizer"),
        ({"keep_free_bytes": 10**18}, {}, r"needs .* of disk, .* are free, and 1000000000\.0 GB are to stay free"),
    ],
)
def test_every_file_counts_against_bytes_and_disk(
    server: HubServer, limits: dict[str, int], files: dict[str, int], sentence: str
) -> None:
    added = {name: bytes(size) for name, size in files.items()}
    server.repositories[ID] = {**server.repositories[ID], **added}
    with override(**limits), pytest.raises(PlaygroundError, match=sentence):
        models.load_model(ID)
    assert all("bytes=0-100000" in request for request in server.asked_for("GET /someone/tiny/resolve"))


def test_a_hub_that_sends_more_than_it_said_is_cut_off(server: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    real = hub._list

    def smaller(*args: Any) -> hub.Listing:
        listing = real(*args)
        return replace(listing, sizes={name: min(size, 100) for name, size in listing.sizes.items()})

    monkeypatch.setattr(hub, "_list", smaller)
    with pytest.raises(PlaygroundError, match="sent more of someone/tiny than"):
        models.load_model(ID)


def test_slow_downloads_hold_up_neither_models_that_are_there_nor_more_than_their_lane(
    server: HubServer, saved: Path
) -> None:
    for name in "abc":
        server.add(f"someone/{name}", saved)
    there = models.load_model(ID)
    told: list[str] = []
    server.slow_s = 0.08
    with ThreadPoolExecutor(3) as pool:
        slow = [pool.submit(models.load_model, f"someone/{name}", lambda _, said: told.append(said)) for name in "abc"]
        while not any(said.startswith("Waiting to download") for said in told):
            assert not all(load.done() for load in slow)
        began = time.monotonic()
        for _ in range(20):
            assert models.load_model(ID) is there
        assert not any(load.done() for load in slow)
        took_s = time.monotonic() - began
        assert all(load.result(60).info.n_layers == 2 for load in slow)
    assert took_s < LIMIT_S
    for name in "abc":
        models.unload(f"someone/{name}")


def test_not_a_text_model_is_said_before_the_weights(server: HubServer) -> None:
    server.repositories[ID] = {**server.repositories[ID], "config.json": b'{"model_type": "vit"}'}
    server.parameters[ID] = 1000
    with pytest.raises(PlaygroundError, match="no text model"):
        models.load_model(ID)
    assert server.asked_for(".safetensors") == []


def _without(*names: str) -> Callable[[HubServer], None]:
    def change(server: HubServer) -> None:
        kept = {name: data for name, data in server.repositories[ID].items() if name not in names}
        server.repositories[ID] = kept

    return change


def _weights(data: bytes | Callable[[bytes], bytes]) -> Callable[[HubServer], None]:
    def change(server: HubServer) -> None:
        files = server.repositories[ID]
        files["model.safetensors"] = data if isinstance(data, bytes) else data(files["model.safetensors"])
        server.parameters[ID] = 1000

    return change


def _config(**entries: object) -> Callable[[HubServer], None]:
    def change(server: HubServer) -> None:
        files = server.repositories[ID]
        files["config.json"] = json.dumps({**json.loads(files["config.json"]), **entries}).encode()

    return change


WRONGS: dict[str, tuple[Callable[[HubServer], None], str]] = {
    "unknown": (lambda server: server.repositories.clear(), "knows no public model someone/tiny"),
    "gated": (lambda server: server.gate(ID), "is gated.*HF_TOKEN"),
    "broken hub": (lambda server: setattr(server, "fail_with", 503), "with status 503"),
    "no config": (_without("config.json"), "holds no config.json"),
    "old weights only": (_without("model.safetensors"), "safetensors, which cannot carry code"),
    "no tokenizer": (_without("tokenizer.json"), "has no tokenizer files"),
    "unknown family": (_config(model_type="never-heard-of"), "names no model family that transformers knows"),
    "code of its own": (
        _config(model_type="own", auto_map={"AutoConfig": "own.Config"}), "Python code of its own",
    ),
    "quantised": (_config(quantization_config={"quant_method": "gptq", "bits": 4}), "is quantised"),
    "cut weights": (_weights(lambda data: data[:-1000]), "damaged"),
    "no weights at all": (_weights(b"<html>Not found</html>"), "damaged"),
    "weights of another model": (_config(num_hidden_layers=40), "do not belong to its config.json"),
    "other sizes": (_config(hidden_size=64), "do not fit its config.json"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONGS)
def test_what_goes_wrong_is_a_sentence(server: HubServer, wrong: str) -> None:
    change, sentence = WRONGS[wrong]
    server.repositories[ID] = dict(server.repositories[ID])
    change(server)
    with pytest.raises(PlaygroundError, match=sentence):
        models.load_model(ID)


def test_a_hub_that_is_too_slow_counts_as_away(server: HubServer) -> None:
    server.slow_s = 1.0
    with (
        override(probe_timeout_ms=50),
        pytest.raises(PlaygroundError, match=r"not on this machine, and the hub .* does not answer"),
    ):
        models.load_model(ID)


def test_offline_asks_nobody(server: HubServer) -> None:
    with (
        override(offline=True),
        pytest.raises(PlaygroundError, match="not on this machine, and the playground runs offline"),
    ):
        models.load_model(ID)
    assert server.requests == []


def test_a_cancelled_download_is_no_model_and_can_go_on(server: HubServer) -> None:
    class CancelError(Exception):
        pass

    def cancel(fraction: float | None, sentence: str) -> None:
        if fraction is not None:
            raise CancelError

    with pytest.raises(CancelError):
        models.load_model(ID, cancel)
    assert hub.cached_folder(ID) is None
    assert models.load_model(ID).info.id == ID


SCRIPT = f"""
import sys, time
from playground.settings import quiet_environment
quiet_environment()
from playground import PlaygroundError, load_model
from playground.models import warm_up
warm_up()
for id in sys.argv[1:]:
    began = time.perf_counter()
    try:
        print(load_model(id).info.n_parameters)
    except PlaygroundError as error:
        print(error)
    took_s = time.perf_counter() - began
    assert took_s < {LIMIT_S}, (id, took_s)
"""


def _load_elsewhere(home: Path, endpoint: str, *ids: str) -> list[str]:
    """What a fresh process says of each id, with the hub given as users give it: by environment variables."""
    outside = {k: v for k, v in os.environ.items() if k != "HF_HUB_OFFLINE"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *ids],
        env={**outside, "HF_HOME": str(home), "HF_ENDPOINT": endpoint},
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_without_a_hub_cached_models_load_and_others_fail_soon(server: HubServer, tmp_path: Path) -> None:
    size = str(tiny("llama").info.n_parameters)
    assert _load_elsewhere(tmp_path, server.endpoint, ID) == [size]
    endpoint = server.endpoint
    server.close()
    cached, other = _load_elsewhere(tmp_path, endpoint, ID, "someone/other")
    assert cached == size
    assert "someone/other is not on this machine, and the hub" in other
