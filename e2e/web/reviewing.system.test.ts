import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { unwrap } from '../../api/client/index.ts';
import type { TestSystem } from '../harness/system.ts';
import { open, settle } from './browser.ts';
import { scriptKbOfFirstLoad } from './first-load.ts';
import { picture } from './pictures.ts';
import { openStage } from './stage.ts';

// @rooms web api

const stage = openStage();
const { button } = stage;
let system: TestSystem;
let page: Page;
/** A request at its gate that all tests read; made by the first of them. */
let reviewed: Promise<string> | null = null;

beforeEach(() => {
  ({ system, page } = stage);
});

const lines = Array.from({ length: 300 }, (_, line) => `export const line${line + 1} = ${line + 1};`).join('\n');
const drawn = (colour: [number, number, number]) => picture(48, 24, colour).toString('base64');
const change = [
  { run: "sed -i 's/line150 = 150/line150 = 151/' src/long.js" },
  { run: `printf %s ${drawn([30, 30, 200])} | base64 -d > logo.png && printf %s ${drawn([30, 200, 30])} | base64 -d > fresh.png` },
  { write: { path: 'src/debug.js', content: `// One\n// Two\nconsole.log('left from debugging');\nexport const done = true;\n` } },
  { run: 'seq -f \'"package %.0f"\' 1 20 > package-lock.json' },
];

/** Changes a line in the middle of a long file and a picture, adds a picture, leaves debug output, writes a lock file. */
function atGate(): Promise<string> {
  reviewed ??= (async () => {
    const project = await system.project({ 'README.md': '# sample\n', 'src/long.js': `${lines}\n` });
    const before = JSON.stringify([{ run: `printf %s ${drawn([200, 30, 30])} | base64 -d > logo.png` }]);
    const first = await system.submit(project.projectId, 'Draw a logo', { script: before });
    await system.reach(first, 'PATCH_READY');
    await system.approve(first);
    const { mergeRequest } = await system.reach(first, 'MR_OPENED', 'REVIEWED');
    const params = { path: { requestId: first } };
    await unwrap(system.client.POST('/api/requests/{requestId}/merge', { params, body: { subjectId: mergeRequest?.commit ?? '' } }));
    await system.reach(first, 'DONE');
    const requestId = await system.submit(project.projectId, 'Change it all', { script: JSON.stringify(change) });
    await system.reach(requestId, 'PATCH_READY');
    await system.event(requestId, 'review.completed');
    return requestId;
  })();
  return reviewed;
}

function file(path: string): Locator {
  return page.getByRole('region', { name: path, exact: true });
}

/** Until the element has the focus and is in sight. */
async function untilHere(element: Locator): Promise<void> {
  await element.and(page.locator(':focus')).waitFor();
  const isInSight = (node: Element) => {
    const { top, bottom } = node.getBoundingClientRect();
    return top >= 0 && bottom <= window.innerHeight;
  };
  await system.until('the line is in sight', () => element.evaluate(isInSight));
}

describe('the page of changes, which is the largest', () => {
  it('brings at most 250 KB of JavaScript until its lines are coloured', async () => {
    const requestId = await atGate();
    const coloured = (page: Page) => page.locator('.hljs-keyword').first().waitFor();

    const kilobytes = await scriptKbOfFirstLoad(stage.browser, system, `/requests/${requestId}/changes`, coloured);

    expect(kilobytes).toBeGreaterThan(100);
    expect(kilobytes).toBeLessThanOrEqual(250);
  });
});

describe('pictures in a change', () => {
  it('are shown before and after, beside each other and over each other; a new one alone', async () => {
    const requestId = await atGate();
    await open(page, `/requests/${requestId}/changes?file=logo.png`);
    const logo = file('logo.png');

    for (const name of ['Before: logo.png', 'After: logo.png']) await untilDrawn(logo.getByRole('img', { name }));
    await button('Swipe', logo).click();
    await logo.getByRole('slider').fill('10');
    await untilDrawn(logo.getByRole('img', { name: 'After: logo.png' }));
    const fresh = file('fresh.png');
    await fresh.scrollIntoViewIfNeeded();
    await untilDrawn(fresh.getByRole('img', { name: 'New: fresh.png' }));

    expect(await logo.getByRole('img', { name: 'After: logo.png' }).evaluate((image) => getComputedStyle(image).clipPath)).toContain('10%');
    expect(await fresh.getByRole('img').count()).toBe(1);
  });
});

async function untilDrawn(image: Locator): Promise<void> {
  await image.waitFor();
  await system.until('the picture is shown', () => image.evaluate((element) => (element as HTMLImageElement).naturalWidth === 48));
}

describe('a way to a line', () => {
  it('leads from a finding of the review', async () => {
    const requestId = await atGate();
    await open(page, `/requests/${requestId}/review`);

    await page.getByRole('link', { name: 'src/debug.js:3' }).click();

    await page.waitForURL(/\/changes\?file=src%2Fdebug\.js&line=3/);
    await untilHere(button('Remark on new line 3', file('src/debug.js')));
  });

  it.each([
    ['a line that is left out above the change', 'src/long.js', 12],
    ['a line that is left out after the change', 'src/long.js', 290],
    ['a line of a file that is folded', 'package-lock.json', 18],
  ])('opens what hides it: %s', async (_, path, line) => {
    const requestId = await atGate();

    await open(page, `/requests/${requestId}/changes?file=${encodeURIComponent(path)}&line=${line}`);

    await untilHere(button(`Remark on new line ${line}`, file(path)));
  });

  it('that is not in the file ends at the file', async () => {
    const requestId = await atGate();

    await open(page, `/requests/${requestId}/changes?file=src%2Flong.js&line=9999`);

    await file('src/long.js').locator(':focus').waitFor();
  });
});

describe('remarks', () => {
  it('reach over a range, by mouse and by keys, and the focus comes back to its line from the editor and from the panel', async () => {
    const requestId = await atGate();
    await open(page, `/requests/${requestId}/changes`);
    await settle(page);
    const debug = file('src/debug.js');
    const line = (number: number) => button(`Remark on new line ${number}`, debug);
    await line(1).scrollIntoViewIfNeeded();

    // Dragged over with the mouse.
    await line(1).hover();
    await page.mouse.down();
    await line(3).hover();
    await page.mouse.up();
    await page.getByLabel('Remark on src/debug.js, lines 1–3').fill('By mouse');
    await button('Add remark').click();
    await untilHere(line(3));

    // By keys: Shift and an arrow, then c; Escape shuts the editor and keeps the words.
    await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('c');
    const editor = page.getByLabel('Remark on src/debug.js, lines 3–4');
    await editor.fill('By keys');
    await editor.press('Escape');
    await untilHere(line(4));

    // A remark that is thrown away.
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('c');
    await page.getByLabel('Remark on src/debug.js, line 2').fill('Not this');
    await button('Discard').click();
    await untilHere(line(2));

    // From the panel to the line of a remark.
    await page.getByRole('button', { name: /^Remarks/ }).click();
    const panel = page.getByRole('dialog', { name: 'Your remarks' });
    await panel.getByRole('button', { name: 'src/debug.js, lines 3–4' }).click();
    await panel.waitFor({ state: 'detached' });
    await untilHere(line(4));

    await page.getByRole('button', { name: /^Ask for changes \(2\)/ }).click();
    await page.getByRole('button', { name: 'Ask for changes with 2 remarks' }).click();
    const message = page.getByRole('article').filter({ hasText: 'By mouse' });
    await message.getByRole('link', { name: 'src/debug.js:1–3' }).waitFor();
    await message.getByRole('link', { name: 'src/debug.js:3–4' }).waitFor();
    const { messages } = await system.detail(requestId);
    expect(messages.at(-1)?.remarks).toMatchObject([
      { path: 'src/debug.js', side: 'new', startLine: 1, endLine: 3, body: 'By mouse' },
      { path: 'src/debug.js', side: 'new', startLine: 3, endLine: 4, body: 'By keys' },
    ]);
  });
});
