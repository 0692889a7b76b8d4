import { sql } from 'drizzle-orm';
import type { Tx } from './port.ts';

/** What happened in a span: of one day and project, or in all. */
export interface Tally {
  opened: number;
  merged: number;
  failed: number;
  cancelled: number;
  /** Requests that ended in whatever way. */
  ended: number;
  /** Median from submit to merge, ms; null when nothing merged. */
  leadTimeMsP50: number | null;
  inputTokens: number;
  outputTokens: number;
}

export interface DayTally extends Tally {
  /** UTC, `YYYY-MM-DD`. */
  day: string;
  projectId: string;
}

type Row = { [K in keyof Tally]: number | string | null } & { day: string | null; project_id: string | null };

/**
 * What happened since a moment, by day and project and in all, from one look at the tables. A request counts as opened on the day
 * of its submit and as ended on the day of its end; tokens on the day on which their run ended.
 */
export async function tallySince(tx: Tx, input: { since: Date; projectId?: string }): Promise<{ total: Tally; days: DayTally[] }> {
  const since = sql`${input.since.toISOString()}::timestamptz`;
  const ofProject = input.projectId === undefined ? sql`` : sql`and requests.project_id = ${input.projectId}`;
  const rows = await tx.execute<Row>(sql`
    with facts (project_id, at, opened, ended, outcome, lead_ms, input_tokens, output_tokens) as (
      select project_id, created_at, 1, 0, null, null::float8, 0, 0 from requests where created_at >= ${since} ${ofProject}
      union all
      select project_id, closed_at, 0, 1, outcome,
        case when outcome in ('merged', 'patch') then extract(epoch from closed_at - created_at)::float8 * 1000 end, 0, 0
      from requests where closed_at >= ${since} ${ofProject}
      union all
      select requests.project_id, runs.ended_at, 0, 0, null, null, runs.input_tokens, runs.output_tokens
      from runs join requests on requests.request_id = runs.request_id where runs.ended_at >= ${since} ${ofProject}
    ), dated as (select *, to_char(at at time zone 'UTC', 'YYYY-MM-DD') as day from facts)
    select day, project_id, coalesce(sum(opened), 0)::int as opened, coalesce(sum(ended), 0)::int as ended,
      count(*) filter (where outcome in ('merged', 'patch'))::int as merged, count(*) filter (where outcome = 'failed')::int as failed,
      count(*) filter (where outcome = 'cancelled')::int as cancelled,
      percentile_cont(0.5) within group (order by lead_ms) as "leadTimeMsP50",
      coalesce(sum(input_tokens), 0)::float8 as "inputTokens", coalesce(sum(output_tokens), 0)::float8 as "outputTokens"
    from dated group by grouping sets ((day, project_id), ()) order by day nulls first, project_id`);
  const [total, ...days] = rows;
  if (!total) throw new Error('the sum over nothing is a row too');
  return {
    total: tallyOf(total),
    days: days.map((row) => ({ day: row.day ?? '', projectId: row.project_id ?? '', ...tallyOf(row) })),
  };
}

function tallyOf(row: Row): Tally {
  const number = (value: number | string | null) => Number(value ?? 0);
  return {
    opened: number(row.opened),
    merged: number(row.merged),
    failed: number(row.failed),
    cancelled: number(row.cancelled),
    ended: number(row.ended),
    leadTimeMsP50: row.leadTimeMsP50 === null ? null : Number(row.leadTimeMsP50),
    inputTokens: number(row.inputTokens),
    outputTokens: number(row.outputTokens),
  };
}
