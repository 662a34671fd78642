/// Moments of one course worth stopping at, found in its numbers. Not here: how they are shown.
import { cells, days } from "./format";
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

/** What scans can say of this burden. */
function seenAs(value: number, limit: number | null): string {
  if (limit && value < limit) return "Scans show nothing: what is left is below what they can see.";
  return `The scan shows the tumor, about ${cells(value)} cells' worth of it.`;
}

export function moments(p: Preview): Moment[] {
  const total = p.sample?.[0] ?? p.burden.p50;
  const limit = p.seen?.detectable ?? null;
  const names = Object.keys(p.clones);
  const first = names.reduce((a, b) => (p.clones[a][0] >= p.clones[b][0] ? a : b), names[0]);
  const others = p.time.map((_, i) => names.filter((n) => n !== first).reduce((s, n) => s + p.clones[n][i], 0));
  const low = total.reduce((best, v, i) => (v < total[best] ? i : best), 0);
  const found: { index: number; title: string; tumor: string; clinic: string }[] = [
    {
      index: 0,
      title: "The tumor is found",
      tumor: `From one cell it has grown to ${cells(total[0])}. ` +
        (others[0] >= 1 ? `Among them ${cells(others[0])} already carry a change that resists a drug.` : "None of its cells resists yet."),
      clinic: `${seenAs(total[0], limit)} Nothing tells which of its cells resist. Treatment starts.`,
    },
  ];
  const half = p.time.findIndex((_, i) => total[i] <= total[0] / 10);
  if (half > 0 && half < low)
    found.push({ index: half, title: "It melts away", tumor: `Nine of ten cells are gone. ${others[half] >= 1 ? `The ones that resist, ${cells(others[half])} by now, keep dividing.` : ""}`,
      clinic: `${seenAs(total[half], limit)} It is a response.` });
  const taken = p.time.findIndex((_, i) => i > 0 && others[i] > total[i] / 2);
  if (taken > 0)
    found.push({ index: taken, title: "It has become another tumor", tumor: `More than half of its ${cells(total[taken])} cells resist now.`, clinic: `${seenAs(total[taken], limit)} No scan tells one cell from another.` });
  if (low > 0 && low < p.time.length - 1)
    found.push({ index: low, title: "The lowest point", tumor: `${cells(total[low])} cells are left, ${cells(others[low])} of them resistant.`, clinic: `${seenAs(total[low], limit)} This is as good as it gets.` });
  const back = limit ? crossing(p.time, total, low + 1, limit) : -1;
  if (limit && total[low] < limit && back > 0)
    found.push({ index: back, title: "It is seen again", tumor: `${cells(total[back])} cells, nearly all of them resistant.`, clinic: "A scan shows something where it had shown nothing." });
  const grown = crossing(p.time, total, low + 1, total[low] * 1.728);
  if (grown > 0 && low > 0 && total[grown] >= (limit ?? 0))
    found.push({ index: grown, title: "Progression", tumor: `It has grown by three quarters from its least, to ${cells(total[grown])} cells.`, clinic: "Its diameters have grown by a fifth from their least: progression. The drug is no longer of use." });
  const end = p.time.length - 1;
  found.push({ index: end, title: "The last visit", tumor: total[end] < 1 ? "No cell is left." : `${cells(total[end])} cells, ${Math.round((100 * others[end]) / Math.max(1, total[end]))}% of them resistant.`, clinic: `${days(p.time[end])} after it was found. ${seenAs(total[end], limit)}` });
  found.sort((a, b) => a.index - b.index);
  return found.filter((m, i) => i === 0 || m.index !== found[i - 1].index).map(({ index, ...m }) => ({ day: p.time[index], ...m }));
}

/** The course up to a day: what is drawn while the story has come no further. */
export function until(p: Preview, day: number): { time: number[]; clones: Record<string, number[]> } {
  const n = Math.max(2, p.time.filter((t) => t <= day).length);
  return { time: p.time.slice(0, n), clones: Object.fromEntries(Object.entries(p.clones).map(([k, v]) => [k, v.slice(0, n)])) };
}
