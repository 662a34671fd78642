"""What stands between a request and the lab: host, origin, token, size, and the page's policy.

Here: one ASGI layer that refuses before anything is read, and the headers of every answer. Not
here: what the endpoints do (``app``).
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from countermove.lab.limits import BODY_BYTES, Refused, refused

App = Callable[..., Awaitable[None]]
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
CHANGING = ("POST", "PUT", "PATCH", "DELETE")
HEADERS = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data: blob:; "
        "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


def is_loopback(host: str) -> bool:
    """Whether a host to bind to can be reached from this machine alone."""
    return host in ("127.0.0.1", "localhost", "::1")


class Guards:
    """The layer.

    Parameters
    ----------
    app
        What it stands before.
    port
        Of the server; None lets any port pass in ``Host``.
    token
        Asked of every request below ``/api`` where it is given.
    """

    def __init__(self, app: App, *, port: int | None = None, token: str = "") -> None:
        self.app, self.port, self.token = app, port, token

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Answer, or refuse."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }

        async def headed(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                own = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message["headers"], *(h for h in own if h[0] not in given)]
            await send(message)

        try:
            self._check(scope["method"], scope["path"], headers)
            body = await _body(receive) if scope["method"] in CHANGING else b""
        except Refused as error:
            await _answer(headed, error)
            return
        await self.app(scope, _again(body, receive), headed)

    def _check(self, method: str, path: str, headers: dict[str, str]) -> None:
        """Refuse another host's name, another page's call, a call without the token.

        Raises
        ------
        Refused
            421, 403, 401 or 413.
        """
        host = headers.get("host", "")
        if not self.token and not self._own(host):
            raise refused(
                421,
                "Host",
                got=repr(host[:100]),
                expected="this machine's own name, as 127.0.0.1",
                remedy="Open the address that countermove lab printed.",
            )
        origin = headers.get("origin")
        if method in CHANGING:
            if headers.get("x-countermove") != "lab":
                raise refused(
                    403,
                    "X-Countermove",
                    got=repr(headers.get("x-countermove", "")[:100]),
                    expected="'lab', which the lab's own page sends",
                )
            if origin is not None and origin.partition("://")[2] != host:
                raise refused(403, "Origin", got=repr(origin[:100]), expected="the lab's own page")
        if self.token and path.startswith("/api/"):
            given = headers.get("authorization", "")
            if not hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
                raise refused(
                    401,
                    "Authorization",
                    got="no token, or another",
                    expected="the token of this lab",
                    remedy="Open the address that countermove lab printed, token and all.",
                )
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length[:20]) > BODY_BYTES:
            raise _too_large()

    def _own(self, host: str) -> bool:
        name, colon, port = host.rpartition(":")
        if not colon or host.endswith("]"):
            name, port = host, ""
        if self.port is not None and port not in ("", str(self.port)):
            return False
        return name in LOOPBACK


def _too_large() -> Refused:
    return refused(413, "body", got="more", expected=f"at most {BODY_BYTES:,} bytes")


async def _body(receive: Any) -> bytes:
    """Read a body within bounds, whatever its header says."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b""
        part = message.get("body", b"")
        size += len(part)
        if size > BODY_BYTES:
            raise _too_large()
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Any) -> Any:
    """Give a body that was read once more, then what follows it."""
    given = False

    async def once() -> Any:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once


async def _answer(send: Any, error: Refused) -> None:
    body = json.dumps({"error": error.error}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if error.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
