/// The game without a server. Here: a tumor moved on a week at a time by the matrix of the drugs given,
/// and what scans and blood read of it. Not here: the matrices (computed in Python, `lab/tumors.py`).
///
/// Expected cells are exact. Where few are expected, their number is drawn (Poisson), so that small clones
/// can die out; every draw depends on the tumor, the week and the kind of cell alone, so a game replays.
import type { GameAnswer, GameVisit, Move } from "./types";

export interface Plan {
  turn: number;
  week: number;
  until: number;
  lethal: number;
  options: string[];
  genotypes: string[];
  words: Record<string, string>;
  scan: { every: number; density: number; spread: number; limit: number; rounding: number };
  blood: {
    every: number; perDeath: number; copies: number; drawn: number; healthy: number;
    depth: number; error: number; least: number; panel: Record<string, number[]>;
  };
}
export interface Tumor {
  seed: number;
  start: number[];
  sets: Record<string, { week: number[][]; death: number[] }>;
  compared: { label: string; days: number; outcome: string }[];
}
export const FEW = 1000; // cells: of more, chance changes little

/** Uniform numbers from whole ones: the same for the same key. (Mulberry32 over a mixed key.) */
export function uniforms(...key: number[]): () => number {
  let state = 0x9e3779b9;
  for (const k of key) state = Math.imul(state ^ (k + 0x85ebca6b), 0xc2b2ae35) ^ (state >>> 13);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
}
const normal = (u: () => number) => Math.sqrt(-2 * Math.log(u())) * Math.cos(2 * Math.PI * u());

export function poisson(mean: number, u: () => number): number {
  if (!(mean > 0)) return 0;
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(u)));
  let count = 0;
  for (let left = Math.exp(-mean), p = u(); p > left; p *= u()) count += 1;
  return count;
}

const sum = (cells: number[]) => cells.reduce((a, b) => a + b, 0);

export function step(week: number[][], cells: number[], ...key: number[]): number[] {
  return week.map((row, kind) => {
    const expected = row.reduce((s, rate, from) => s + rate * cells[from], 0);
    return expected < FEW ? poisson(expected, uniforms(...key, kind)) : expected;
  });
}

/** Diameter in cm of a sphere of so many cells. */
export const diameter = (cells: number, density: number) => Math.cbrt((6 / Math.PI) * (cells / density));

function scan(plan: Plan, seed: number, day: number, cells: number[], first: number | null): GameVisit & { mm: number } {
  const { density, spread, limit, rounding } = plan.scan;
  const read = diameter(sum(cells), density) * Math.exp(spread * normal(uniforms(seed, 1, day)));
  const cm = Math.round(read / rounding) * rounding;
  const mm = cm < limit ? 0 : Math.round(cm * 10);
  const response = first === null ? "" : mm === 0 ? "CR" : mm <= 0.7 * first ? "PR" : mm >= 1.2 * first && mm >= first + 5 ? "PD" : "SD";
  const word = plan.words[response];
  return { day, kind: "imaging", value: mm, unit: "mm", mm, text: `Scan: ${mm} mm${word ? `, ${word}` : ""}.` };
}

function blood(plan: Plan, seed: number, day: number, cells: number[], death: number[]): GameVisit {
  const b = plan.blood;
  const u = uniforms(seed, 2, day);
  const shed = cells.map((n, kind) => n * death[kind] * b.perDeath);
  const genomes = poisson(sum(shed) * b.drawn, u) / b.drawn;
  const found: string[] = [];
  for (const [name, kinds] of Object.entries(b.panel)) {
    const mutant = b.copies * sum(kinds.map((k) => shed[k]));
    const hits = poisson(mutant * b.drawn, u);
    const rest = poisson((sum(shed) + b.healthy - mutant) * b.drawn, u);
    const share = hits / Math.max(1, hits + rest);
    const reads = Math.min(b.depth, poisson(b.depth * (share * (1 - b.error) + (1 - share) * b.error), u));
    if (reads >= b.least) found.push(`${name} ${((100 * reads) / b.depth).toFixed(2)}% of reads`);
  }
  const text = `Blood: ${genomes.toFixed(1)} tumor genomes per mL; ${found.join(", ") || "no alteration found"}.`;
  return { day, kind: "ctdna", value: genomes, unit: "genomes/mL", text };
}

/** Replay the moves; what a clinic has seen by the day of the next one, and the truth where asked for. */
export function turns(plan: Plan, tumor: Tumor, moves: Move[], reveal: boolean): GameAnswer {
  let cells = tumor.start;
  let drugs = "";
  let over: GameAnswer["over"] = false;
  let day = 0;
  let first: number | null = null;
  const visits: GameVisit[] = [];
  const time = [0];
  const courses = plan.genotypes.map((_, kind) => [cells[kind]]);
  const look = () => {
    const { death } = tumor.sets[drugs];
    if (day % plan.blood.every === 0) visits.push(blood(plan, tumor.seed, day, cells, death));
    if (day % plan.scan.every === 0) {
      const { mm, ...visit } = scan(plan, tumor.seed, day, cells, first);
      first ??= mm;
      visits.push(visit);
    }
  };
  look();
  for (const move of moves) {
    drugs = plan.options.filter((name) => move.drugs.includes(name)).join(",");
    for (let week = 0; week < plan.turn / plan.week && !over; week++) {
      const before = sum(cells);
      cells = step(tumor.sets[drugs].week, cells, tumor.seed, 3, day);
      const after = sum(cells);
      day += plan.week;
      if (after >= plan.lethal) {
        over = "died";
        day -= plan.week * (1 - Math.min(1, Math.log(plan.lethal / before) / Math.log(after / before)));
      } else look();
      time.push(day);
      courses.forEach((course, kind) => course.push(cells[kind]));
    }
    if (over) break;
  }
  if (!over && day >= plan.until) over = "ended";
  const told: GameAnswer = { day, over, visits, options: plan.options };
  if (!reveal) return told;
  const clones = Object.fromEntries(plan.genotypes.map((name, kind): [string, number[]] => [name, courses[kind]]).filter(([, row]) => Math.max(...row) >= 1));
  return { ...told, truth: { time, clones }, compared: tumor.compared };
}
