// What the browser tests share. Here: a server, a page that watches its requests, a count of what held.
import { resolve } from "node:path";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";

import { chromium } from "playwright-core";

const own = resolve("../.venv/bin/python"); // whole: a run may have a folder of its own
/** `PYTHON` names the interpreter; else the checkout's own. */
export const python = process.env.PYTHON ?? (existsSync(own) ? own : "python3");
const failures = [];
let passed = 0;

export function must(condition, what) {
  if (condition) passed += 1;
  else {
    failures.push(what);
    console.error(`FAILED ${what}`);
  }
}

/** Say how many held, and end. */
export function told(what) {
  console.log(`${what}: ${passed} held, ${failures.length} failed`);
  process.exit(failures.length ? 1 : 0);
}

export const launched = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });

/** A lab of our own, its workers warm. */
export async function started(more = []) {
  const words = ["-m", "countermove", "lab", "--no-open", ...(more.includes("--port") ? [] : ["--port", "0"]), ...more, "--json"];
  const lab = spawn(python, words, { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  const address = await new Promise((found, failed) => {
    lab.on("exit", (code) => failed(new Error(`countermove lab ended with ${code}`)));
    lab.stdout.on("data", (part) => {
      said += part;
      const line = said.split("\n").find((one) => one.includes("address"));
      if (line) found(JSON.parse(line).address);
    });
  });
  const token = /#token=(.+)$/.exec(address)?.[1];
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const until = Date.now() + 180000;
  while (Date.now() < until) {
    const meta = await fetch(new URL("api/meta", address), { headers }).then((answer) => answer.json()).catch(() => ({}));
    if (meta.warm) return { address, process: lab };
    await new Promise((next) => setTimeout(next, 250));
  }
  lab.kill();
  throw new Error("the lab's workers did not get warm within three minutes");
}

/** A page that keeps what its console says, and every request that leaves the lab. */
export async function opened(browser, { width = 1280, height = 900, scheme = "light", base, reducedMotion = "no-preference" }) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, reducedMotion, acceptDownloads: true });
  const page = await context.newPage();
  page.said = [];
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && !/status of 422/.test(m.text()) && page.said.push(m.text()));
  page.on("pageerror", (e) => page.said.push(String(e)));
  page.on("request", (r) => {
    const url = r.url();
    if (!url.startsWith(base) && !/^(data|blob):/.test(url)) page.said.push(`request elsewhere: ${url}`);
  });
  return page;
}
