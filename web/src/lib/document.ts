/// A scenario's text and the numbers in it. Here: read and replace a value by its path, comments kept.
import { parseDocument } from "yaml";

export interface Field {
  path: string[];
  label: string;
  value: string;
}

const WANTED: [string[], string][] = [
  [["tumor", "birth"], "Births"],
  [["tumor", "death"], "Deaths"],
  [["tumor", "diagnosed_at"], "Cells when found"],
  [["treatment", "policy"], "Policy"],
  [["patients", "number"], "Patients in the file"],
  [["follow_up"], "Follow-up"],
  [["seed"], "Seed"],
];

function parsed(text: string) {
  const found = parseDocument(text);
  return found.errors.length ? null : found;
}

/** Fields that a form can show: those of `WANTED` that stand in the text, and each drug's kill. */
export function fields(text: string): Field[] {
  const found = parsed(text);
  if (!found) return [];
  const drugs = found.get("drugs") as { items?: { key: unknown }[] } | undefined;
  const kills = (drugs?.items ?? []).map(({ key }): [string[], string] => [["drugs", String(key), "kill"], `Kill by ${String(key)}`]);
  const rates = ((found.get("alterations") as typeof drugs)?.items ?? []).map(({ key }): [string[], string] => [["alterations", String(key), "rate"], `Rate of ${String(key)}`]);
  return [...WANTED.slice(0, 3), ...kills, ...rates, ...WANTED.slice(3)].flatMap(([path, label]) => {
    const node = found.getIn(path, true) as { source?: string; value?: unknown } | undefined;
    if (!node || typeof node !== "object" || !("value" in node)) return [];
    return [{ path, label, value: node.source ?? String(node.value) }];
  });
}

/** The text with one value replaced and everything else as it was. */
export function withValue(text: string, path: string[], value: string): string {
  const found = parsed(text);
  const node = found?.getIn(path, true) as { range?: [number, number, number] } | undefined;
  if (!node?.range) return text;
  const plain = /^[\w.+\-/ ]+$/.test(value.trim()) ? value.trim() : JSON.stringify(value.trim());
  return text.slice(0, node.range[0]) + plain + text.slice(node.range[1]);
}
