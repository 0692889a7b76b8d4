/** A list of numbers that answers sums and places quickly while it grows and changes: a Fenwick tree. All is O(log n). */
export class PrefixSums {
  private readonly values: number[] = [];
  /** `tree[i]` sums the values of the range that ends at i and is as long as i's lowest bit; index 0 is unused. */
  private readonly tree: number[] = [0];

  get length(): number {
    return this.values.length;
  }

  get total(): number {
    return this.before(this.values.length);
  }

  /** The value at `index`; 0 outside. */
  at(index: number): number {
    return this.values[index] ?? 0;
  }

  push(value: number): void {
    const place = this.values.length + 1;
    this.values.push(value);
    const start = place - (place & -place);
    this.tree.push(value + this.before(place - 1) - this.before(start));
  }

  set(index: number, value: number): void {
    const change = value - this.at(index);
    if (change === 0) return;
    this.values[index] = value;
    for (let place = index + 1; place < this.tree.length; place += place & -place) {
      this.tree[place] = (this.tree[place] ?? 0) + change;
    }
  }

  /** Sum of the values before `index`. */
  before(index: number): number {
    let sum = 0;
    for (let place = index; place > 0; place -= place & -place) sum += this.tree[place] ?? 0;
    return sum;
  }

  /** The index whose stretch holds `offset`, counted from 0; the length for an offset at or behind the total. */
  find(offset: number): number {
    let place = 0;
    let left = offset;
    for (let step = highestBit(this.values.length); step > 0; step >>= 1) {
      const next = place + step;
      const sum = this.tree[next];
      if (sum === undefined || sum > left) continue;
      place = next;
      left -= sum;
    }
    return place;
  }
}

function highestBit(value: number): number {
  return value === 0 ? 0 : 2 ** Math.floor(Math.log2(value));
}
