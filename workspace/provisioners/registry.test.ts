import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '../../config/logger.ts';
import { chooseProvisioner, endOthers } from './registry.ts';
import type { ProvisionerOptions } from './registry.ts';

describe('chooseProvisioner', () => {
  let folder: string;
  let options: ProvisionerOptions;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'af-choose-'));
    options = {
      workspacesDir: join(folder, 'workspaces'),
      cacheDir: join(folder, 'cache'),
      imageCacheDir: join(folder, 'image'),
      doorSocket: join(folder, 'door.sock'),
      runtimeClass: undefined,
      deadlineSeconds: 60,
      kubeconfig: '/nonexistent/kubeconfig',
      namespace: 'test',
      docker: { host: `unix://${join(folder, 'docker.sock')}` },
      image: undefined,
      cpus: 1,
      logger: createLogger('test', { silent: true }),
    };
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('takes bubblewrap where no Docker daemon answers, and says so', async () => {
    const { provisioner, why } = await chooseProvisioner('auto', options);

    expect(provisioner.name).toBe('local');
    expect(why).toContain('no Docker daemon answers');
  });

  it.each([
    ['does not answer', 'tcp://127.0.0.1:9', 'isolation', /127\.0\.0\.1:9 does not answer/],
    ['is not encrypted', 'tcp://10.0.0.1:2375', 'docker-host', /is not encrypted/],
  ])('takes nothing else where the daemon of another machine %s', async (_, host, code, message) => {
    const choosing = chooseProvisioner('auto', { ...options, docker: { host } });

    await expect(choosing).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('asks no daemon when something else was asked for', async () => {
    expect((await chooseProvisioner('local', options)).why).toContain('PROVISIONER');
    expect((await chooseProvisioner('auto', { ...options, docker: { host: 'tcp://127.0.0.1:9' }, unsafePlain: true })).why).toContain(
      'UNSAFE_PLAIN',
    );
  });

  it('refuses Docker that was asked for and is not there, with what to do', async () => {
    await expect(chooseProvisioner('docker', options)).rejects.toMatchObject({
      message: expect.stringMatching(/docker\.sock does not answer; start it, or set PROVISIONER=local/),
    });
    await expect(chooseProvisioner('docker', { ...options, docker: { host: 'tcp://10.0.0.1:2375' } })).rejects.toMatchObject({
      code: 'docker-host',
    });
  });

  it('has nothing to end where the other kind never was', async () => {
    await expect(endOthers('local', options)).resolves.toBeUndefined();
    await expect(endOthers('docker', options)).resolves.toBeUndefined();
  });
});
