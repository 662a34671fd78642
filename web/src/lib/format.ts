/// Numbers as a reader meets them. Here: cells, days, shares, settings. Not here: axes (charts/).
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

export const power = (n: number): string =>
  (n < 0 ? "⁻" : "") + [...String(Math.abs(n))].map((d) => RAISED[Number(d)]).join("");

/** 2.2e10 -> "2.2 × 10¹⁰"; small counts stay plain. */
export function cells(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  if (Math.abs(value) < 1e4 && Math.abs(value) >= 0.01) return String(Number(value.toPrecision(3)));
  let exponent = Math.floor(Math.log10(Math.abs(value)));
  let mantissa = Number((value / 10 ** exponent).toPrecision(2));
  if (Math.abs(mantissa) >= 10) {
    mantissa /= 10;
    exponent += 1;
  }
  const shown = mantissa === 1 ? "" : `${mantissa} × `;
  return `${shown}10${power(exponent)}`;
}

/** The tick of a log axis: 10⁹, and 1 for 10⁰. */
export const tick = (value: number): string => {
  const exponent = Math.round(Math.log10(value));
  return exponent === 0 ? "1" : exponent === 1 ? "10" : `10${power(exponent)}`;
};

export function days(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (Math.abs(value) < 90) return `${Math.round(value)} days`;
  if (Math.abs(value) < 730) return `${(value / 30.44).toFixed(1)} months`;
  return `${(value / 365.25).toFixed(1)} years`;
}

export const share = (value: number | null | undefined): string =>
  value === null || value === undefined || !Number.isFinite(value) ? "–" : `${Math.round(value * 100)}%`;

export function setting(value: number, unit: string): string {
  const number =
    value !== 0 && (Math.abs(value) >= 1e5 || Math.abs(value) < 1e-3)
      ? cells(value)
      : String(Number(value.toPrecision(3)));
  return unit && unit !== "share" && unit !== "1" ? `${number} ${unit}` : number;
}

/** "time_to_progression" -> "Time to progression". */
export function words(name: string): string {
  const text = name.replace(/_/g, " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
