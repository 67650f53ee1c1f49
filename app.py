"""Starts the playground: ``python app.py [--host H] [--port P] [--model M] [--offline]``. A Space runs this file too.

Gradio's own environment variables (``GRADIO_SERVER_NAME``, ``GRADIO_SERVER_PORT``, …) hold where no argument is given;
the playground's are listed in the README.
"""

from __future__ import annotations

import argparse
import os
import threading

from playground.settings import quiet_environment

quiet_environment()  # before gradio and transformers are imported, who read these variables then


from playground import ui  # noqa: E402


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


def warm_up(model: str | None) -> None:
    """Loads the libraries and the model to open with while the browser still fetches the page."""
    from playground import engine
    from playground.engine import Prompt
    from playground.errors import PlaygroundError

    first = ui.first_state(model)
    try:
        engine.trace(Prompt(first["model"], first["text"]))
    except PlaygroundError as error:
        print(error)


def main(argv: list[str] | None = None) -> None:
    """Builds the page and serves it until it is interrupted."""
    options = arguments(argv)
    if options.offline:
        os.environ["PLAYGROUND_OFFLINE"] = "1"
    page = ui.build(options.model)
    threading.Thread(target=warm_up, args=(options.model,), daemon=True).start()
    try:
        page.launch(server_name=options.host, server_port=options.port, **ui.launch_options())
    except OSError as error:  # the port is taken, or the address is not this machine's
        raise SystemExit(f"The page cannot be served there: {error}. Choose another --host or --port.") from error


if __name__ == "__main__":
    main()
