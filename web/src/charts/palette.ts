/// Colors of clones, told apart by colour-blind readers, and by dashes where color fails.
/// The values stand in app.css as --clone-0 … --clone-6; 3:1 on the page in light and dark.
export const DASHES = ["", "6 3", "2 3", "10 3 2 3", "8 2", "3 2", "1 2"];
export const CLONES = 7;

export interface Ink {
  text: string;
  quiet: string;
  rule: string;
  page: string;
  accent: string;
  alarm: string;
  clones: string[];
}

export function ink(): Ink {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(name).trim();
  return {
    text: of("--text"),
    quiet: of("--quiet"),
    rule: of("--rule"),
    page: of("--page"),
    accent: of("--accent"),
    alarm: of("--alarm"),
    clones: Array.from({ length: CLONES }, (_, k) => of(`--clone-${k}`)),
  };
}

/** The most abundant clones keep a color each; the order is the server's, so a slider keeps it. */
export function shownClones(clones: Record<string, number[]>, most = CLONES): string[] {
  const names = Object.keys(clones).filter((n) => clones[n].some((v) => v >= 1));
  if (names.length <= most) return names;
  const peak = (n: string) => Math.max(...clones[n]);
  const kept = new Set([...names].sort((a, b) => peak(b) - peak(a)).slice(0, most));
  return names.filter((n) => kept.has(n));
}
