import { useFetcher } from '@remix-run/react';
import { CircleCheckIcon, PlugZapIcon } from 'lucide-react';
import { ErrorPanel } from '~/components/error-panel.tsx';
import { Badge } from '~/components/ui/badge.tsx';
import { Button } from '~/components/ui/button.tsx';
import { Spinner } from '~/components/ui/spinner.tsx';
import { plural } from '~/lib/format.ts';
import type { TestResult } from './save.server.ts';

/** How many branches are named before the rest are counted. */
const branchesShown = 30;

/** Looks at the repository now, and shows what it found. */
export function ConnectionTest({ disabled }: { disabled: boolean }) {
  const fetcher = useFetcher<TestResult>();
  const busy = fetcher.state !== 'idle';
  const result = busy ? undefined : fetcher.data;
  return (
    <div className="flex flex-col gap-3">
      <fetcher.Form method="post">
        <Button type="submit" name="intent" value="test" variant="outline" disabled={busy || disabled}>
          {busy ? <Spinner /> : <PlugZapIcon aria-hidden />}
          {busy ? 'Looking at the repository' : 'Test the connection'}
        </Button>
      </fetcher.Form>
      <div aria-live="polite">
        {result?.ok && <Found branches={result.data.branches} defaultBranch={result.data.defaultBranch} />}
        {result && !result.ok && <ErrorPanel problem={result.problem} />}
      </div>
    </div>
  );
}

function Found({ branches, defaultBranch }: { branches: readonly string[]; defaultBranch: string }) {
  const rest = branches.length - branchesShown;
  return (
    <div className="rounded-lg border border-success/30 bg-success/5 p-3">
      <p className="flex items-center gap-2 text-sm">
        <CircleCheckIcon className="size-4 shrink-0 text-success" aria-hidden />
        It can be reached and has {plural(branches.length, 'branch', 'branches')}; its own default is {defaultBranch}.
      </p>
      <ul className="mt-2 flex flex-wrap gap-1.5" aria-label="Branches">
        {branches.slice(0, branchesShown).map((branch) => (
          <li key={branch} className="max-w-full min-w-0">
            <Badge variant="outline" className="max-w-full font-mono">
              <span className="truncate">{branch}</span>
            </Badge>
          </li>
        ))}
        {rest > 0 && <li className="text-xs text-muted-foreground">and {rest} more</li>}
      </ul>
    </div>
  );
}
