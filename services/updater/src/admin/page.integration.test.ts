import { existsSync } from "node:fs";
import { Secret } from "@lockstep/shared/runtime";
import { chromium, type Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { report, startAdmin, state } from "./testing/start-admin.ts";

const browserPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
if (browserPath === undefined) process.stderr.write("skipped: the page's tests need chromium, and none is installed\n");

async function openPage(url: string, options: { readonly colorScheme?: "light" | "dark" } = {}) {
  const browser = await chromium.launch({ executablePath: browserPath ?? "", args: ["--no-sandbox"] });
  const page = await browser.newPage(options);
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  await page.goto(url);
  return { page, faults, [Symbol.asyncDispose]: () => browser.close() };
}

const row = (page: Page, name: string) => page.getByRole("row").filter({ has: page.getByRole("rowheader", { name }) });

/** WCAG 2.2, "relative luminance": the contrast of each piece of text with what it stands on. Runs in the browser. */
const measureContrast = `(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (color, under) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = under; canvas.fillRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3); };
  const light = (color) => color.map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4).reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const page = matchMedia("(prefers-color-scheme: dark)").matches ? "#121212" : "#ffffff";
  return [...document.querySelectorAll("h1, p, th, td, button:enabled")].filter((element) => element.textContent.trim() !== "").map((element) => {
    const style = getComputedStyle(element);
    const [text, ground] = [light(rgb(style.color, page)), light(rgb(style.backgroundColor, page))];
    return (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
  });
})()`;

describe.skipIf(browserPath === undefined)("in Chromium", () => {
  test("the page shows each component with both versions, and updates without the ones that are switched off", async () => {
    await using admin = await startAdmin();
    await using opened = await openPage(admin.url("/"));
    const { page } = opened;
    await row(page, "backend").getByText("Update available").waitFor();
    expect(await row(page, "backend").getByRole("cell").allTextContents()).toEqual([
      "",
      "1.0.0",
      "2.0.0",
      "Update available",
    ]);
    expect(await page.getByRole("checkbox", { name: "Update models" }).isChecked()).toBe(false);
    await page.getByRole("button", { name: "Update", exact: true }).click();
    await page.getByText("The update is installed.").waitFor();
    expect(admin.updates).toEqual([{ apply: true, skipComponents: ["models"] }]);
    expect(opened.faults).toEqual([]);
  });

  test("a toggle is saved, a check says what came of it, and progress is read out", async () => {
    await using admin = await startAdmin();
    await using opened = await openPage(admin.url("/"));
    const { page } = opened;
    await page.getByRole("checkbox", { name: "Update backend" }).uncheck();
    await page.getByText("Saved.").waitFor();
    expect(await (await fetch(admin.url("/preferences"))).json()).toEqual({ skip_components: ["models", "backend"] });
    await page.getByRole("button", { name: "Check for updates" }).click();
    await page.getByRole("status").getByText("An update is available.").waitFor();
    await expect.poll(() => admin.listeners.size).toBe(1);
    for (const listener of admin.listeners) listener({ step: "staging" });
    await page.getByRole("status").getByText("staging").waitFor();
  });

  test("a blocked update is said and cannot be clicked; a release that was taken back is told", async () => {
    const blocked = { message: "needs image 5", remote_min_runtime: 5, local_runtime: 4 };
    const held = ["it answered 500"];
    await using admin = await startAdmin({
      state: () => Promise.resolve({ ...state, blocked, held }),
      check: () => Promise.resolve(report("blocked")),
    });
    await using opened = await openPage(admin.url("/"));
    const notice = opened.page.getByRole("alert");
    await notice.getByText("needs image 5").waitFor();
    expect(await notice.textContent()).toContain("A release was taken back: it answered 500");
    expect(await opened.page.getByRole("button", { name: "Update", exact: true }).isDisabled()).toBe(true);
  });

  test("with a token the page asks for it", async () => {
    await using admin = await startAdmin({}, new Secret("the-token-of-this-page"));
    await using opened = await openPage(admin.url("/"));
    const { page } = opened;
    await page.getByLabel("Access token").fill("the-token-of-this-page");
    await page.getByRole("button", { name: "Sign in" }).click();
    await row(page, "backend").waitFor();
    expect(await page.getByLabel("Access token").isVisible()).toBe(false);
  });

  test("names from outside are text on the page, never markup", async () => {
    const name = "<img src=x onerror=alert(1)>";
    const components = [{ name, local: name, remote: name, state: "update", skipped: false }];
    await using admin = await startAdmin({ state: () => Promise.resolve({ ...state, components, terminal: name }) });
    await using opened = await openPage(admin.url("/"));
    await opened.page.getByRole("rowheader", { name }).waitFor();
    expect(await opened.page.locator("img").count()).toBe(0);
  });

  test.each(["light", "dark"] as const)(
    "text stands out in %s, and everything is reached by keyboard",
    async (colorScheme) => {
      await using admin = await startAdmin();
      await using opened = await openPage(admin.url("/"), { colorScheme });
      const { page } = opened;
      await row(page, "backend").waitFor();
      const contrasts = await page.evaluate<number[]>(measureContrast);
      expect(Math.min(...contrasts)).toBeGreaterThan(4.5);
      const reached: (string | null)[] = [];
      for (let presses = 0; presses < 5; presses += 1) {
        await page.keyboard.press("Tab");
        reached.push(
          await page.evaluate(
            "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent",
          ),
        );
      }
      expect(reached).toEqual(["Update backend", "Update models", "Check for updates", "Update", "Roll back"]);
    },
  );
});
