// The lab around its page, in a real Chromium: the game won and lost, files that give the numbers again,
// a server that dies and comes back, a token, reduced motion, a link.
// Here: what needs servers of its own, or takes long. Not here: each page's looks (run.mjs).
// Usage: node browser/life.mjs [--only game,files,...]
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { launched, must, opened, python, started, told } from "./common.mjs";

const { values: given } = parseArgs({ options: { only: { type: "string" } } });
const asked = (name) => !given.only || given.only.split(",").includes(name);

async function atBench(page, base) {
  await page.goto(`${base}#/bench`);
  await page.waitForFunction(() => document.querySelector(".editor textarea")?.value.includes("countermove: 1"));
  await page.waitForSelector("text=Valid:");
}

async function runs(page, patients) {
  await page.getByLabel("Patients", { exact: true }).fill(String(patients));
  await page.locator("button.main", { hasText: /^(Run|Compare)$/ }).click();
}

async function play(page, base, drugs) {
  await page.goto("about:blank");
  await page.goto(`${base}#/9`);
  await page.waitForSelector("text=Until the next visit");
  for (const name of drugs) await page.getByLabel(name, { exact: true }).check();
  for (let k = 0; k < 20 && !(await page.getByText("The same tumor in other hands").isVisible()); k++) {
    await page.waitForFunction(() => document.querySelector(".lab .main:enabled"), null, { timeout: 60000 });
    if (await page.getByText("The same tumor in other hands").isVisible()) break;
    await page.locator(".lab .main").first().click();
  }
  await page.getByText("The same tumor in other hands").waitFor({ timeout: 60000 });
  must(await page.getByText("What was there all along").isVisible(), `with ${drugs.join(" and ") || "no drug"} the truth is shown`);
  must((await page.locator("table.words tbody tr").count()) === 4, "you and three clinics are compared");
  return page.locator(".lab .note").first().innerText();
}

async function game(page, base) {
  const lost = await play(page, base, []);
  must(lost.includes("The patient died"), `doing nothing loses: ${lost}`);
  const won = await play(page, base, ["A", "B"]);
  must(won.includes("the patient is alive"), `both drugs win: ${won}`);
  must((await page.locator("table.words tbody tr").first().innerText()).includes("alive"), "the table says so too");
}

async function saved(page, name, folder) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name, exact: true }).click()]);
  must(file.suggestedFilename() === name, `${name} is saved under its name`);
  const path = join(folder, name);
  await file.saveAs(path);
  return path;
}

const onScreen = (page) => page.locator(".readout").evaluateAll((all) => all.map((e) => Object.fromEntries([...e.querySelectorAll("div")].map((d) => [d.querySelector("dt").innerText, d.querySelector("dd").innerText]))));

/** What the saved code computes when it runs alone, as the page writes it, one entry an arm. */
const TELLS = `
import json, warnings
warnings.simplefilter("ignore")
scope = {}
exec(compile(open("reproduce.py").read(), "reproduce.py", "exec"), scope)
arms = [scope["runs"]] if "runs" in scope else list(scope["found"].runs.values())
def text(runs):
    said = runs.summary()
    days = said["time_to_progression"]["median"]
    return [f"{said['responded']['share']:.0%}", f"{said['died']['share']:.0%}",
            "not reached" if days is None else f"{days:,.0f} days ({days / 30.4375:,.0f} months)"]
print("TOLD " + json.dumps([text(runs) for runs in arms]))
`;

async function files(page, base) {
  for (const kind of ["run", "compare"]) {
    const folder = mkdtempSync(join(tmpdir(), "lab-files-"));
    try {
      await atBench(page, base);
      if (kind === "compare") {
        await page.getByText("Compare policies").click();
        for (const name of ["continuous", "pulsed"]) await page.getByLabel(name, { exact: true }).check();
        await page.getByLabel("Pulsed: on", { exact: true }).fill("2 weeks");
      }
      await runs(page, 150);
      await page.getByText("Time without progression").waitFor({ timeout: 90000 });
      if (kind === "compare") must((await page.locator("figcaption").first().innerText()).includes("because pulsed pauses drugs"), "the title of progression says what it is measured against");
      const shown = await onScreen(page);
      const csv = readFileSync(await saved(page, "outcomes.csv", folder), "utf-8");
      must(readFileSync(await saved(page, "outcomes.parquet", folder)).subarray(0, 4).toString() === "PAR1", `${kind}: outcomes.parquet is Parquet`);
      must(readFileSync(await saved(page, "scenario.yaml", folder), "utf-8").includes("countermove: 1"), `${kind}: the scenario is saved`);
      await saved(page, "reproduce.py", folder);
      rmSync(join(folder, "outcomes.csv"));
      writeFileSync(join(folder, "tells.py"), TELLS);
      const done = spawnSync(python, ["tells.py"], { cwd: folder, encoding: "utf-8", timeout: 180000 });
      must(done.status === 0, `${kind}: the exported Python runs: ${done.stderr?.slice(-300)}`);
      must(readFileSync(join(folder, "outcomes.csv"), "utf-8") === csv, `${kind}: the exported Python writes the same outcomes`);
      const ours = JSON.parse(/TOLD (.*)/.exec(done.stdout)[1]);
      const page_ = shown.map((one) => [one["Responded"], one["Died"], one["Time to progression"]]);
      must(JSON.stringify(ours) === JSON.stringify(page_), `${kind}: the exported Python gives the numbers on the screen: ${JSON.stringify(ours)} and ${JSON.stringify(page_)}`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

async function link(page, base) {
  await atBench(page, base);
  const area = page.locator(".editor textarea");
  const text = (await area.inputValue()).replace("name:", "# naïve ≤ 10⁹\nname:");
  const before = page.url();
  await area.fill(text);
  await page.waitForFunction((old) => location.href !== old, before);
  const url = page.url();
  const other = await opened(page.context().browser(), { base });
  await other.goto(url);
  await other.waitForFunction((t) => document.querySelector(".editor textarea")?.value === t, text);
  must(other.said.length === 0, `a link restores a scenario in another browser: ${other.said.join(" | ")}`);
  await other.goto("about:blank");
  await other.goto(`${base}#/bench?s=damaged`);
  await other.getByText("This link is damaged").waitFor();
  await other.context().close();
}

async function motion(browser, base) {
  for (const [reducedMotion, scroll] of [["reduce", "auto"], ["no-preference", "smooth"]]) {
    const page = await opened(browser, { base, reducedMotion });
    await page.goto(`${base}#/1`);
    await page.waitForSelector("figure svg[role=img] path", { state: "attached" });
    must((await page.evaluate(() => getComputedStyle(document.documentElement).scrollBehavior)) === scroll, `with ${reducedMotion} scrolling is ${scroll}`);
    if (reducedMotion === "reduce") {
      const slider = page.locator("input[type=range]").first();
      await slider.focus();
      await page.keyboard.press("End");
      await page.waitForTimeout(200);
      const moving = await page.evaluate(() => document.getAnimations().length + [...document.querySelectorAll("*")].filter((e) => getComputedStyle(e).transitionDuration.split(",").some((t) => parseFloat(t) > 0)).length);
      must(moving === 0, `with reduced motion nothing moves by itself (${moving})`);
    }
    await page.context().close();
  }
}

async function token(browser) {
  const server = await started(["--token", "new", "--workers", "1"]);
  try {
    const base = server.address.split("#")[0];
    must(server.address.includes("#token="), "the address carries the token");
    const stranger = await opened(browser, { base });
    await stranger.goto(base);
    await stranger.locator(".problem").waitFor();
    must(/token/i.test(await stranger.locator(".problem").innerText()), "without the token the page says that it needs one");
    must((await stranger.locator("figure").count()) === 0, "and shows nothing");
    await stranger.context().close();
    const page = await opened(browser, { base });
    await page.goto(server.address);
    await page.waitForSelector("figure svg[role=img] path", { state: "attached" });
    await atBench(page, base);
    must(!page.url().includes("token"), "the token leaves the address");
    await runs(page, 50);
    await page.waitForSelector("text=Why it came back", { state: "attached", timeout: 90000 });
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "outcomes.csv" }).click()]);
    must(file.suggestedFilename() === "outcomes.csv", "with a token files are saved");
    must(page.said.length === 0, `token console: ${page.said.join(" | ")}`);
    await page.context().close();
  } finally {
    server.process.kill("SIGINT");
  }
}

async function death(browser) {
  let server = await started(["--workers", "1"]);
  const base = server.address;
  try {
    const page = await opened(browser, { base });
    await atBench(page, base);
    await runs(page, 100000);
    await page.getByText(/ of 100,000 patients/).waitFor({ timeout: 60000 });
    server.process.kill("SIGKILL");
    await page.getByText("The server does not answer. This page keeps asking").waitFor({ timeout: 15000 });
    must(true, "a server killed while it runs: the page says so");
    must(await page.locator(".editor textarea").inputValue().then((t) => t.includes("countermove: 1")), "and keeps the scenario");
    server = await started(["--workers", "1", "--port", new URL(base).port]);
    await page.getByText("The server has started anew and no longer knows this run").waitFor({ timeout: 30000 });
    must(!(await page.getByText("This page keeps asking").isVisible()), "back again, the page says what became of the run");
    await runs(page, 60);
    await page.waitForSelector("text=Why it came back", { state: "attached", timeout: 90000 });
    must((await page.locator(".problem").count()) === 0, "and the next run goes through");
    await page.goto(`${base}#/1`);
    await page.waitForSelector("figure svg[role=img] path", { state: "attached" });
    await page.context().close();
  } finally {
    server.process.kill("SIGINT");
  }
}

const browser = await launched();
const held = async (name, part) => {
  if (asked(name)) await part().catch((e) => must(false, `${name}: ${e.message.split("\n").slice(0, 3).join(" ")}`));
};
try {
  const shared = ["game", "files", "link", "motion"].some(asked) ? await started() : null;
  try {
    const base = shared?.address;
    for (const [name, part] of Object.entries({ game, files, link }))
      await held(name, async () => {
        const page = await opened(browser, { base });
        await part(page, base);
        must(page.said.length === 0, `${name} console: ${page.said.slice(0, 4).join(" | ")}`);
        await page.context().close();
      });
    await held("motion", () => motion(browser, base));
  } finally {
    shared?.process.kill("SIGINT");
  }
  await held("token", () => token(browser));
  await held("death", () => death(browser));
} finally {
  await browser.close();
}
told("around the page");
