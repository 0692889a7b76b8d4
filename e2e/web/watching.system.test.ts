import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { amend, cancel } from '../harness/people.ts';
import { fence, type TestSystem } from '../harness/system.ts';
import { open, settle } from './browser.ts';
import { picture } from './pictures.ts';
import { openStage } from './stage.ts';

// @rooms web api

// One place for runs: what is submitted behind another request stands in the queue. An agent by command takes no word in mid-turn.
const stage = openStage({ TENANT_SLOTS: '1', EXECUTOR_COMMAND: 'cat > prompt.txt; if grep -q at-length prompt.txt; then sleep 600; fi' });
const { button } = stage;
const noReview = { review: false };
let system: TestSystem;
let page: Page;

beforeEach(() => {
  ({ system, page } = stage);
});

async function atWork(title: string): Promise<string> {
  const project = await system.project({ 'README.md': '# sample\n' }, noReview);
  const requestId = await system.submit(project.projectId, `${title}, at-length`, { executor: 'command' });
  await system.event(requestId, 'turn.started');
  return requestId;
}

/** Submits a request and waits until it stands in the queue, so that the next one stands behind it. */
async function inQueue(projectId: string, title: string): Promise<string> {
  const requestId = await system.submit(projectId, title, { executor: 'command' });
  await system.until(`${title} is in the queue`, async () => (await system.detail(requestId)).queue !== null);
  return requestId;
}

// First of all: it is about an installation that has nothing yet.
describe('a page without anything', () => {
  it.each([
    ['/requests', /A request is a prompt against one of your projects/, 'Write the first one'],
    ['/approvals', /./, null],
    ['/merge-requests', /./, null],
    ['/runs', /./, null],
    ['/activity', /./, null],
  ] as const)('teaches what comes there and how: %s', async (path, words, link) => {
    await open(page, path);
    await settle(page);

    const empty = page.getByRole('main').locator('[data-slot="empty-state"]');
    await empty.first().waitFor();
    expect(await empty.first().innerText()).toMatch(words);
    expect((await empty.first().innerText()).length).toBeGreaterThan(60);
    if (link !== null) await empty.getByRole('link', { name: link }).waitFor();
  });
});

describe('the way through the pages', () => {
  it('is told by breadcrumbs, and a slow page by its outline', async () => {
    const project = await system.project({ 'README.md': '# sample\n' }, noReview);
    const crumbs = page.getByRole('navigation', { name: 'Breadcrumbs' });
    await open(page, `/projects/${project.projectId}`);
    expect(await crumbs.getByRole('listitem').allInnerTexts()).toEqual(['Projects', project.name]);
    expect(await crumbs.locator('[aria-current="page"]').innerText()).toBe(project.name);
    // Data of the next page come when the test says so.
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route(/\/projects\.data/, async (route) => {
      await held;
      await route.continue();
    });

    await crumbs.getByRole('link', { name: 'Projects' }).click();

    await page.getByRole('progressbar', { name: 'Loading' }).waitFor();
    const outline = page.locator('main [aria-busy="true"] [data-slot="skeleton"]').first();
    await outline.waitFor();
    release();
    await page.getByRole('heading', { name: 'Projects', level: 1 }).waitFor();
    await outline.waitFor({ state: 'detached' });
  });
});

describe('attachments', () => {
  it('that are chosen, pasted and dropped show what they are, go with the request, and can be taken out', async () => {
    await system.project({ 'README.md': '# sample\n' }, noReview);
    await open(page, '/requests/new');
    const chips = page.getByRole('list', { name: 'Attachments' }).getByRole('listitem');
    const prompt = page.getByRole('textbox', { name: 'Prompt' });

    await page.getByLabel('Files to attach').setInputFiles([
      { name: 'red.png', mimeType: 'image/png', buffer: picture(40, 20, [200, 30, 30]) },
      { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('some notes') },
    ]);
    await hand(prompt, 'paste', 'pasted.png', picture(30, 30, [30, 30, 200]));
    await hand(prompt, 'drop', 'dropped.png', picture(20, 40, [30, 200, 30]));
    for (const name of ['red.png', 'pasted.png', 'dropped.png']) await untilPicture(chips.filter({ hasText: name }).locator('img'));
    await button('Remove dropped.png').click();
    await chips.filter({ hasText: 'dropped.png' }).waitFor({ state: 'detached' });
    expect(await chips.filter({ hasText: 'notes.txt' }).locator('img').count()).toBe(0);
    await prompt.fill('Look at the pictures.');
    await prompt.press('Control+Enter');

    await page.waitForURL(/\/requests\/(?!new)/);
    const sent = page.getByRole('article').getByRole('list', { name: 'Attachments' });
    await sent.getByRole('link').nth(2).waitFor();
    expect(await sent.getByRole('link').allInnerTexts()).toEqual([
      expect.stringContaining('red.png'),
      expect.stringContaining('notes.txt'),
      expect.stringContaining('pasted.png'),
    ]);
    await untilPicture(sent.getByRole('link').filter({ hasText: 'pasted.png' }).locator('img'));
    const requestId = /\/requests\/([^/?#]+)/.exec(page.url())?.[1] ?? '';
    await system.reach(requestId, 'DONE');
  });
});

describe('the queue', () => {
  it('tells its place, which moves on, and several requests are cancelled at once from the list', async () => {
    const first = await atWork('Work');
    const project = await system.project({ 'README.md': '# sample\n' }, noReview);
    const ahead = await inQueue(project.projectId, 'Wait ahead');
    const behind = await inQueue(project.projectId, 'Wait behind');
    const last = await inQueue(project.projectId, 'Wait as the last');
    const ids = [first, behind, last];
    await open(page, `/requests/${last}`);
    const place = page.getByRole('region', { name: 'In the queue' });
    await place.getByText('Place 3 of 3 in the queue').waitFor();

    await cancel(system, ahead);
    await place.getByText('Place 2 of 2 in the queue').waitFor();
    await open(page, '/requests');
    for (const title of ['Work, at-length', 'Wait behind', 'Wait as the last']) await page.getByLabel(`Choose “${title}”`).check();
    const bar = page.getByRole('region', { name: 'Chosen requests' });
    await bar.getByText('3 requests chosen').waitFor();
    await button('Cancel 3…', bar).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByLabel('Reason (optional)').fill('tidied up');
    await button('Cancel 3 requests', dialog).click();
    await dialog.getByText('cancelled', { exact: true }).nth(2).waitFor();
    await button('Close', dialog).click();
    await bar.waitFor({ state: 'detached' });

    for (const requestId of ids) {
      await system.reach(requestId, 'CANCELLED');
      expect(JSON.stringify(await system.events(requestId))).toContain('tidied up');
    }
    await page.locator(`[data-request="${last}"]`).getByText('Cancelled').waitFor();
  });
});

describe('a message that waits for the next run', () => {
  it('is told apart as queued, and withdrawn; a toast says so', async () => {
    const requestId = await atWork('Take no word');
    await open(page, `/requests/${requestId}`);
    const box = page.getByRole('textbox', { name: 'Message to the agent' });
    await box.fill('One more thing');
    await box.press('Control+Enter');
    const message = page.getByRole('article').filter({ hasText: 'One more thing' });
    await message.locator('[data-disposition="queued"]').waitFor();

    await button('Withdraw', message).click();

    await page.locator('[data-sonner-toast]').getByText('Message withdrawn').waitFor();
    await message.locator('[data-disposition="withdrawn"]').waitFor();
    expect(await button('Withdraw', message).count()).toBe(0);
    const { messages } = await system.detail(requestId);
    expect(messages.map(({ disposition }) => disposition)).toEqual(['carried', 'withdrawn']);
    await cancel(system, requestId);
    await system.reach(requestId, 'CANCELLED');
  });
});

describe('the runs of a request', () => {
  it('are picked in the rail, each with its own log, and two of them are compared', async () => {
    const project = await system.project({ 'README.md': '# sample\n' }, noReview);
    const script = "- run: 'echo of the first'\n- write: { path: notes.txt, content: 'one' }";
    const requestId = await system.submit(project.projectId, 'Write notes', { script });
    const { gate } = await system.reach(requestId, 'PATCH_READY');
    await amend(
      system,
      requestId,
      gate?.subject.id ?? '',
      fence("- run: 'echo of the second'\n- write: { path: more.txt, content: 'two' }"),
    );
    await system.event(requestId, 'checkpoint.created', (event) => event.data.commit !== gate?.subject.id);
    await system.reach(requestId, 'PATCH_READY');
    await open(page, `/requests/${requestId}`);
    await settle(page);
    const rail = page.getByRole('navigation', { name: 'Runs' });

    await rail.getByRole('link').filter({ hasText: 'Run 1' }).click();
    await page.waitForURL(/\?run=/);
    await rail.locator('[aria-current="true"]', { hasText: 'Run 1' }).waitFor();
    await button('Download as text').waitFor();
    await search('of the first', /^[1-9]/);
    await search('of the second', /^0$/);
    await rail.getByRole('link').filter({ hasText: 'Run 2' }).click();
    await rail.locator('[aria-current="true"]', { hasText: 'Run 2' }).waitFor();
    await button('Download as text').waitFor();
    await search('of the second', /^[1-9]/);
    await rail.getByRole('link', { name: 'Compare runs' }).click();

    const facts = page.getByRole('region', { name: 'Facts of the two runs' });
    await facts.getByRole('columnheader', { name: /^Run 2/ }).waitFor();
    await page.getByRole('region', { name: 'more.txt', exact: true }).waitFor();
    expect(await page.getByRole('region', { name: 'notes.txt', exact: true }).count()).toBe(0);
  });
});

/** Searches the log that is shown, until the field says so. */
async function search(words: string, outcome: RegExp): Promise<void> {
  await page.getByLabel('Search the log').fill(words);
  await page.locator('search').getByRole('status').getByText(outcome).waitFor();
}

describe('a log that is followed', () => {
  it('sticks to its end, lets go of a reader who scrolls up, and goes back to the end when asked', async () => {
    const project = await system.project({ 'README.md': '# sample\n' }, noReview);
    const script = JSON.stringify([
      { run: 'for i in $(seq 1 3000); do echo "line-$i."; if [ $i -lt 120 ]; then sleep 0.02; else sleep 0.2; fi; done' },
    ]);
    const requestId = await system.submit(project.projectId, 'Count', { script });
    await system.event(requestId, 'command.output');
    await open(page, `/requests/${requestId}`);
    await settle(page);
    await button('Expand all').click();
    const lines = page.getByRole('region', { name: 'Log lines' });
    await lines
      .getByText(/^line-\d+\.$/)
      .first()
      .waitFor();

    await untilNewer(lines, 130);
    const followed = await newestOf(lines);
    await untilNewer(lines, followed);
    await system.until('the end is in view', () => lines.evaluate((list) => list.scrollHeight - list.scrollTop - list.clientHeight <= 24));

    await lines.hover();
    await page.mouse.wheel(0, -2_000);
    await button('Follow the newest').waitFor();
    let seen: string[] = [];
    await system.until('the view stands still', async () => {
      const before = seen;
      seen = await textsInView(lines);
      return seen.length > 5 && seen.join() === before.join();
    });
    const heard = (await system.events(requestId)).length;
    await system.until('the log grows', async () => (await system.events(requestId)).length > heard + 5);
    expect(await textsInView(lines)).toEqual(seen);

    await button('Follow the newest').click();
    await untilNewer(lines, followed);
    await button('Follow the newest').waitFor({ state: 'detached' });
    await untilNewer(lines, await newestOf(lines));
    await cancel(system, requestId);
    await system.reach(requestId, 'CANCELLED');
  });
});

/** Number of the last counted line that is drawn; 0 when none is. */
async function newestOf(lines: Locator): Promise<number> {
  const texts = await lines.getByText(/^line-\d+\.$/).allInnerTexts();
  return Math.max(0, ...texts.map((text) => Number(/\d+/.exec(text)?.[0])));
}

async function untilNewer(lines: Locator, than: number): Promise<void> {
  await system.until(`a line after ${than} is drawn`, async () => (await newestOf(lines)) > than);
}

/** The counted lines that a reader sees. */
async function textsInView(lines: Locator): Promise<string[]> {
  return lines.evaluate((list) => {
    const { top, bottom } = list.getBoundingClientRect();
    const rows = [...list.querySelectorAll('[data-slot="log-row"]')];
    const isInView = (row: Element) => row.getBoundingClientRect().top >= top && row.getBoundingClientRect().bottom <= bottom;
    return rows.filter(isInView).flatMap((row) => /line-\d+\./.exec(row.textContent)?.[0] ?? []);
  });
}

/** Pastes a picture into an element or drops it there, as the browser tells a page of both. */
async function hand(target: Locator, way: 'paste' | 'drop', name: string, bytes: Buffer): Promise<void> {
  await target.evaluate(
    (element, given) => {
      const data = new DataTransfer();
      const content = Uint8Array.from(atob(given.base64), (character) => character.charCodeAt(0));
      data.items.add(new File([content], given.name, { type: 'image/png' }));
      const about = { bubbles: true, cancelable: true };
      const event =
        given.way === 'paste'
          ? new ClipboardEvent('paste', { ...about, clipboardData: data })
          : new DragEvent('drop', { ...about, dataTransfer: data });
      element.dispatchEvent(event);
    },
    { way, name, base64: bytes.toString('base64') },
  );
}

async function untilPicture(image: Locator): Promise<void> {
  await image.waitFor();
  await system.until('the picture is shown', () => image.evaluate((element) => (element as HTMLImageElement).naturalWidth > 0));
}
