import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { TestSystem } from '../harness/system.ts';
import { openBrowser, visit, type Visitor } from './browser.ts';

/** How long a step may take that waits for a whole run on a busy machine. */
const runPatienceMs = 150_000;

/** What a suite of browser tests plays on; read it within a test. */
export interface Stage {
  readonly system: TestSystem;
  readonly browser: Browser;
  /** Somebody who is signed in, another one for each test. */
  readonly visitor: Visitor;
  readonly page: Page;
  /** A button by its exact name. */
  button: (name: string | RegExp, within?: Page | Locator) => Locator;
}

/**
 * Registers the set-up of a suite: one system with these settings and one browser for all its tests, and for each a visitor of its
 * own. A fault of a page (see `Visitor`) fails the test.
 */
export function openStage(extraEnv: Record<string, string> = {}): Stage {
  let system: TestSystem | undefined;
  let browser: Browser | undefined;
  let visitor: Visitor | undefined;

  beforeAll(async () => {
    system = await TestSystem.open(extraEnv);
    browser = await openBrowser();
  }, 290_000);

  beforeEach(async () => {
    visitor = await visit(opened(browser), opened(system));
    visitor.page.setDefaultTimeout(runPatienceMs);
  });

  afterEach(async () => {
    const faults = [...opened(visitor).faults];
    await opened(visitor).close();
    expect(faults).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await system?.close();
  });

  const stage: Stage = {
    get system() {
      return opened(system);
    },
    get browser() {
      return opened(browser);
    },
    get visitor() {
      return opened(visitor);
    },
    get page() {
      return opened(visitor).page;
    },
    button: (name, within = stage.page) => within.getByRole('button', { name, exact: true }),
  };
  return stage;
}

function opened<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('the stage is set up before each test; read it within one');
  return part;
}
