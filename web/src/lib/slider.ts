/// A slider's place and the value it stands for, on a linear or a log scale.
import type { Control } from "./types";

export const STEPS = 200;

type Range = Pick<Control, "min" | "max" | "step" | "scale" | "values">;

/** The last place of a slider. */
export const places = (c: Range): number => (c.values ? c.values.length - 1 : STEPS);

export function placeOf(value: number, c: Range): number {
  if (c.values) return Math.max(0, c.values.indexOf(value));
  const part =
    c.scale === "log" ? Math.log(value / c.min) / Math.log(c.max / c.min) : (value - c.min) / (c.max - c.min);
  return Math.round(Math.min(1, Math.max(0, part)) * STEPS);
}

export function valueAt(place: number, c: Range): number {
  if (c.values) return c.values[Math.min(c.values.length - 1, Math.max(0, place))];
  const part = Math.min(STEPS, Math.max(0, place)) / STEPS;
  if (c.scale === "log") return Number((c.min * (c.max / c.min) ** part).toPrecision(3));
  const raw = c.min + (c.max - c.min) * part;
  const stepped = c.step > 0 ? c.min + Math.round((raw - c.min) / c.step) * c.step : raw;
  return Number(Math.min(c.max, stepped).toPrecision(6));
}
