// The exported lab in a real Chromium, from a file, with no server.
// Here: no request but of files, sliders that stop and change charts, the game won and lost, widths, axe, paper.
// Usage: node browser/exported.mjs [--site DIR] [--shots DIR]; without --site it exports one.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

import { chromium } from "playwright-core";

const { values: given } = parseArgs({ options: { site: { type: "string" }, shots: { type: "string" } } });
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf-8");
const failures = [];
let passed = 0;

function must(condition, what) {
  if (condition) passed += 1;
  else {
    failures.push(what);
    console.error(`FAILED ${what}`);
  }
}

function exported() {
  const own = "../.venv/bin/python";
  const python = process.env.PYTHON ?? (existsSync(own) ? own : "python3");
  const folder = join(mkdtempSync(join(tmpdir(), "lab-")), "site");
  const done = spawnSync(python, ["-m", "countermove", "lab", "--export", folder, "--json"], { stdio: ["ignore", "pipe", "inherit"], encoding: "utf-8" });
  if (done.status !== 0) throw new Error(`countermove lab --export ended with ${done.status}`);
  const { bytes, seconds } = JSON.parse(done.stdout);
  must(bytes <= 8e6, `the site has at most 8 MB (${bytes})`);
  console.log(`exported ${(bytes / 1e6).toFixed(1)} MB in ${seconds.toFixed(0)} s`);
  return folder;
}

async function opened(browser, width, height, base) {
  const context = await browser.newContext({ viewport: { width, height }, offline: true });
  const page = await context.newPage();
  page.said = [];
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && page.said.push(m.text()));
  page.on("pageerror", (e) => page.said.push(String(e)));
  page.on("request", (r) => !r.url().startsWith(base) && !/^(data|blob):/.test(r.url()) && page.said.push(`request elsewhere: ${r.url()}`));
  return page;
}

const charts = (page) => page.locator(".lab").evaluate((e) => [...e.querySelectorAll("figure svg[role=img]")].map((s) => s.innerHTML).join());

async function go(page, base, at) {
  await page.goto(`${base}/index.html#/${at}`);
  await page.waitForSelector("main h1");
  await page.waitForSelector("figure svg[role=img] path, figure svg[role=img] circle", { timeout: 20000, state: "attached" });
}

async function looks(page, base, width) {
  for (let at = 1; at <= 12; at++) {
    await go(page, base, at);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    must(over <= 0, `chapter ${at} at ${width} has no horizontal scroll (${over} px too wide)`);
    must(await page.getByText("Not medical advice").first().isVisible(), `chapter ${at} says it is not medical advice`);
    must((await page.getByText("The bench", { exact: true }).count()) === 0, `chapter ${at} offers no bench`);
    await page.evaluate(axeSource);
    const found = await page.evaluate(() => globalThis.axe.run(document, { preload: false, runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"] }));
    for (const v of found.violations) must(false, `chapter ${at} axe ${v.id}: ${v.nodes[0].html.slice(0, 160)}`);
    if (given.shots) await page.screenshot({ path: `${given.shots}/exported-${at}-${width}.png`, fullPage: true });
  }
}

async function sliders(page, base) {
  for (let at = 1; at <= 11; at++) {
    if (at === 9) continue;
    await go(page, base, at);
    for (const slider of await page.locator("input[type=range]").all()) {
      const before = await charts(page);
      const said = await slider.getAttribute("aria-valuetext");
      await slider.focus();
      let same = true;
      for (const key of ["End", "Home"]) {
        await page.keyboard.press(key);
        for (let k = 0; k < 25 && same; k++) {
          await page.waitForTimeout(60);
          same = (await charts(page)) === before;
        }
      }
      must(!same, `chapter ${at}: the slider at ${said} changes a chart`);
      const moved = await slider.getAttribute("aria-valuetext");
      await page.keyboard.press("ArrowRight");
      must((await slider.getAttribute("aria-valuetext")) !== moved, `chapter ${at}: a step says another value than ${moved}`);
      await page.getByRole("button", { name: "Reset" }).click().catch(() => {});
      await page.waitForTimeout(100);
    }
  }
}

async function play(page, base, drugs) {
  await go(page, base, 9);
  await page.reload();
  await page.waitForSelector("text=Until the next visit");
  for (const name of drugs) await page.getByLabel(name, { exact: true }).check();
  for (let k = 0; k < 16 && !(await page.getByText("The same tumor in other hands").isVisible()); k++) {
    await page.locator(".lab .main").first().click();
    await page.waitForTimeout(60);
  }
  must(await page.getByText("What was there all along").isVisible(), `with ${drugs.join(" and ") || "no drug"} the truth is shown`);
  must((await page.locator("table.words tbody tr").count()) === 4, "you and three clinics are compared");
  if (given.shots) await page.screenshot({ path: `${given.shots}/exported-game-${drugs.length}-${page.viewportSize().width}.png`, fullPage: true });
  return page.locator(".lab .note").allInnerTexts();
}

async function game(page, base) {
  must((await play(page, base, [])).some((t) => t.includes("The patient died")), "doing nothing loses the first tumor");
  must((await play(page, base, ["A", "B"])).some((t) => t.includes("is alive")), "both drugs win the first tumor");
  await page.getByRole("button", { name: "Another tumor" }).click();
  await page.waitForSelector("text=Tumor 2 of 12");
  must(true, "there is another tumor");
}

async function elsewhere(page, base) {
  for (const at of ["bench", "story"]) {
    await page.goto(`${base}/index.html#/${at}`);
    await page.reload();
    must(await page.getByText("To have it, install the program").isVisible(), `${at} says what to install`);
  }
  await go(page, base, 1);
  if (page.viewportSize().width < 900) await page.getByRole("button", { name: "Chapters" }).click();
  await page.getByRole("link", { name: "Worksheet to print" }).click();
  for (const [file, pages] of [["worksheet", 2], ["answers", 2]]) {
    await page.goto(`${base}/${file}.html`);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    must(over <= 0, `${file} has no horizontal scroll (${over})`);
    const pdf = await page.pdf({ preferCSSPageSize: true });
    const found = (pdf.toString("latin1").match(/\/Type\s*\/Page\b/g) ?? []).length;
    must(found === pages, `${file} prints on ${pages} pages, not ${found}`);
    await page.evaluate(axeSource);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { preload: false, runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"] }));
    for (const v of violations) must(false, `${file} axe ${v.id}: ${v.nodes[0].html.slice(0, 160)}`);
    if (given.shots) await page.screenshot({ path: `${given.shots}/${file}-${page.viewportSize().width}.png`, fullPage: true });
  }
}

if (given.shots) mkdirSync(given.shots, { recursive: true });
const folder = given.site ? resolve(given.site) : exported();
const base = pathToFileURL(folder).href;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  for (const [width, height] of [[1280, 900], [390, 844]]) {
    const page = await opened(browser, width, height, base);
    for (const part of width === 1280 ? [looks, sliders, game, elsewhere] : [looks, game, elsewhere])
      await part(page, base, width).catch((e) => must(false, `${part.name} at ${width}: ${e.message.split("\n").slice(0, 3).join(" ")}`));
    must(page.said.length === 0, `${width} console: ${[...new Set(page.said)].slice(0, 4).join(" | ")}`);
    await page.context().close();
  }
} finally {
  await browser.close();
  if (!given.site) rmSync(resolve(folder, ".."), { recursive: true });
}
console.log(`exported: ${passed} held, ${failures.length} failed`);
process.exit(failures.length ? 1 : 0);
