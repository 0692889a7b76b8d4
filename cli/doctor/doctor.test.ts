import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadOrCreateKeys } from '../../config/keys.ts';
import { checkNode } from './checks.ts';
import { runDoctor } from './doctor.ts';
import { renderReport } from './report.ts';

describe('runDoctor', () => {
  let stateDir: string;
  let env: Record<string, string>;

  beforeEach(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'astraforge-doctor-'));
    env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', STATE_DIR: stateDir, PROVISIONER: 'local' };
  });

  afterEach(() => rm(stateDir, { recursive: true, force: true }));

  it('looks at everything that the system needs, and names which limits hold', async () => {
    const report = await runDoctor({ env });

    const names = report.checks.map(({ name }) => name.trim());
    expect(names).toEqual(expect.arrayContaining(['node', 'git', 'codex', 'isolation', 'temporal', 'postgres', 'ports', 'disk', 'keys']));
    expect(report.checks.filter(({ status }) => status !== 'ok').every(({ mend }) => mend !== null)).toBe(true);
    const usable = report.checks.find(({ name }) => name === 'isolation')?.status === 'ok';
    expect(names.includes('memory')).toBe(usable);
  });

  it('fails on keys that others may read, a missing git and a server that does not answer, with a mend for each', async () => {
    await loadOrCreateKeys(join(stateDir, 'keys'));
    await chmod(join(stateDir, 'keys', 'service-key'), 0o644);

    const report = await runDoctor({ env: { ...env, PATH: '/nonexistent', DATABASE_URL: 'postgres://u:topsecret@127.0.0.1:9/d' } });

    const failed = report.checks.filter(({ status }) => status === 'fail');
    expect(report.ok).toBe(false);
    expect(failed.map(({ name }) => name)).toEqual(expect.arrayContaining(['git', 'postgres', 'keys']));
    expect(renderReport(report)).toMatch(/✗ keys .*service-key\n\s+-> chmod 700/);
    expect(JSON.stringify(report)).not.toContain('topsecret');
  });

  it('tells what is wrong with the configuration instead of failing itself', async () => {
    const written: string[] = [];

    const report = await runDoctor({ env: { ...env, PORT: 'many' }, json: true, stdout: { write: (text) => written.push(text) } });

    expect(report.ok).toBe(false);
    expect(JSON.parse(written.join(''))).toEqual(report);
    expect(written.join('')).toContain('PORT');
  });
});

describe('checkNode', () => {
  it('refuses a Node that cannot run TypeScript', () => {
    expect(checkNode('20.1.0').status).toBe('fail');
    expect(checkNode('24.0.0').status).toBe('ok');
  });
});
