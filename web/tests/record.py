"""Record what the server answers, for the tests of the page's pure modules.

Here: one chapter, one patient of it, and the patient of the story. Not here: the tests themselves
(``pure.test.ts``).
Run from the root of the repository with the interpreter that has the extra ``lab``.
"""

import json
from pathlib import Path
from urllib.request import Request, urlopen

LAB = "http://127.0.0.1:8765/api"
ASKED = {"Content-Type": "application/json", "X-Countermove": "lab"}


def main() -> None:
    """Ask a running ``countermove lab``."""
    chapter = json.load(urlopen(f"{LAB}/chapters"))[0]
    body = {"yaml": chapter["yaml"], "engine": "branching", "patients": 1, "seed": 1}
    request = Request(f"{LAB}/preview", json.dumps(body).encode(), ASKED)
    found = {"yaml": chapter["yaml"], "patient": json.load(urlopen(request))}
    request = Request(f"{LAB}/story", json.dumps({"seed": 1}).encode(), ASKED)
    found["story"] = json.load(urlopen(request))
    file = Path(__file__).with_name("answers.json")
    file.write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
