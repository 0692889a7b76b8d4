/** "412 ms", "9.4 s", "3 min 05 s", "2 h 07 min", "3 d 4 h"; "0 s" for what is not positive. Input in ms. */
export function formatDuration(ms: number): string {
  if (!(ms > 0)) return '0 s';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${ms < 9_950 ? (ms / 1_000).toFixed(1) : Math.round(ms / 1_000)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A clock that ticks: "0:07", "12:45", "1:02:03". Input in ms. */
export function formatClock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const tail = `${String(Math.floor((seconds % 3_600) / 60)).padStart(seconds >= 3_600 ? 2 : 1, '0')}:${String(seconds % 60).padStart(2, '0')}`;
  return seconds >= 3_600 ? `${Math.floor(seconds / 3_600)}:${tail}` : tail;
}

/** "now", "5 min ago", "3 h ago", "yesterday", "6 days ago", then the date. Both in ms since the epoch. */
export function formatAgo(atMs: number, nowMs: number): string {
  const minutes = Math.floor((nowMs - atMs) / 60_000);
  if (minutes < 1) return 'now';
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ago`;
  const days = Math.floor(hours / 24);
  if (days === 1) return 'yesterday';
  return days < 7 ? `${days} days ago` : formatDate(atMs);
}

/** "2026-03-09", in UTC: the same on the server and in every browser. */
export function formatDate(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** "2026-03-09 14:05:07 UTC". */
export function formatInstant(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** "950", "1.2k", "34k", "5.6M": for tokens and lines. */
export function formatCount(count: number): string {
  if (count < 1_000) return String(count);
  if (count < 9_950) return `${(count / 1_000).toFixed(1)}k`;
  if (count < 999_500) return `${Math.round(count / 1_000)}k`;
  return count < 9_950_000 ? `${(count / 1_000_000).toFixed(1)}M` : `${Math.round(count / 1_000_000)}M`;
}

/** "812 B", "1.5 KB", "34 MB" (powers of 1024). */
export function formatBytes(bytes: number): string {
  let size = bytes;
  for (const unit of ['B', 'KB', 'MB']) {
    if (size < 1_023.5) return `${size < 9.95 && unit !== 'B' ? size.toFixed(1) : Math.round(size)} ${unit}`;
    size /= 1_024;
  }
  return `${size < 9.95 ? size.toFixed(1) : Math.round(size)} GB`;
}

/** "92 %"; a dash for null. `share` is 0 to 1. */
export function formatShare(share: number | null): string {
  return share === null ? '–' : `${Math.round(share * 100)} %`;
}

/** "1 file", "3 files". */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : many}`;
}

/** The first eight characters of a commit id. */
export function shortCommit(commit: string): string {
  return commit.slice(0, 8);
}
