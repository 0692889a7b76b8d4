import { describe, expect, it } from '@jest/globals';
import { decodeEntities, languageOf, safeHref } from './markdown-text.ts';

describe('safeHref', () => {
  it.each([
    ['https://example.org/a?b=c#d', 'https://example.org/a?b=c#d'],
    ['HTTP://example.org', 'http://example.org/'],
    ['mailto:a@example.org', 'mailto:a@example.org'],
    ['https://example.org/?a=1&amp;b=2', 'https://example.org/?a=1&b=2'],
  ])('lets %s through', (href, expected) => {
    expect(safeHref(href)).toBe(expected);
  });

  it.each([
    'javascript:alert(1)',
    ' JaVaScRiPt:alert(1)',
    'java\nscript:alert(1)',
    '&#106;avascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    '//example.org/x',
    '/relative',
    '#anchor',
    'https://',
    '',
  ])('refuses %j', (href) => {
    expect(safeHref(href)).toBeNull();
  });
});

describe('decodeEntities', () => {
  it.each([
    ['a &lt;b&gt; &amp;amp; c', 'a <b> &amp; c'],
    ['&#65;&#x42;&nbsp;', 'AB\u00a0'],
    ['&unknown; & &#0; &#xD800; &#9999999;', '&unknown; & \ufffd \ufffd \ufffd'],
    ['no entity', 'no entity'],
  ])('of %j is %j', (text, expected) => {
    expect(decodeEntities(text)).toBe(expected);
  });
});

describe('languageOf', () => {
  it.each([
    ['ts', 'ts'],
    ['TypeScript title="x"', 'typescript'],
    ['c++', 'c++'],
    ['', null],
    [undefined, null],
    ['<script>', null],
  ])('of %j is %j', (info, expected) => {
    expect(languageOf(info)).toBe(expected);
  });
});
