import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Repositories } from '../dependencies.ts';
import { unwrap } from '../client/index.ts';
import { openHarness, type Harness } from '../testing/harness.ts';
import { checkpoint, requestInput, seedRequest, seedRun } from '../testing/rows.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';

let harness: Harness;
let asked: unknown[];
let answer: Uint8Array | null;
let first: string;
let second: string;
let unfinished: string;
let otherRequests: string;
let foreign: string;

beforeAll(async () => {
  harness = await openHarness();
  const { database } = harness;
  const input = requestInput({ projectId: 'p1' });
  await seedRequest(database, input);
  first = await seedRun(database, input, 1, { checkpoint: checkpoint('1', { commit: '1'.repeat(40), bundleArtifactId: 'b1' }) });
  second = await seedRun(database, input, 2, { checkpoint: checkpoint('2', { commit: '2'.repeat(40), bundleArtifactId: 'b2' }) });
  unfinished = await seedRun(database, input, 3);
  const other = requestInput({ projectId: 'p1' });
  await seedRequest(database, other);
  otherRequests = await seedRun(database, other, 1, { checkpoint: checkpoint('3') });
  const elsewhere = requestInput({ tenantId: 'other' });
  await seedRequest(database, elsewhere);
  foreign = await seedRun(database, elsewhere, 1, { checkpoint: checkpoint('4') });
  const repositories: Partial<Repositories> = {
    file(input) {
      asked.push(input);
      return Promise.resolve(answer);
    },
    diff(input) {
      asked.push(input);
      const { baseCommit, commit } = input;
      return Promise.resolve({ baseCommit, commit, stat: { files: 0, insertions: 0, deletions: 0 }, files: [] });
    },
    patch(input) {
      asked.push(input);
      return Promise.resolve('patch');
    },
  };
  Object.assign(harness.deps.repositories, repositories);
});
beforeEach(() => {
  asked = [];
  answer = new Uint8Array(Buffer.from('text\n'));
});
afterAll(() => harness.close());

const point = (digit: string) => ({ baseCommit: 'b'.repeat(40), commit: digit.repeat(40), bundleArtifactId: `b${digit}` });
const locator = (digit: string) => ({ tenantId: 'default', projectId: 'p1', ...point(digit) });

describe('the diff between two runs', () => {
  it('has the other run as its old side, as JSON and as a patch of one file', async () => {
    const against = point('1');

    await unwrap(harness.api.GET('/api/runs/{runId}/diff', { params: { path: { runId: second }, query: { against: first } } }));
    const headers = { accept: 'text/x-patch' };
    const patch = await harness.fetch(`/api/runs/${second}/diff?against=${first}&path=a%20b.txt`, { headers });

    expect(asked).toEqual([
      { ...locator('2'), against },
      { ...locator('2'), against, path: 'a b.txt' },
    ]);
    expect(await patch.text()).toBe('patch');
  });

  it('is refused for a run of another request, of another tenant, and without a checkpoint', async () => {
    const codes = [];
    for (const against of [otherRequests, foreign, unfinished, 'nothing']) {
      codes.push(((await (await harness.fetch(`/api/runs/${second}/diff?against=${against}`)).json()) as { code: string }).code);
    }

    expect(codes).toEqual(['other-request', 'not-found', 'no-checkpoint', 'not-found']);
    expect(asked).toEqual([]);
  });
});

describe('a file of a run', () => {
  const read = (path: string, more = '', runId = second) =>
    harness.fetch(`/api/runs/${runId}/blob?path=${encodeURIComponent(path)}${more}`);

  it('comes from the side that is asked for, as bytes that no browser runs', async () => {
    answer = new Uint8Array(Buffer.from('<script>alert(1)</script>'));

    const head = await read('src/page.html');
    await read('src/page.html', '&side=base');

    expect(asked).toMatchObject([
      { ...locator('2'), path: 'src/page.html', side: 'head' },
      { ...locator('2'), path: 'src/page.html', side: 'base' },
    ]);
    expect(await head.text()).toBe('<script>alert(1)</script>');
    expect(head.headers.get('content-type')).toBe('application/octet-stream');
    expect(head.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''page.html");
  });

  it('that is a picture is shown as one', async () => {
    answer = new Uint8Array(Buffer.from('GIF89a...', 'latin1'));

    const response = await read('logo.txt');

    expect(response.headers.get('content-type')).toBe('image/gif');
    expect(response.headers.get('content-disposition')).toContain('inline');
  });

  it('that is not there is 404, and one over five mebibytes is 413', async () => {
    answer = null;
    const missing = await read('nope');
    const { file } = harness.deps.repositories;
    harness.deps.repositories.file = ({ maxBytes }) =>
      Promise.reject(new DomainError('permanent', 'file-too-large', `larger than ${maxBytes}`));
    const large = await read('large');
    harness.deps.repositories.file = file;

    expect(await missing.json()).toMatchObject({ code: 'not-found', status: 404 });
    expect(await large.json()).toMatchObject({ code: 'file-too-large', status: 413, detail: 'larger than 5242880' });
  });

  it('is refused for another tenant, without a checkpoint, and for a query that makes no sense', async () => {
    const statuses = [
      await read('a', '', foreign),
      await read('a', '', unfinished),
      await read(''),
      await read('a\0'),
      await read('x'.repeat(4097)),
      await read('a', '&side=both'),
      await harness.fetch(`/api/runs/${second}/blob`),
    ].map(({ status }) => status);

    expect(statuses).toEqual([404, 409, 400, 400, 400, 400, 400]);
    expect(asked).toEqual([]);
  });
});

describe('completing paths', () => {
  it('asks for the branch and the letters, with the default branch where none is named', async () => {
    const { projectId } = await unwrap(harness.api.POST('/api/projects', { body: { name: 'app', repositoryUrl: '/repo' } }));
    harness.deps.repositories.paths = (input) => {
      asked.push(input);
      return Promise.resolve({ items: ['src/a.ts'], more: true });
    };
    const params = { path: { projectId } };

    const found = await unwrap(
      harness.api.GET('/api/projects/{projectId}/files', { params: { ...params, query: { query: 'a', ref: 'next', limit: 5 } } }),
    );
    await unwrap(harness.api.GET('/api/projects/{projectId}/files', { params }));
    const missing = await harness.fetch('/api/projects/nothing/files');
    const odd = await harness.fetch(`/api/projects/${projectId}/files?ref=--all&limit=201`);

    expect(found).toEqual({ items: ['src/a.ts'], more: true });
    const source = { kind: 'git', url: '/repo' };
    expect(asked).toEqual([
      { tenantId: 'default', projectId, source, branch: 'next', query: 'a', limit: 5 },
      { tenantId: 'default', projectId, source, branch: 'main', query: '', limit: 50 },
    ]);
    expect([missing.status, odd.status]).toEqual([404, 400]);
  });
});
