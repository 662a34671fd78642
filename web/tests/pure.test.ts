import { describe, expect, it, vi } from "vitest";

import answers from "./answers.json";
import { ctdnaSeries } from "../src/lib/ctdna";
import { fields, withValue } from "../src/lib/document";
import { cells, days, setting, share, tick, words } from "../src/lib/format";
import { curvesOf, jobPreview, whole } from "../src/lib/jobresult";
import { latest } from "../src/lib/latest";
import { claimPieces, pieces } from "../src/lib/marks";
import { moments, until } from "../src/lib/moments";
import { telling } from "../src/lib/readout";
import { STEPS, placeOf, valueAt } from "../src/lib/slider";
import type { Story } from "../src/lib/types";
import { pack, route, unpack } from "../src/lib/urlstate";

const YAML = answers.yaml;

describe("the scenario in the address", () => {
  it("comes back as it was, accents and all, and is shorter", async () => {
    const text = `${YAML}# naïve ≤ 10⁹\n`;
    const packed = await pack(text);
    expect(packed).toMatch(/^[\w-]+$/);
    expect(packed.length).toBeLessThan(text.length);
    expect(await unpack(packed)).toBe(text);
  });
  it("gives null for damage and for a text that unpacks to too much", async () => {
    expect(await unpack("%%%")).toBeNull();
    expect(await unpack("AAAA")).toBeNull();
    expect(await unpack(await pack("a".repeat(300_000)))).toBeNull();
  });
  it("routes by hash, unknown ones to chapter 1", () => {
    expect(route("#/3")).toEqual({ page: "chapter", number: 3, scenario: null });
    expect(route("#/bench?s=abc")).toEqual({ page: "bench", number: 0, scenario: "abc" });
    for (const bad of ["", "#/0", "#/13", "#/constructor", "#/1e1"]) expect(route(bad).number).toBe(1);
  });
});

describe("numbers", () => {
  it("writes cells as powers of ten", () => {
    expect([0, 5, 2.2e10, 1e9, 9.99e9, null].map(cells)).toEqual(["0", "5", "2.2 × 10¹⁰", "10⁹", "10¹⁰", "–"]);
    expect([1, 10, 1e6].map(tick)).toEqual(["1", "10", "10⁶"]);
  });
  it("writes time, shares and settings", () => {
    expect([30, 365, 1096].map(days)).toEqual(["30 days", "12.0 months", "3.0 years"]);
    expect(share(0.314)).toBe("31%");
    expect(setting(1e-8, "per division")).toBe("10⁻⁸ per division");
    expect(setting(0.04, "per day")).toBe("0.04 per day");
    expect(words("time_to_progression")).toBe("Time to progression");
  });
});

describe("sliders", () => {
  const log = { min: 1e-8, max: 1e-2, step: 0, scale: "log" as const };
  const linear = { min: 0.02, max: 0.08, step: 0.01, scale: "linear" as const };
  it("reach both ends and come back", () => {
    for (const c of [log, linear]) {
      expect(valueAt(0, c)).toBeCloseTo(c.min, 12);
      expect(valueAt(STEPS, c)).toBeCloseTo(c.max, 12);
      expect(placeOf(c.min, c)).toBe(0);
      expect(placeOf(c.max, c)).toBe(STEPS);
    }
    expect(valueAt(placeOf(1e-5, log), log)).toBeCloseTo(1e-5, 8);
  });
  it("keep to the step", () => expect(valueAt(90, linear)).toBeCloseTo(0.05, 9));
});

describe("claim marks and terms", () => {
  it("splits at marks", () => {
    expect(claimPieces("One {claim:a-b}. Two")).toEqual([
      { kind: "text", text: "One." }, { kind: "claim", id: "a-b" }, { kind: "text", text: " Two" },
    ]);
  });
  it("marks a term once, whole words only, the longer first", () => {
    const terms = [{ term: "clone", meaning: "m" }, { term: "founding clone", meaning: "f" }];
    const used = new Set<string>();
    const found = pieces("A founding clone, a clone, cyclones, a clone.", terms, used).filter((p) => p.kind === "term");
    expect(found.map((p) => (p.kind === "term" ? p.text : ""))).toEqual(["founding clone", "clone"]);
    expect(pieces("clone", terms, used)).toEqual([{ kind: "text", text: "clone" }]);
  });
});

describe("text and form", () => {
  it("replaces one value and keeps comments and order", () => {
    const text = "tumor:\n  birth: 0.14 /day   # why\ndrugs:\n  A: {kill: 0.04 /day}\n";
    expect(withValue(text, ["tumor", "birth"], "0.2 /day")).toBe(text.replace("0.14 /day", "0.2 /day"));
    expect(withValue(text, ["drugs", "A", "kill"], "0.05 /day")).toContain("{kill: 0.05 /day}");
    expect(withValue(text, ["no", "such"], "1")).toBe(text);
  });
  it("quotes what YAML would read otherwise", () => {
    expect(withValue("a: 1\n", ["a"], "x: [y")).toBe('a: "x: [y"\n');
  });
  it("shows the numbers of a scenario, nothing of a broken one", () => {
    expect(fields(YAML).map((f) => f.label)).toContain("Kill by A");
    expect(fields("a: [")).toEqual([]);
  });
});

describe("what the server sends", () => {
  const story = answers.story as unknown as Story;
  const told = moments(story);
  const titles = told.map((m) => m.title);
  const at = (title: string) => told.find((m) => m.title === title)!;
  it("tells a story from the first cell to the last visit", () => {
    expect(titles[0]).toBe("The first cell");
    expect(told[0].day).toBe(story.born);
    expect(told.at(-1)!.title).toMatch(/^The last visit/);
    expect(told.map((m) => m.day)).toEqual([...new Set(told.map((m) => m.day))].sort((a, b) => a - b));
    expect(until(story, told[1].day).time.at(-1)).toBeLessThanOrEqual(told[1].day);
  });
  it("tells growth to diagnosis and each line", () => {
    expect(at("A cell that resists, before any drug").day).toBeLessThan(at("Large enough for a scan").day);
    expect(at("The tumor is found").day).toBe(0);
    expect(at("The tumor is found").clinic).toContain("Sum of diameters");
    for (const [k, { day, drug }] of story.line.entries())
      if (k) expect(at(`Line ${k + 1}: drug ${drug}`).day).toBe(day);
    expect(at("Line 2: drug B").clinic).toContain("grown by a fifth");
  });
  it("shows the clinic nothing before diagnosis, and says of tumors at large only what has a claim", () => {
    for (const m of told.filter((one) => one.day < 0)) expect(m.clinic).not.toMatch(/Sum of diameters|Blood, day/);
    const claimed = told.filter((m) => /\{claim:/.test(m.tumor + m.clinic));
    expect(claimed.length).toBeGreaterThanOrEqual(told.length - 4); // the first cell, diagnosis, and two of numbers alone
  });
  it("reads ctDNA: shares of reads where there are any", () => {
    const days = [0, 56];
    const found = ctdnaSeries({ "ctdna.vaf(esr1)": { days, value: [0, 0.02] }, "ctdna.genomes": { days, value: [1, 2] } })!;
    expect(found.unit).toBe("share of reads");
    expect(Object.keys(found.series)).toEqual(["esr1"]);
    const none = ctdnaSeries({ "ctdna.vaf(esr1)": { days, value: [0, 0] }, "ctdna.genomes": { days, value: [1, 2] } })!;
    expect([none.unit, Object.keys(none.series)]).toEqual(["genomes", ["genomes"]]);
    expect(ctdnaSeries(null)).toBeNull();
  });
  it("reads numbers at risk in either shape, and a job without courses", () => {
    expect(curvesOf({ days: [0, 10], share: [1, 0], at_risk: { days: [0, 9.6], patients: [4, 1] } })).toEqual([
      { day: 0, at_risk: 4 }, { day: 10, at_risk: 1 }]);
    expect(curvesOf({ days: [0, 100], share: [1, 0], at_risk: [4, 1] })[0]).toEqual({ day: 0, at_risk: 4 });
    expect(jobPreview({ kind: "reproduce" })).toBeNull();
    const followed = { days: [0, 500, 1000], patients: [4, 2, 2] };
    expect(whole({ days: [400], share: [0.5], at_risk: followed })).toMatchObject({ days: [0, 400, 1000], share: [1, 0.5, 0.5] });
    expect(whole({ days: [], share: [], at_risk: followed })).toMatchObject({ days: [0, 1000], share: [1, 1] });
  });
  it("shows no share of a single patient", () => {
    const summary = { patients: { value: 1 }, cured: { value: 0, unit: "share", text: "0%" },
      overall_survival: { value: 10, unit: "days", text: "10 days" } };
    expect(telling(summary)).toEqual([["overall_survival", "10 days"]]);
    expect(telling({ ...summary, patients: { value: 50 } }).length).toBe(2);
  });
});

it("the last request wins", async () => {
  vi.useFakeTimers();
  const seen: number[] = [];
  const wait = [0, 100, 10];
  const asks = latest(async (n: number) => (await new Promise((r) => setTimeout(r, wait[n])), n), (n) => seen.push(n), () => seen.push(-1), 5);
  asks.ask(1);
  await vi.advanceTimersByTimeAsync(20);
  asks.ask(2);
  await vi.advanceTimersByTimeAsync(500);
  expect(seen).toEqual([2]);
  vi.useRealTimers();
});

it("the first request of a slider goes out at once, the last of those that follow it next", async () => {
  vi.useFakeTimers();
  const begun: number[] = [];
  const seen: number[] = [];
  const takes = (ms: number) => async (n: number) => {
    begun.push(n);
    await new Promise((r) => setTimeout(r, ms));
    return n;
  };
  const quick = latest(takes(30), (n) => seen.push(n), () => seen.push(-1));
  for (const n of [1, 2, 3]) quick.ask(n);
  expect(begun).toEqual([1]);
  await vi.advanceTimersByTimeAsync(100);
  expect(seen).toEqual([1, 3]);
  const slow = latest(takes(500), (n) => seen.push(n), () => seen.push(-1));
  slow.ask(4);
  slow.ask(5);
  await vi.advanceTimersByTimeAsync(39);
  expect(begun).toEqual([1, 3, 4]);
  await vi.advanceTimersByTimeAsync(600);
  expect(begun).toEqual([1, 3, 4, 5]);
  expect(seen).toEqual([1, 3, 5]);
  vi.useRealTimers();
});
