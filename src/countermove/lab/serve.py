"""Starting the lab: address, token, browser, server.

Here: ``serve``. Not here: the endpoints (``app``), the command (``command_line.lab``).
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import webbrowser
from collections.abc import Callable
from contextlib import suppress

from countermove.foundation import ScenarioError
from countermove.lab.guards import is_loopback

INSTALL = "pip install 'countermove[lab]'"
SHORTEST_TOKEN = 16


def serve(
    host: str,
    port: int,
    *,
    browser: bool,
    token: str | None,
    workers: int | None,
    say: Callable[[str], None],
) -> None:
    """Serve until interrupted.

    Parameters
    ----------
    host, port
        To bind to; port 0 takes any that is free.
    browser
        Whether to open the page.
    token
        What every call has to know; ``new`` makes one. Needed on another host than loopback.
    workers
        Processes for long jobs; one fewer than cores by default.
    say
        Tells the reader the address.

    Raises
    ------
    ScenarioError
        The packages are missing, the token is missing or short, the port cannot be had.
    """
    try:
        import uvicorn

        from countermove.lab.app import create_app
    except ModuleNotFoundError as error:
        raise ScenarioError(
            "lab", got=f"no {error.name}", expected="the packages of the lab", remedy=f"{INSTALL}"
        ) from None
    token = secrets.token_urlsafe(24) if token == "new" else token or ""
    if not token and not is_loopback(host):
        raise ScenarioError(
            "--host",
            got=f"{host}, which other machines reach, without a token",
            expected="127.0.0.1, or a token",
            remedy="Add --token new.",
        )
    if token and len(token) < SHORTEST_TOKEN:
        raise ScenarioError(
            "--token",
            got=f"{len(token)} characters",
            expected=f"{SHORTEST_TOKEN} or more",
            remedy="--token new makes one.",
        )
    opened = _bound(host, port)
    port = opened.getsockname()[1]
    name = f"[{host}]" if ":" in host else host
    address = f"http://{name}:{port}/" + (f"#token={token}" if token else "")
    crew = workers or max(1, min(4, (os.cpu_count() or 2) - 1))
    app = create_app(workers=crew, port=port, token=token)
    config = uvicorn.Config(app, log_level="warning", server_header=False, ws="none")
    say(address)
    if browser:
        threading.Timer(0.8, webbrowser.open, (address,)).start()
    with opened, suppress(KeyboardInterrupt):  # Ctrl-C is how it ends
        uvicorn.Server(config).run(sockets=[opened])


def _bound(host: str, port: int) -> socket.socket:
    """Bind before anything starts, so that a taken port is said in one line."""
    opened = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host, port))
    except OSError as error:
        opened.close()
        raise ScenarioError(
            "--port",
            got=f"{host}:{port} ({error.strerror or error})",
            expected="a free port",
            remedy="--port 0 takes one that is free.",
        ) from None
    return opened
