import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { processEnvironment } from '../../config/env.ts';
import { contradictingClasses, open, openBrowser, settle, sizes, type Theme, violationsOf, visit } from './browser.ts';
import { TestSystem } from '../harness/system.ts';
import { prepareScenes, type Scenes } from './scenes.ts';

// @rooms web api

/** A folder for pictures of every page, e.g. docs/screenshots; without it none are kept. */
const pictures = processEnvironment()['SCREENSHOTS'];

let system: TestSystem;
let browser: Browser;
let scenes: Scenes;

beforeAll(async () => {
  system = await TestSystem.open({ TENANT_SLOTS: '8' });
  browser = await openBrowser();
  scenes = await prepareScenes(system);
}, 290_000);

afterAll(async () => {
  await browser?.close();
  await system?.close();
});

/** Every page by a name for its picture: where it is, and what shows that it is complete. */
const pages: Record<string, (scenes: Scenes) => string> = {
  overview: () => '/',
  welcome: () => '/welcome',
  approvals: () => '/approvals',
  requests: () => '/requests',
  'requests-filtered': () => '/requests?text=nothing-has-this-title',
  composer: () => '/requests/new',
  'request-log': ({ atGate }) => `/requests/${atGate}`,
  'request-changes': ({ atGate }) => `/requests/${atGate}/changes`,
  'request-checks': ({ atGate }) => `/requests/${atGate}/checks`,
  'request-review': ({ atGate }) => `/requests/${atGate}/review`,
  'request-plan': ({ planned }) => `/requests/${planned}/plan`,
  'request-timeline': ({ merged }) => `/requests/${merged}/timeline`,
  'request-merge-request': ({ merged }) => `/requests/${merged}/merge-request`,
  'request-compare': ({ merged }) => `/requests/${merged}/compare`,
  'request-question': ({ asking }) => `/requests/${asking}`,
  'request-blocked': ({ blocked }) => `/requests/${blocked}`,
  'request-cancelled': ({ cancelled }) => `/requests/${cancelled}`,
  'merge-requests': () => '/merge-requests',
  runs: () => '/runs',
  activity: () => '/activity',
  projects: () => '/projects',
  'project-new': () => '/projects/new',
  project: ({ projectId }) => `/projects/${projectId}`,
  settings: () => '/settings',
};
const views = (['light', 'dark'] as const).flatMap((theme) => (['desktop', 'phone'] as const).map((size) => ({ theme, size })));

/** Makes the window as high as its page: what a bar at its edge covers by chance of scrolling is no violation. */
async function showWhole(page: Page, size: keyof typeof sizes): Promise<void> {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width: sizes[size].width, height: Math.max(sizes[size].height, height) });
  await settle(page);
}

async function keepPicture(page: Page, name: string, theme: Theme, size: keyof typeof sizes): Promise<void> {
  if (pictures === undefined) return;
  await mkdir(pictures, { recursive: true });
  // A picture shows what comes last too: rows that are drawn when they are in sight, lines that are coloured.
  await page.waitForTimeout(1_500);
  await page.screenshot({ path: join(pictures, `${name}-${theme}-${size}.png`) });
}

describe.each(views)('in $theme on a $size', ({ theme, size }) => {
  it.each(Object.keys(pages))('%s holds WCAG 2.2 AA, fits the screen, and has no fault', async (name) => {
    const visitor = await visit(browser, system, { theme, size });
    try {
      const { page } = visitor;
      await open(page, pages[name]?.(scenes) ?? '/');
      await settle(page);

      await keepPicture(page, name, theme, size);
      await showWhole(page, size);
      expect(await violationsOf(page)).toEqual([]);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(overflow).toBeLessThanOrEqual(0);
      expect(await contradictingClasses(page)).toEqual([]);
      expect(await page.locator('h1').count()).toBe(1);
      expect(visitor.faults).toEqual([]);
    } finally {
      await visitor.close();
    }
  });
});

describe('without a session', () => {
  it.each(views)('the sign-in page holds WCAG 2.2 AA in $theme on a $size', async ({ theme, size }) => {
    const visitor = await visit(browser, system, { theme, size, signedIn: false });
    await open(visitor.page, '/');

    await keepPicture(visitor.page, 'sign-in', theme, size);
    expect(new URL(visitor.page.url()).pathname).toBe('/sign-in');
    expect(await violationsOf(visitor.page)).toEqual([]);
    expect(visitor.faults).toEqual([]);
    await visitor.close();
  });
});
