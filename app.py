"""Starts the playground: ``python app.py [--host H] [--port P] [--model M] [--offline]``. A Space runs this file too.

Gradio's own environment variables (``GRADIO_SERVER_NAME``, ``GRADIO_SERVER_PORT``, …) hold where no argument is given;
the playground's are listed in the README.
"""

from __future__ import annotations

import argparse
import os
import signal
import threading
import time
from typing import Any

from playground.settings import LOOPBACK, quiet_environment, settings

quiet_environment()  # before gradio and transformers are imported, who read these variables then


from playground import engine, models, ui  # noqa: E402
from playground.errors import PlaygroundError  # noqa: E402
from playground.serving.memory import keep_memory_flat  # noqa: E402

GRACE_S = 3.0
"""For the steps that are under way when the playground is told to stop."""
STOPPING = "The playground is being stopped. Nothing you typed is lost: press Run or Write again when it is back."


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="A visual playground to look inside transformer language models.")
    parser.add_argument(
        "--host", help="address to listen on, such as 0.0.0.0 (default: GRADIO_SERVER_NAME or 127.0.0.1)"
    )
    parser.add_argument("--port", type=int, help="port to listen on (default: GRADIO_SERVER_PORT, or 7860 and up)")
    parser.add_argument("--model", help="model to open with: a bundled name, a hub id or a folder")
    parser.add_argument("--offline", action="store_true", help="never ask the hub: bundled and downloaded models only")
    return parser.parse_args(argv)


def prepare(options: argparse.Namespace) -> None:
    """Puts the command line into the environment, and looks whether what it and the environment say can be done.

    Where others than this machine's own people can reach the page, the folders of this machine are closed unless
    ``PLAYGROUND_FOLDERS`` opens some.

    Raises:
        PlaygroundError: a variable that cannot be read, or a model that cannot be opened.
    """
    if options.offline:
        os.environ["PLAYGROUND_OFFLINE"] = "1"
    host = options.host or os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1")
    if host not in LOOPBACK:
        os.environ.setdefault("PLAYGROUND_FOLDERS", "none")
    for name in (*([options.model] if options.model else []), *settings().models):
        models.check_name(name)


def warm_up(model: str | None) -> None:
    """Loads the libraries and the model to open with while the browser still fetches the page."""
    first = ui.first_state(model)
    try:
        engine.trace(engine.Prompt(first["model"], first["text"]))
    except PlaygroundError as error:
        print(error)


def serve_until_stopped(page: Any) -> None:
    """Waits for Ctrl-C or SIGTERM; then everyone who waits is told, and what is under way may end its step."""
    stop = threading.Event()

    def told(number: int, _: Any) -> None:
        signal.signal(number, signal.SIG_DFL)  # a second one ends the process at once
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, told)
    stop.wait()
    print("Stopping.", flush=True)
    engine.close(STOPPING)
    until = time.monotonic() + GRACE_S
    while engine.line().crowd and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.2)  # for the last answers to leave
    page.close(verbose=False)


def main(argv: list[str] | None = None) -> None:
    """Builds the page and serves it until it is told to stop."""
    options = arguments(argv)
    try:
        prepare(options)
    except PlaygroundError as error:
        raise SystemExit(str(error)) from error
    keep_memory_flat()
    page = ui.build(options.model)
    threading.Thread(target=warm_up, args=(options.model,), daemon=True).start()
    try:
        page.launch(server_name=options.host, server_port=options.port, prevent_thread_lock=True, **ui.launch_options())
    except FileNotFoundError:
        raise
    except OSError as error:  # the port is taken, or the address is not this machine's
        raise SystemExit(f"The page cannot be served there: {error}. Choose another --host or --port.") from error
    serve_until_stopped(page)
    os._exit(0)  # a forward pass that is still under way would hold the process until it ends


if __name__ == "__main__":
    main()
