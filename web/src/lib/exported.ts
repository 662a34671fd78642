/// The lab without its server: answers from data that `countermove lab --export` put beside the page.
/// Here: which answer belongs to a question. Not here: the server (api.ts), the game's turns (mean.ts).
import { type Plan, type Tumor, turns } from "./mean";
import type { Chapter, Claim, GameAnswer, Meta, Move, Preview, Settings, Term } from "./types";

interface Part {
  time: number[];
  cells: (Omit<Preview, "time" | "server_ms"> & { time?: number[] })[];
}
interface Data {
  meta: Meta;
  chapters: Chapter[];
  claims: Claim[];
  glossary: Term[];
  games: number;
  parts: Record<string, unknown>;
}

export const data = (globalThis as { countermoveLab?: Data }).countermoveLab ?? null;
export const exported = data !== null;

const loading = new Map<string, Promise<unknown>>();

/** A script beside the page, once: a page from a file may not fetch, but it may run its own scripts. */
function part<T>(name: string, file: string): Promise<T> {
  const known = loading.get(name);
  if (known) return known as Promise<T>;
  const coming = new Promise<unknown>((found, failed) => {
    const script = document.createElement("script");
    script.src = `./data/${file}.js`;
    script.onload = () => found(data!.parts[name]);
    script.onerror = () => {
      loading.delete(name);
      script.remove();
      failed(new Error(`data/${file}.js is missing beside this page. Copy the whole folder.`));
    };
    document.head.append(script);
  });
  loading.set(name, coming);
  return coming as Promise<T>;
}

/** Where settings stand in the grid: the last control moves fastest, and its arms stand together. */
export function cellOf(chapter: Chapter, settings: Settings): number {
  const arms = chapter.arms?.length ? chapter.arms : [{ settings: {} as Settings }];
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  const arm = Math.max(0, arms.findIndex((one) => Object.entries(one.settings).every(([path, value]) => same(settings[path], value))));
  let cell = 0;
  for (const control of chapter.controls) {
    const values = control.values ?? [control.value];
    const value = Number(settings[control.path] ?? control.value);
    const nearest = values.reduce((best, v, i) => (Math.abs(v - value) < Math.abs(values[best] - value) ? i : best), 0);
    cell = cell * values.length + nearest;
  }
  return cell * arms.length + arm;
}

export async function preview(asked: { yaml: string; settings?: Settings }): Promise<Preview> {
  const chapter = data!.chapters.find((c) => c.yaml === asked.yaml)!;
  const { time, cells } = await part<Part>(chapter.id, chapter.id);
  const one = cells[cellOf(chapter, asked.settings ?? {})];
  const { p50, p10 = p50, p90 = p50 } = one.burden; // of a single course the median is all there is
  return { ...one, time: one.time ?? time, burden: { p10, p50, p90 }, server_ms: 0 };
}

export async function game(asked: { seed: number; moves: Move[]; reveal: boolean }): Promise<GameAnswer> {
  const file = data!.chapters.find((c) => c.number === 9)!.id;
  const { plan, tumors } = await part<{ plan: Plan; tumors: Tumor[] }>("game", file);
  return turns(plan, tumors[(asked.seed - 1) % tumors.length], asked.moves, asked.reveal);
}
