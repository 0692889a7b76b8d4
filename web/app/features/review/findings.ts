import type { RequestDetail } from '~/features/requests/stages.ts';

export type Review = NonNullable<RequestDetail['review']>;
export type Finding = Review['findings'][number];
export type Severity = Finding['severity'];

/** What each grade means, the gravest first. */
export const severities: Readonly<Record<Severity, { label: string; tone: 'destructive' | 'warning' | 'info' | 'secondary' }>> = {
  critical: { label: 'Critical', tone: 'destructive' },
  high: { label: 'High', tone: 'destructive' },
  medium: { label: 'Medium', tone: 'warning' },
  low: { label: 'Low', tone: 'info' },
  info: { label: 'Note', tone: 'secondary' },
};

const order = Object.keys(severities) as Severity[];

/** Findings of one grade. */
export interface FindingGroup {
  severity: Severity;
  findings: Finding[];
}

/** The findings by their grade, the gravest first; within one by file and line. */
export function groupFindings(findings: readonly Finding[]): FindingGroup[] {
  return order.flatMap((severity) => {
    const ofGrade = findings.filter((finding) => finding.severity === severity).sort(byPlace);
    return ofGrade.length === 0 ? [] : [{ severity, findings: ofGrade }];
  });
}

function byPlace(a: Finding, b: Finding): number {
  return a.path === b.path ? a.startLine - b.startLine : a.path < b.path ? -1 : 1;
}

/** The verdict in words. */
export function describeVerdict(verdict: string | null): string {
  switch (verdict) {
    case 'approve':
      return 'Nothing against this change';
    case 'comment':
      return 'Remarks, none that stand in the way';
    case 'request-changes':
      return 'Changes are asked for';
    case null:
      return 'No verdict';
    default:
      return verdict;
  }
}
