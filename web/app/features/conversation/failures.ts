import type { RequestDetail } from '~/features/requests/stages.ts';

/** What a reason code means, and what helps. */
export interface FailureWords {
  title: string;
  advice: string;
}

const words: Readonly<Record<string, FailureWords>> = {
  'place-lost': {
    title: 'The place where the agent worked was lost',
    advice: 'Try again: the run goes on from the last saved work.',
  },
  'place-unreachable': {
    title: 'The workspace could not be reached',
    advice:
      'Start the Docker daemon, the cluster’s API server or its node again, then try again: the run goes on from the last saved work.',
  },
  'supervisor-gone': {
    title: 'The workspace stopped answering',
    advice: 'Try again: the run goes on from the last saved work.',
  },
  'agent-exit': { title: 'The agent ended before it was done', advice: 'Try again. If it ends again, the end of the log says where.' },
  'agent-error': {
    title: 'The agent reported an error',
    advice: 'Read the end of the log, then try again or tell the agent what to do differently.',
  },
  'agent-garbage': { title: 'The agent answered what nobody can read', advice: 'Try again, or choose another model in a new request.' },
  'agent-output-limit': {
    title: 'The agent wrote more output than allowed',
    advice: 'Tell it to print less (a quieter test command, for example) and start a run.',
  },
  'agent-memory': { title: 'The agent used up its memory', advice: 'Tell it to work in smaller steps, or ask for a larger limit.' },
  'agent-disk': { title: 'The agent filled its disk', advice: 'Tell it to leave large files alone, or ask for a larger limit.' },
  'agent-processes': { title: 'The agent started too many processes', advice: 'Tell it to run less at a time and start a run.' },
  'wall-clock': {
    title: 'The run took longer than allowed',
    advice: 'Try again: the run goes on from the last saved work. Or raise the time limit in the project’s settings.',
  },
  inactivity: {
    title: 'The agent was silent for too long',
    advice: 'Try again: the run goes on from the last saved work. A command that waits for input is the usual cause: the log shows it.',
  },
  tampered: { title: 'The workspace changed its own log', advice: 'Look at the log before you go on: this does not happen by itself.' },
  'model-refused': {
    title: 'The model refused the call',
    advice: 'Check the model’s name, key and quota in the configuration, and the project’s token budget, then try again.',
  },
  repository: { title: 'The repository could not be used', advice: 'Test the connection on the project’s page, then try again.' },
  'setup-failed': {
    title: 'The project’s setup command failed',
    advice: 'Mend the setup command in the project’s settings, then try again.',
  },
  isolation: {
    title: 'No isolation for the agent on this machine',
    advice: 'Run “astraforge doctor” on the host and follow what it says.',
  },
  'checkpoint-failed': { title: 'The work could not be saved', advice: 'Try again; the log says which step failed.' },
  cancelled: { title: 'The run was cancelled', advice: 'Write to the agent to start another.' },
  internal: { title: 'Something went wrong on our side', advice: 'Try again. If it fails again, the workflow’s history says where.' },
  rejected: { title: 'The change was rejected', advice: 'Ask for changes, or cancel the request.' },
  'agent-question': { title: 'The agent asks you something', advice: 'Answer it to let it go on.' },
  'gate-expired': { title: 'Nobody decided in time', advice: 'Submit the request again.' },
  'merge-conflict': {
    title: 'The change conflicts with its target branch',
    advice: 'Ask the agent to bring the branch up to date, then merge again.',
  },
  'merge-request-moved': {
    title: 'Somebody else pushed to the merge request',
    advice: 'Look at it on the forge; then ask the agent to go on from there.',
  },
  'merge-request-closed': { title: 'The merge request was closed', advice: 'Open it again on the forge, or cancel the request.' },
  'target-checked-out': {
    title: 'The target branch is checked out where it would be merged',
    advice: 'Check out another branch there, then try again.',
  },
  'push-rejected': {
    title: 'The repository refused the push',
    advice: 'Check the rights of the project’s access and its branch rules, then try again.',
  },
  'remote-moved': {
    title: 'The branch on the forge is not the one that was pushed',
    advice: 'Look at the branch on the forge, then try again.',
  },
  'base-gone': { title: 'The base branch is gone', advice: 'Create it again, or submit a new request for another branch.' },
  'repository-unreachable': {
    title: 'The repository cannot be reached',
    advice: 'Test the connection on the project’s page, then try again.',
  },
  'gateway-unreachable': { title: 'The gateway cannot be reached', advice: 'It may be restarting: try again in a moment.' },
  'signing-failed': { title: 'The commit could not be signed', advice: 'Check the signing key in the project’s settings, then try again.' },
};

/** Words for a reason code; one that is not known is shown as it is written. */
export function describeFailure(reason: string | null): FailureWords {
  const known = reason === null ? undefined : words[reason];
  if (known) return known;
  const name = reason === null ? 'Waiting for a person' : reason.replace(/[-_]+/g, ' ');
  return { title: name.charAt(0).toUpperCase() + name.slice(1), advice: 'The message and the log say what happened.' };
}

/** How a closed request ended, in a sentence. */
export function describeEnd({
  stage,
  outcome,
  status,
}: Pick<RequestDetail, 'stage' | 'outcome'> & { status: { reason: string | null } | null }): string {
  if (stage === 'CANCELLED') return status?.reason ? `Cancelled: ${status.reason}` : 'Cancelled.';
  switch (outcome) {
    case 'merged':
      return 'Done: the change was merged.';
    case 'no-changes':
      return 'Done: the agent changed nothing, so there is nothing to approve or merge.';
    case 'patch':
      return 'Done: the patch was approved. Download it from the menu at the top.';
    default:
      return 'Done.';
  }
}
