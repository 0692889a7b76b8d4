import { describe, expect, it } from '@jest/globals';
import { parsePreferences } from './preferences.ts';

describe('parsePreferences', () => {
  const defaults = { theme: 'system', sidebar: 'open', notifications: 'off', singleKeys: 'on' };

  it.each([
    [null, {}],
    ['', {}],
    ['astraforge_theme=dark', { theme: 'dark' }],
    ['a=b; astraforge_theme=light ; astraforge_sidebar=closed', { theme: 'light', sidebar: 'closed' }],
    ['astraforge_theme=<script>; astraforge_session=1.x', {}],
    ['theme=dark', {}],
  ])('%j', (cookies, expected) => {
    const preferences = parsePreferences(cookies);

    expect(preferences).toEqual({ ...defaults, ...expected });
  });
});
