/// Figures from answers of the server, drawn with Observable Plot.
/// Here: data -> marks. Not here: fetching, tables and export (parts/Figure.svelte).
import * as Plot from "@observablehq/plot";

import { tick } from "../lib/format";
import type { Curve } from "../lib/ctdna";
import type { Preview, Survival, Visit } from "../lib/types";
import { DASHES, type Ink, shownClones } from "./palette";

export type Drawn = SVGSVGElement | HTMLElement;
type Marks = Plot.Markish[];
export interface Frame {
  width: number;
  height?: number;
  days?: number;
  from?: number; // the first day, where that is before diagnosis
  top?: number;
}

const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";
const LEFT = 48;
const FLOOR = 1;
const MONTH = 30.4375;

/** Months up to two and a half years, then years. */
function timeAxis(last: number): { unit: number; label: string } {
  return last > 913 ? { unit: 365.25, label: "years" } : { unit: MONTH, label: "months" };
}

/** Powers of ten to mark, from 1 to the first that covers the top. */
function powers(top: number, narrow: boolean): number[] {
  const least = Math.ceil(Math.log10(Math.max(10, top)));
  const step = least > 8 ? 3 : narrow || least > 5 ? 2 : 1;
  const last = Math.ceil(least / step) * step;
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, k) => 10 ** (k * step));
}

function frame(f: Frame, ink: Ink, last: number, label: string, right: number): Plot.PlotOptions {
  const axis = timeAxis(last);
  return {
    width: f.width,
    height: f.height ?? 300,
    marginLeft: LEFT,
    marginRight: right,
    marginTop: 30,
    marginBottom: 46,
    className: "plot",
    style: { background: "transparent", color: ink.text, fontSize: "12px", fontFamily: FONT, overflow: "visible" },
    x: { domain: [(f.from ?? 0) / axis.unit, last / axis.unit], label: `${axis.label} since diagnosis`, labelAnchor: "right", labelArrow: "none", labelOffset: 38, ticks: f.width < 420 ? 4 : 7, tickSize: 4, tickFormat: (d: number) => String(Number(d.toFixed(2))) },
    y: { label, labelArrow: "none", labelAnchor: "top", labelOffset: LEFT },
  };
}

const log = (top: number, width: number) => ({
  type: "log" as const,
  domain: [FLOOR, powers(top, width < 420).at(-1)!],
  ticks: powers(top, width < 420),
  tickFormat: tick,
  tickSize: 0,
  grid: true,
  clamp: true,
});

const ROWS: Record<string, number> = { imaging: 0, biopsy: 0, ctdna: 1, marker: 1 };

/** One tick a visit above the frame: scans and biopsies in the upper row, blood in the lower. */
function visitTicks(visits: Visit[], unit: number, high: number, ink: Ink): Marks {
  const days = new Map<string, Visit>();
  for (const v of visits) if (v.kind in ROWS) days.set(`${v.kind} ${v.day}`, v);
  return [0, 1].map((row) => {
    const up = 13 - 8 * row;
    const own = [...days.values()].filter((v) => ROWS[v.kind] === row);
    return Plot.ruleX(own, {
      x: (v: Visit) => v.day / unit, insetTop: -up, insetBottom: high + up - 6, stroke: row ? ink.alarm : ink.quiet, strokeWidth: 1.2,
      title: (v: Visit) => `${v.kind}, day ${Math.round(v.day)}`,
    });
  });
}

/** The limit of detection, named at whichever end, above or below, the courses are farthest from the words. */
function limitMarks(limit: number | null, rows: { t: number; mid: number }[], ink: Ink): Marks {
  if (!limit) return [];
  const from = rows[0]?.t ?? 0;
  const long = (rows.at(-1)?.t ?? 1) - from;
  const places = [true, false].flatMap((left) => [-1, 1].map((below) => {
    const near = rows.filter((r) => (left ? r.t - from < long / 4 : r.t - from > (3 * long) / 4));
    const away = near.map((r) => Math.abs(Math.log10(Math.max(FLOOR, r.mid) / limit) + 0.7 * below));
    return { left, below, away: Math.min(...away) };
  }));
  const { left, below } = places.reduce((best, one) => (one.away > best.away ? one : best));
  return [
    Plot.ruleY([limit], { stroke: ink.alarm, strokeDasharray: "4 4", strokeWidth: 1.2 }),
    Plot.text([limit], { y: (d) => d, frameAnchor: left ? "left" : "right", textAnchor: left ? "start" : "end", dx: left ? 6 : -6, dy: below === 1 ? 10 : -9, fill: ink.alarm, text: () => "limit of detection", stroke: ink.page, strokeWidth: 4 }),
  ];
}

function doseBars(p: Preview, unit: number, ink: Ink): Marks {
  const names = Object.keys(p.doses ?? {});
  return names.map((name, k) =>
    Plot.rectY(
      p.time.slice(0, -1).map((t, i) => ({ from: t, to: p.time[i + 1], on: p.doses![name][i] })).filter((d) => d.on > 0.01),
      { x1: (d) => d.from / unit, x2: (d) => d.to / unit, y1: FLOOR * 1.4 ** (k * 2), y2: FLOOR * 1.4 ** (k * 2 + 1.5),
        fill: ink.clones[(k + 1) % ink.clones.length], fillOpacity: (d) => 0.25 + 0.6 * Math.min(1, d.on), title: () => `${name} given` },
    ),
  );
}

export function topOf(ps: Preview[]): number {
  return 10 ** Math.ceil(Math.log10(Math.max(10, ...ps.flatMap((p) => p.burden.p90))));
}

export function burdenPlot(p: Preview, f: Frame, ink: Ink): Drawn {
  const last = f.days ?? p.time.at(-1) ?? 1;
  const { unit } = timeAxis(last);
  const top = f.top ?? topOf([p]);
  const rows = p.time.map((t, i) => ({ t: t / unit, low: Math.max(FLOOR, p.burden.p10[i]), mid: Math.max(FLOOR, p.burden.p50[i]), high: Math.max(FLOOR, p.burden.p90[i]) }));
  const single = (p.sample ?? []).slice(0, 20).flatMap((course, k) => p.time.map((t, i) => ({ t: t / unit, v: Math.max(FLOOR, course[i]), k })));
  const base = frame(f, ink, last, "cells", 14);
  return Plot.plot({
    ...base,
    y: { ...base.y, ...log(top, f.width) },
    marks: [
      Plot.gridY(powers(top, f.width < 420), { stroke: ink.rule, strokeOpacity: 1 }),
      Plot.areaY(rows, { x: "t", y1: "low", y2: "high", fill: ink.accent, fillOpacity: 0.14 }),
      Plot.line(single, { x: "t", y: "v", z: "k", stroke: ink.accent, strokeOpacity: 0.3, strokeWidth: 0.9 }),
      Plot.line(rows, { x: "t", y: "mid", stroke: ink.accent, strokeWidth: 2.4 }),
      ...limitMarks(p.seen?.detectable ?? null, rows, ink),
      ...doseBars(p, unit, ink),
      ...visitTicks(p.seen?.visits ?? [], unit, (base.height ?? 300) - 76, ink),
    ],
  } as Plot.PlotOptions);
}

/** Median courses of several arms in one chart. */
export function armsPlot(arms: { label: string; preview: Preview }[], f: Frame, ink: Ink): Drawn {
  const last = f.days ?? Math.max(1, ...arms.map((a) => a.preview.time.at(-1) ?? 1));
  const { unit } = timeAxis(last);
  const top = f.top ?? topOf(arms.map((a) => a.preview));
  const base = frame(f, ink, last, "cells", 14);
  const rows = arms.map(({ preview: p }) => p.time.map((t, i) => ({ t: t / unit, mid: Math.max(FLOOR, p.burden.p50[i]) })));
  return Plot.plot({
    ...base,
    y: { ...base.y, ...log(top, f.width) },
    marks: [
      Plot.gridY(powers(top, f.width < 420), { stroke: ink.rule, strokeOpacity: 1 }),
      ...limitMarks(arms[0]?.preview.seen?.detectable ?? null, rows.flat().sort((a, b) => a.t - b.t), ink),
      ...rows.map((own, k) => Plot.line(own, { x: "t", y: "mid", stroke: ink.clones[k % 7], strokeWidth: 2.4, strokeDasharray: DASHES[k % 7] || undefined, title: () => arms[k].label })),
    ],
  } as Plot.PlotOptions);
}

export function clonesPlot(p: { time: number[]; clones: Record<string, number[]> }, f: Frame, ink: Ink): Drawn {
  const names = shownClones(p.clones);
  const last = f.days ?? p.time.at(-1) ?? 1;
  const { unit } = timeAxis(last);
  const top = f.top ?? 10 ** Math.ceil(Math.log10(Math.max(10, ...names.flatMap((n) => p.clones[n]))));
  const base = frame(f, ink, last, "cells", 14);
  return Plot.plot({
    ...base,
    y: { ...base.y, ...log(top, f.width) },
    marks: [
      Plot.gridY(powers(top, f.width < 420), { stroke: ink.rule, strokeOpacity: 1 }),
      f.from ? Plot.ruleX([0], { stroke: ink.quiet, strokeDasharray: "2 3" }) : null,
      ...names.map((n, k) =>
        Plot.line(p.time.map((t, i) => ({ t: t / unit, v: p.clones[n][i] >= FLOOR ? p.clones[n][i] : NaN })), {
          x: "t", y: "v", stroke: ink.clones[k], strokeWidth: 2.2, strokeDasharray: DASHES[k] || undefined, title: () => n,
        }),
      ),
    ],
  } as Plot.PlotOptions);
}

/** Curves that share a time axis, on a linear axis from 0; each named in the key beside it. */
export function linesPlot(series: Record<string, Curve>, label: string, f: Frame, ink: Ink): Drawn {
  const last = f.days ?? Math.max(1, ...Object.values(series).flatMap((s) => s.days));
  const { unit } = timeAxis(last);
  const base = frame({ height: 170, ...f }, ink, last, label, 14);
  return Plot.plot({
    ...base,
    y: { ...base.y, ticks: 4, tickSize: 0, zero: true, nice: true, tickFormat: label.startsWith("share") ? (v: number) => `${Number((100 * v).toPrecision(3))}%` : undefined },
    marks: [
      Plot.gridY({ ticks: 4, stroke: ink.rule, strokeOpacity: 1 }),
      ...Object.keys(series).map((n, k) =>
        Plot.line(series[n].days.map((t, i) => ({ t: t / unit, v: series[n].value[i] })), {
          x: "t", y: "v", stroke: ink.clones[(k + 1) % 7], strokeWidth: 2, strokeDasharray: DASHES[(k + 1) % 7], title: () => n,
        }),
      ),
    ],
  } as Plot.PlotOptions);
}

export function survivalPlot(curves: Record<string, Survival>, f: Frame, ink: Ink): Drawn {
  const names = Object.keys(curves);
  const last = Math.max(1, ...names.flatMap((n) => curves[n].days));
  const { unit } = timeAxis(last);
  const base = frame(f, ink, last, "share of patients", 14);
  return Plot.plot({
    ...base,
    y: { ...base.y, domain: [0, 1], ticks: [0, 0.25, 0.5, 0.75, 1], tickFormat: "%", tickSize: 0 },
    marks: [
      Plot.gridY([0, 0.25, 0.5, 0.75, 1], { stroke: ink.rule, strokeOpacity: 1 }),
      ...names.map((n, k) => {
        const { days, low, high } = curves[n];
        return low && high ? Plot.areaY(days.map((d, i) => ({ t: d / unit, low: low[i], high: high[i] })), { x: "t", y1: "low", y2: "high", curve: "step-after", fill: ink.clones[k % 7], fillOpacity: 0.14 }) : null;
      }),
      ...names.map((n, k) =>
        Plot.line(curves[n].days.map((d, i) => ({ t: d / unit, v: curves[n].share[i] })), {
          x: "t", y: "v", curve: "step-after", stroke: ink.clones[k], strokeWidth: 2.2, strokeDasharray: DASHES[k] || undefined, title: () => n,
        }),
      ),
    ],
  } as Plot.PlotOptions);
}

export function sharesPlot(rows: { label: string; share: number }[], f: Frame, ink: Ink): Drawn {
  return Plot.plot({
    width: f.width, height: 30 + rows.length * 44, marginLeft: 14, marginRight: 44, marginTop: 6, marginBottom: 20, className: "plot",
    style: { background: "transparent", color: ink.text, fontSize: "12px", fontFamily: FONT, overflow: "visible" },
    x: { domain: [0, 1], tickFormat: "%", label: null, ticks: 4 },
    y: { axis: null, domain: rows.map((r) => r.label) },
    marks: [
      Plot.barX(rows, { x: "share", y: "label", fill: ink.accent, insetTop: 20, insetBottom: 6 }),
      Plot.text(rows, { x: 0, y: "label", text: "label", textAnchor: "start", dy: -8, fill: ink.text }),
      Plot.text(rows, { x: "share", y: "label", text: (d) => `${Math.round(d.share * 100)}%`, textAnchor: "start", dx: 6, dy: 8, fill: ink.text }),
    ],
  });
}

/** Points of one reading over visits, joined: what a clinic has. */
export function readingsPlot(points: { day: number; value: number }[], last: number, label: string, f: Frame, ink: Ink, most?: number): Drawn {
  const { unit } = timeAxis(last);
  const base = frame({ height: 220, ...f }, ink, last, label, 14);
  const rows = points.map((p) => ({ t: p.day / unit, v: p.value }));
  return Plot.plot({
    ...base,
    y: { ...base.y, ticks: 4, tickSize: 0, zero: true, nice: true, ...(most ? { domain: [0, most] } : {}) },
    marks: [
      Plot.gridY({ ticks: 4, stroke: ink.rule, strokeOpacity: 1 }),
      f.from ? Plot.ruleX([0], { stroke: ink.quiet, strokeDasharray: "2 3" }) : null,
      Plot.line(rows, { x: "t", y: "v", stroke: ink.quiet, strokeWidth: 1 }),
      Plot.dot(rows, { x: "t", y: "v", fill: ink.accent, r: 4, stroke: ink.page }),
    ],
  } as Plot.PlotOptions);
}
