/** A plan as the agent's planning turn answers it. */
export interface PlanDocument {
  summary: string;
  steps: { title: string; detail: string; files: string[] }[];
  risks: string[];
}

/** The plan in a text; null for one that is no such document, which is then shown as Markdown. */
export function parsePlan(text: string): PlanDocument | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(value) || typeof value['summary'] !== 'string' || !Array.isArray(value['steps'])) return null;
  return { summary: value['summary'], steps: value['steps'].filter(isRecord).map(toStep), risks: textsOf(value['risks']) };
}

function toStep(step: Record<string, unknown>): PlanDocument['steps'][number] {
  const text = (name: string) => (typeof step[name] === 'string' ? step[name] : '');
  return { title: text('title'), detail: text('detail'), files: textsOf(step['files']) };
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
