/// The scenario in the address: deflated, base64url, after the hash, so that no server sees it.
const LONGEST = 262_144; // characters of a scenario that an address may unpack to

function toBase64Url(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

export async function pack(text: string): Promise<string> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return toBase64Url(new Uint8Array(await new Response(stream).arrayBuffer()));
}

/** The text of an address, or null where it is damaged or too long. */
export async function unpack(packed: string): Promise<string | null> {
  try {
    const stream = new Blob([fromBase64Url(packed)]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    const reader = stream.getReader();
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      text += decoder.decode(value, { stream: true });
      if (text.length > LONGEST) return void reader.cancel(), null;
    }
  } catch {
    return null;
  }
}

export interface Route {
  page: "chapter" | "story" | "bench";
  number: number;
  scenario: string | null;
}

/** "#/3" chapter 3; "#/story"; "#/bench?s=…" with a packed scenario. Anything else is chapter 1. */
export function route(hash: string): Route {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?");
  const scenario = new URLSearchParams(query).get("s");
  if (path === "story" || path === "bench") return { page: path, number: 0, scenario };
  const number = /^\d{1,2}$/.test(path) ? Number(path) : 1;
  return { page: "chapter", number: number >= 1 && number <= 12 ? number : 1, scenario: null };
}
