import { createHash } from 'node:crypto';
import type { Finding } from '../../workflows/contracts/finding.ts';
import type { ReviewResult } from '../../workflows/contracts/run.ts';
import type { ParsedReview, RawFinding } from './parse-review.ts';

/**
 * Gives each finding its fingerprint: a hash of path, title and the line of code it is about, so that it stays the same while
 * lines move. Of equal ones the first stays.
 */
export function fingerprinted(findings: RawFinding[], codeLine: (finding: RawFinding) => string): Finding[] {
  const seen = new Set<string>();
  return findings.flatMap((finding) => {
    const parts = [finding.path, finding.title.toLowerCase(), codeLine(finding).trim()];
    const fingerprint = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
    if (seen.has(fingerprint)) return [];
    seen.add(fingerprint);
    return [{ fingerprint, ...finding }];
  });
}

/** `request-changes` for what must not be merged, `comment` for remarks, `approve` for none. */
export function verdictOf(review: Pick<ParsedReview, 'correct'>, findings: Finding[]): ReviewResult['verdict'] {
  const grave = findings.some((finding) => finding.severity === 'critical' || finding.severity === 'high');
  if (grave || review.correct === false) return 'request-changes';
  return findings.length > 0 ? 'comment' : 'approve';
}
