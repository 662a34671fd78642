/// The page's one source of answers: the server, or data exported beside the page (exported.ts).
/// Here: one fetch with the headers the server asks for, and one shape of error.
import { data, game as playedHere, preview as kept } from "./exported";
import type {
  Chapter, Claim, GameAnswer, JobResult, JobState, Meta, Move, Preview, Problem, Settings, Story, Term,
} from "./types";

export class ApiError extends Error {
  constructor(public problem: Problem, public status: number) {
    super(problem.text);
  }
}

export const UNREACHABLE = "The server does not answer. Is countermove lab still running?";

/** A token comes once in the address (#token=…, which no server's log sees), and stays in this tab. */
function token(): string | null {
  const asked = /^#token=([^&/]+)/.exec(location.hash)?.[1] ?? null;
  try {
    if (asked) sessionStorage.setItem("countermove-token", asked);
    return asked ?? sessionStorage.getItem("countermove-token");
  } catch {
    return asked;
  }
}

export function headers(writes: boolean): Record<string, string> {
  const given = token();
  return {
    ...(writes ? { "X-Countermove": "lab", "Content-Type": "application/json" } : {}),
    ...(given ? { Authorization: `Bearer ${given}` } : {}),
  };
}

function problemOf(status: number, body: unknown): Problem {
  const error = (body as { error?: Problem | string } | null)?.error;
  if (typeof error === "string") return { text: error };
  if (error && typeof error.text === "string") return error;
  return { text: `The server answered ${status} without saying why.` };
}

async function call<T>(path: string, init: RequestInit = {}): Promise<T> {
  const writes = init.method !== undefined && init.method !== "GET";
  let response: Response;
  try {
    response = await fetch(`api/${path}`, { ...init, headers: headers(writes) });
  } catch (error) {
    if ((error as Error).name === "AbortError") throw error;
    throw new ApiError({ text: UNREACHABLE }, 0);
  }
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(problemOf(response.status, body), response.status);
  return body as T;
}

const post = <T>(path: string, body: unknown, signal?: AbortSignal) =>
  call<T>(path, { method: "POST", body: JSON.stringify(body), signal });

export interface PreviewAsked {
  yaml: string;
  settings?: Settings;
  engine?: string;
  patients: number;
  seed?: number;
}
export interface Checked {
  ok: true;
  name: string;
  hash: string;
  form: Record<string, unknown>;
}
export interface Entry {
  yaml: string;
  reading: string;
  numbers: { says: string; paper: unknown; ours?: unknown; place: string; status: string; tolerance: unknown }[];
}

export const api = {
  meta: async () => data?.meta ?? call<Meta>("meta"),
  claims: async () => data?.claims ?? call<Claim[]>("claims"),
  chapters: async () => data?.chapters ?? call<Chapter[]>("chapters"),
  glossary: async () => data?.glossary ?? call<Term[]>("glossary"),
  check: (yaml: string, signal?: AbortSignal) => post<Checked>("check", { yaml }, signal),
  preview: (asked: PreviewAsked, signal?: AbortSignal) =>
    data ? kept(asked) : post<Preview>("preview", asked, signal),
  start: (asked: { yaml: string; kind: "run" | "compare"; policies?: string[]; fields?: Record<string, Record<string, string>>; patients: number }) =>
    post<{ id: string; position: number }>("jobs", asked),
  job: (id: string) => call<JobState>(`jobs/${encodeURIComponent(id)}`),
  cancel: (id: string) => call<unknown>(`jobs/${encodeURIComponent(id)}`, { method: "DELETE" }),
  result: (id: string) => call<JobResult>(`jobs/${encodeURIComponent(id)}/result`),
  catalog: () => call<(string | { name: string; title?: string })[]>("catalog"),
  entry: (name: string) => call<Entry>(`catalog/${encodeURIComponent(name)}`),
  reproduce: (name: string) =>
    post<{ id: string; position: number }>(`catalog/${encodeURIComponent(name)}/reproduce`, {}),
  game: (asked: { seed: number; moves: Move[]; reveal: boolean }) =>
    data ? playedHere(asked) : post<GameAnswer>("game", asked),
  story: (seed: number) => post<Story>("story", { seed }),
  async file(id: string, name: string): Promise<Blob> {
    const response = await fetch(`api/jobs/${encodeURIComponent(id)}/files/${name}`, { headers: headers(false) })
      .catch(() => { throw new ApiError({ text: UNREACHABLE }, 0); });
    if (!response.ok) throw new ApiError(problemOf(response.status, await response.json().catch(() => null)), response.status);
    return response.blob();
  },
};
