/** The price of a cart in cents: each item's unit price times its quantity. */
export function totalCents(items) {
  return items.reduce((sum, item) => sum + item.unitCents, 0);
}

/** Cents as people write them: 1234 becomes "12.34". */
export function formatCents(cents) {
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
}
