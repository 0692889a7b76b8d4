/** Set by the process supervisor for its children. */
export const supervisedVariable = 'ASTRAFORGE_SUPERVISED';

/** What a child sends over the IPC channel once it does its work. */
export const readyMessage = 'astraforge-ready';

/** How long a process may take for its graceful end once its supervisor is gone, in ms. */
const graceMs = 15_000;

/**
 * Ends this process when the one that supervises it vanishes, killed -9 included: the IPC channel between them closes,
 * and this process gets the SIGTERM that its supervisor can no longer send. Nothing happens without a supervisor.
 */
export function exitWithParent(): void {
  const supervised = process.env[supervisedVariable];
  delete process.env[supervisedVariable];
  if (!supervised || !process.channel) return;
  process.once('disconnect', onSupervisorGone);
  process.channel.unref();
  if (!process.connected) onSupervisorGone();
}

function onSupervisorGone(): void {
  setTimeout(() => process.exit(1), graceMs).unref();
  process.kill(process.pid, 'SIGTERM');
}

/** Tells the supervisor, when there is one, that this process does its work now; for processes without a health page. */
export function reportReady(): void {
  if (process.connected) process.send?.(readyMessage);
}
