/// Moments of one patient worth stopping at, found in the numbers of the course.
/// Here: when they are and what is said, with {claim:id} after what is said of tumors at large. Not here: how they are shown.
import { cells, days, power } from "./format";
import { readings } from "./readings";
import type { Preview, Story } from "./types";

export interface Moment {
  day: number;
  title: string;
  tumor: string;
  clinic: string;
}
type Found = Omit<Moment, "day"> & { index: number };

/** "resists_A, resting, bone" -> "resists_A": where a cell is and whether it rests is no change in it. */
const genotype = (label: string) => label.split(",")[0];
const plain = (name: string) => name.replace(/_/g, " ");
const RESPONSE = ["", "nothing left to see", "shrunk by three tenths or more", "little changed", "grown by a fifth or more from its least"];

/** What the visits have read by a day, the latest of each kind; only this is what a clinic knows. */
export function seenBy(p: Preview, day: number): string {
  const { points, title, unit, kind } = readings(p);
  const latest = points.filter((q) => q.day <= day).at(-1);
  if (!latest) return "No visit yet.";
  const response = (p.seen?.visits ?? []).find((v) => v.name === "recist" && v.day === latest.day)?.value ?? 0;
  const judged = RESPONSE[response] ? `; ${RESPONSE[response]}` : "";
  const scan = `${title}, day ${Math.round(latest.day)}: ${cells(latest.value)} ${unit}${judged}.`;
  const drawn = (p.seen?.visits ?? []).filter((v) => v.kind === "ctdna" && v.day <= day);
  if (kind === "ctdna" || !drawn.length) return scan;
  const last = drawn.at(-1)!.day;
  const names = drawn.filter((v) => v.day === last && v.value && v.name.startsWith("ctdna.detected(")).map((v) => plain(v.name.slice(15, -1)));
  return `${scan} Blood, day ${Math.round(last)}: ${names.length ? names.join(" and ") : "no alteration"} found.`;
}

const BORN = "A scan sees nothing";

/** From the first cell to diagnosis: what nobody sees. */
function before(p: Story, total: number[], others: number[], zero: number): Found[] {
  const limit = p.seen?.detectable ?? null;
  const found: Found[] = [{
    index: 0, title: "The first cell",
    tumor: `One cell divides ${p.rates.birth} times a day, and cells of its kind die at a rate of ${p.rates.death} a day. ${p.vain === 0 ? "The first such cell was enough" : `${p.vain} such ${p.vain === 1 ? "cell" : "cells"} came before it, and all that descended from ${p.vain === 1 ? "it" : "them"} died out`}: this one's descendants go on.`,
    clinic: `Nobody knows of it. ${BORN} below some ${limit ? cells(limit) : `10${power(8)}`} cells.`,
  }];
  const stays = others.slice(0, zero).lastIndexOf(0) + 1;
  if (stays > 0 && stays < zero)
    found.push({ index: stays, title: "A cell that resists, before any drug",
      tumor: `Among ${cells(total[stays])} cells ${cells(others[stays])} ${others[stays] === 1 ? "differs" : "differ"} by an alteration that protects from a drug nobody has given yet. Cells that resist are likely to be there before treatment {claim:rare-cells-before-treatment}.`,
      clinic: `${BORN}: ${days(-p.time[stays])} are left until diagnosis.` });
  const visible = limit ? total.findIndex((v, i) => i < zero && v >= limit) : -1;
  if (visible > stays)
    found.push({ index: visible, title: "Large enough for a scan",
      tumor: `${cells(total[visible])} cells, and ${cells(others[visible])} of them differ from the rest. The tumor grows like a tree, each branch with changes of its own {claim:branching-evolution}.`,
      clinic: "A scan could show it now, but nobody has a reason to make one." });
  return found;
}

/** One line of treatment: its beginning, the least it leaves, and who has taken over by its end. */
function line(p: Story, k: number, total: number[], to: number): Found[] {
  const { day, drug } = p.line[k];
  const from = p.time.indexOf(day);
  const resists = (label: string) => genotype(label).split(" + ").includes(`resists_${drug}`);
  const sum = (i: number) => Object.keys(p.clones).filter(resists).reduce((s, n) => s + p.clones[n][i], 0);
  const seen = (i: number) => seenBy(p, p.time[i]);
  const found: Found[] = [];
  const resist = `${cells(sum(from))} of its ${cells(total[from])} cells resist ${drug} already`;
  if (k === 0)
    found.push({ index: from, title: "The tumor is found", tumor: `${days(-p.born)} after the first cell. ${resist}. Drug ${drug} begins.`, clinic: `Day 0, diagnosis. ${seen(from)}` });
  else
    found.push({ index: from, title: `Line ${k + 1}: drug ${drug}`,
      tumor: `${resist}. When one drug stops working another may work, and what came through the first decides which {claim:next-line}.`,
      clinic: `On scans this is progression {claim:recist}. Drug ${drug} takes the place of ${p.line[k - 1].drug}. ${seen(from)}` });
  let low = from;
  for (let i = from; i <= to; i++) if (total[i] < total[low]) low = i;
  const taken = p.time.findIndex((_, i) => i > from && i <= to && sum(i) > total[i] / 2);
  if (low > from && low < to)
    found.push({ index: low, title: `The least under ${drug}`, tumor: `${cells(total[low])} cells are left, and ${cells(sum(low))} of them resist ${drug}. From here on the tumor grows, whatever a scan says. That it shrank does not tell for how long {claim:response-is-not-durability}.`, clinic: seen(low) });
  if (taken > from && taken < to)
    found.push({ index: taken, title: `Cells that resist ${drug} are the most`, tumor: `More than half of its ${cells(total[taken])} cells. The drug killed the others; those that it cannot kill are the tumor now {claim:resistance-is-evolution}.`, clinic: seen(taken) });
  const shown = (p.seen?.visits ?? []).find((v) => v.name === `ctdna.detected(resists_${drug})` && v.value && v.day > day && v.day < p.time[to])?.day;
  const index = shown === undefined ? -1 : p.time.findIndex((t) => t >= shown);
  if (index > from)
    found.push({ index, title: `Blood shows what resists ${drug}`, tumor: `${cells(total[index])} cells, ${cells(sum(index))} of them resisting ${drug}, shed DNA as they die.`,
      clinic: `Blood can show a resistant clone before scans show growth {claim:blood-shows-resistance-early}. This clinic reads it and waits for the scan. ${seen(index)}` });
  return found;
}

export function moments(p: Story): Moment[] {
  const total = p.burden.p50;
  const names = Object.keys(p.clones);
  const others = p.time.map((_, i) => names.filter((n) => genotype(n) !== "ancestral").reduce((s, n) => s + p.clones[n][i], 0));
  const zero = p.time.indexOf(0);
  const end = p.time.length - 1;
  const found = before(p, total, others, zero);
  p.line.forEach((_, k) => found.push(...line(p, k, total, k + 1 < p.line.length ? p.time.indexOf(p.line[k + 1].day) : end)));
  const share = Math.round((100 * others[end]) / Math.max(1, total[end]));
  const drugs = p.line.map((one) => one.drug).join(", ");
  found.push({ index: end, title: p.died ? "The last visit, and after" : "The last visit",
    tumor: total[end] < 1 ? "No cell is left." : `${cells(total[end])} cells, ${share}% of them with an alteration; at diagnosis ${cells(others[zero])} of ${cells(total[zero])} had one. Drug by drug the cells that resisted it came through: resistance is evolution, seen in one patient {claim:resistance-is-evolution}.`,
    clinic: `${p.died ? `The patient died ${days(p.lived)} after diagnosis` : `${days(p.time[end])} after diagnosis the patient is alive`}, after ${p.line.length} ${p.line.length === 1 ? "line" : "lines"} (${drugs}). ${seenBy(p, p.time[end])}` });
  const order = found.map((m, i) => ({ ...m, i })).sort((a, b) => a.index - b.index || a.i - b.i);
  return order.filter((m, i) => i === 0 || m.index !== order[i - 1].index).map(({ index, title, tumor, clinic }) => ({ day: p.time[index], title, tumor, clinic }));
}

/** The course up to a day: what is drawn while the story has come no further. */
export function until(p: Preview, day: number): { time: number[]; clones: Record<string, number[]> } {
  const n = Math.max(2, p.time.filter((t) => t <= day).length);
  return { time: p.time.slice(0, n), clones: Object.fromEntries(Object.entries(p.clones).map(([k, v]) => [k, v.slice(0, n)])) };
}
