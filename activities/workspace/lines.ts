import { parseSupervisorEvent, type NewEvent, type SupervisorEvent } from '../../workflows/contracts/events.ts';

/** Most foreign lines that a workspace may write before its attempt counts as garbage. */
export const maxForeignLines = 20;

export interface ParsedLines {
  events: SupervisorEvent[];
  foreign: number;
}

/**
 * Parses lines of a workspace's event file: hostile until proven otherwise. The first foreign line ever seen becomes one
 * `warning` event; the rest are only counted.
 */
export function parseLines(lines: string[], foreignBefore: number, nowMs: number): ParsedLines {
  const events: SupervisorEvent[] = [];
  let foreign = foreignBefore;
  for (const line of lines) {
    const event = parseLine(line);
    if (event !== null) {
      events.push(event);
      continue;
    }
    foreign += 1;
    if (foreign === 1) events.push(foreignWarning(line, nowMs));
  }
  return { events, foreign };
}

function parseLine(line: string): SupervisorEvent | null {
  try {
    const value: unknown = JSON.parse(line);
    return parseSupervisorEvent(value);
  } catch {
    return null;
  }
}

function foreignWarning(line: string, nowMs: number): Extract<NewEvent, { type: 'warning' }> {
  const start = JSON.stringify(line.slice(0, 120));
  return { type: 'warning', emittedAtMs: nowMs, data: { message: `the workspace wrote a line that is not an event: ${start}` } };
}
