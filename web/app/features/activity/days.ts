const dayMs = 86_400_000;

/** A day of the list, newest first, with its acts in the order in which they came. */
export interface DayGroup<T> {
  /** `YYYY-MM-DD` in the reader's zone. */
  day: string;
  /** `Today`, `Yesterday`, or the date in words. */
  label: string;
  items: T[];
}

/** Groups by the calendar day of the reader. `timeZone` is an IANA name; the items come newest first and stay so. */
export function groupByDay<T extends { createdAtMs: number }>(
  items: readonly T[],
  reader: { timeZone: string; nowMs: number },
): DayGroup<T>[] {
  const dayOf = isoDay(reader.timeZone);
  const today = dayOf(reader.nowMs);
  // Counted on the calendar: a day of the clocks' change has 23 or 25 hours.
  const yesterday = new Date(Date.parse(`${today}T00:00:00Z`) - dayMs).toISOString().slice(0, 10);
  const groups = Map.groupBy(items, (item) => dayOf(item.createdAtMs));
  return [...groups].map(([day, own]) => ({
    day,
    label: day === today ? 'Today' : day === yesterday ? 'Yesterday' : dateInWords(day),
    items: own,
  }));
}

/** Writes an instant as `YYYY-MM-DD` of a zone. Put together from parts: how whole dates look differs between versions of ICU. */
function isoDay(timeZone: string): (ms: number) => string {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return (ms) => {
    const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, value]));
    return `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`;
  };
}

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

function dateInWords(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  return `${weekdays[date.getUTCDay()]} ${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}
