"""What comes through the gate, and with which headers."""

from __future__ import annotations

import gzip
from pathlib import Path

import brotli
import httpx
import pytest

from playground.serving import files, gate, home

OPEN = ["/", "/config", "/theme.css", "/gradio_api/info", "/favicon.ico", "/robots.txt", "/gradio_api/app_id"]
CLOSED = [
    ("POST", "/gradio_api/upload"), ("GET", "/gradio_api/file=/etc/passwd"), ("GET", "/monitoring"),
    ("GET", "/gradio_api/file=https://example.org/"), ("GET", "/gradio_api/proxy=https://a.hf.space/x"),
    ("GET", "/gradio_api/custom_component/a/client/b/c"), ("POST", "/gradio_api/component_server"),
    ("GET", "/gradio_api/vibe-code"), ("GET", "/gradio_api/deep_link"), ("GET", "/gradio_api/runs"),
    ("GET", "/assets/../index.html"), ("GET", "/assets/%2e%2e/index.html"), ("GET", "/assets/no-such.js"),
    ("GET", "/docs"), ("PUT", "/"), ("DELETE", "/config"), ("GET", "/gradio_api/call/a.b/c"),
]  # fmt: skip


@pytest.mark.parametrize("path", OPEN)
def test_what_the_page_needs_is_open_and_carries_the_headers(page: httpx.Client, path: str) -> None:
    answer = page.get(path)
    assert answer.status_code == 200
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_all_else_does_not_exist(page: httpx.Client, method: str, path: str) -> None:
    answer = page.request(method, path, content=b"x" if method == "POST" else None)
    assert answer.status_code == 404 and "There is nothing at this address" in answer.json()["detail"]


def test_what_is_too_large_is_refused_also_where_it_does_not_say_so(page: httpx.Client) -> None:
    large = b'{"data": ["' + bytes(gate.MAX_BODY_BYTES) + b'"]}'
    kind = {"content-type": "application/json"}
    said = page.post("/gradio_api/call/ask", content=large, headers=kind)
    hidden = page.post("/gradio_api/call/ask", content=iter([large]), headers=kind)  # in chunks, without a length
    assert [said.status_code, hidden.status_code] == [413, 413]
    assert "at most 2 MB" in said.json()["detail"]


def test_frames_are_for_this_server_and_in_a_space_for_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    assert gate.content_policy().endswith("frame-ancestors 'self'")
    monkeypatch.setenv("SPACE_ID", "someone/playground")
    assert gate.content_policy().endswith("frame-ancestors 'self' https://huggingface.co https://*.hf.space")


def test_a_path_prefix_of_a_proxy_is_no_part_of_the_path() -> None:
    assert gate._path({"path": "/play/config", "root_path": "/play"}) == "/config"
    assert gate._path({"path": "/config", "root_path": "/play"}) == "/config"  # a proxy that strips it
    assert gate._path({"path": "/play", "root_path": "/play"}) == "/"


# Files


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "ours.js"
    path.write_text("const ours = 'ours';\n" * 500)
    return path


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip, deflate, br", "br"), ("gzip;q=0.5", "gzip"), ("identity", None), ("zstd", None)],
)
def test_a_file_of_ours_comes_compressed_for_ever_and_without_a_folder(
    page: httpx.Client, script: Path, accepted: str, encoding: str | None
) -> None:
    address = files.address(script)
    assert str(script.parent) not in address and not address.startswith("/")
    with page.stream("GET", "/" + address, headers={"accept-encoding": accepted}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers.get("content-encoding") == encoding
    assert (
        answer.headers["content-type"].startswith("text/javascript") and "immutable" in answer.headers["cache-control"]
    )
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding]
    assert unpack(raw) == script.read_bytes()
    assert encoding is None or len(raw) < 0.1 * script.stat().st_size


def test_another_content_has_another_address(script: Path) -> None:
    before = files.address(script)
    script.write_text("const ours = 'other';\n")
    assert files.address(script) != before and files.address(script) == files.address(script)


def test_gradios_scripts_are_kept_for_ever_and_what_is_not_named_by_content_is_asked_for_again(
    page: httpx.Client,
) -> None:
    named = next(path for path in files._gradios() if path.endswith(".js") and path.startswith("/assets/"))
    other = next(path for path in files._gradios() if path.startswith("/static/img/") and path.endswith(".svg"))
    assert page.get(named).headers["cache-control"] == files.FOREVER
    first = page.get(other)
    assert first.headers["cache-control"] == "no-cache"
    again = page.get(other, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_each_file_is_compressed_once(page: httpx.Client, script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, real = [], files.compressed

    def count(content: bytes, encoding: str) -> bytes:
        made.append(encoding)
        return real(content, encoding)

    monkeypatch.setattr(files, "compressed", count)
    script.write_text("const mine = 'mine';\n" * 500)
    address = files.address(script)
    for _ in range(3):
        assert page.get("/" + address, headers={"accept-encoding": "br"}).status_code == 200
    assert made.count("br") == 1


# The page


def test_the_page_comes_packed_and_is_made_once(page: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made, real = [], home.compressed

    def count(content: bytes, encoding: str) -> bytes:
        made.append(encoding)
        return real(content, encoding)

    monkeypatch.setattr(home, "compressed", count)
    own = {"host": "a-class:80"}
    plain = page.get("/", headers={**own, "accept-encoding": "identity"})
    packed = [page.get("/?text=mine", headers={**own, "accept-encoding": "br"}) for _ in range(3)]
    assert {answer.text for answer in packed} == {plain.text} and "window.gradio_config" in plain.text
    assert packed[0].headers["content-encoding"] == "br" and int(packed[0].headers["content-length"]) < len(
        plain.content
    )
    assert sorted(made) == ["", "br"]
    again = page.get("/", headers={**own, "accept-encoding": "br", "if-none-match": packed[0].headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert packed[0].headers["cache-control"] == files.ASK_AGAIN, "another version is seen at once"


def test_each_address_has_its_own_page(page: httpx.Client) -> None:
    """It holds the address by which it was reached; a proxy names that in headers of its own."""
    one, two = (page.get("/", headers={"host": host}).text for host in ("first:80", "second:80"))
    assert "http://first" in one and "second" not in one and "http://second" in two
    proxied = page.get("/", headers={"x-forwarded-host": "space.example", "x-forwarded-proto": "https"}).text
    assert "https://space.example" in proxied


def test_the_head_of_the_page_is_that_of_the_page(page: httpx.Client) -> None:
    whole, head = page.get("/"), page.head("/")
    assert head.status_code == 200 and head.content == b"" and head.headers["etag"] == whole.headers["etag"]
