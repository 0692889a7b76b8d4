import { exitWithParent, reportReady } from '../../../config/exit-with-parent.ts';

/** Ignores SIGTERM, as a process does that hangs. */
exitWithParent();
process.on('SIGTERM', () => {});
setInterval(() => {}, 60_000);
reportReady();
