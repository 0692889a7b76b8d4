import type { LogEntry } from './entry.ts';

/** An entry as it stands in a downloaded log: time, title, its text indented. `artifactUrl` makes the link of a long text. */
export function entryText(entry: LogEntry, artifactUrl: (artifactId: string) => string): string {
  const facts = [entry.result, entry.durationMs === null ? null : `${(entry.durationMs / 1000).toFixed(1)} s`].filter(
    (fact) => fact !== null,
  );
  const ending = facts.length > 0 ? ` (${facts.join(', ')})` : '';
  const lines = [`${new Date(entry.atMs).toISOString()} #${entry.seq} [${entry.kind}] ${entry.title}${ending}`];
  for (let index = 0; index < (entry.body?.lineCount ?? 0); index++) lines.push(`    ${entry.body?.line(index).text ?? ''}`);
  for (const { artifactId, sizeBytes } of entry.longTexts) {
    const where = artifactId ? `the whole is at ${artifactUrl(artifactId)}` : 'the whole was too large to be kept';
    lines.push(`    [shortened: ${sizeBytes} bytes; ${where}]`);
  }
  return `${lines.join('\n')}\n`;
}
