"""The lab's endpoints.

Here: which there are, and what each hands on. Not here: guarding them (``guards``), computing
(``work``, in processes of their own), the chapters (``book``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

import countermove
from countermove.foundation import ScenarioError, shown
from countermove.lab import book, limits
from countermove.lab.bodies import CheckBody, GameBody, JobBody, PreviewBody, Refusal, StoryBody
from countermove.lab.crew import QuickCrew
from countermove.lab.files import FILES
from countermove.lab.guards import Guards
from countermove.lab.jobs import RESULT, Jobs
from countermove.lab.limits import Refused, error_fields, refused
from countermove.lab.page import Page

REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal, "description": said}
    for status, said in {
        400: "Not JSON",
        401: "The token is missing",
        403: "Not the lab's own page",
        404: "There is none",
        405: "Not a method of this address",
        409: "The job is not done",
        413: "Too large",
        421: "Another host's name",
        422: "Not possible as asked",
        429: "The queue is full",
        500: "A fault of the program",
        503: "Busy",
        504: "It took too long",
    }.items()
}
JSON_BODY = "application/json"
router = APIRouter(prefix="/api", responses=REFUSALS)


@dataclass
class Lab:
    """What the endpoints share: workers, the queue, the page."""

    quick: QuickCrew
    jobs: Jobs
    token_needed: bool

    def close(self) -> None:
        """End every worker."""
        self.quick.close()
        self.jobs.close()


def create_app(
    *, workers: int = 1, quick: int = 2, port: int | None = None, token: str = ""
) -> FastAPI:
    """Make the application; its workers begin with it and end with it.

    Parameters
    ----------
    workers, quick
        Processes for long jobs, and for what a page waits for.
    port
        Of the server, which ``Host`` has to name; None: any.
    token
        What every call has to know; empty: none.
    """

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        app.state.lab = lab = Lab(QuickCrew(quick), Jobs(workers), bool(token))
        try:
            yield
        finally:
            await run_in_threadpool(lab.close)

    app = FastAPI(
        title="countermove lab",
        version=countermove.__version__,
        description=limits.DISCLAIMER,
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.include_router(router)
    app.add_exception_handler(Refused, _refuse)
    app.add_exception_handler(ScenarioError, _refuse_scenario)
    app.add_exception_handler(RequestValidationError, _refuse_body)
    app.add_exception_handler(HTTPException, _refuse_http)
    page = Page()
    app.add_api_route("/{path:path}", page.answer, methods=["GET"], include_in_schema=False)
    app.add_middleware(Guards, port=port, token=token)
    return app


async def _refuse(request: Request, error: Any) -> Response:
    return JSONResponse({"error": error.error}, error.status)


async def _refuse_scenario(request: Request, error: Any) -> Response:
    return JSONResponse({"error": error_fields(error)}, 404)


async def _refuse_body(request: Request, error: Any) -> Response:
    first = error.errors()[0]
    where = ".".join(str(step) for step in first["loc"] if step != "body") or "body"
    status = 400 if first["type"] == "json_invalid" else 422
    result = refused(status, where[:200], got=shown(first.get("input")), expected=first["msg"])
    return JSONResponse({"error": result.error}, status)


async def _refuse_http(request: Request, error: Any) -> Response:
    result = refused(
        error.status_code,
        request.url.path[:200],
        got=f"{request.method} there",
        expected="an address of the lab",
    )
    return JSONResponse({"error": result.error}, error.status_code, getattr(error, "headers", None))


def _lab(request: Request) -> Lab:
    return request.app.state.lab


async def _quick(request: Request, task: str, given: dict[str, Any]) -> Response:
    return Response(
        await run_in_threadpool(_lab(request).quick.call, task, given), media_type=JSON_BODY
    )


@router.get("/meta")
async def _meta(request: Request) -> dict[str, Any]:
    """Version, bounds, and the line that stands on every page."""
    lab = _lab(request)
    return {
        "version": countermove.__version__,
        "limits": {
            "patients": limits.JOB_PATIENTS,
            "preview_patients": limits.PREVIEW_PATIENTS,
            "scenario_bytes": limits.SCENARIO_BYTES,
            "jobs": limits.QUEUED,
        },
        "disclaimer": limits.DISCLAIMER,
        "token_needed": lab.token_needed,
        "warm": lab.quick.warm.is_set(),
    }


def _book(path: str, told: Callable[[], Any]) -> None:
    """Add an endpoint that reads from the package alone."""

    def answer() -> Any:
        return told()

    answer.__doc__ = told.__doc__
    router.add_api_route(path, answer, methods=["GET"], name=told.__name__)


_book("/claims", book.claims_told)
_book("/chapters", book.chapters)
_book("/glossary", book.glossary)
_book("/catalog", book.catalog_told)


@router.get("/catalog/{name}")
def _entry(name: str) -> dict[str, Any]:
    """One entry of the catalog: its scenario, how it was read, what the paper reports."""
    return book.entry_told(name)


@router.post("/catalog/{name}/reproduce", status_code=202)
def _reproduce(request: Request, name: str) -> dict[str, Any]:
    """Recompute an entry: a job."""
    known = book.entry_told(name)["name"]
    return _queue(request, "reproduce", {"name": known})


@router.post("/check")
async def _check(request: Request, body: CheckBody) -> Response:
    """Check a scenario; what is wrong is said as the command line says it."""
    return await _quick(request, "check", body.model_dump())


@router.post("/preview")
async def _preview(request: Request, body: PreviewBody) -> Response:
    """Simulate a few patients at once."""
    return await _quick(request, "preview", body.model_dump())


@router.post("/game")
async def _game(request: Request, body: GameBody) -> Response:
    """Replay the moves of a game."""
    return await _quick(request, "play", body.model_dump())


@router.post("/story")
async def _story(request: Request, body: StoryBody) -> Response:
    """Tell one patient, from the first cell to the last visit."""
    return await _quick(request, "tell", body.model_dump())


@router.post("/jobs", status_code=202)
async def _ask(request: Request, body: JobBody) -> dict[str, Any]:
    """Queue a cohort; what cannot be run is refused at once."""
    given = body.model_dump(exclude={"kind"})
    if body.kind == "run":
        given = {key: value for key, value in given.items() if key not in ("policies", "fields")}
    checked = {"yaml": body.yaml, "settings": body.settings, "patients": body.patients}
    if body.kind == "compare":
        checked |= {"policies": body.policies, "fields": body.fields, "engine": body.engine}
    await run_in_threadpool(_lab(request).quick.call, "check", checked)
    return _queue(request, body.kind, given)


@router.get("/jobs/{job}")
def _told(request: Request, job: str) -> dict[str, Any]:
    """How far a job is."""
    return _lab(request).jobs.told(job)


@router.delete("/jobs/{job}")
def _cancel(request: Request, job: str) -> dict[str, Any]:
    """Cancel a job."""
    return _lab(request).jobs.cancel(job)


@router.get("/jobs/{job}/result")
def _result(request: Request, job: str) -> Response:
    """Return what a job found."""
    return Response(_lab(request).jobs.file(job, RESULT).read_bytes(), media_type=JSON_BODY)


@router.get("/jobs/{job}/files/{file}")
def _file(request: Request, job: str, file: str) -> Response:
    """Return a file of a job."""
    known = file if file in FILES else ""
    body = _lab(request).jobs.file(job, known).read_bytes()
    said = {"content-disposition": f'attachment; filename="{known}"'}
    return Response(body, media_type=FILES[known], headers=said)


def _queue(request: Request, task: str, given: dict[str, Any]) -> dict[str, Any]:
    address = request.client.host if request.client else ""
    client = f"{address} {request.headers.get('x-countermove-client', '')[:40]}"
    job, position = _lab(request).jobs.add(client, task, given)
    return {"id": job.id, "position": position, "state": job.state}
