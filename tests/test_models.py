"""From a name to a loaded model without a hub: facts, bundled models, folders, limits, and what stays loaded."""

from __future__ import annotations

import json
import os
import struct
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from hypothesis import given
from hypothesis import strategies as st

from playground import catalog as catalog_module
from playground import estimate, loading, models
from playground.errors import PlaygroundError
from playground.loading import LoadedModel, kind_of
from playground.locating import Place
from playground.settings import override
from tests.tiny import FAMILIES, build, tiny, tiny_tokenizer


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_memory", models.new_memory())


def save(model: LoadedModel, folder: Path, dtype: torch.dtype = torch.float32) -> Path:
    """Hugging Face files of a model of one's own; `dtype` as stored."""
    model.module._apply(lambda tensor: tensor.to(dtype)).save_pretrained(folder)
    model.tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save(build("gpt2"), tmp_path / "mine")


@pytest.fixture
def bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An `assets/models` of our own that holds one model, `teller`, stored in half precision, with a card."""
    home = save(build("gpt2"), tmp_path / "assets" / "teller", torch.float16)
    card = "---\nlicense: apache-2.0\n---\n\n# Teller\n\nTells *small* stories, as [trained](x.md). And more.\n"
    (home / "README.md").write_text(card)
    monkeypatch.setattr(catalog_module, "BUNDLED", home.parent)
    return home


# Facts


@pytest.mark.parametrize("family", FAMILIES)
def test_facts_agree_with_the_weights(family: str) -> None:
    """Counted on the module itself, so that a config name read wrongly shows."""
    info, module = tiny(family).info, tiny(family).module
    shapes = {name: tuple(parameter.shape) for name, parameter in module.named_parameters()}

    embedding = module.get_input_embeddings()

    def layers(*stacks: str) -> int:
        words = [name.split(".") for name in shapes]
        return len({w[i + 1] for w in words for i in range(len(w) - 1) if w[i] in stacks and w[i + 1].isdigit()})

    rows, columns = shapes[next(name for name, p in module.named_parameters() if p is embedding.weight)]
    assert info.vocab_size == rows
    assert info.d_model == columns or family == "electra"
    assert any(info.d_mlp in shape for shape in shapes.values())
    assert any(info.n_heads * info.head_dim in shape for shape in shapes.values())
    if info.kind == "encoder-decoder":
        assert (info.n_layers, info.n_encoder_layers) == (3, 2)
    else:
        assert (info.n_layers, info.n_encoder_layers) == (layers("layers", "layer", "h"), None)
    keys = [shape[0] for name, shape in shapes.items() if ".k_proj.weight" in name and "encoder.layers" not in name]
    assert all(rows == info.n_kv_heads * info.head_dim for rows in keys)


def test_facts_that_no_config_tells_plainly() -> None:
    assert tiny("falcon").info.n_kv_heads == 1  # its config says 4 beside multi_query
    assert tiny("roberta").info.context == 64  # its config says 66: two positions are never used
    assert tiny("t5").info.context == 64  # the tokenizer's
    assert (tiny("bart").info.n_heads, tiny("bart").info.d_mlp) == (2, 40)  # the decoder's, not the encoder's
    assert tiny("gpt2").info.d_mlp == 128  # n_inner is None
    endless = tiny_tokenizer("unigram").__class__(tokenizer_object=tiny_tokenizer("unigram").backend_tokenizer)
    assert models.wrap(build("t5").module, endless).info.context is None


@pytest.mark.parametrize(
    ("model_type", "architectures", "kind"),
    [
        ("bert", ["BertForMaskedLM"], "encoder"),
        ("bert", ["BertModel"], "encoder"),
        ("bert", ["BertLMHeadModel"], "decoder"),
        ("bert", ["BertForSequenceClassification"], "encoder"),
        ("electra", ["ElectraForPreTraining"], "encoder"),
        ("gpt2", ["GPT2LMHeadModel"], "decoder"),
        ("gpt2", None, "decoder"),
        ("mamba", ["MambaForCausalLM"], "decoder"),
        ("t5", ["T5ForConditionalGeneration"], "encoder-decoder"),
        ("vit", ["ViTForImageClassification"], None),
        ("clip", ["CLIPModel"], None),
        ("whisper", ["WhisperForConditionalGeneration"], None),
        ("wav2vec2", ["Wav2Vec2ForCTC"], None),
    ],
)
def test_kind(model_type: str, architectures: list[str] | None, kind: str | None) -> None:
    config = transformers.CONFIG_MAPPING[model_type](architectures=architectures)
    if kind is None:
        with pytest.raises(PlaygroundError, match="no text model"):
            kind_of(config, "x")
    else:
        assert kind_of(config, "x") == kind


# Loading


def test_bundled_model_runs_in_full_precision_without_gradients(bundled: Path) -> None:
    model = models.load_model("teller")
    assert (model.info.id, model.info.source, model.info.notes) == ("teller", "bundled", ())
    assert {parameter.dtype for parameter in model.module.parameters()} == {torch.float32}
    assert not model.module.training and not any(parameter.requires_grad for parameter in model.module.parameters())
    assert model.info.n_bytes == 4 * model.info.n_parameters


def test_catalog_offers_bundled_models_first(bundled: Path) -> None:
    first, second, *_ = models.catalog()
    assert (first.id, first.kind, first.source) == ("teller", "decoder", "bundled")
    assert first.about == "Tells small stories, as trained."
    assert first.n_parameters == build("gpt2").info.n_parameters
    assert second.source == "hub"


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_damaged_bundled_model_is_offered_and_says_what_is_wrong(bundled: Path, name: str) -> None:
    """Not at the start, where nobody has asked for it: the page must open."""
    assert models.catalog()[0].n_parameters
    (bundled / name).write_bytes(b"[" * 100)
    assert models.catalog()[0].id == "teller" and models.catalog()[0].n_parameters is None
    with pytest.raises(PlaygroundError, match="is damaged"):
        models.load_model("teller")


def test_a_bundled_name_wins_over_a_folder_and_a_folder_over_the_hub(
    bundled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    save(build("gpt2"), tmp_path / "teller")
    save(build("gpt2"), tmp_path / "someone" / "tiny")
    (tmp_path / "gpt2").mkdir()  # a folder of that name, but no model
    assert models.load_model("teller").info.source == "bundled"
    assert models.load_model("./teller").info.source == "folder"
    assert models.load_model("someone/tiny").info.source == "folder"
    with pytest.raises(PlaygroundError, match="openai-community/gpt2 is not on this machine"):
        models.load_model("gpt2")


@pytest.mark.parametrize(
    ("family", "base", "note"),
    [
        ("bert", transformers.BertModel, "The masked-word head is not in the files: its numbers are random."),
        ("llama", transformers.LlamaModel, "The next-token head is not in the files: its numbers are random."),
        ("gpt2", transformers.GPT2Model, None),  # its head is its embedding
    ],
)
def test_a_model_without_its_head_says_so(family: str, base: type, note: str | None, tmp_path: Path) -> None:
    model = build(family)
    model.tokenizer.save_pretrained(tmp_path)
    base(model.module.config).save_pretrained(tmp_path)
    assert models.load_model(str(tmp_path)).info.notes == ((note,) if note else ())


def test_a_tokenizer_larger_than_the_model_is_said() -> None:
    small = transformers.GPT2LMHeadModel(transformers.GPT2Config(vocab_size=10, n_embd=8, n_head=2, n_layer=1))
    assert "The tokenizer knows 300 tokens, the model 10" in models.wrap(small, tiny_tokenizer("bpe")).info.notes[0]


@pytest.mark.parametrize(("kind", "rows"), [("bpe", 10), ("unigram", 5_000)], ids=["too large", "too small"])
def test_a_tokenizer_of_another_model_is_refused(
    kind: str, rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "SPARE_TOKENS", 100)  # that of tiny models knows but 300
    transformers.GPT2LMHeadModel(
        transformers.GPT2Config(vocab_size=rows, n_embd=8, n_head=2, n_layer=1)
    ).save_pretrained(tmp_path)
    tiny_tokenizer(kind).save_pretrained(tmp_path)
    with pytest.raises(PlaygroundError, match=rf"knows \d+ tokens, its weights have rows for {rows:,}: they do not"):
        models.load_model(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "Name a model"),
        ("   ", "Name a model"),
        (-1, "Name a model"),
        ("no-such-model", "is not on this machine"),
        ("../../etc/passwd", "There is no folder"),
        ("..", "holds no config.json"),
        ("/no/such/folder", "There is no folder '/no/such/folder'"),
        ("https://example.org/a/b", "is not a model name"),
        ("a/../b", "There is no folder"),
        ("a..b/c", "is not a model name"),
        ("a\0b", "is not a model name"),
        ("\0", "is not a model name"),
        ("\ud800", "is not a model name"),
        ("x" * 100_000, "is not a model name"),
        ("x/" * 300, "There is no folder"),
        ("/a\nb", "There is no folder"),
        ("~nobody-of-that-name/x", "is not a model name"),
        ("<script>alert(1)</script>", "is not a model name"),
        ("${1+1}", "is not a model name"),
        ("模型", "is not a model name"),
        ("a\nb", "is not a model name"),
    ],
)
def test_a_name_that_leads_nowhere_is_a_sentence(name: str, sentence: str) -> None:
    with pytest.raises(PlaygroundError) as caught:
        models.load_model(name)
    assert sentence in str(caught.value)
    assert len(str(caught.value)) < 400 and str(caught.value).isprintable()


@given(st.text(max_size=120))
def test_no_typed_text_is_more_than_a_sentence(name: str) -> None:
    with pytest.raises(PlaygroundError):
        models.load_model(name)


def test_damaged_folders_are_sentences(folder: Path) -> None:
    weights = folder / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(b"\xff" * 64)  # a header length of 2⁶⁴ − 1: must not be believed
    with pytest.raises(PlaygroundError, match="is damaged"):
        models.load_model(str(folder))
    weights.write_bytes(whole)
    (folder / "config.json").write_text('{"model_type": ')
    with pytest.raises(PlaygroundError, match="is damaged"):
        models.load_model(str(folder))
    (folder / "config.json").write_text("[]")
    with pytest.raises(PlaygroundError, match="is damaged"):
        models.load_model(str(folder))


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_brackets_without_end_are_a_sentence(name: str, folder: Path) -> None:
    deep = b"[" * 200_000 + b"]" * 200_000
    header = struct.pack("<Q", len(deep)) if name.endswith(".safetensors") else b""
    (folder / name).write_bytes(header + deep)
    with pytest.raises(PlaygroundError, match=r"is damaged|cannot be read"):
        models.load_model(str(folder))


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_pipe_in_place_of_a_file_is_not_waited_for(name: str, folder: Path) -> None:
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(PlaygroundError):
        models.load_model(str(folder))


def test_an_index_cannot_point_outside_its_folder(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder.parent / "outside.safetensors")
    index = {"metadata": {}, "weight_map": {"wte.weight": "../outside.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(PlaygroundError, match="is missing"):
        models.load_model(str(folder))


# Limits


def test_only_allowed_models(bundled: Path, folder: Path) -> None:
    with override(models=("teller", "google-t5/t5-small")):
        assert [entry.id for entry in models.catalog()] == ["teller", "google-t5/t5-small"]
        assert models.load_model("teller").info.id == "teller"
        for name in (str(folder), "openai-community/gpt2", "gpt2"):
            with pytest.raises(PlaygroundError, match="Choose one of: teller, google-t5/t5-small"):
                models.load_model(name)


def test_folders_outside_the_allowed_ones_are_refused_whether_they_exist_or_not(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    with override(folders=(tmp_path / "elsewhere",)):
        said = set()
        names = (str(folder), str(tmp_path / "link"), f"{tmp_path}/elsewhere/../mine", "/no/such/folder", "~root/x")
        for name in (*names, "~nobody-of-that-name/x", "./" + "x" * 900):
            with pytest.raises(PlaygroundError, match="not among the allowed ones") as caught:
                models.load_model(name)
            said.add(str(caught.value))
        assert len(said) == 1
    with override(folders=(tmp_path,)):
        assert models.load_model(str(folder)).info.source == "folder"


def test_a_folder_too_large_says_both_numbers(folder: Path) -> None:
    with override(max_parameters=30_000), pytest.raises(PlaygroundError, match=r"0\.1 million|0\.0 million"):
        models.load_model(str(folder))


def test_too_little_memory_is_said_before_it_is_taken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "free_bytes", lambda: 1000)  # stays so, also when another model is forgotten
    with pytest.raises(PlaygroundError, match=r"needs about .* GB of memory"):
        models.load_model(str(folder))


def test_running_out_of_memory_is_a_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("[enforce fail at alloc_cpu.cpp:117] . DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", fail)
    with pytest.raises(PlaygroundError, match="not enough memory"):
        models.load_model(str(folder))


# What a config promises


def change_config(folder: Path, **entries: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **entries}))


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"n_layer": -3}, r"n_layer = -3, which no model can have"),
        ({"n_layer": 0}, r"n_layer = 0, which no model can have"),
        ({"n_layer": 100_000, "n_embd": 65_536, "vocab_size": 10**9}, r"n_layer = 100000, which no model can have"),
        ({"vocab_size": 10**400}, r"vocab_size = 100000000000… \(401 characters\), which"),
        ({"n_layer": float("inf")}, r"n_layer = inf, which"),
        ({"text_config": {"num_hidden_layers": -1}}, r"num_hidden_layers = -1, which"),
        ({"n_layer": 900, "n_embd": 65_536}, r"do not belong to its config.json: the files hold .* a model of"),
        ({"n_layer": 400}, r"do not belong to its config.json"),
        ({"n_layer": "many"}, r"is damaged"),
        ({"n_head": 3}, r"do not fit its config|damaged"),
    ],
)
def test_a_config_that_promises_too_much_is_a_sentence_at_once(
    entries: dict[str, object], sentence: str, folder: Path
) -> None:
    """Nothing may be built: these would take all memory, or never end."""
    change_config(folder, **entries)
    with pytest.raises(PlaygroundError, match=sentence):
        models.load_model(str(folder))


def test_the_limit_counts_what_will_be_built_not_only_what_is_in_the_files(folder: Path) -> None:
    """A config that asks for nearly twice the weights of the files: the rest would be made up of random numbers."""
    found = build("gpt2").info.n_parameters
    change_config(folder, n_layer=4)
    with override(max_parameters=found + 1000), pytest.raises(PlaygroundError, match="parameters; at most"):
        models.load_model(str(folder))


def test_tables_that_are_no_weights_count_as_memory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Buffers are in no file and no limit of parameters: an old attention's mask has one entry for every two places."""

    class Masked(transformers.GPT2LMHeadModel):
        def __init__(self, config: transformers.GPT2Config) -> None:
            super().__init__(config)
            self.register_buffer("mask", torch.ones(10**7, 10**7), persistent=False)

    monkeypatch.setattr(estimate, "auto_class", lambda kind: type("", (), {"from_config": lambda c, **_: Masked(c)}))
    with pytest.raises(PlaygroundError, match=r"needs about 400000\.\d GB of memory"):
        models.load_model(str(folder))


@pytest.mark.parametrize("family", FAMILIES)
def test_the_estimate_is_what_is_built(family: str) -> None:
    model = tiny(family)
    guess = estimate.estimate(model.module.config, model.info.kind, "x")
    assert guess is not None
    assert guess.n_parameters == model.info.n_parameters
    assert guess.n_bytes == pytest.approx(model.info.n_bytes, rel=0.01)


def test_a_model_of_too_many_parts_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimate, "MAX_MODULES", 1000)
    with pytest.raises(PlaygroundError, match="too large to be built"):
        estimate.estimate(transformers.GPT2Config(n_layer=900), "decoder", "x")


# Loads that do not end


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The first reading of weights begins, and never ends by itself."""
    begun, real = threading.Event(), models.read_weights

    def read(*args: object) -> object:
        if begun.is_set():
            return real(*args)  # type: ignore[arg-type]
        begun.set()
        while True:
            try:
                sum(range(1000))
            except Exception:  # as libraries do
                continue

    monkeypatch.setattr(models, "read_weights", read)
    yield begun


def test_a_stuck_load_is_given_up_and_holds_up_no_model_that_is_there(
    tmp_path: Path, stuck: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, hanging, other = (str(save(build("gpt2"), tmp_path / name)) for name in ("there", "hanging", "other"))
    with monkeypatch.context() as patch:
        patch.setattr(models, "read_weights", loading.read_weights)
        loaded = models.load_model(there)
    told: list[str] = []
    with override(load_timeout_s=2), ThreadPoolExecutor(2) as pool:
        first = pool.submit(models.load_model, hanging)
        assert stuck.wait(20)
        second = pool.submit(models.load_model, other, lambda fraction, sentence: told.append(sentence))
        assert models.load_model(there) is loaded and not first.done()
        with pytest.raises(PlaygroundError, match="took more than 2 s to load"):
            first.result(20)
        assert second.result(20).info.id == other
    assert any(sentence.startswith("Waiting to load") for sentence in told)


def test_who_waits_for_a_stuck_reader_is_told_in_the_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read from a disk that does not answer cannot be interrupted at all."""
    assert models._one_reader.acquire()
    try:
        with override(load_timeout_s=1), pytest.raises(PlaygroundError, match="Another model has been loading"):
            models.load_model(str(folder))
    finally:
        models._one_reader.release()


# What stays loaded


def test_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    a, b, c = (str(save(build("gpt2"), tmp_path / name)) for name in "abc")
    size = build("gpt2").info.n_bytes
    with override(cache_bytes=int(2.5 * size)):
        first = models.load_model(a)
        models.load_model(b)
        assert models.load_model(a) is first
        models.load_model(c)
        assert [info.id for info in models.loaded()] == [a, c]
    with override(cache_bytes=0):
        models.load_model(b)
        assert [info.id for info in models.loaded()] == [b]  # the newest stays, or nothing could ever be shown


def test_unload(folder: Path) -> None:
    model = models.load_model(str(folder))
    assert models.unload(str(folder)) and not models.unload(str(folder))
    assert models.load_model(str(folder)) is not model


class _SlowLoad:
    """Holds the first load until a second thread waits for it, and counts loads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.waiting = threading.Event()
        self._load = models._load
        monkeypatch.setattr(models, "_load", self)

    def __call__(self, place: Place, tell: models.Progress) -> LoadedModel:
        self.count += 1
        if self.count == 1:
            assert self.waiting.wait(30)
            tell(0.5, "under way")
        return self._load(place, tell)

    def see(self, fraction: float | None, sentence: str) -> None:
        if sentence.startswith("Waiting for"):
            self.waiting.set()


def test_two_threads_load_a_model_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, got = _SlowLoad(monkeypatch), []
    threads = [threading.Thread(target=lambda: got.append(models.load_model(str(folder), slow.see))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert slow.count == 1 and len(got) == 2 and got[0] is got[1]


def test_two_models_at_once_are_both_whole(tmp_path: Path) -> None:
    """``from_pretrained`` in two threads leaves weights without data, unless one waits for the other."""
    names = [str(save(build(family), tmp_path / family)) for family in ("gpt2", "marian")]
    for _ in range(3):
        got: list[LoadedModel] = []

        def load(name: str, got: list[LoadedModel] = got) -> None:
            got.append(models.load_model(name))

        threads = [threading.Thread(target=load, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(model.info.family for model in got) == ["gpt2", "marian"]
        assert not any(weight.is_meta for model in got for weight in model.module.parameters())
        assert all(models.unload(name) for name in names)


def test_who_waits_for_a_load_that_is_cancelled_loads_it_instead(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class CancelError(Exception):
        pass

    def cancel(fraction: float | None, sentence: str) -> None:
        if fraction == 0.5:
            raise CancelError

    slow, got, errors = _SlowLoad(monkeypatch), [], []

    def first() -> None:
        try:
            models.load_model(str(folder), cancel)
        except CancelError as error:
            errors.append(error)

    one = threading.Thread(target=first)
    one.start()
    while slow.count == 0:
        one.join(0.005)
    two = threading.Thread(target=lambda: got.append(models.load_model(str(folder), slow.see)))
    two.start()
    one.join(60)
    two.join(60)
    assert len(errors) == 1 and len(got) == 1 and slow.count == 2


def test_the_device_follows_the_setting(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    with override(device="auto"):
        assert loading.device() == "cuda"
    with override(device="cpu"):
        assert models.load_model(str(folder)).info.device == "cpu"


def test_the_first_import_of_a_family_is_not_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may take longer than the limit on a busy machine, and modules that are half imported fail ever after."""
    def slow(config: Any, kind: str) -> None:
        loading.import_family(config, kind)
        time.sleep(2.5)

    monkeypatch.setattr(estimate, "import_family", slow)
    monkeypatch.setattr(estimate, "MAX_SECONDS", 2.0)
    found = estimate.estimate(tiny("gpt2").module.config, "decoder", "tiny")
    assert found is not None and found.n_parameters == tiny("gpt2").info.n_parameters
