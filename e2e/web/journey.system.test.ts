import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { dataOf } from '../harness/people.ts';
import { git } from '../harness/repository.ts';
import { fence, type TestSystem } from '../harness/system.ts';
import { open, settle, untilTakenOver, visit, type Visitor } from './browser.ts';
import { openStage } from './stage.ts';

// @rooms web api workflows

const stage = openStage();
let system: TestSystem;
let visitor: Visitor;

beforeEach(() => {
  ({ system, visitor } = stage);
});

function requestIdOf(page: Page): string {
  return /\/requests\/([^/?#]+)/.exec(page.url())?.[1] ?? '';
}

async function goToTab(page: Page, name: RegExp): Promise<void> {
  await page.getByRole('navigation', { name: 'Parts of this request' }).getByRole('link', { name }).click();
}

/** Waits until a tab says that it wants somebody; tells what the API knows when it never does. */
async function untilNeeded(page: Page, tab: string): Promise<void> {
  const link = page.getByRole('link', { name: new RegExp(`^${tab}.*needs you`) });
  await link.waitFor({ timeout: 150_000 }).catch(async (error: unknown) => {
    const { stage, awaiting, source } = await system.detail(requestIdOf(page));
    throw new Error(`the tab ${tab} never wanted anybody; the API says ${stage}, ${awaiting?.kind ?? 'nothing awaited'} (${source})`, {
      cause: error,
    });
  });
}

async function untilOpened(requestId: string): Promise<void> {
  await expectSoon(async () => (await system.detail(requestId)).mergeRequest !== null);
}

const script = `
- say: 'I ask before I begin.'
- ask: { question: 'Which greeting?', options: [Hello, Good day] }
- write: { path: greeting.js, content: "export const greeting = 'Hello';\\nexport const name = 'you';\\n" }
- run: 'for i in $(seq 1 40); do echo "working $i"; sleep 0.25; done'
`;

describe('a request in the browser', () => {
  it('goes from submit over plan, question, steering, a remark on a line, approval and merge request to review and merge', async () => {
    const project = await system.project({ 'README.md': '# greetings\n' }, { checks: [{ name: 'test', command: 'test -f CHANGELOG.md' }] });
    const { page } = visitor;

    // Submit, plan first.
    await open(page, '/requests/new');
    await page.getByRole('combobox', { name: 'Project' }).selectOption({ label: project.name });
    await page.getByRole('switch', { name: 'Plan first' }).click();
    await page.getByRole('textbox', { name: 'Prompt' }).fill('Add a changelog line "Planned".');
    await page.getByRole('button', { name: 'Submit request' }).click();
    await page.waitForURL(/\/requests\/(?!new)/);
    const requestId = requestIdOf(page);

    // The plan.
    await untilNeeded(page, 'Plan');
    await goToTab(page, /^Plan/);
    await page.getByRole('region', { name: 'Decision on the plan' }).getByRole('button', { name: 'Approve…' }).click();
    await page.getByRole('button', { name: 'Approve plan' }).click();

    // A message to the gate of the change: the agent works on, and asks.
    await untilNeeded(page, 'Changes');
    const box = page.getByRole('textbox', { name: 'Message to the agent' });
    await box.fill(`Greet people.\n\n${fence(script)}`);
    await box.press('Control+Enter');

    // The agent's question.
    const question = page.getByRole('region', { name: 'The agent asks' });
    await question.getByText('Which greeting?').waitFor();
    await question.getByText('Good day').click();
    await question.getByRole('button', { name: 'Answer' }).click();

    // Steered in the middle of the turn.
    await goToTab(page, /^Log/);
    await page.getByText('working 1').first().waitFor();
    await box.fill('Also add a changelog line "Told on the way".');
    await box.press('Control+Enter');
    await page.locator('[data-disposition="steered"]').first().waitFor();

    // A remark on a line, sent as a wish for changes.
    await untilNeeded(page, 'Changes');
    const first = (await system.detail(requestId)).checkpoint?.commit ?? '';
    await goToTab(page, /^Changes/);
    await settle(page);
    const file = page.getByRole('region', { name: 'greeting.js', exact: true });
    await file.getByRole('button', { name: 'Remark on new line 1', exact: true }).click();
    await page.getByLabel(/^Remark on greeting\.js/).fill('Add a changelog line "From a remark".');
    await page.getByRole('button', { name: 'Add remark' }).click();
    await page.getByRole('button', { name: /^Ask for changes \(1\)/ }).click();
    await page.getByRole('button', { name: 'Ask for changes with 1 remark' }).click();

    // The next commit answers it.
    await expectSoon(async () => {
      const { gate, checkpoint } = await system.detail(requestId);
      return gate?.status === 'open' && checkpoint?.commit !== first;
    });
    const second = (await system.detail(requestId)).checkpoint?.commit ?? '';
    // What was being read stays; the newer commit is a click away.
    await page.getByRole('region', { name: 'Decision' }).getByRole('button', { name: 'Show that commit' }).click();
    await page.getByRole('region', { name: 'CHANGELOG.md', exact: true }).waitFor();
    await page.getByRole('region', { name: 'Decision' }).getByText(second.slice(0, 8)).first().waitFor();

    // Approve exactly that commit.
    await page.getByRole('button', { name: 'Approve…' }).click();
    await page
      .getByRole('dialog')
      .getByLabel(/Comment/)
      .fill('well done');
    await page.getByRole('dialog').getByRole('button', { name: 'Approve', exact: true }).click();

    // The merge request, its review, the merge.
    await untilOpened(requestId);
    await goToTab(page, /^Merge request/);
    await page.getByRole('main').getByText(second.slice(0, 8)).first().waitFor();
    await system.event(requestId, 'review.completed');
    await goToTab(page, /^Review/);
    await page.getByRole('main').getByText(second.slice(0, 8)).first().waitFor();
    await goToTab(page, /^Merge request/);
    await page.getByRole('region', { name: 'Merge' }).getByRole('button', { name: 'Merge…' }).click();
    await page.getByRole('button', { name: new RegExp(`^Merge ${second.slice(0, 8)}`) }).click();
    await system.reach(requestId, 'DONE');
    await page.getByRole('main').getByText('Merged', { exact: false }).first().waitFor();

    const changelog = await git(project.repositoryUrl, 'show', 'main:CHANGELOG.md');
    expect(changelog).toContain('Planned');
    expect(changelog).toContain('Told on the way');
    expect(changelog).toContain('From a remark');
    const decisions = dataOf(await system.events(requestId), 'gate.decision').map(({ decision }) => decision);
    expect(decisions.find(({ vote, comment }) => vote === 'approve' && comment === 'well done')).toBeDefined();
  });

  it('goes from submit to approval by the keyboard alone', async () => {
    await system.project({ 'README.md': '# keys\n' }, { review: false });
    const { page } = visitor;
    await open(page, '/');
    await page.keyboard.press('c');
    await page.waitForURL('**/requests/new');
    await page.getByRole('textbox', { name: 'Prompt' }).and(page.locator(':focus')).waitFor();
    await page.keyboard.type('Add a changelog line "By keys".');
    await page.keyboard.press('Control+Enter');
    await page.waitForURL(/\/requests\/(?!new)/);
    const requestId = requestIdOf(page);
    await untilNeeded(page, 'Changes');

    await tabTo(page, /^Changes/);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/changes');
    await page.getByRole('button', { name: 'Approve…' }).waitFor();
    await tabTo(page, /^Approve…/);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await tabTo(page, /^Approve$/);
    await page.keyboard.press('Enter');

    await system.reach(requestId, 'MR_OPENED');
  });

  it('is read and signed in to without scripts', async () => {
    const plain = await visit(stage.browser, system, { withoutScript: true, signedIn: false });
    await plain.page.goto('/requests');
    await plain.page.getByLabel('Start-up token').fill(system.system.token);
    await plain.page.getByRole('button', { name: 'Sign in' }).click();

    await plain.page.waitForURL('**/requests');
    await plain.page.getByRole('heading', { level: 1 }).waitFor();
    await plain.close();
  });

  it('tells a change of its stage to a screen reader', async () => {
    const project = await system.project({ 'README.md': '# told\n' }, { review: false });
    const requestId = await system.submit(project.projectId, 'wait', { script: "- run: 'sleep 5'\n- write: { path: a.txt, content: a }" });
    const { page } = visitor;
    await open(page, `/requests/${requestId}`);
    await untilTakenOver(page);
    await page.evaluate(() => {
      const told: string[] = [];
      Object.assign(window, { told });
      new MutationObserver((changes) => {
        for (const { target } of changes) {
          const region = (target instanceof Element ? target : target.parentElement)?.closest('[aria-live="polite"], [role="status"]');
          if (region?.textContent) told.push(region.textContent);
        }
      }).observe(document.body, { childList: true, characterData: true, subtree: true });
    });

    await system.reach(requestId, 'PATCH_READY');

    await page.waitForFunction(() => (window as unknown as { told: string[] }).told.some((text) => /approv|ready/i.test(text)));
  });
});

/** Presses Tab until the element with this name has the focus; fails after 200 stops. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let stop = 0; stop < 200; stop += 1) {
    await page.keyboard.press('Tab');
    const text = await page.evaluate(() => {
      const element = document.activeElement;
      return element?.getAttribute('aria-label') ?? element?.textContent ?? '';
    });
    if (name.test(text.trim())) return;
  }
  throw new Error(`Tab never came to ${name}`);
}

async function expectSoon(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('it did not come within 120 s');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
