import { describe, expect, it } from '@jest/globals';
import { noFilters } from './filters.ts';
import { addView, isShown, parseViews, standardViews } from './saved-views.ts';

const mine = { ...noFilters, requester: 'me' };

describe('addView', () => {
  it('keeps a view as a link and replaces one of its name', () => {
    const views = addView([], ' My view ', mine);

    expect(views).toEqual([{ name: 'My view', search: '?requester=me' }]);
    expect(addView(views, 'My view', noFilters)).toEqual([{ name: 'My view', search: '' }]);
  });

  it('takes no view without a name', () => {
    expect(addView([], '  ', mine)).toEqual([]);
  });
});

describe('parseViews', () => {
  it('reads what was kept', () => {
    const views = addView([], 'a', mine);

    expect(parseViews(JSON.stringify(views))).toEqual(views);
  });

  it.each([null, '{', '3', '[{"name":1}]', '[{"name":"x","search":"javascript:alert(1)"}]'])('takes nothing from %j', (stored) => {
    expect(parseViews(stored)).toEqual([]);
  });
});

describe('isShown', () => {
  it('knows a view by its filters, in whatever order its address names them', () => {
    const view = { name: 'x', search: '?requester=me&state=open' };

    expect(isShown(view, { ...mine, state: 'open' })).toBe(true);
    expect(isShown(view, mine)).toBe(false);
    expect(standardViews.filter((each) => isShown(each, noFilters)).map(({ name }) => name)).toEqual(['All']);
  });
});
