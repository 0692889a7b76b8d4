import { readFile, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describeProvisioner } from '../../workspace.contract.ts';
import { localForTest } from '../../testing/harness.ts';
import { WorkspaceRecord } from './record.ts';

const secondProcess = join(import.meta.dirname, '..', '..', 'testing', 'attach.ts');

for (const unsafePlain of [false, true]) {
  describeProvisioner(
    unsafePlain ? 'local, plain' : 'local',
    (door) => {
      const { provisioner, folder, close } = localForTest(door, { unsafePlain, runsDir: dirname(door.repository) });
      const workspacesDir = join(folder, 'workspaces');
      return {
        provisioner,
        settings: { workspacesDir, cacheDir: join(folder, 'cache'), doorSocket: door.socketPath, unsafePlain },
        shortenEvents: (id) => truncate(join(workspacesDir, id, 'private', 'events.jsonl'), 10),
        async killPlace(id) {
          const record = WorkspaceRecord.parse(JSON.parse(await readFile(join(workspacesDir, id, 'record.json'), 'utf8')));
          if (record.init) process.kill(record.init.pid, 'SIGKILL');
        },
        bringsObjects: true,
        close,
      };
    },
    secondProcess,
    { mayBomb: !unsafePlain, keepsSetups: !unsafePlain },
  );
}
