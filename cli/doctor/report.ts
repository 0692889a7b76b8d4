export type CheckStatus = 'ok' | 'warn' | 'fail';

/** One finding. `mend` says what to do; null when nothing has to be done. */
export interface DoctorCheck {
  name: string;
  status: CheckStatus;
  message: string;
  mend: string | null;
}

export interface DoctorReport {
  /** False as soon as one check failed; warnings do not count. */
  ok: boolean;
  checks: DoctorCheck[];
}

/** A finding that needs nothing. */
export function ok(name: string, message: string): DoctorCheck {
  return { name, status: 'ok', message, mend: null };
}

/** A finding that narrows what works. */
export function warn(name: string, message: string, mend: string): DoctorCheck {
  return { name, status: 'warn', message, mend };
}

/** A finding with which the system does not run. */
export function fail(name: string, message: string, mend: string): DoctorCheck {
  return { name, status: 'fail', message, mend };
}

const marks: Record<CheckStatus, string> = { ok: '✓', warn: '!', fail: '✗' };
const colours = { ok: 'green', warn: 'yellow', fail: 'red' } as const;

/** The report for people, one line a check and its mend below. */
export function renderReport(
  report: DoctorReport,
  style: (colour: 'green' | 'yellow' | 'red', text: string) => string = (_colour, text) => text,
): string {
  const width = Math.max(...report.checks.map(({ name }) => name.length));
  const lines = report.checks.flatMap(({ name, status, message, mend }) => {
    const line = `${style(colours[status], marks[status])} ${name.padEnd(width)}  ${message}`;
    return mend === null ? [line] : [line, `${' '.repeat(width + 4)}-> ${mend}`];
  });
  const failed = report.checks.filter(({ status }) => status === 'fail').length;
  const warned = report.checks.filter(({ status }) => status === 'warn').length;
  const verdict = report.ok ? `ready${warned > 0 ? `, ${warned} warning(s)` : ''}` : `not ready: ${failed} problem(s)`;
  return `${[...lines, '', verdict].join('\n')}\n`;
}
