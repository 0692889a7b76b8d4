import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import type { TestSystem } from '../harness/system.ts';
import { untilTakenOver, visit } from './browser.ts';

/** KB of JavaScript, compressed by gzip, that a load of a page without any cache brings until it stands still. */
export async function scriptKbOfFirstLoad(
  browser: Browser,
  system: TestSystem,
  path: string,
  standsStill: (page: Page) => Promise<unknown> = (page) => page.waitForLoadState('networkidle').catch(() => undefined),
): Promise<number> {
  const visitor = await visit(browser, system);
  const sizes: Promise<number>[] = [];
  visitor.page.on('response', (response) => {
    if (!/javascript/.test(response.headers()['content-type'] ?? '')) return;
    sizes.push(
      response.body().then(
        (body) => gzipSync(body).length,
        () => 0,
      ),
    );
  });
  await visitor.page.goto(path, { waitUntil: 'load' });
  await untilTakenOver(visitor.page);
  await standsStill(visitor.page);
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  await visitor.close();
  return Math.round(bytes / 102.4) / 10;
}
