/// Moments of one course worth stopping at, found in its numbers. Not here: how they are shown.
import { cells, days } from "./format";
import { readings } from "./readings";
import type { Preview } from "./types";

export interface Moment {
  day: number;
  title: string;
  tumor: string;
  clinic: string;
}

function crossing(time: number[], values: number[], from: number, above: number): number {
  for (let i = from; i < time.length; i++) if (values[i] >= above) return i;
  return -1;
}

/** What the visits have read by a day, the latest of them; only this is what a clinic knows. */
function seenBy(p: Preview, day: number): string {
  const { points, title, unit } = readings(p);
  const latest = points.filter((q) => q.day <= day).at(-1);
  return latest ? `${title}, day ${Math.round(latest.day)}: ${cells(latest.value)} ${unit}`.trim() + "." : "No visit yet.";
}

/** "resists_A, resting, bone" -> "resists_A": where a cell is and whether it rests is no change in it. */
const genotype = (label: string) => label.split(",")[0];

export function moments(p: Preview): Moment[] {
  const total = p.sample?.[0] ?? p.burden.p50;
  const limit = p.seen?.detectable ?? null;
  const seen = (i: number) => seenBy(p, p.time[i]);
  const names = Object.keys(p.clones);
  const first = names.reduce((a, b) => (p.clones[a][0] >= p.clones[b][0] ? a : b), names[0]);
  const others = p.time.map((_, i) => names.filter((n) => genotype(n) !== genotype(first)).reduce((s, n) => s + p.clones[n][i], 0));
  const low = total.reduce((best, v, i) => (v < total[best] ? i : best), 0);
  const found: { index: number; title: string; tumor: string; clinic: string }[] = [
    {
      index: 0,
      title: "The tumor is found",
      tumor: `At diagnosis it has ${cells(total[0])} cells. ` +
        (others[0] >= 1 ? `${cells(others[0])} of them differ from the most frequent kind, ${genotype(first)}, by an alteration.` : `All of them are ${genotype(first)}.`),
      clinic: seen(0),
    },
  ];
  const half = p.time.findIndex((_, i) => total[i] <= total[0] / 10);
  if (half > 0 && half < low)
    found.push({ index: half, title: "A tenth is left", tumor: `${cells(total[half])} cells, ${cells(others[half])} of them of other kinds than at diagnosis most were.`,
      clinic: seen(half) });
  const taken = p.time.findIndex((_, i) => i > 0 && others[i] > total[i] / 2);
  if (taken > 0)
    found.push({ index: taken, title: "Other cells are the most", tumor: `More than half of its ${cells(total[taken])} cells carry an alteration that most did not have at diagnosis.`, clinic: seen(taken) });
  if (low > 0 && low < p.time.length - 1)
    found.push({ index: low, title: "The lowest point", tumor: `${cells(total[low])} cells are left, ${cells(others[low])} of them of other kinds.`, clinic: seen(low) });
  const back = limit ? crossing(p.time, total, low + 1, limit) : -1;
  if (limit && total[low] < limit && back > 0)
    found.push({ index: back, title: "Above the limit of detection again", tumor: `${cells(total[back])} cells, ${cells(others[back])} of other kinds.`, clinic: seen(back) });
  const grown = crossing(p.time, total, low + 1, total[low] * 1.728);
  if (grown > 0 && low > 0 && total[grown] >= (limit ?? 0))
    found.push({ index: grown, title: "A fifth wider than at its least", tumor: `${cells(total[grown])} cells, three quarters more than at its least.`, clinic: seen(grown) });
  const end = p.time.length - 1;
  found.push({ index: end, title: "The last visit", tumor: total[end] < 1 ? "No cell is left." : `${cells(total[end])} cells, ${Math.round((100 * others[end]) / Math.max(1, total[end]))}% of them of other kinds than most at diagnosis.`, clinic: `${days(p.time[end])} after diagnosis. ${seen(end)}` });
  found.sort((a, b) => a.index - b.index);
  return found.filter((m, i) => i === 0 || m.index !== found[i - 1].index).map(({ index, ...m }) => ({ day: p.time[index], ...m }));
}

/** The course up to a day: what is drawn while the story has come no further. */
export function until(p: Preview, day: number): { time: number[]; clones: Record<string, number[]> } {
  const n = Math.max(2, p.time.filter((t) => t <= day).length);
  return { time: p.time.slice(0, n), clones: Object.fromEntries(Object.entries(p.clones).map(([k, v]) => [k, v.slice(0, n)])) };
}
