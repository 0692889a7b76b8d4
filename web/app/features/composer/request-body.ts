import type { Schemas } from '~/lib/api.ts';
import { type DraftAttachment, usesOf } from './attachments.ts';
import type { Draft, DraftChoices } from './draft.ts';

export type RequestBody = Schemas['RequestCreate'];

/** What is submitted: the words, the stored files, and the choices that differ from the project's own settings. */
export function requestBody(
  draft: Pick<Draft, 'text' | 'choices'> & { attachments: readonly DraftAttachment[] },
  project: string,
): RequestBody {
  return { project, prompt: draft.text, attachments: usesOf(draft.attachments), ...chosen(draft.choices) };
}

function chosen({ baseBranch, executor, model, effort, planFirst, review }: DraftChoices): Partial<RequestBody> {
  const branch = baseBranch?.trim();
  return {
    ...(branch ? { baseBranch: branch } : {}),
    ...(executor ? { executor } : {}),
    ...(model?.trim() ? { model: model.trim() } : {}),
    ...(effort ? { effort } : {}),
    ...(planFirst === null ? {} : { planFirst }),
    ...(review === null ? {} : { review }),
  };
}

/** The same from a form that a browser without scripts sends. An unticked box is what the form says that it is. */
export function bodyOfForm(form: FormData): RequestBody {
  const text = (name: string) => {
    const value = form.get(name);
    return typeof value === 'string' ? value : '';
  };
  const choices: DraftChoices = {
    project: null,
    baseBranch: text('baseBranch'),
    executor: text('executor'),
    model: text('model'),
    effort: text('effort'),
    planFirst: form.get('planFirst') === 'on',
    review: form.get('review') === 'on',
  };
  return requestBody({ text: text('prompt'), attachments: [], choices }, text('project'));
}
