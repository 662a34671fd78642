/// What one patient's visits read, one number a visit: scans where there are, else a marker, else ctDNA.
import type { Preview } from "./types";

export interface Readings {
  title: string;
  unit: string;
  kind: string;
  most: number;
  points: { day: number; value: number }[];
}

const BEST: [string, string, string][] = [
  ["sld", "Sum of diameters on scans", "cm"],
  ["diameter", "Sum of diameters on scans", "cm"],
  ["volume", "Volume on scans", "cm³"],
];

export function readings(p: Preview): Readings {
  const visits = p.seen?.visits ?? [];
  const names = [...new Set(visits.filter((v) => v.kind !== "dose").map((v) => v.name))];
  const known = BEST.find(([name]) => names.includes(name));
  const name = known?.[0] ?? names[0];
  const points = visits.filter((v) => v.name === name && v.value !== null).map((v) => ({ day: v.day, value: v.value as number })).sort((a, b) => a.day - b.day);
  return {
    title: known?.[1] ?? name ?? "No visit",
    unit: known?.[2] ?? "",
    kind: visits.find((v) => v.name === name)?.kind ?? "",
    most: Math.max(0, ...points.map((q) => q.value)),
    points,
  };
}
