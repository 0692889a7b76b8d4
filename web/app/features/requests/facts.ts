import { branchName } from '~/features/merge-request/merge-words.ts';
import type { RequestDetail } from './stages.ts';

/** The branch that a request's change is on, without `refs/heads/`; null before it is published. */
export function branchOf({ mergeRequest }: Pick<RequestDetail, 'mergeRequest'>): string | null {
  return mergeRequest ? branchName(mergeRequest.branch) : null;
}

/** Tokens of all runs of a request. */
export function tokensOf({ runs }: { runs: readonly { inputTokens: number; outputTokens: number }[] }): { input: number; output: number } {
  return runs.reduce((sum, run) => ({ input: sum.input + run.inputTokens, output: sum.output + run.outputTokens }), {
    input: 0,
    output: 0,
  });
}

/** A file name from a title: small letters, digits and dashes, at most 60 characters. */
export function fileNameOf(title: string, extension: string): string {
  const plain = title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replace(/^-+|-+$/g, '');
  return `${plain || 'change'}.${extension}`;
}
