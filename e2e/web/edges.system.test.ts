import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { TestSystem } from '../harness/system.ts';
import { open, openBrowser, settle, untilTakenOver, visit, type Visitor } from './browser.ts';

// @rooms web api

let system: TestSystem;
let browser: Browser;
let visitor: Visitor;

beforeAll(async () => {
  system = await TestSystem.open({ TENANT_SLOTS: '4' });
  browser = await openBrowser();
  visitor = await visit(browser, system);
}, 290_000);

afterAll(async () => {
  await browser?.close();
  await system?.close();
});

/** A request at its gate whose agent did these steps. */
async function atGate(steps: unknown[]): Promise<string> {
  const project = await system.project({ 'README.md': '# sample\n', 'src/a.txt': 'one\ntwo\nthree\n' }, { review: false });
  const requestId = await system.submit(project.projectId, 'do as scripted', { script: JSON.stringify(steps) });
  await system.reach(requestId, 'PATCH_READY');
  return requestId;
}

describe('words typed before the scripts of a page came', () => {
  /** Opens a page whose scripts wait until the returned function is called. */
  async function openSlowly(page: Page, path: string): Promise<() => Promise<void>> {
    const arrival = Promise.withResolvers<undefined>();
    await page.route('**/*.js', async (route) => {
      await arrival.promise;
      await route.continue();
    });
    await page.goto(path, { waitUntil: 'commit' });
    return async () => {
      arrival.resolve(undefined);
      await untilTakenOver(page);
      await page.unroute('**/*.js');
    };
  }

  it('are in the draft, after what was kept of another visit', async () => {
    const requestId = await atGate([{ write: { path: 'a.txt', content: 'a' } }]);
    const own = await visit(browser, system);
    const { page } = own;
    const box = page.getByRole('textbox', { name: 'Message to the agent' });
    const first = await openSlowly(page, `/requests/${requestId}`);
    await box.fill('First thought.');
    await first();
    await page.getByRole('button', { name: 'Start follow-up' }).and(page.locator(':enabled')).waitFor();
    expect(await box.inputValue()).toBe('First thought.');
    await page.goto('/');

    const second = await openSlowly(page, `/requests/${requestId}`);
    await box.fill('Second thought.');
    await second();
    await page.getByText('Your draft was kept.').waitFor();

    expect(await box.inputValue()).toBe('First thought.\n\nSecond thought.');
    expect(own.faults).toEqual([]);
    await own.close();
  });
});

describe('a log', () => {
  it('of 50,000 lines shows its end, is searched and leads to any of its lines', async () => {
    const requestId = await atGate([{ run: 'seq -f "row %.0f of many" 1 50000' }, { write: { path: 'a.txt', content: 'a' } }]);
    const { page } = visitor;
    await open(page, `/requests/${requestId}`);
    await settle(page);
    await page.getByRole('button', { name: 'Download as text', exact: true }).waitFor();

    await page.getByLabel('Search the log').fill('row 43210 of');
    await page.getByLabel('Search the log').press('Enter');

    await page.getByText('1 of 1', { exact: true }).waitFor();
    await page.getByText('row 43210 of many').first().waitFor();
    expect(await page.locator('[data-slot="log-row"]').count()).toBeLessThan(400);
  });

  it('with a single line of 5 MB shows its beginning, says how long it is, and offers the whole', async () => {
    const requestId = await atGate([{ run: "head -c 5000000 /dev/zero | tr '\\0' x; echo" }, { write: { path: 'a.txt', content: 'a' } }]);
    const { page } = visitor;
    await open(page, `/requests/${requestId}`);
    await settle(page);
    await page.getByRole('button', { name: 'Expand all' }).click();

    await page
      .getByText(/xxxxxxxxxx/)
      .first()
      .waitFor();

    const longest = await page
      .locator('[data-slot="log-row"]')
      .evaluateAll((rows) => Math.max(...rows.map((row) => row.textContent.length)));
    expect(longest).toBeLessThan(100_000);
    await page.getByRole('button', { name: 'Download as text', exact: true }).waitFor();
    expect(visitor.faults).toEqual([]);
  });
});

describe('a change', () => {
  it('with binary, empty, moved, deleted and linked files says in words what each is', async () => {
    const requestId = await atGate([
      { run: "printf '\\211PNG\\r\\n\\032\\n\\000\\001' > picture.png; printf '\\000\\001' > data.bin; : > empty.txt; chmod +x README.md" },
      { run: 'git mv src/a.txt src/b.txt; ln -s README.md link' },
    ]);
    const { page } = visitor;
    await open(page, `/requests/${requestId}/changes`);
    await settle(page);

    for (const [file, words] of [
      ['data.bin', /binary/i],
      ['empty.txt', /empty/i],
      ['src/b.txt', /renamed|moved/i],
      ['link', /link/i],
      ['README.md', /executable|mode/i],
    ] as const) {
      const section = page.getByRole('region', { name: file, exact: true });
      await section.scrollIntoViewIfNeeded();
      await section.getByText(words).first().waitFor();
    }
    expect(visitor.faults).toEqual([]);
  });
});

describe('two people who decide at once', () => {
  it('the second is told what happened, and keeps the words', async () => {
    const requestId = await atGate([{ write: { path: 'a.txt', content: 'a' } }]);
    const { page } = visitor;
    await open(page, `/requests/${requestId}/changes`);
    await settle(page);
    await page.getByRole('button', { name: 'Reject…' }).click();
    await page.getByLabel('Reason').fill('not like this');
    await system.approve(requestId);
    await system.reach(requestId, 'MR_OPENED');

    await page.getByRole('dialog').getByRole('button', { name: 'Reject', exact: true }).click();

    await page.getByRole('dialog').getByRole('alert').waitFor();
    expect(await page.getByLabel('Reason').inputValue()).toBe('not like this');
    expect((await system.detail(requestId)).stage).toBe('MR_OPENED');
  });
});

describe('an address that leads nowhere', () => {
  it.each(['/requests/01a00000-0000-7000-8000-000000000000', '/projects/nobody-has-this', '/no-such-page'])(
    'is a page that says so and where to go: %s',
    async (path) => {
      const { page } = visitor;

      const answer = await page.goto(path);

      expect(answer?.status()).toBe(404);
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect(await page.getByRole('main').getByRole('link').count()).toBeGreaterThan(0);
    },
  );
});
