import { describe, expect, it } from '@jest/globals';
import { activitySentence } from './sentence.ts';

function sentence(verb: string, detail: Record<string, unknown> = {}) {
  return activitySentence({ verb, detail }, 'forge.local:8080');
}

describe('activitySentence', () => {
  it.each([
    ['request.submitted', { title: 'Fix it' }, 'submitted a request', null],
    ['request.rejected', { comment: ' no tests ' }, 'rejected', 'no tests'],
    ['request.blocked', { from: 'EXECUTING', reason: 'agent-exit' }, 'needs a person', 'agent-exit'],
    ['request.approved', { gateId: 'g', rule: 'pre-approved' }, 'approved', 'by rule: pre-approved'],
    ['merge-request.opened', { number: 7, url: 'astraforge:local/7' }, 'opened the merge request !7', null],
    ['project.changed', { name: 'shop', changed: ['checks', 'review'] }, 'changed the project shop', 'checks, review'],
    ['project.changed', { name: 'shop', changed: [] }, 'changed the project shop', null],
    ['request.made-up', {}, 'request made up', null],
  ])('%s of %j: %s (%s)', (verb, detail, text, note) => {
    expect(sentence(verb, detail)).toMatchObject({ text, note });
  });

  it.each([
    ['https://git.example.org/a/b/-/merge_requests/1', 'git.example.org'],
    ['http://forge.local:8080/merge-requests/1', undefined],
    ['javascript:alert(1)', undefined],
    ['/srv/forge/a.git', undefined],
    [7, undefined],
  ])('links %j as %s', (url, label) => {
    expect(sentence('merge-request.merged', { url }).link?.label).toBe(label);
  });
});
