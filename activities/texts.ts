import type { CheckResult, Gate, RequestInput } from '../workflows/contracts/request.ts';

const subjectChars = 100;
const promptChars = 20_000;

/** Link to a request's page. */
function requestUrl(publicUrl: string, requestId: string): string {
  return `${publicUrl}/requests/${requestId}`;
}

/** Message of a checkpoint's commit: the title as subject, the request's link as body. */
export function commitMessage(request: RequestInput, publicUrl: string): string {
  return `${oneLine(request.title, subjectChars) || 'Change'}\n\nRequest: ${requestUrl(publicUrl, request.requestId)}\n`;
}

/**
 * Branch of a request: `astraforge/<slug of the title>-<first 8 of the id's random tail>`. A valid ref name whatever the
 * title holds.
 */
export function branchName(request: Pick<RequestInput, 'title' | 'requestId'>): string {
  const slug = request.title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');
  const tail = (request.requestId.split('-').at(-1) ?? request.requestId).replace(/[^a-zA-Z0-9]/g, '').slice(0, 8);
  return `astraforge/${slug === '' ? 'change' : slug}-${tail}`;
}

/** Title of a merge request. */
export function mergeRequestTitle(request: Pick<RequestInput, 'title'>): string {
  return oneLine(request.title, 200) || 'Change';
}

/** What a merge request says: the prompt as written, what was checked, who approved, and where it came from. */
export function mergeRequestDescription(input: {
  request: RequestInput;
  prompt: string;
  checks: CheckResult[];
  gate: Gate | null;
  warnings: string[];
  publicUrl: string;
}): string {
  const { request, prompt, checks, gate, warnings, publicUrl } = input;
  const shown = prompt.length > promptChars ? `${prompt.slice(0, promptChars)}\n[shortened]` : prompt;
  const sections = [
    fenced(shown),
    section(
      'Checks',
      checks.map((check) => `- ${code(check.name)}: ${check.status}`),
    ),
    section('Approved by', approvalsOf(gate)),
    section(
      'Left out',
      warnings.map((warning) => `- ${oneLine(warning, 300)}`),
    ),
    `Requested by ${plain(request.requester.name)}: ${requestUrl(publicUrl, request.requestId)}`,
  ];
  return sections.filter((text) => text !== '').join('\n\n');
}

function approvalsOf(gate: Gate | null): string[] {
  const approvals = gate?.decisions.filter((decision) => decision.vote === 'approve' && !decision.superseded) ?? [];
  return approvals.map((decision) => {
    const who = decision.by === null ? `rule: ${plain(decision.rule ?? 'recorded rule')}` : plain(decision.by.name);
    return decision.comment === '' ? `- ${who}` : `- ${who}: ${oneLine(plain(decision.comment), 300)}`;
  });
}

function section(title: string, lines: string[]): string {
  return lines.length === 0 ? '' : [`### ${title}`, ...lines].join('\n');
}

/** A fence longer than any in the text, so that a prompt cannot end it. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

function code(text: string): string {
  return `\`${oneLine(text, 200).replaceAll('`', "'")}\``;
}

/** Text that mentions nobody and starts no markup. */
function plain(text: string): string {
  return text.replace(/[\\`*_[\]<>#|]/g, '\\$&').replaceAll('@', '@\u200b');
}

function oneLine(text: string, chars: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= chars ? line : `${line.slice(0, chars - 1).trimEnd()}…`;
}
