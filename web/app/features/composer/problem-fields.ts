import type { Problem } from '~/lib/api.ts';

/** The composer's fields that a refusal may be about. */
export const composerFields = ['project', 'prompt', 'baseBranch', 'executor', 'model', 'effort', 'attachments', 'title'] as const;
export type ComposerField = (typeof composerFields)[number];

const fieldOfCode: Readonly<Record<string, ComposerField>> = {
  'empty-prompt': 'prompt',
  'prompt-too-large': 'prompt',
  'body-too-large': 'prompt',
  'unknown-project': 'project',
  'unknown-branch': 'baseBranch',
  'repository-unreachable': 'project',
  'empty-repository': 'project',
  'unsupported-url': 'project',
  'unknown-executor': 'executor',
  'unknown-attachment': 'attachments',
  'too-many-attachments': 'attachments',
  'attachment-name': 'attachments',
  'attachment-too-large': 'attachments',
};

/** A refusal told apart by the field that it is about; what belongs to none is for the whole form. */
export interface FieldErrors {
  fields: Partial<Record<ComposerField, string>>;
  form: string | null;
}

/** Puts each sentence of a problem to its field: by the fields that it names, else by its code. */
export function fieldErrorsOf(problem: Problem): FieldErrors {
  const fields: FieldErrors['fields'] = {};
  let rest: string | null = null;
  for (const { path, message } of problem.errors ?? []) {
    const field = composerFields.find((each) => path === each || path.startsWith(`${each}.`));
    if (field) fields[field] ??= sentence(message);
    else rest ??= `${path}: ${message}`;
  }
  const field = fieldOfCode[problem.code];
  if (field && fields[field] === undefined) fields[field] = problem.detail;
  return { fields, form: Object.keys(fields).length > 0 ? rest : problem.detail };
}

function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
