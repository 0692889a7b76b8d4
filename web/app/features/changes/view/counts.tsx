/** Added and removed lines where there are any, also for those who see no colour or hear it. */
export function Counts({ insertions, deletions }: { insertions: number; deletions: number }) {
  if (insertions === 0 && deletions === 0) return null;
  return (
    <span className="inline-flex shrink-0 gap-1.5 font-mono text-xs tabular-nums">
      <span className="text-success">
        +{insertions}
        <span className="sr-only"> added</span>
      </span>
      <span className="text-destructive">
        −{deletions}
        <span className="sr-only"> removed</span>
      </span>
    </span>
  );
}
