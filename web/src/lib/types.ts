/// What the server answers, as the page reads it. Fields the server may leave out are optional.
export interface Problem {
  where?: string;
  got?: string;
  expected?: string;
  remedy?: string;
  text: string;
  line?: number | null;
  column?: number | null;
}
export interface Meta {
  version: string;
  limits: { patients: number; preview_patients: number; scenario_bytes?: number; jobs?: number };
  disclaimer: string;
  token_needed: boolean;
}
export interface Claim {
  id: string;
  topic: string;
  status: string;
  plain: string;
  science: string;
  sources: { label: string; url: string }[];
}
export interface Control {
  id: string;
  label: string;
  path: string;
  min: number;
  max: number;
  step: number;
  scale: "linear" | "log";
  value: number;
  unit: string;
  values?: number[]; // where the page carries its numbers with it, the only places there are
}
export type Settings = Record<string, unknown>;
export interface Arm {
  label: string;
  settings: Settings;
}
export interface Chapter {
  id: string;
  number: number;
  title: string;
  claims: string[];
  question: string;
  answer: string;
  paragraphs: string[];
  yaml: string;
  engine: string;
  patients: number;
  controls: Control[];
  chart: string;
  arms?: Arm[];
  faq?: { question: string; answer: string }[];
}
export interface Term {
  term: string;
  meaning: string;
}
export interface Visit {
  day: number;
  kind: string;
  name: string;
  value: number | null;
}
export interface Quantity {
  value: number | null;
  unit?: string;
  text?: string;
}
export interface Band {
  p10: number[];
  p50: number[];
  p90: number[];
}
export interface Preview {
  server_ms: number;
  criterion?: string; // what progression is measured against
  time: number[];
  burden: Band;
  clones: Record<string, number[]>;
  doses?: Record<string, number[]>;
  seen?: { detectable: number | null; visits: Visit[] };
  ctdna?: Record<string, unknown> | null;
  summary?: Record<string, Quantity>;
  sample?: number[][];
}
/** One patient from the first cell on: days before diagnosis are below 0. */
export interface Story extends Preview {
  born: number;
  vain: number;
  rates: { birth: number; death: number };
  line: { day: number; drug: string }[];
  died: boolean;
  lived: number;
}
export interface JobState {
  state: "queued" | "running" | "done" | "failed" | "cancelled";
  position: number;
  done: number;
  total: number;
  seconds: number;
  error?: Problem | string;
}
export interface Survival {
  days: number[];
  share: number[];
  low?: (number | null)[];
  high?: (number | null)[];
  at_risk?: number[] | { days: number[]; patients: number[] };
}
export interface JobResult {
  kind: string;
  criterion?: string;
  table?: Record<string, unknown>[];
  title?: string;
  passed?: boolean;
  numbers?: { says?: string; paper?: unknown; ours?: unknown; verdict?: string; note?: string }[];
  summary?: Record<string, Quantity>;
  km?: Record<string, Survival>;
  attribution?: { label: string; share: number }[];
  time?: number[];
  burden?: Record<string, number[]>;
  clones?: Record<string, number[]>;
  ctdna?: Record<string, unknown>;
  arms?: ({ label: string } & Omit<JobResult, "arms">)[];
}
export interface GameVisit {
  day: number;
  kind: string;
  value: number | null;
  unit?: string;
  text: string;
}
export interface GameAnswer {
  day: number;
  over: false | "died" | "ended";
  visits: GameVisit[];
  options: string[];
  truth?: { time: number[]; clones: Record<string, number[]> };
  compared?: { label: string; days: number; outcome: string }[];
}
export interface Move {
  day: number;
  drugs: string[];
}
