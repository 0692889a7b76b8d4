import { existsSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { twMerge } from 'tailwind-merge';
import type { TestSystem } from '../harness/system.ts';

/** Chromium as Debian installs it; the same everywhere, so that a picture looks the same. */
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
/** How long the browser waits for something to show: a page may wait for a run. */
const patienceMs = 60_000;

export const sizes = { desktop: { width: 1440, height: 900 }, phone: { width: 360, height: 740 } } as const;
export type Theme = 'light' | 'dark';

/** A headless Chromium; one a suite. Throws with the mend when there is none. */
export async function openBrowser(): Promise<Browser> {
  if (executablePath === undefined) throw new Error('The browser suites need Chromium: apt-get install chromium, then run them again.');
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage', '--font-render-hinting=none'] });
}

/** What must never come on a page: its errors and what its policy stopped. */
export interface Visitor {
  context: BrowserContext;
  page: Page;
  /** Uncaught errors, console errors and violations of the content security policy, as they came. */
  faults: string[];
  close(): Promise<void>;
}

/** A person with a browser of their own, signed in to the system. */
export async function visit(browser: Browser, system: TestSystem, options: VisitOptions = {}): Promise<Visitor> {
  const { size = 'desktop', theme = 'light' } = options;
  const context = await browser.newContext({
    viewport: sizes[size],
    colorScheme: theme,
    reducedMotion: 'reduce',
    baseURL: options.origin ?? system.system.apiUrl,
    acceptDownloads: true,
    ...(options.withoutScript ? { javaScriptEnabled: false } : {}),
  });
  context.setDefaultTimeout(patienceMs);
  if (options.signedIn !== false) await signIn(context, system);
  if (options.initScript) await context.addInitScript(options.initScript);
  const page = await context.newPage();
  const faults: string[] = [];
  watch(page, faults);
  return { context, page, faults, close: () => context.close() };
}

export interface VisitOptions {
  size?: keyof typeof sizes;
  theme?: Theme;
  signedIn?: boolean;
  /** Where the browser finds the API, when not at its own address. */
  origin?: string;
  withoutScript?: boolean;
  /** Runs before each page's own scripts. */
  initScript?: string;
}

/** Gives the browser a session, as the printed link does. */
async function signIn(context: BrowserContext, system: TestSystem): Promise<void> {
  const answer = await context.request.post('/api/session', { data: { token: system.system.token } });
  if (!answer.ok()) throw new Error(`sign-in: ${answer.status()} ${await answer.text()}`);
}

/** What the browser and Remix (of the routes behind links, which it reads ahead) write down of a network that is away. */
const lostConnection = /net::ERR_|Failed to load resource|AbortError|manifest patches TypeError: Failed to fetch/;

/**
 * Collects what goes wrong on a page. Lost connections are told by the page itself and are no fault of it; neither are readings that
 * a newer one replaced, which Remix writes down as AbortError.
 */
function watch(page: Page, faults: string[]): void {
  page.on('pageerror', (error) => faults.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !lostConnection.test(message.text())) faults.push(`console: ${message.text()}`);
  });
}

/** Every violation of WCAG 2.0 to 2.2, levels A and AA, in words that name the element. Waits until the page stands still. */
export async function violationsOf(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
  return violations.flatMap((violation) =>
    violation.nodes.map(
      (node) => `${violation.id}: ${node.target.join(' ')}: ${node.failureSummary?.replaceAll('\n', ' ') ?? violation.help}`,
    ),
  );
}

/**
 * Elements on which two Tailwind classes set the same property, so that the order of the stylesheet decides. A component leaves what
 * its caller may set to the variant `base:`, which any class overrides.
 */
export async function contradictingClasses(page: Page): Promise<string[]> {
  const classes = await page.evaluate(() => [...document.querySelectorAll('[class]')].map((element) => [...element.classList].join(' ')));
  return [...new Set(classes)].filter((each) => twMerge(each) !== each);
}

/** Goes to a page and waits until its scripts have taken over. */
export async function open(page: Page, path: string): Promise<void> {
  const answer = await page.goto(path, { waitUntil: 'load' });
  if (!answer || answer.status() >= 400) throw new Error(`${path}: ${answer?.status() ?? 'no answer'}`);
  await untilTakenOver(page);
}

/** Until the scripts have taken the page's elements over: a click before that would be lost. */
export async function untilTakenOver(page: Page): Promise<void> {
  await page.waitForFunction(() => Object.keys(document.body).some((key) => key.startsWith('__reactFiber')));
}

/** Until nothing on the page says that it still loads. */
export async function settle(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const loading = [...document.querySelectorAll('main [aria-busy="true"], main [data-slot="skeleton"]')];
    // What is below the fold may load when it is looked at.
    return !loading.some((element) => element.getBoundingClientRect().top < window.innerHeight && element.getClientRects().length > 0);
  });
}
