// The page in a real Chromium, against a server started for it, or one that runs.
// Here: every chapter, sliders, widths, themes, axe, game, bench, story, no request elsewhere.
// Not here: what becomes of a server (life.mjs), the exported page (exported.mjs).
// Usage: npm run browser [-- --shots shots] [-- --url http://127.0.0.1:8000/]
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";

import { launched, must, opened, started, told } from "./common.mjs";

const { values: given } = parseArgs({
  options: { shots: { type: "string" }, url: { type: "string" }, only: { type: "string" } },
});
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf-8");
const PAGES = [...Array.from({ length: 12 }, (_, k) => String(k + 1)), "story", "bench"];
const SIZES = [["wide", 1280, 900], ["phone", 390, 844]];

async function go(page, base, at) {
  await page.goto(`${base}#/${at}`);
  await page.waitForSelector("main h1");
  if (at !== "bench") await page.waitForSelector("figure svg[role=img] path, figure svg[role=img] circle", { timeout: 20000, state: "attached" });
  else await page.waitForSelector(".editor textarea");
  await page.waitForTimeout(120);
}

async function looks(browser, base) {
  for (const [size, width, height] of SIZES)
    for (const scheme of ["light", "dark"]) {
      const page = await opened(browser, { width, height, scheme, base });
      for (const at of PAGES) {
        if (given.only && !given.only.split(",").includes(at)) continue;
        const name = `${at} ${size} ${scheme}`;
        try {
          await go(page, base, at);
        } catch (error) {
          must(false, `${name} renders: ${error.message.split("\n")[0]}`);
          continue;
        }
        must(true, name);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        must(over <= 0, `${name} has no horizontal scroll (${over} px too wide)`);
        must(await page.getByText("not medical advice").first().isVisible(), `${name} says it is not medical advice`);
        await page.evaluate(axeSource);
        const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"] }));
        for (const v of found.violations) must(false, `${name} axe ${v.id}: ${v.nodes[0].html.slice(0, 160)} ${v.nodes[0].failureSummary?.slice(0, 200)}`);
        if (given.shots) await page.screenshot({ path: `${given.shots}/${at}-${size}-${scheme}.png`, fullPage: true });
      }
      must(page.said.length === 0, `${size} ${scheme} console: ${[...new Set(page.said)].slice(0, 4).join(" | ")}`);
      await page.context().close();
    }
}

async function sliders(page, base) {
  for (const at of PAGES.slice(0, 12)) {
    if (at === "9") continue;
    await go(page, base, at);
    for (const slider of await page.locator("input[type=range]").all()) {
      const label = await slider.getAttribute("aria-valuetext");
      const whole = () => page.locator(".lab").evaluate((e) => [...e.querySelectorAll("figure svg[role=img]")].map((s) => s.innerHTML).join());
      const before = await whole();
      await slider.focus();
      await page.keyboard.press("End");
      let same = await settled(page, whole, before);
      if (same) {
        await page.keyboard.press("Home");
        same = await settled(page, whole, before);
      }
      must(!same, `chapter ${at}: slider at ${label} changes a chart`);
      const reset = page.getByRole("button", { name: "Reset" });
      if (await reset.isEnabled()) await reset.click();
      await page.waitForTimeout(150);
    }
  }
}

async function settled(page, read, before) {
  for (let k = 0; k < 25; k++) {
    await page.waitForTimeout(120);
    if ((await read()) !== before) return false;
  }
  return true;
}

async function chapterParts(page, base) {
  await go(page, base, "1");
  await page.getByText("The answer").click();
  must(await page.locator(".question details p").first().isVisible(), "the answer unfolds");
  await page.locator(".badge").first().click();
  must(await page.locator("[popover][role=dialog]:popover-open").isVisible(), "a badge shows its claim");
  must((await page.locator("[popover][role=dialog]:popover-open a").count()) > 0, "a claim shows its sources");
  await page.keyboard.press("Escape");
  await page.getByText("Data and files").first().click();
  await page.locator("figure table tbody tr").first().waitFor();
  must((await page.locator("figure table tbody tr").count()) > 10, "a table stands behind the chart");
  for (const [button, ending] of [["Save SVG", ".svg"], ["Save PNG", ".png"]]) {
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: button }).first().click()]);
    must(file.suggestedFilename().endsWith(ending), `${button} gives a ${ending}`);
    if (given.shots) await file.saveAs(`${given.shots}/saved${ending}`);
  }
  await page.getByRole("link", { name: "Open in the bench" }).click();
  await page.waitForSelector(".editor textarea");
  await page.waitForFunction(() => document.querySelector(".editor textarea").value.includes("countermove: 1"));
  must(page.url().includes("#/bench?s="), "the bench's address holds the scenario");
}

async function bench(page, base) {
  await go(page, base, "bench");
  const area = page.locator(".editor textarea");
  await page.waitForFunction(() => document.querySelector(".editor textarea").value !== "");
  const text = await area.inputValue();
  await area.fill(text.replace("tumor:", "tumour:"));
  await page.waitForSelector(".problem");
  must(/Line \d+/.test(await page.locator(".problem").innerText()), "bad YAML shows message and line");
  must((await page.locator(".editor li.bad").count()) === 1, "the line is marked");
  await area.fill(text);
  await page.waitForSelector("text=Valid:");
  await page.waitForTimeout(200);
  const url = page.url();
  await area.fill("# other\n");
  await page.goto("about:blank");
  await page.goto(url);
  await page.waitForFunction((t) => document.querySelector(".editor textarea")?.value === t, text);
  must(true, "a link restores the scenario");
  const birth = page.getByLabel("Births");
  await birth.fill("0.2 /day");
  await birth.blur();
  must((await area.inputValue()).includes("birth: 0.2 /day"), "the form writes into the text");
  await area.fill(text);
  await page.waitForSelector("text=Valid:");
  await page.getByLabel("Patients", { exact: true }).fill("100000");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.waitForSelector("text=Cancelled.");
  must(true, "a run is cancelled");
  await page.getByLabel("Patients", { exact: true }).fill("200");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForSelector("text=Why it came back", { timeout: 60000 });
  must((await page.locator("figure svg[role=img]").count()) >= 4, "a run shows its charts");
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "outcomes.csv" }).click()]);
  must(file.suggestedFilename() === "outcomes.csv", "outcomes are saved");
  if (given.shots) await page.screenshot({ path: `${given.shots}/bench-run-${page.viewportSize().width}.png`, fullPage: true });
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  must(over <= 0, `bench with a result has no horizontal scroll (${over})`);
}

async function game(page, base) {
  await go(page, base, "9");
  for (let k = 0; k < 60 && !(await page.getByText("The same tumor in other hands").isVisible()); k++) {
    // The last answer brings the truth with it, and takes some seconds on a real server.
    await page.waitForFunction(() => document.querySelector(".lab .main:enabled"), null, { timeout: 60000 });
    const give = page.getByRole("button", { name: /^Give no drug/ });
    if (await give.isVisible()) await give.click();
  }
  must(await page.getByText("The same tumor in other hands").isVisible(), "doing nothing loses the game, and the truth is shown");
  if (given.shots) await page.screenshot({ path: `${given.shots}/game-over-${page.viewportSize().width}.png`, fullPage: true });
}

async function story(page, base) {
  await go(page, base, "story");
  const told = [];
  const read = async () => told.push({ title: await page.locator("h1").innerText(), badges: await page.locator(".told .badge").count(), day: await page.locator(".row .note").innerText() });
  await read();
  must(told[0].title === "The first cell" && told[0].day.includes("before diagnosis"), "the story begins with the first cell");
  await page.keyboard.press("ArrowRight");
  await read();
  must(told[1].title !== told[0].title, "an arrow key steps the story on");
  while (await page.getByRole("button", { name: "Go on" }).isEnabled()) {
    await page.getByRole("button", { name: "Go on" }).click();
    await read();
  }
  const titles = told.map((one) => one.title).join("; ");
  must(/The tumor is found.*Line 2: drug B.*Line 3: drug C.*The last visit/.test(titles), `the story tells diagnosis, each line and the last visit (${titles})`);
  must(told.filter((one) => one.badges > 0).length >= told.length - 4, "what is said of tumors at large carries badges");
  if (given.shots) await page.screenshot({ path: `${given.shots}/story-end-${page.viewportSize().width}.png`, fullPage: true });
  await page.getByRole("button", { name: "Another patient" }).click();
  await page.waitForFunction(() => document.querySelector("h1").innerText === "The first cell");
}

async function questions(page, base) {
  await go(page, base, "12");
  const asked = page.locator("h2.asked");
  must((await asked.count()) >= 5, "chapter 12 shows its questions");
  must((await page.locator("h2.asked + p").first().innerText()).length > 20, "and their answers");
}

async function themeSwitch(page, base) {
  await go(page, base, "1");
  await page.getByLabel("Appearance").selectOption("dark");
  must((await page.evaluate(() => document.documentElement.dataset.theme)) === "dark", "the switch makes it dark");
}

if (given.shots) mkdirSync(given.shots, { recursive: true });
const server = given.url ? null : await started();
const base = given.url ?? server.address;
const browser = await launched();
try {
  await looks(browser, base);
  if (!given.only) {
    for (const [width, height] of [[1280, 900], [390, 844]]) {
      const page = await opened(browser, { width, height, scheme: "light", base });
      for (const part of width === 1280 ? [sliders, chapterParts, bench, game, story, questions, themeSwitch] : [bench, game, story])
        await part(page, base).catch((e) => must(false, `${part.name} at ${width}: ${e.message.split("\n").slice(0, 3).join(" ")}`));
      must(page.said.length === 0, `${width} console: ${[...new Set(page.said)].slice(0, 4).join(" | ")}`);
      await page.context().close();
    }
  }
} finally {
  await browser.close();
  server?.process.kill("SIGINT");
}
told("page");
