/// Curves of a preview's ctdna field: shares of reads by alteration where any was found, else how much DNA.
export interface Curve {
  days: number[];
  value: (number | null)[];
}
export interface Blood {
  series: Record<string, Curve>;
  unit: string;
}

function curve(value: unknown): Curve | null {
  const { days, time, value: list } = (value ?? {}) as Record<string, unknown>;
  const axis = days ?? time;
  return Array.isArray(axis) && Array.isArray(list) && axis.length === list.length && axis.length > 0
    ? { days: axis as number[], value: list as (number | null)[] }
    : null;
}

/** "ctdna.vaf(esr1)" -> "esr1". */
const named = (name: string) =>
  name === "ctdna.hge" ? "tumor genomes per mL" : /\((.+)\)$/.exec(name)?.[1] ?? name.replace(/^ctdna\./, "").replace(/_/g, " ");

export function ctdnaSeries(given: Record<string, unknown> | null | undefined): Blood | null {
  const all = Object.entries(given ?? {}).flatMap(([name, value]): [string, Curve][] => {
    const found = curve(value);
    return found && !name.includes("detected") ? [[name, found]] : [];
  });
  const some = ([, c]: [string, Curve]) => c.value.some((v) => (v ?? 0) > 0);
  const shares = all.filter(([name]) => name.includes("vaf(")).some(some) ? all.filter(([name]) => name.includes("vaf(")) : [];
  const rest = all.filter(([name]) => !/(vaf|reads)\(/.test(name));
  const shown = shares.length ? shares : (rest.filter(some)[0] ?? rest[0]) ? [rest.filter(some)[0] ?? rest[0]] : [];
  if (shown.length === 0) return null;
  return { series: Object.fromEntries(shown.map(([name, c]) => [named(name), c])), unit: shares.length ? "share of reads" : named(shown[0][0]) };
}
