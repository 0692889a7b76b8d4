import { mkdirSync, readFileSync, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { SupervisorCommand } from '../../workflows/contracts/supervisor.ts';
import { messageOf } from '../../workflows/contracts/errors.ts';

/** inotify wakes at once; this catches what it missed. */
const pollMs = 250;
const fileName = /^(\d+)-.+\.json$/;

/**
 * Hands over each command of a folder once, by messageId, in the order of the file names. Files stay where they are: they are
 * how the provisioner sees that a message was delivered before.
 */
export function watchInbox(options: {
  folder: string;
  onCommand: (command: SupervisorCommand) => void;
  onBroken: (file: string, reason: string) => void;
}): { close(): void } {
  mkdirSync(options.folder, { recursive: true });
  const seenFiles = new Set<string>();
  const seenMessages = new Set<string>();

  function read(file: string): void {
    let command: SupervisorCommand;
    try {
      command = SupervisorCommand.parse(JSON.parse(readFileSync(join(options.folder, file), 'utf8')));
    } catch (error) {
      return options.onBroken(file, messageOf(error));
    }
    if (seenMessages.has(command.messageId)) return;
    seenMessages.add(command.messageId);
    options.onCommand(command);
  }

  function scan(): void {
    const files = readdirSync(options.folder).filter((name) => fileName.test(name) && !seenFiles.has(name));
    files.sort((a, b) => Number(fileName.exec(a)?.[1]) - Number(fileName.exec(b)?.[1]));
    for (const file of files) {
      seenFiles.add(file);
      read(file);
    }
  }

  const watcher = watch(options.folder, scan);
  const timer = setInterval(scan, pollMs);
  scan();
  return {
    close() {
      watcher.close();
      clearInterval(timer);
    },
  };
}
