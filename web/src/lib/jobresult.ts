/// A finished job, in the shapes the charts take.
import type { JobResult, Preview, Survival } from "./types";

type Part = Omit<JobResult, "arms">;

/** Burden and clones with their time axis, or null where the job kept none. */
export function jobPreview(part: Part): Preview | null {
  const burden = (part.burden ?? {}) as Record<string, number[]>;
  const time = part.time ?? burden.time ?? (part.clones as Record<string, number[]> | undefined)?.time;
  if (!time?.length || !burden.p50) return null;
  const { time: _, ...clones } = (part.clones ?? {}) as Record<string, number[]>;
  return {
    server_ms: 0,
    time,
    burden: { p50: burden.p50, p10: burden.p10 ?? burden.p50, p90: burden.p90 ?? burden.p50 },
    clones,
    ctdna: part.ctdna ?? null,
  };
}

/** Curves by endpoint, then by arm. */
export function survivals(parts: { label: string; part: Part }[]): Record<string, Record<string, Survival>> {
  const found: Record<string, Record<string, Survival>> = {};
  for (const { label, part } of parts)
    for (const [name, curve] of Object.entries(part.km ?? {}))
      if (curve?.days) (found[name] ??= {})[label] = whole(curve);
  return found;
}

/** A curve from day 0, where all are well, to the last day on which somebody is still followed. */
export function whole(curve: Survival): Survival {
  const { days, share, at_risk: risk } = curve;
  const from = days[0] === 0 ? [] : [0];
  const followed = risk && !Array.isArray(risk) ? Math.max(0, ...risk.days.filter((_, i) => risk.patients[i] > 0)) : 0;
  const to = followed > (days.at(-1) ?? 0) ? [followed] : [];
  const stretch = (list: (number | null)[]) => [...from.map(() => 1), ...list, ...to.map(() => list.at(-1) ?? 1)];
  return {
    ...curve,
    days: [...from, ...days, ...to],
    share: stretch(share) as number[],
    ...(curve.low && curve.high ? { low: stretch(curve.low), high: stretch(curve.high) } : {}),
  };
}

/** Numbers at risk at about six days. */
export function curvesOf(curve: Survival, columns = 6): { day: number; at_risk: number }[] {
  const risk = curve.at_risk;
  if (!risk) return [];
  if (!Array.isArray(risk)) return risk.days.map((day, i) => ({ day: Math.round(day), at_risk: risk.patients[i] }));
  if (!risk.length) return [];
  const last = curve.days.at(-1)!;
  const days = Array.from({ length: columns }, (_, k) => Math.round((last * k) / (columns - 1)));
  return [...new Set(days)].map((day) => {
    const at = curve.days.findIndex((d) => d >= day - 0.5);
    return { day, at_risk: risk[at < 0 ? risk.length - 1 : at] };
  });
}
