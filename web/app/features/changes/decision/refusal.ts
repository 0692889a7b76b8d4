/** What a refused decision means for the person, and whether the page is behind and has to be read again. */
export interface Refusal {
  title: string;
  next: string;
  isStale: boolean;
}

/** Turns the API's stable codes into words; the sentence that the API sent is shown beside it. */
export function refusalWords(code: string): Refusal {
  switch (code) {
    case 'stale-checkpoint':
      return {
        title: 'There is a newer commit',
        next: 'The page shows the newest state now. Look at that commit, then decide again; what you wrote is kept.',
        isStale: true,
      };
    case 'gate-closed':
      return {
        title: 'Somebody was faster',
        next: 'The decision was closed while you looked at it. The page shows how it stands now; what you wrote is kept.',
        isStale: true,
      };
    case 'request-closed':
      return {
        title: 'The request has ended',
        next: 'Nothing can be decided on it any more. What you wrote is kept: use it in a new request.',
        isStale: true,
      };
    case 'merging':
      return {
        title: 'It is being merged',
        next: 'Wait for the end of the merge; submit a new request for further changes.',
        isStale: true,
      };
    case 'not-mergeable':
    case 'no-merge-request':
      return { title: 'It cannot be merged now', next: 'The page shows how it stands now.', isStale: true };
    case 'merge-on-forge':
      return { title: 'It is merged where it lives', next: 'Follow the link to the merge request and merge it there.', isStale: false };
    case 'not-a-voter':
    case 'forbidden':
      return { title: 'Your vote does not count here', next: 'Ask one of the people named above. What you wrote is kept.', isStale: true };
    case 'too-many-messages':
      return {
        title: 'Too many messages wait',
        next: 'Let the run finish first, then send again; what you wrote is kept.',
        isStale: false,
      };
    case 'unreachable':
      return { title: 'No connection', next: 'What you wrote is kept.', isStale: false };
    case 'not-signed-in':
      return { title: 'Your session has ended', next: 'It is still here when you come back to this page.', isStale: false };
    default:
      return { title: 'That did not work', next: 'What you wrote is kept; try again.', isStale: false };
  }
}
