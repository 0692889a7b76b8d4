import type { RequestDetail } from '~/features/requests/stages.ts';
import { shortCommit } from '~/lib/format.ts';

/** A branch without `refs/heads/`. */
export function branchName(ref: string): string {
  return ref.replace(/^refs\/heads\//, '');
}

type Facts = Pick<RequestDetail, 'mergeRequest' | 'awaiting' | 'stage'>;

/** Whether the merge request can be merged from here, and how it stands, in a sentence. */
export function describeMerge({ mergeRequest, awaiting, stage }: Facts): { canMerge: boolean; sentence: string } {
  if (!mergeRequest) return { canMerge: false, sentence: 'There is no merge request.' };
  const target = branchName(mergeRequest.targetBranch);
  if (mergeRequest.state === 'merged') return { canMerge: false, sentence: `It was merged into ${target}.` };
  if (mergeRequest.state === 'closed') return { canMerge: false, sentence: 'It was closed without a merge.' };
  if (awaiting?.kind !== 'merge') {
    const why = stage === 'PATCH_READY' ? 'a newer change waits for approval first' : 'the request is at work';
    return { canMerge: false, sentence: `It cannot be merged now: ${why}.` };
  }
  if (mergeRequest.forge !== 'local')
    return { canMerge: false, sentence: `It is ready. Merge it on ${mergeRequest.forge}; this page notices.` };
  return {
    canMerge: true,
    sentence: `It is ready: merging puts commit ${shortCommit(mergeRequest.commit)} into ${target} and ends the request.`,
  };
}
