import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execa } from 'execa';
import { logEvent, requestDetail } from '../commands/fake-context.ts';
import type { CliClient, Project, RequestDetail } from '../client.ts';
import { createStyle } from '../render/style.ts';
import { runDemo } from './run-demo.ts';
import { ensureSampleProject } from './sample-project.ts';
import { makeSampleRepository } from './sample-repository.ts';
import { demoIsOver, demoResult, describeModel } from './summary.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'demo-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('makeSampleRepository', () => {
  it('makes a bare repository whose only test failure is the one to mend', async () => {
    const sample = await makeSampleRepository(folder);
    const checkout = join(folder, 'checkout');
    await execa('git', ['clone', '--quiet', sample.path, checkout]);

    const tests = await execa('node', ['--test', '--test-reporter=tap'], {
      cwd: checkout,
      reject: false,
      env: { NODE_OPTIONS: undefined, NODE_TEST_CONTEXT: undefined },
    });

    expect(sample).toEqual({ name: 'sample', path: join(folder, 'sample.git') });
    expect((await execa('git', ['-C', checkout, 'rev-parse', '--abbrev-ref', 'HEAD'])).stdout).toBe('main');
    expect(tests.exitCode).toBe(1);
    expect(tests.stdout).toContain('# fail 1');
  });

  it('gives each demo one of its own, and passes over names that are taken', async () => {
    await makeSampleRepository(folder);
    await mkdir(join(folder, 'sample-2.git'));

    const next = await makeSampleRepository(folder, (name) => name !== 'sample-3');

    expect(next.name).toBe('sample-4');
    expect(await readdir(folder)).not.toContain('sample-3.git');
  });

  it('gives two demos that start at once different ones', async () => {
    const made = await Promise.all([makeSampleRepository(folder), makeSampleRepository(folder)]);

    expect(made.map((sample) => sample.name).sort()).toEqual(['sample', 'sample-2']);
  });
});

describe('ensureSampleProject', () => {
  function client(projects: Partial<Project>[]) {
    const createProject = jest.fn<CliClient['createProject']>((input) => Promise.resolve({ ...input, projectId: 'p' } as Project));
    return { listProjects: () => Promise.resolve(projects as Project[]), createProject };
  }

  it('registers one with its check, in a repository that is there, when only other projects exist', async () => {
    const api = client([{ name: 'getting-started', forge: 'local', repositoryUrl: '/mine/getting-started' }]);

    const made = await ensureSampleProject(api, folder);

    expect(made?.name).toBe('getting-started-2');
    expect(api.createProject.mock.calls[0]?.[0]).toMatchObject({
      repositoryUrl: join(folder, 'getting-started-2.git'),
      settings: { checks: [{ name: 'test', command: 'node --test' }] },
    });
    expect(await readdir(folder)).toEqual(['getting-started-2.git']);
  });

  it.each(['getting-started', 'sample-3'])('makes none where %s is there', async (name) => {
    const api = client([{ name, forge: 'local', repositoryUrl: `/state/forge/${name}.git` }]);

    expect(await ensureSampleProject(api, folder)).toBeNull();
    expect(api.createProject).not.toHaveBeenCalled();
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('runDemo', () => {
  /** The API of a request that moves on when it is approved. */
  function server() {
    let stage: RequestDetail['stage'] = 'PATCH_READY';
    const decide = jest.fn<CliClient['decide']>(() => {
      stage = 'REVIEWED';
      return Promise.resolve({} as Awaited<ReturnType<CliClient['decide']>>);
    });
    const gate = { gateId: 'g', status: 'open', subject: { kind: 'commit', id: 'abc' } } as RequestDetail['gate'];
    const awaiting = { kind: 'patch-approval' } as RequestDetail['awaiting'];
    const client = {
      createProject: jest
        .fn<CliClient['createProject']>()
        .mockResolvedValue({ projectId: 'p1' } as Awaited<ReturnType<CliClient['createProject']>>),
      submit: jest.fn<CliClient['submit']>().mockResolvedValue({ requestId: 'r1' } as Awaited<ReturnType<CliClient['submit']>>),
      getRequest: () => Promise.resolve(stage === 'PATCH_READY' ? requestDetail({ stage, gate, awaiting }) : requestDetail({ stage })),
      async *events(_requestId: string, input: { afterSeq: number; follow: boolean; signal: AbortSignal }) {
        if (input.afterSeq < 1) yield logEvent(1, { type: 'agent.message', emittedAtMs: 0, data: { itemId: 'm', text: 'mended' } });
        if (input.follow) await new Promise((resolve) => input.signal.addEventListener('abort', resolve, { once: true }));
      },
      decide,
    } as unknown as CliClient;
    return { client, decide };
  }

  it('approves once by itself without a terminal, and shows each event once', async () => {
    const { client, decide } = server();
    let shown = '';
    const context = {
      stdin: { async *[Symbol.asyncIterator]() {} },
      stdout: { write: () => true },
      signal: new AbortController().signal,
      now: () => 0,
    };

    const request = await runDemo({
      client,
      context,
      human: { write: (text) => (shown += text) },
      style: createStyle(false),
      sample: { name: 'sample', path: '/forge/sample.git' },
      askFirst: false,
    });

    expect(request.stage).toBe('REVIEWED');
    expect(decide.mock.calls).toEqual([['r1', { vote: 'approve', subjectId: 'abc', comment: 'approved by the demo' }]]);
    expect(shown.match(/mended/g)).toHaveLength(1);
    expect(shown).toContain('approving by itself');
  });
});

describe('demoResult', () => {
  it('names the branch without refs/heads/ and the time of each stage', () => {
    const request = requestDetail({
      stage: 'REVIEWED',
      mergeRequest: { url: 'http://x/1', branch: 'refs/heads/astraforge/a', commit: 'abc' } as RequestDetail['mergeRequest'],
      status: {
        stages: [
          { stage: 'EXECUTING', fromMs: 0, toMs: 1500 },
          { stage: 'REVIEWED', fromMs: 1500, toMs: null },
        ],
      } as unknown as RequestDetail['status'],
    });

    expect(demoResult(request, '/forge/sample.git', 2000)).toEqual({
      requestId: 'r1',
      stage: 'REVIEWED',
      repository: '/forge/sample.git',
      mergeRequest: { url: 'http://x/1', branch: 'astraforge/a', commit: 'abc' },
      stagesMs: { EXECUTING: 1500, REVIEWED: 500 },
    });
  });
});

describe('demoIsOver', () => {
  it.each([
    ['EXECUTING', false],
    ['PATCH_READY', false],
    ['MR_OPENED', false],
    ['REVIEWED', true],
    ['BLOCKED', true],
    ['FAILED', true],
  ] as const)('at %s is %s', (stage, over) => {
    expect(demoIsOver({ stage, awaiting: null })).toBe(over);
  });
});

describe('describeModel', () => {
  it('says plainly that the model is a script when no key is given, and only then', () => {
    expect(describeModel({ MODEL: 'm' })).toContain('scripted demo model');
    expect(describeModel({ MODEL: 'm', OPENAI_API_KEY: 'k' })).not.toContain('script');
    expect(describeModel({ MODEL: 'm', LLM_UPSTREAM_URL: 'http://x/v1' })).not.toContain('script');
  });
});
