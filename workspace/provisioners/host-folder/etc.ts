import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files of a workspace's /etc that are ours and not the machine's. */
export const ownEtc: Record<string, string> = {
  passwd: 'root:x:0:0:root:/nonexistent:/usr/sbin/nologin\nagent:x:1000:1000:agent:/home/agent:/bin/sh\n',
  group: 'root:x:0:\nagent:x:1000:\n',
  hosts: '127.0.0.1 localhost workspace\n::1 localhost\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
  hostname: 'workspace\n',
  'resolv.conf': '',
  gitconfig:
    '[user]\n\tname = AstraForge\n\temail = astraforge@localhost\n[safe]\n\tdirectory = *\n[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n[advice]\n\tdetachedHead = false\n',
};

/** Their names below /etc. */
export const ownEtcNames: readonly string[] = Object.keys(ownEtc);

/** Writes them into a folder that stands for /etc. */
export function writeEtc(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  for (const [name, content] of Object.entries(ownEtc)) writeFileSync(join(folder, name), content, { mode: 0o644 });
}
