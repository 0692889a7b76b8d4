import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { TestSystem } from '../harness/system.ts';
import { open, openBrowser, settle, visit, type Visitor } from './browser.ts';
import { alarm, hostileText, hostileTexts } from './hostile-text.ts';

// @rooms web api

let system: TestSystem;
let browser: Browser;
let visitor: Visitor;
/** Arguments with which hostile text called the alarm. */
const alarms: unknown[] = [];
let atGate: string;
let asking: string;
let merged: string;

/** A command that prints a text, whatever it holds. */
function print(text: string): string {
  return `printf %s ${Buffer.from(text).toString('base64')} | base64 -d`;
}

const change = [
  { say: hostileText },
  { run: print(hostileText) },
  ...hostileTexts
    .filter((text) => !text.includes('/') && !text.includes('\n'))
    .map((text, index) => ({ run: `printf x > "$(${print(`${index} ${text}.md`)})"` })),
  { write: { path: 'README.md', content: `# read me\n\n${hostileText}\n` } },
  { write: { path: 'page.html', content: hostileText } },
  { run: `git add -A && git -c user.name=a -c user.email=a@localhost commit -qm "$(${print(hostileText)})"` },
  { say: hostileText },
];
/** JSON is YAML; a fence within the fence would end it. */
function scriptOf(steps: unknown[]): string {
  return JSON.stringify(steps).replaceAll('`', '\\u0060');
}

const question = [{ ask: { header: 'Question', question: hostileText, options: hostileTexts.slice(0, 6) } }];

beforeAll(async () => {
  system = await TestSystem.open({ TENANT_SLOTS: '4' });
  browser = await openBrowser();
  const checks = [{ name: 'hostile <b>check</b>', command: print(hostileText) }];
  const project = await system.project({ 'README.md': '# read me\n', 'page.html': '<p>' }, { checks });
  const prompt = `<img src=x onerror=${alarm}(0)> ${hostileText}`;
  atGate = await system.submit(project.projectId, prompt, { script: scriptOf(change) });
  asking = await system.submit(project.projectId, prompt, { script: scriptOf(question) });
  merged = await system.submit(project.projectId, prompt, { script: scriptOf(change) });
  await system.reach(asking, 'BLOCKED');
  await system.reach(atGate, 'PATCH_READY');
  await system.reach(merged, 'PATCH_READY');
  await system.approve(merged);
  await system.reach(merged, 'MR_OPENED', 'REVIEWED');
  visitor = await visit(browser, system);
  await visitor.context.exposeFunction(alarm, (...args: unknown[]) => void alarms.push(args));
}, 290_000);

afterAll(async () => {
  await browser?.close();
  await system?.close();
});

const pages: Record<string, () => string> = {
  overview: () => '/',
  approvals: () => '/approvals',
  requests: () => '/requests',
  activity: () => '/activity',
  'merge requests': () => '/merge-requests',
  runs: () => '/runs',
  conversation: () => `/requests/${atGate}`,
  log: () => `/requests/${atGate}?tab=log`,
  changes: () => `/requests/${atGate}/changes`,
  checks: () => `/requests/${atGate}/checks`,
  review: () => `/requests/${atGate}/review`,
  timeline: () => `/requests/${atGate}/timeline`,
  question: () => `/requests/${asking}`,
  'merge request': () => `/requests/${merged}/merge-request`,
};

/** Comes near everything that a reader would: scrolls every region to its end, opens what is folded. */
async function readThrough(page: Page): Promise<void> {
  for (const folded of await page.locator('main [aria-expanded="false"]').all()) {
    if (await folded.isVisible()) await folded.click({ timeout: 5_000 }).catch(() => undefined);
  }
  await page.evaluate(async () => {
    const regions = [document.scrollingElement, ...document.querySelectorAll('main *')].filter(
      (element): element is Element => element !== null && element.scrollHeight > element.clientHeight + 1,
    );
    for (const region of regions) {
      for (let step = 0; step < 20 && region.scrollTop + region.clientHeight < region.scrollHeight - 1; step += 1) {
        region.scrollTop += region.clientHeight;
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    }
  });
}

describe('hostile text in prompts, words, logs, file names, diffs, commit messages, checks and questions', () => {
  it.each(Object.keys(pages))('runs nothing on the page: %s', async (name) => {
    const { page } = visitor;
    visitor.faults.length = 0;
    await open(page, pages[name]?.() ?? '/');
    await settle(page);

    await readThrough(page);

    expect(alarms).toEqual([]);
    expect(visitor.faults).toEqual([]);
    const links = await page.locator('a[href]').evaluateAll((found) => found.map((link) => (link as HTMLAnchorElement).protocol));
    expect(links.filter((protocol) => !['http:', 'https:', 'mailto:', 'blob:'].includes(protocol))).toEqual([]);
    const foreign = await page
      .locator('main img, main iframe, main object, main embed')
      .evaluateAll((found) => found.map((element) => element.outerHTML));
    expect(foreign).toEqual([]);
  });

  it('is shown as the text that it is', async () => {
    const { page } = visitor;
    await open(page, `/requests/${atGate}`);
    await settle(page);

    expect(await page.getByText(`<script>${alarm}(1)</script>`).count()).toBeGreaterThan(0);
  });
});

describe('the content security policy of a page', () => {
  it('has a nonce of its own for each answer and allows nothing inline, no evaluation and no other origin', async () => {
    const policies = await Promise.all(
      [1, 2].map(async () => (await visitor.context.request.get('/')).headers()['content-security-policy'] ?? ''),
    );

    const nonces = policies.map((policy) => /'nonce-([^']+)'/.exec(policy)?.[1]);
    expect(nonces[0]).toMatch(/^.{20,}$/);
    expect(nonces[0]).not.toBe(nonces[1]);
    for (const policy of policies) {
      expect(policy).not.toMatch(/unsafe-inline|unsafe-eval|https?:|\*/);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("base-uri 'none'");
    }
  });

  it('stops a script that would be written into the page', async () => {
    const { page } = visitor;
    await open(page, '/settings');

    await page.evaluate((name) => {
      const script = document.createElement('script');
      script.textContent = `${name}('injected')`;
      const image = document.createElement('div');
      image.innerHTML = `<img src=x onerror="${name}('injected')">`;
      document.body.append(image);
      document.body.insertAdjacentHTML('beforeend', `<a id="probe" href="javascript:${name}('link')">x</a>`);
      document.getElementById('probe')?.click();
    }, alarm);

    await expect(page.waitForFunction(() => document.querySelector('img')?.complete === true)).resolves.toBeTruthy();
    expect(alarms).toEqual([]);
    expect(visitor.faults.some((fault) => fault.includes('Content Security Policy'))).toBe(true);
  });
});
