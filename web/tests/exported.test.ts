import { describe, expect, it } from "vitest";

import { cellOf } from "../src/lib/exported";
import { type Plan, type Tumor, diameter, poisson, step, turns, uniforms } from "../src/lib/mean";
import { placeOf, places, valueAt } from "../src/lib/slider";
import type { Chapter } from "../src/lib/types";

const control = { id: "a", label: "", path: "x.a", min: 1, max: 100, step: 1, scale: "log" as const, value: 10, unit: "", values: [1, 10, 100] };
const chapter = {
  controls: [control, { ...control, id: "b", path: "x.b", value: 1, values: [1, 2] }],
  arms: [{ label: "one", settings: { p: ["A"] } }, { label: "two", settings: { p: ["A", "B"] } }],
} as unknown as Chapter;

describe("sliders over a grid", () => {
  it("stop at its values and nowhere else", () => {
    expect(places(control)).toBe(2);
    expect([0, 1, 2, 9].map((p) => valueAt(p, control))).toEqual([1, 10, 100, 100]);
    expect([1, 10, 100].map((v) => placeOf(v, control))).toEqual([0, 1, 2]);
  });
  it("find the cell and the arm of settings", () => {
    expect(cellOf(chapter, { p: ["A"] })).toBe((1 * 2 + 0) * 2);
    expect(cellOf(chapter, { "x.a": 100, "x.b": 2, p: ["A", "B"] })).toBe((2 * 2 + 1) * 2 + 1);
  });
});

const plan: Plan = {
  turn: 56, week: 7, until: 896, lethal: 1e12, options: ["A"], genotypes: ["ancestral", "resists_A"],
  words: { CR: "nothing left to see", PR: "shrunk", SD: "little changed", PD: "grown" },
  scan: { every: 56, density: 1e9, spread: 0.08, limit: 0.5, rounding: 0.1 },
  blood: { every: 28, perDeath: 1.5e-9, copies: 0.5, drawn: 8.25, healthy: 1500, depth: 10000, error: 1e-5, least: 3, panel: { resists_A: [1] } },
};
const grow = Math.exp(0.025 * 7);
const shrink = Math.exp(-0.03 * 7);
const tumor = (resistant: number): Tumor => ({
  seed: 4, start: [5e10, resistant],
  sets: { "": { week: [[grow, 0], [0, grow]], death: [0.13, 0.13] }, A: { week: [[shrink, 0], [0, grow]], death: [0.18, 0.13] } },
  compared: [{ label: "another", days: 896, outcome: "alive at the end" }],
});
const all = (drugs: string[]) => Array.from({ length: 16 }, (_, k) => ({ day: 56 * k, drugs }));

describe("the game without a server", () => {
  it("is lost by doing nothing, on the day that growth says", () => {
    const end = turns(plan, tumor(0), all([]), true);
    expect(end.over).toBe("died");
    expect(end.day).toBeCloseTo(Math.log(20) / 0.025, 6);
    expect(end.truth!.time.at(-1)).toBe(end.day);
    expect(end.compared).toHaveLength(1);
  });
  it("is won where no cell resists, and lost where many do", () => {
    expect(turns(plan, tumor(0), all(["A"]), false)).toMatchObject({ over: "ended", day: 896 });
    expect(turns(plan, tumor(1e6), all(["A"]), false).over).toBe("died");
  });
  it("replays: the same moves, the same visits", () => {
    const moves = all(["A"]).slice(0, 3);
    expect(turns(plan, tumor(5), moves, true)).toEqual(turns(plan, tumor(5), moves, true));
    const longer = turns(plan, tumor(5), all(["A"]).slice(0, 4), false).visits;
    const shorter = turns(plan, tumor(5), moves, false).visits;
    expect(longer.slice(0, shorter.length)).toEqual(shorter);
  });
  it("shows the truth only where asked, and scans and blood on their days", () => {
    const seen = turns(plan, tumor(0), all(["A"]).slice(0, 2), false);
    expect(seen.truth).toBeUndefined();
    expect(seen.visits.filter((v) => v.kind === "imaging").map((v) => v.day)).toEqual([0, 56, 112]);
    expect(seen.visits.filter((v) => v.kind === "ctdna").map((v) => v.day)).toEqual([0, 28, 56, 84, 112]);
  });
  it("finds an alteration in blood where most cells carry it", () => {
    const text = (n: number) => turns(plan, tumor(n), [], false).visits.find((v) => v.kind === "ctdna")!.text;
    expect(text(5e10)).toContain("resists_A");
    expect(text(0)).toContain("no alteration found");
  });
  it("reads a sphere of 1e9 cells, 1 cm3, as 12.4 mm", () => expect(diameter(1e9, 1e9)).toBeCloseTo(1.2407, 4));
});

describe("chance", () => {
  // Fixed keys, so these cannot fail by chance; bounds are 5 standard errors of 4000 draws.
  it.each([0.3, 3, 30, 300])("draws a Poisson number of mean %d", (mean) => {
    const drawn = Array.from({ length: 4000 }, (_, k) => poisson(mean, uniforms(k, 3, 7 * (k % 50), 2)));
    const found = drawn.reduce((a, b) => a + b, 0) / drawn.length;
    const spread = drawn.reduce((a, b) => a + (b - found) ** 2, 0) / drawn.length;
    expect(Math.abs(found - mean)).toBeLessThan(5 * Math.sqrt(mean / 4000));
    expect(Math.abs(spread - mean)).toBeLessThan(5 * Math.sqrt((2 * mean ** 2 + mean) / 4000));
  });
  it("lets a clone of few cells die out in some tumors, not in all", () => {
    const left = Array.from({ length: 400 }, (_, seed) => step([[1]], [1], seed, 3, 0)[0]);
    const none = left.filter((n) => n === 0).length / 400;
    expect(none).toBeGreaterThan(0.24);
    expect(none).toBeLessThan(0.5);
  });
});
