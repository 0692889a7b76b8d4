import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatCents, itemCents, totalCents } from '../src/cart.js';

test('an empty cart costs nothing', () => {
  assert.equal(totalCents([]), 0);
});

test('each item counts as often as it was ordered', () => {
  const pens = { unitCents: 120, quantity: 3 };
  const ink = { unitCents: 950, quantity: 1 };

  assert.equal(totalCents([pens, ink]), 1310);
});

test('ten of a kind are a tenth cheaper', () => {
  assert.equal(itemCents({ unitCents: 100, quantity: 9 }), 900);
  assert.equal(itemCents({ unitCents: 100, quantity: 10 }), 900);
});

test('cents are written with two digits', () => {
  assert.equal(formatCents(1305), '13.05');
});
