/// Text with marks: {claim:id} becomes a badge, a word of the glossary a term explained once.
import type { Term } from "./types";

export type Piece =
  | { kind: "text"; text: string }
  | { kind: "claim"; id: string }
  | { kind: "term"; text: string; meaning: string };

const MARK = /\s*\{claim:([a-z0-9-]+)\}([.,;:?!]?)/g; // a stop after a mark goes before its badge
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Split a paragraph at its claim marks. */
export function claimPieces(paragraph: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const found of paragraph.matchAll(MARK)) {
    const text = paragraph.slice(from, found.index) + found[2];
    if (text) pieces.push({ kind: "text", text });
    pieces.push({ kind: "claim", id: found[1] });
    from = found.index + found[0].length;
  }
  if (from < paragraph.length) pieces.push({ kind: "text", text: paragraph.slice(from) });
  return pieces;
}

/** Mark the first use of each term; `used` carries over from paragraph to paragraph. */
export function termPieces(text: string, terms: Term[], used: Set<string>): Piece[] {
  const open = terms.filter((t) => !used.has(t.term.toLowerCase()));
  if (open.length === 0) return [{ kind: "text", text }];
  const longest = [...open].sort((a, b) => b.term.length - a.term.length);
  const any = new RegExp(`(?<![\\w-])(${longest.map((t) => escaped(t.term)).join("|")})(?![\\w-])`, "gi");
  const pieces: Piece[] = [];
  let from = 0;
  for (const found of text.matchAll(any)) {
    const key = found[0].toLowerCase();
    if (used.has(key)) continue;
    used.add(key);
    const term = longest.find((t) => t.term.toLowerCase() === key)!;
    if (found.index > from) pieces.push({ kind: "text", text: text.slice(from, found.index) });
    pieces.push({ kind: "term", text: found[0], meaning: term.meaning });
    from = found.index + found[0].length;
  }
  if (from < text.length) pieces.push({ kind: "text", text: text.slice(from) });
  return pieces;
}

export function pieces(paragraph: string, terms: Term[], used: Set<string>): Piece[] {
  return claimPieces(paragraph).flatMap((p) => (p.kind === "text" ? termPieces(p.text, terms, used) : [p]));
}
