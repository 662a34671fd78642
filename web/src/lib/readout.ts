/// Which of a cohort's numbers to show, and how.
import type { Quantity } from "./types";

const MAIN = ["time_to_progression", "overall_survival", "responded", "cured"];

/** Name and text of each number worth showing; of one patient only times. */
export function telling(summary: Record<string, Quantity>, all = false): [string, string][] {
  const single = summary.patients?.value === 1;
  const names = Object.keys(summary).filter((name) => (all || MAIN.includes(name)) && !(single && summary[name].unit !== "days"));
  return names.map((name) => {
    const { text, value, unit } = summary[name];
    return [name, text ?? `${value ?? "–"} ${unit ?? ""}`];
  });
}
