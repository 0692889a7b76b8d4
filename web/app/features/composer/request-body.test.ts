import { describe, expect, it } from '@jest/globals';
import type { DraftAttachment } from './attachments.ts';
import { noChoices } from './draft.ts';
import { bodyOfForm, requestBody } from './request-body.ts';

const stored: DraftAttachment = {
  localId: 'l',
  state: 'stored',
  name: 'a-2.txt',
  mediaType: 'text/plain',
  sizeBytes: 1,
  ref: { artifactId: 'a1', name: 'a.txt', mediaType: 'text/plain', sizeBytes: 1 },
};

describe('requestBody', () => {
  it('leaves to the project what nobody chose', () => {
    expect(requestBody({ text: ' fix it\n', attachments: [], choices: { ...noChoices, baseBranch: ' ', model: '' } }, 'p1')).toEqual({
      project: 'p1',
      prompt: ' fix it\n',
      attachments: [],
    });
  });

  it('names every choice, also one against the project', () => {
    const choices = { ...noChoices, baseBranch: ' dev ', executor: 'codex', model: 'm', effort: 'high', planFirst: false, review: true };

    expect(requestBody({ text: 'x', attachments: [stored], choices }, 'p1')).toEqual({
      project: 'p1',
      prompt: 'x',
      attachments: [{ artifactId: 'a1', name: 'a-2.txt', mediaType: 'text/plain' }],
      baseBranch: 'dev',
      executor: 'codex',
      model: 'm',
      effort: 'high',
      planFirst: false,
      review: true,
    });
  });
});

describe('bodyOfForm', () => {
  it('reads what a browser without scripts sends', () => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ project: 'p1', prompt: 'do', baseBranch: '', model: '', effort: 'low', review: 'on' }))
      form.set(name, value);

    expect(bodyOfForm(form)).toEqual({ project: 'p1', prompt: 'do', attachments: [], effort: 'low', planFirst: false, review: true });
  });
});
