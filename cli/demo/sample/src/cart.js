/** From this quantity on, an item costs a tenth less. */
const bulkQuantity = 10;

/** The price of one item in cents: unit price times quantity, less the bulk discount. */
export function itemCents({ unitCents, quantity }) {
  const cents = unitCents * quantity;
  return quantity > bulkQuantity ? cents - Math.round(cents / 10) : cents;
}

/** The price of a cart in cents. */
export function totalCents(items) {
  return items.reduce((sum, item) => sum + itemCents(item), 0);
}

/** Cents as people write them: 1234 becomes "12.34". */
export function formatCents(cents) {
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
}
