import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { choosePorts, releasePorts } from './ports.ts';

describe('choosePorts', () => {
  const host = '127.0.0.1';
  let folder: string;
  let file: string;
  let servers: Server[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'astraforge-ports-'));
    file = join(folder, 'ports.json');
  });

  afterEach(async () => {
    for (const server of servers) server.close();
    servers = [];
    releasePorts(file);
    await rm(folder, { recursive: true, force: true });
  });

  async function occupy(port: number): Promise<number> {
    const server = createServer().listen(port, host);
    servers.push(server);
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  it('keeps its choice', async () => {
    const first = await choosePorts(file, { api: { host, preferred: 28_080 }, other: { host, preferred: 28_080 } });

    const second = await choosePorts(file, { other: { host, preferred: 1 }, api: { host, preferred: 1 } });

    expect(second).toEqual(first);
    expect(first.api).not.toBe(first.other);
  });

  it('avoids a taken port, also one that it had itself', async () => {
    const { api } = await choosePorts(file, { api: { host, preferred: 28_180 } });
    await occupy(api);

    const again = await choosePorts(file, { api: { host, preferred: api } });

    expect(again.api).not.toBe(api);
  });

  it('gives nobody the same one who chooses at the same moment, in this process or in another', async () => {
    const files = Array.from({ length: 4 }, (_, index) => join(folder, `ports-${index}.json`));
    const script = `
      import { choosePorts } from ${JSON.stringify(join(import.meta.dirname, 'ports.ts'))};
      const { api } = await choosePorts(process.argv[1], { api: { host: '127.0.0.1', preferred: 28_480 } });
      console.log(api);
      setInterval(() => {}, 1000);`;
    const other = spawn(process.execPath, ['--input-type=module', '-e', script, join(folder, 'other.json')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: other.stdout }), 'line')) as [string];

    const chosen = await Promise.all(files.map((path) => choosePorts(path, { api: { host, preferred: 28_480 } })));
    const again = await choosePorts(files[0] ?? '', { api: { host, preferred: 28_480 } });
    const ports = [Number(line), ...chosen.map(({ api }) => api)];
    other.kill('SIGKILL');
    for (const path of files) releasePorts(path);

    expect(new Set(ports).size).toBe(5);
    expect(again.api).toBe(chosen[0]?.api);
  });

  it('names an explicit port that is taken, with the setting', async () => {
    const port = await occupy(0);

    const attempt = choosePorts(file, { api: { host, preferred: 1, explicit: { port, setting: 'PORT' } } });

    await expect(attempt).rejects.toThrow(`PORT=${port} cannot be listened on`);
  });

  it('takes any free one for an explicit 0', async () => {
    const { api } = await choosePorts(file, { api: { host, preferred: 28_280, explicit: { port: 0, setting: 'PORT' } } });

    expect(api).toBeGreaterThan(0);
  });

  it('does without a broken file', async () => {
    await writeFile(file, '{"api": "x');

    const { api } = await choosePorts(file, { api: { host, preferred: 28_380 } });

    expect(api).toBeGreaterThan(0);
  });
});
