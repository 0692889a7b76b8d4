import type { StepId } from './steps.ts';

/** A step in words: what it is, and what happens in it. */
export const stepWords: Readonly<Record<StepId, { title: string; about: string }>> = {
  submit: {
    title: 'Write a prompt',
    about: 'The sample project is a small shop with one failing test. One click asks an agent to make it pass.',
  },
  run: {
    title: 'The agent works',
    about:
      'In a workspace without network, tokens or your files, it reads, edits and tests. You see every step, and may write to it meanwhile.',
  },
  approve: {
    title: 'You approve',
    about: 'The project’s checks have run on the very commit that you are asked about. Nothing leaves the workspace before you agree.',
  },
  'merge-request': {
    title: 'The merge request opens',
    about: 'Exactly the approved commit is pushed, with you as its co-author.',
  },
  review: {
    title: 'It is reviewed',
    about: 'An automated review reads the change and leaves its remarks on the merge request.',
  },
  merge: {
    title: 'You merge',
    about: 'The sample lives in a local forge, so the button is here. On GitLab or GitHub you merge as you always do.',
  },
};
