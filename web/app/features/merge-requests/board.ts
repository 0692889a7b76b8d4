import type { Schemas } from '~/lib/api.ts';

type MergeRequest = Schemas['MergeRequest'];
type State = MergeRequest['state'];

/** The columns of the board, in their order, with what an empty one says. */
export const columns: readonly { state: State; title: string; empty: string }[] = [
  { state: 'open', title: 'Open', empty: 'A change that was approved waits here for its review and its merge.' },
  { state: 'merged', title: 'Merged', empty: 'Merged changes stay here.' },
  { state: 'closed', title: 'Closed', empty: 'Merge requests that were closed without a merge.' },
];

/** A branch as people know it. */
export function branchName(ref: string): string {
  return ref.replace(/^refs\/heads\//, '');
}

/** Address of a merge request on its forge; null when it lives here only, or is no web address. */
export function forgeLink({ forge, ref }: Pick<MergeRequest, 'forge' | 'ref'>): { url: string; label: string } | null {
  if (forge === 'local' || !URL.canParse(ref.url) || !/^https?:$/.test(new URL(ref.url).protocol)) return null;
  return { url: ref.url, label: new URL(ref.url).host };
}
