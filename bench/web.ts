import type { Browser, Page } from 'playwright-core';
import { TestSystem } from '../e2e/harness/system.ts';
import { open, openBrowser, settle, visit } from '../e2e/web/browser.ts';
import { scriptKbOfFirstLoad } from '../e2e/web/first-load.ts';
import type { Benchmark } from './benchmark.ts';
import { summary } from './statistics.ts';

const loads = 10;
const logLines = 50_000;
const changedFiles = 2_000;

/** What a person waits for in the browser: the first paint, and the answer to a key or click on a large request. */
export const web: Benchmark = {
  name: 'web',
  describes: `pages in Chromium: first paint, interactions on a log of ${logLines} lines and a diff of ${changedFiles} files, JavaScript of a first load`,
  async run({ print }) {
    const system = await TestSystem.open();
    const browser = await openBrowser();
    try {
      const requestId = await largeRequest(system);
      const pages = ['/', '/requests', '/requests/new', `/requests/${requestId}`, `/requests/${requestId}/changes`, '/merge-requests'];
      const scriptKb: Record<string, number> = {};
      const paints: number[] = [];
      for (const path of pages) {
        scriptKb[path.replace(requestId, ':id')] = await scriptKbOfFirstLoad(browser, system, path);
        for (let load = 0; load < loads; load += 1) paints.push(await firstPaint(browser, system, path));
      }
      const firstContentfulPaintMs = summary(paints);
      const interactions = await interact(browser, system, requestId);
      const interactionToNextPaintMs = summary(interactions);
      const clientJsGzipKb = Math.max(...Object.values(scriptKb));
      print(
        `first contentful paint: p50 ${firstContentfulPaintMs.p50} ms, p95 ${firstContentfulPaintMs.p95} ms (${paints.length} cold loads)`,
      );
      print(
        `interaction to next paint: p95 ${interactionToNextPaintMs.p95} ms, p50 ${interactionToNextPaintMs.p50} ms (${interactions.length})`,
      );
      for (const [path, kilobytes] of Object.entries(scriptKb)) print(`JavaScript of a first load, gzip: ${kilobytes} KB ${path}`);
      return { firstContentfulPaintMs, interactionToNextPaintMs, clientJsGzipKb, scriptKb, samples: { paints, interactions } };
    } finally {
      await browser.close();
      await system.close();
    }
  },
};

async function largeRequest(system: TestSystem): Promise<string> {
  const project = await system.project({ 'README.md': '# large\n' }, { review: false });
  const script = JSON.stringify([
    { run: `seq -f "row %.0f of many, as a compiler would print them" 1 ${logLines}` },
    {
      run: `mkdir -p src && for i in $(seq 1 ${changedFiles}); do printf 'export const a = %d;\\nexport const b = %d;\\n' $i $i > src/file-$i.ts; done`,
    },
  ]);
  const requestId = await system.submit(project.projectId, 'a large change', { script });
  await system.reach(requestId, 'PATCH_READY');
  return requestId;
}

/** First contentful paint of a load without any cache, in ms from the navigation's start. */
async function firstPaint(browser: Browser, system: TestSystem, path: string): Promise<number> {
  const visitor = await visit(browser, system);
  await visitor.page.goto(path, { waitUntil: 'load' });
  const paint = await visitor.page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) => {
          const entry = list.getEntriesByName('first-contentful-paint')[0];
          if (entry) resolve(entry.startTime);
        }).observe({ type: 'paint', buffered: true });
      }),
  );
  await visitor.close();
  return Math.round(paint * 10) / 10;
}

/** Durations of the interactions of a reader: from the key or click to the paint that answers it. */
async function interact(browser: Browser, system: TestSystem, requestId: string): Promise<number[]> {
  const visitor = await visit(browser, system, { initScript: `(${observe.toString()})()` });
  const { page } = visitor;
  await open(page, `/requests/${requestId}`);
  await settle(page);
  await page.getByRole('button', { name: 'Download as text', exact: true }).waitFor();
  const durations: number[] = [];
  await search(page);
  for (const name of ['Expand all', 'Collapse all', 'Wrap lines', 'Timestamps'])
    await page.getByRole('button', { name, exact: true }).click();
  for (const key of ['j', 'j', 'k', 'e', 'f']) await press(page, key);
  durations.push(...(await taken(page)));
  await open(page, `/requests/${requestId}/changes`);
  await settle(page);
  for (let step = 0; step < 20; step += 1) await press(page, 'j');
  for (const key of ['k', 'v', 'j', 'v']) await press(page, key);
  await page.getByLabel('Search in file names').pressSequentially('file-17');
  durations.push(...(await taken(page)));
  await visitor.close();
  return durations;
}

async function search(page: Page): Promise<void> {
  const field = page.getByLabel('Search the log');
  await field.click();
  await field.pressSequentially('row 4321');
  for (let match = 0; match < 5; match += 1) await field.press('Enter');
  await page.getByRole('region', { name: 'Log lines' }).click({ position: { x: 300, y: 50 } });
}

/** A key, and the frame after it: interactions that follow each other at once would be measured as one. */
async function press(page: Page, key: string): Promise<void> {
  await page.keyboard.press(key);
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50))));
}

/** Runs in the page: keeps the longest event of each interaction, as INP counts them. */
function observe(): void {
  const longest = new Map<number, number>();
  Object.assign(window, { longestOfInteractions: longest });
  new PerformanceObserver((list) => {
    // The library of DOM types knows neither the id nor the threshold yet (W3C Event Timing).
    for (const entry of list.getEntries() as (PerformanceEventTiming & { interactionId?: number })[]) {
      if (!entry.interactionId) continue;
      longest.set(entry.interactionId, Math.max(longest.get(entry.interactionId) ?? 0, entry.duration));
    }
  }).observe({ type: 'event', buffered: true, ...{ durationThreshold: 16 } });
}

async function taken(page: Page): Promise<number[]> {
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1_000)));
  return page.evaluate(() => [...(window as unknown as { longestOfInteractions: Map<number, number> }).longestOfInteractions.values()]);
}
