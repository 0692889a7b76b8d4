import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { unwrap } from '../../api/client/index.ts';
import { createCliClient } from '../../cli/api-client.ts';
import { ensureSampleProject } from '../../cli/demo/sample-project.ts';
import { statePaths } from '../../config/paths.ts';
import { git, makeBareRepository } from '../harness/repository.ts';
import type { TestSystem } from '../harness/system.ts';
import { open, type Visitor } from './browser.ts';
import { openStage } from './stage.ts';

// @rooms web api cli/demo

const stage = openStage();
const { button } = stage;
let system: TestSystem;
let visitor: Visitor;
let page: Page;

beforeEach(() => {
  ({ system, visitor, page } = stage);
});

/** Presses a key again and again until the element has the focus: the page may not listen yet. */
async function pressUntilFocused(key: string, element: Locator): Promise<void> {
  await element.waitFor();
  while (!(await element.evaluate((node) => node === document.activeElement))) {
    await page.keyboard.press(key);
    await page.waitForTimeout(100);
  }
}

// First of all: it is about somebody who has nothing yet.
describe('the welcome page', () => {
  it('leads from nothing to the first merged change by three clicks', async () => {
    const client = createCliClient({ url: system.system.apiUrl, token: system.system.token });
    const sample = await ensureSampleProject(client, statePaths(system.stateDir).forge);

    await open(page, '/');
    await page.waitForURL('**/welcome');
    await button('Make the failing test pass').click();
    await page.getByRole('link', { name: 'See the change' }).waitFor();
    await button('Approve').click();
    await page.getByRole('button', { name: /^Merge commit/ }).click();
    await page.getByText('Your first change is merged').waitFor();

    expect(await git(sample?.repositoryUrl ?? '', 'rev-list', '--count', 'main')).not.toBe('1');
    expect(await page.getByRole('listitem').filter({ hasText: '(done)' }).count()).toBe(6);
  });
});

describe('the inbox', () => {
  it('is gone through and voted in by keyboard alone', async () => {
    const project = await system.project({ 'README.md': '# Shop\n' }, { review: false });
    const script = "- write: { path: notes.txt, content: one }\n- say: 'The notes are there.'";
    const requestId = await system.submit(project.projectId, 'Write the notes', { script });
    await system.reach(requestId, 'PATCH_READY');
    await open(page, '/approvals');
    const title = page.getByRole('link', { name: 'Write the notes' });

    await pressUntilFocused('j', title);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/requests/${requestId}/changes`);
    await page.goBack();
    await pressUntilFocused('j', title);
    expect(await page.getByText('The notes are there.').count()).toBe(1);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');

    const detail = await system.reach(requestId, 'MR_OPENED', 'REVIEWED');
    expect(detail.gates.at(-1)?.decisions).toMatchObject([{ vote: 'approve' }]);
    await page.getByText('Nothing wants your vote').waitFor();
  });

  it('asks for a reason before it rejects', async () => {
    const project = await system.project({ 'README.md': '# Shop\n' }, { review: false });
    const requestId = await system.submit(project.projectId, 'Unwanted', { script: '- write: { path: bad.txt, content: bad }' });
    await system.reach(requestId, 'PATCH_READY');
    await open(page, '/approvals');

    await button('Reject…').click();
    await page.getByLabel('Why is it rejected?').fill('Not what was asked');
    await button('Reject').click();

    const detail = await system.reach(requestId, 'BLOCKED');
    expect(detail.gates.at(-1)?.decisions).toMatchObject([{ vote: 'reject', comment: 'Not what was asked' }]);
  });
});

describe('the overview', () => {
  it('answers the agent, sees the change come by itself, and approves it in place', async () => {
    const project = await system.project({ 'README.md': '# Shop\n' }, { review: false });
    const ask = "- ask: { question: 'Which colour?', options: [red, blue] }\n- write: { path: colour.txt, content: red }";
    const requestId = await system.submit(project.projectId, 'Choose a colour', { script: ask });
    await system.reach(requestId, 'BLOCKED');
    await open(page, '/');
    const card = page.getByRole('listitem').filter({ hasText: 'Choose a colour' });

    await card.getByLabel('red').check();
    await button('Answer', card).click();
    await button('Approve', card).click();

    await system.reach(requestId, 'MR_OPENED', 'REVIEWED');
    await button('Merge', card).click();
    await system.reach(requestId, 'DONE');
    await card.waitFor({ state: 'detached' });
  });

  it('shows its figures as charts and as tables, by day and by project as the address says', async () => {
    await open(page, '/?by=project&days=7');
    const throughput = page.getByRole('region', { name: 'Throughput by project' });

    await page.getByText('As a table').first().click();
    expect(await throughput.getByRole('rowheader').count()).toBeGreaterThan(0);
    await page.getByRole('link', { name: 'By day' }).click();
    await page.waitForURL((url) => url.search === '?days=7');
    const days = page.getByRole('region', { name: 'Throughput by day' }).getByRole('rowheader');
    await days.last().waitFor();

    expect(await days.count()).toBe(7);
    await page.locator('canvas').first().waitFor();
  });
});

describe('the lists', () => {
  it('lead from a run into its log, and follow what happens without a reload', async () => {
    const project = await system.project({ 'README.md': '# Shop\n' }, { review: false });
    await open(page, '/activity');

    const requestId = await system.submit(project.projectId, 'Seen at once', { script: '- write: { path: seen.txt, content: seen }' });
    await page.getByRole('link', { name: 'Seen at once' }).first().waitFor();
    await system.reach(requestId, 'PATCH_READY');
    await open(page, '/runs?status=succeeded');
    await page.getByRole('link', { name: 'Seen at once' }).click();

    await page.waitForURL(new RegExp(`/requests/${requestId}\\?run=`));
    await open(page, '/runs?status=cancelled');
    await page.getByText('No cancelled runs').waitFor();
  });

  it('preview the diff of a merge request beside the board', async () => {
    await open(page, '/merge-requests');

    await page.getByRole('link', { name: 'Preview the diff of make the failing test pass' }).click();
    const sheet = page.getByRole('dialog', { name: 'make the failing test pass' });
    await sheet.getByText('src/cart.js').first().waitFor();
    await page.keyboard.press('Escape');

    await sheet.waitFor({ state: 'detached' });
    await page.waitForURL((url) => url.search === '');
  });
});

describe('projects', () => {
  it('are refused at the field that is wrong, then added, tested and set up', async () => {
    const repository = await makeBareRepository(join(system.stateDir, 'repositories', 'cart.git'), { 'README.md': '# Cart\n' });
    await open(page, '/projects/new');
    const address = page.getByLabel('Repository', { exact: true });

    await address.fill('/nowhere/at/all');
    await button('Add project').click();
    await page.locator('[aria-invalid="true"]').waitFor();
    expect(await address.getAttribute('aria-invalid')).toBe('true');
    await address.fill(repository);
    await button('Add project').click();
    await page.getByText('cart is added; its base branch is main').waitFor();
    await button('Test the connection').click();
    await page.getByText('It can be reached and has 1 branch').waitFor();

    await button('Add a check').click();
    await button('Save').click();
    await page.getByText('Give the check a name.').waitFor();
    await page.getByLabel('Name of check 1').fill('test');
    await page.getByLabel('Command of check 1').fill('npm test');
    await page.getByRole('link', { name: 'Overview' }).first().click();
    await button('Stay', page.getByRole('alertdialog')).click();
    await button('Save').click();
    await page.getByText('Settings saved').waitFor();

    const params = { path: { projectId: 'cart' } };
    const { settings } = await unwrap(system.client.GET('/api/projects/{projectId}', { params }));
    expect(settings.checks).toEqual([{ name: 'test', command: 'npm test' }]);
    await page.getByRole('link', { name: 'Overview' }).first().click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
  });

  it('have secrets that are set, replaced and removed by the keyboard too, and never shown again', async () => {
    const { projectId } = await system.project({ 'README.md': '# Secretive\n' }, { review: false });
    await open(page, `/projects/${projectId}`);

    await button('Add a secret').focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill('PATH');
    await dialog.getByLabel('Value', { exact: true }).fill('canary of the page');
    await button('Add', dialog).click();
    await dialog.getByText('this name is reserved').waitFor();
    await dialog.getByLabel('Name', { exact: true }).fill('PAGE_KEY');
    await button('Add', dialog).click();
    await dialog.waitFor({ state: 'detached' });
    await button('Replace PAGE_KEY').click();
    await dialog.getByLabel('Value', { exact: true }).fill('another canary\nof the page');
    await button('Replace', dialog).click();
    await dialog.waitFor({ state: 'detached' });

    await open(page, `/projects/${projectId}`);
    await page.getByRole('list', { name: 'Secrets' }).getByText('PAGE_KEY').waitFor();
    expect(await page.content()).not.toContain('canary');
    await button('Remove PAGE_KEY').click();
    await button('Remove', page.getByRole('alertdialog')).click();
    await page.getByText('No secrets yet').waitFor();
  });
});

describe('settings', () => {
  it('keep the theme of the browser, and prompt templates for everybody', async () => {
    await open(page, '/settings');
    await page.getByLabel('Dark', { exact: true }).check();
    await button('Add a template').click();
    await page.getByLabel('Name', { exact: true }).fill('Add a test');
    await page.getByLabel('Text', { exact: true }).fill('Add a test for <what>.');
    await button('Add').click();
    await button('Edit Add a test').click();
    await page.getByLabel('Text', { exact: true }).fill('Add a test, and make it pass.');
    await button('Save').click();
    await page.getByText('Add a test, and make it pass.').waitFor();

    await open(page, '/settings');
    expect(await page.locator('html').getAttribute('class')).toContain('dark');
    await button('Delete Add a test').click();
    await button('Delete', page.getByRole('alertdialog')).click();
    await page.getByText('No templates yet').waitFor();
  });

  it("ask for the browser's leave to notify only when they are turned on", async () => {
    await visitor.context.grantPermissions([]);
    await page.addInitScript(() => {
      const asked: string[] = [];
      Object.assign(window, { asked });
      Notification.requestPermission = () => {
        asked.push('asked');
        return Promise.resolve('denied');
      };
      Object.defineProperty(Notification, 'permission', { get: () => (asked.length === 0 ? 'default' : 'denied') });
    });
    const asked = () => page.evaluate(() => (window as unknown as { asked: string[] }).asked.length);
    await open(page, '/settings');

    const before = await asked();
    await page.getByRole('switch', { name: 'Browser notifications' }).click();
    await page.getByText('The browser was told to show no notifications').waitFor();

    expect([before, await asked()]).toEqual([0, 1]);
  });
});
