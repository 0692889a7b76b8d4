import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { TestSystem } from '../harness/system.ts';
import { open, openBrowser, settle, untilTakenOver, visit } from './browser.ts';
import { layCable, type Cable } from './cable.ts';

// @rooms web api

let system: TestSystem;
let browser: Browser;
let cable: Cable;

beforeAll(async () => {
  system = await TestSystem.open({ TENANT_SLOTS: '4' });
  browser = await openBrowser();
  cable = await layCable(system.system.apiUrl);
}, 290_000);

afterEach(() => cable.mend());

afterAll(async () => {
  await browser?.close();
  await cable?.close();
  await system?.close();
});

/** A request whose agent prints `count` numbered lines, one each `pauseMs`. */
async function counting(count: number, pauseMs: number): Promise<string> {
  const project = await system.project({ 'README.md': '# sample\n' }, { review: false });
  const run = `for i in $(seq 1 ${count}); do echo "line-$i."; sleep ${pauseMs / 1000}; done`;
  const script = JSON.stringify([{ run }, { write: { path: 'done.txt', content: 'done' } }]);
  const requestId = await system.submit(project.projectId, 'count', { script });
  await system.event(requestId, 'command.output');
  return requestId;
}

/** The numbered lines of the page's log as it would be kept, in order. */
async function linesOf(page: Page): Promise<string[]> {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download as text', exact: true }).click();
  const text = await readFile(await (await download).path(), 'utf8');
  return text.match(/^.*\bline-\d+\.$/gm)?.map((line) => /line-\d+/.exec(line)?.[0] ?? '') ?? [];
}

const expected = (count: number) => Array.from({ length: count }, (_, index) => `line-${index + 1}`);

/** True as long as the page was not loaded anew. */
async function mark(page: Page): Promise<() => Promise<boolean>> {
  await page.evaluate(() => Object.assign(window, { stillHere: true }));
  return () => page.evaluate(() => 'stillHere' in window);
}

/** The page says by itself that the request came to its gate. */
async function untilAtGate(page: Page): Promise<void> {
  await page.getByRole('link', { name: /Changes.*needs you/ }).waitFor({ timeout: 120_000 });
}

describe('a page that watches a run has every line once, without a reload', () => {
  it('when the network is off for 60 seconds', async () => {
    const requestId = await counting(80, 250);
    const visitor = await visit(browser, system, { origin: cable.origin });
    const { page } = visitor;
    await open(page, `/requests/${requestId}`);
    const isSame = await mark(page);

    cable.cut();
    await page.getByText('The connection is lost').first().waitFor();
    await sleep(60_000);
    cable.mend();

    await untilAtGate(page);
    expect(await linesOf(page)).toEqual(expected(80));
    expect(await isSame()).toBe(true);
    expect(visitor.faults).toEqual([]);
    await visitor.close();
  });

  it('when its stream is cut again and again', async () => {
    const requestId = await counting(60, 250);
    const visitor = await visit(browser, system, { origin: cable.origin });
    const { page } = visitor;
    await open(page, `/requests/${requestId}`);
    const isSame = await mark(page);

    for (let round = 0; round < 5; round += 1) {
      cable.cut();
      await sleep(500);
      cable.mend();
      await sleep(1_500);
    }

    await untilAtGate(page);
    expect(await linesOf(page)).toEqual(expected(60));
    expect(await isSame()).toBe(true);
    await visitor.close();
  });

  it.each([
    ['the script of its stream', '/worker-'],
    ['the stream itself', '/api/stream?'],
  ])('when the network fails while it asks for %s', async (_what, path) => {
    const requestId = await counting(20, 250);
    const visitor = await visit(browser, system, { origin: cable.origin });
    const { page } = visitor;
    cable.cutAt(path);
    await open(page, `/requests/${requestId}`);
    const isSame = await mark(page);

    await page.getByText('The connection is lost').first().waitFor();
    cable.mend();

    await untilAtGate(page);
    expect(await linesOf(page)).toEqual(expected(20));
    expect(await isSame()).toBe(true);
    await visitor.close();
  });

  it('when the API is killed and starts again', async () => {
    const requestId = await counting(60, 250);
    const visitor = await visit(browser, system);
    const { page } = visitor;
    await open(page, `/requests/${requestId}`);
    const isSame = await mark(page);

    system.kill('api');

    await untilAtGate(page);
    expect(await linesOf(page)).toEqual(expected(60));
    expect(await isSame()).toBe(true);
    await visitor.close();
  });

  it('in a browser without SharedWorker', async () => {
    const requestId = await counting(40, 200);
    const visitor = await visit(browser, system, { origin: cable.origin, initScript: 'delete window.SharedWorker' });
    const { page } = visitor;
    await open(page, `/requests/${requestId}`);
    const isSame = await mark(page);

    cable.cut();
    await page.getByText('The connection is lost').first().waitFor();
    cable.mend();

    await untilAtGate(page);
    expect(await linesOf(page)).toEqual(expected(40));
    expect(await isSame()).toBe(true);
    await visitor.close();
  });
});

describe('tabs of one browser', () => {
  it('share one stream', async () => {
    const requestId = await counting(20, 200);
    const visitor = await visit(browser, system);
    const streams: string[] = [];
    visitor.context.on('request', (request) => {
      if (request.url().includes('/stream')) streams.push(request.url());
    });
    const second = await visitor.context.newPage();
    await open(visitor.page, `/requests/${requestId}`);
    await open(second, '/requests');

    await untilAtGate(visitor.page);
    await second.getByText('count').first().waitFor();

    // A page of its own asks for nothing that its worker has: what a tab itself fetches would show here.
    expect(streams).toEqual([]);
    await visitor.close();
  });
});

describe('a session that ended while somebody typed', () => {
  it('keeps the words over the sign-in', async () => {
    const project = await system.project({ 'README.md': '# sample\n' });
    const requestId = await system.submit(project.projectId, 'Add a changelog line "One."');
    await system.reach(requestId, 'PATCH_READY');
    const visitor = await visit(browser, system);
    const { page } = visitor;
    await open(page, `/requests/${requestId}`);
    await settle(page);
    const box = page.getByRole('textbox', { name: 'Message to the agent' });
    await box.fill('Also add a changelog line "Two.".');
    await visitor.context.clearCookies();

    await page.keyboard.press('Control+Enter');

    await page.getByText('Your session has ended').first().waitFor();
    await expect(box.inputValue()).resolves.toBe('Also add a changelog line "Two.".');
    await open(page, `/sign-in?next=${encodeURIComponent(`/requests/${requestId}`)}`);
    await page.getByLabel('Start-up token').fill(system.system.token);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`**/requests/${requestId}`);
    await untilTakenOver(page);
    await page.getByText('Your draft was kept.').waitFor();
    await expect(box.inputValue()).resolves.toBe('Also add a changelog line "Two.".');
    await box.press('Control+Enter');
    await page.waitForFunction(() => document.querySelector('textarea')?.value === '');
    await visitor.close();
  });
});
