import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatCents, totalCents } from '../src/cart.js';

test('an empty cart costs nothing', () => {
  assert.equal(totalCents([]), 0);
});

test('each item counts as often as it was ordered', () => {
  const items = [
    { name: 'pen', unitCents: 120, quantity: 3 },
    { name: 'ink', unitCents: 950, quantity: 1 },
  ];

  assert.equal(totalCents(items), 1310);
});

test('cents are written with two digits', () => {
  assert.equal(formatCents(1305), '13.05');
});
