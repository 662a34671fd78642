/// A small stand-in for the server: recorded numbers (mock/answers.json), for development and tests.
/// Here: the API of the lab over recorded answers. Not here: making them (mock/make.py).
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

/// The policy that the server sends too: nothing inline, nothing from elsewhere.
export const CSP =
  "default-src 'self'; img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

type Json = any;
const read = (): Json =>
  JSON.parse(readFileSync(fileURLToPath(new URL("./answers.json", import.meta.url)), "utf-8"));

async function body(request: IncomingMessage): Promise<Json> {
  let text = "";
  for await (const part of request) text += part;
  return text ? JSON.parse(text) : {};
}

function nearest(all: Json, yaml: string, settings: Record<string, number>, patients: number): Json {
  const chapter = all.chapters.find((c: Json) => c.yaml === yaml) ?? all.chapters[0];
  const found: Json[] = all.previews[chapter.id];
  if (patients === 1) return found.find((f) => f.patients === 1).answer;
  const away = (path: string, value: number) => {
    const control = chapter.controls.find((c: Json) => c.path === path);
    return control ? Math.abs(value - control.value) / (control.max - control.min) : 0;
  };
  const moved = Object.entries(settings).sort((a, b) => away(b[0], b[1]) - away(a[0], a[1]))[0];
  if (!moved) return found[0].answer;
  const [path, value] = moved;
  const same = found.filter((f) => path in f.settings);
  same.sort((a, b) => Math.abs(a.settings[path] - value) - Math.abs(b.settings[path] - value));
  return (same[0] ?? found[0]).answer;
}

function game(all: Json, asked: Json): Json {
  const recorded = all.previews[all.chapters[0].id][0].answer;
  const moves: Json[] = asked.moves ?? [];
  const day = moves.length * 90;
  const idle = moves.filter((m) => m.drugs.length === 0).length;
  const over = idle >= 4 ? "died" : moves.length >= 12 ? "ended" : false;
  const at = (d: number) =>
    recorded.burden.p50[Math.max(0, recorded.time.findIndex((t: number) => t >= d))];
  const visits = [...Array(moves.length + 1).keys()].map((k) => ({
    day: k * 90, kind: "imaging", value: Math.cbrt(at(k * 90) / 1e9) * 12.4 + idle * 6,
    text: "sum of diameters, mm",
  }));
  const answer: Json = { day, over, visits, options: ["A", "B"] };
  if (asked.reveal) {
    answer.truth = { time: recorded.time, clones: recorded.clones };
    answer.compared = [
      { label: "imaging-only clinic", days: 690, outcome: "died" },
      { label: "ctDNA clinic", days: 905, outcome: "died" },
      { label: "best by look-ahead", days: 1080, outcome: "alive at the end" },
    ];
  }
  return answer;
}

function result(all: Json): Json {
  const p = all.previews[all.chapters[0].id][0].answer;
  const days = [0, 120, 240, 360, 480, 600, 800, 1000];
  const km = { days, share: [1, 0.98, 0.9, 0.62, 0.31, 0.12, 0.04, 0.01],
    at_risk: [200, 196, 180, 124, 62, 24, 8, 2] };
  return { kind: "run", summary: p.summary, burden: { time: p.time, ...p.burden },
    clones: { time: p.time, ...p.clones }, km: { pfs: km, os: { ...km, share: days.map((d) => 1 - d / 2400) } },
    attribution: [{ label: "resists_A, there at diagnosis", share: 0.86 },
      { label: "resists_A, arose under treatment", share: 0.11 }, { label: "no relapse", share: 0.03 }] };
}

function answerer(): (request: IncomingMessage, response: ServerResponse) => Promise<boolean> {
  const all = read();
  const jobs = new Map<string, { since: number; cancelled: boolean; total: number }>();
  return async (request, response) => {
    const url = new URL(request.url ?? "/", "http://here");
    const path = url.pathname;
    if (!path.startsWith("/api/")) return false;
    const say = (value: Json, status = 200) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(value));
      return true;
    };
    const fail = (error: Json, status: number) => say({ error }, status);
    const what = path.slice(5);
    if (request.method !== "GET" && request.headers["x-countermove"] !== "lab")
      return fail({ text: "header missing" }, 403);
    if (["meta", "claims", "chapters", "glossary"].includes(what)) return say(all[what]);
    if (what === "catalog") return say([{ name: "bozic_2013", title: "Two drugs together and their chance to fail, one after the other or at once, in melanoma, pancreas and colon (Bozic et al. 2013)" }]);
    if (what.startsWith("catalog/") && !what.endsWith("/reproduce"))
      return say({ yaml: all.chapters[0].yaml, reading: "Single and dual therapy of melanoma.", numbers: [
        { says: "lesions cleared by one drug", paper: 0, place: "table 2", status: "agrees", tolerance: "2 points" }] });
    const asked = request.method === "POST" ? await body(request) : {};
    if (what === "check") {
      const line = String(asked.yaml).split("\n").findIndex((l) => /^\s*tumour:/.test(l));
      if (line >= 0)
        return fail({ where: "tumour", got: "tumour", expected: "tumor", remedy: "", line: line + 1, column: 1,
          text: "tumour: there is no such field. Did you mean 'tumor'?" }, 422);
      return say({ ok: true, name: "mock", hash: "0123abcd", form: { patients: 200, follow_up_days: 1095,
        policy: "continuous", drugs: ["A"] } });
    }
    if (what === "preview")
      return say(nearest(all, asked.yaml, asked.settings ?? {}, asked.patients ?? 20));
    if (what === "game") return say(game(all, asked));
    if (what === "jobs" || what.endsWith("/reproduce")) {
      const id = `j${jobs.size + 1}`;
      jobs.set(id, { since: Date.now(), cancelled: false, total: asked.patients ?? 200 });
      return say({ id, position: 0 }, 202);
    }
    const [, id, rest] = what.split("/");
    const job = jobs.get(id);
    if (!job) return fail({ text: "no such job" }, 404);
    if (request.method === "DELETE") return (job.cancelled = true), say({});
    if (rest === "result") return say(result(all));
    if (rest === "files") return response.end("patient,progression_time\n0,300\n"), true;
    const share = Math.min(1, (Date.now() - job.since) / 2500);
    const state = job.cancelled ? "cancelled" : share < 0.1 ? "queued" : share < 1 ? "running" : "done";
    return say({ state, position: 1, done: Math.floor(share * job.total), total: job.total,
      seconds: share * 2.5 });
  };
}

export function mock(): Plugin {
  return {
    name: "lab-mock",
    configureServer(server) {
      const answer = answerer();
      server.middlewares.use((q, r, next) => void answer(q, r).then((done) => done || next()));
    },
    configurePreviewServer(server) {
      const answer = answerer();
      server.middlewares.use((q, r, next) => {
        r.setHeader("content-security-policy", CSP);
        void answer(q, r).then((done) => done || next());
      });
    },
  };
}
