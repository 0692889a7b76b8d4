import { describe, expect, it } from '@jest/globals';
import { crumbsOf } from './crumbs.ts';

function match(pathname: string, data: unknown = null, handle: unknown = undefined) {
  return { pathname, params: { requestId: 'r1' }, data, handle };
}

describe('crumbsOf', () => {
  it.each([
    ['/', [match('/')], ['Overview']],
    ['/requests', [match('/requests')], ['Requests']],
    ['/requests/new', [match('/requests/new')], ['Requests', 'New']],
    ['/projects/p1', [match('/projects/p1', { name: 'shop' })], ['Projects', 'shop']],
    ['/requests/r1', [match('/requests/r1', { title: 'Mend it' })], ['Requests', 'Mend it']],
    ['/nowhere', [match('/nowhere')], []],
    ['/no/such/page', [match('/no/such/page')], []],
  ])('%s', (pathname, matches, expected) => {
    const crumbs = crumbsOf(matches, pathname);

    expect(crumbs.map(({ label }) => label)).toEqual(expected);
    expect(crumbs.at(-1)?.to).toBeUndefined();
  });

  it('takes what routes say of themselves, each with its address but the last', () => {
    const request = {
      crumb: (data: { title: string }, params: { requestId: string }) => ({ label: data.title, to: `/requests/${params.requestId}` }),
    };
    const plan = { crumb: () => ({ label: 'Plan' }) };

    const crumbs = crumbsOf(
      [match('/requests/r1', { title: 'Mend it' }, request), match('/requests/r1/plan', null, plan)],
      '/requests/r1/plan',
    );

    expect(crumbs).toEqual([{ label: 'Requests', to: '/requests' }, { label: 'Mend it', to: '/requests/r1' }, { label: 'Plan' }]);
  });
});
