/// The curves in a preview's ctdna field: any list as long as its time axis, in the object or one level down.
export interface Blood {
  time: number[];
  series: Record<string, number[]>;
  unit: string;
}

const numbers = (value: unknown, length: number): value is number[] =>
  Array.isArray(value) && value.length === length && value.every((v) => v === null || typeof v === "number");

export function ctdnaSeries(given: Record<string, unknown> | null | undefined, time: number[]): Blood | null {
  if (!given) return null;
  const axis = [given.time, given.days, time].find((t): t is number[] => Array.isArray(t) && t.length > 0);
  if (!axis) return null;
  const series: Record<string, number[]> = {};
  for (const [name, value] of Object.entries(given)) {
    if (name === "time" || name === "days") continue;
    if (numbers(value, axis.length)) series[name.replace(/_/g, " ")] = value;
    else if (value && typeof value === "object" && !Array.isArray(value))
      for (const [inner, list] of Object.entries(value)) if (numbers(list, axis.length)) series[inner.replace(/_/g, " ")] = list;
  }
  const unit = typeof given.unit === "string" ? given.unit : "";
  return Object.keys(series).length ? { time: axis, series, unit } : null;
}
