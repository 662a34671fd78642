"""The built page, read once when the server starts.

Here: its files by name, and a plain page where there is none. Not here: building it (``web/``).
"""

from __future__ import annotations

import mimetypes
from typing import Any

from fastapi.responses import Response

from countermove.lab.built import page_files
from countermove.lab.limits import DISCLAIMER, refused

KEPT = "public, max-age=31536000, immutable"  # of files whose names hold a hash
PLAIN = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>countermove lab</title>
<h1>countermove lab</h1>
<p>The server runs. Its page is not built: in <code>web/</code>, <code>npm ci</code> and
<code>npm run build</code> make it.</p>
<p>What the server answers is described in <a href="/api/openapi.json">openapi.json</a>.</p>
<p>{DISCLAIMER}</p>
</html>
"""
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
TYPES |= {".woff2": "font/woff2", ".json": "application/json", ".html": "text/html"}
TYPES |= {".webmanifest": "application/manifest+json"}


class Page:
    """Files of the page, by address."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = page_files()

    async def answer(self, path: str) -> Any:
        """Answer with a file; an address without a dot is the page itself, which reads it."""
        if path.startswith("api/") or path == "api":
            raise refused(
                404, f"/{path[:200]}", got="nothing there", expected="an address of the lab"
            )
        name = path if path in self.files else ""
        if not name and "." in path.rpartition("/")[2]:
            raise refused(404, f"/{path[:200]}", got="no such file", expected="a file of the page")
        if not name:
            name = "index.html"
        body = self.files.get(name, PLAIN.encode())
        ending = "." + name.rpartition(".")[2]
        kind = TYPES.get(ending) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        text = kind.startswith("text/")
        kept = KEPT if name.startswith("assets/") else "no-cache"
        return Response(
            body,
            media_type=f"{kind}; charset=utf-8" if text else kind,
            headers={"cache-control": kept},
        )
