import { useFetcher } from '@remix-run/react';
import { SparklesIcon } from 'lucide-react';
import { samplePrompt } from '../../../../api/client/sample.ts';
import { ErrorPanel } from '~/components/error-panel.tsx';
import { Button } from '~/components/ui/button.tsx';
import { Spinner } from '~/components/ui/spinner.tsx';
import { holdsRole } from '~/lib/roles.ts';
import { usePerson } from '~/lib/person.ts';
import type { SampleSubmitted } from './submit-sample.server.ts';

/** The first prompt, one click away. */
export function SubmitStep({ sample, again = false }: { sample: { projectId: string; name: string } | null; again?: boolean }) {
  const fetcher = useFetcher<SampleSubmitted>();
  const maySubmit = holdsRole(usePerson().roles, 'maintainer');
  const busy = fetcher.state !== 'idle';
  const refused = !busy && fetcher.data && !fetcher.data.ok ? fetcher.data.problem : null;
  if (sample === null) {
    return (
      <p className="text-sm text-muted-foreground">
        This installation has no sample project. It is made by <code className="font-mono text-xs">npm start</code>; restart it, or go on
        with a repository of your own below.
      </p>
    );
  }
  if (!maySubmit) return <p className="text-sm text-muted-foreground">Submitting needs the role maintainer: ask an admin for it.</p>;
  return (
    <fetcher.Form method="post" className="flex flex-col gap-3">
      <input type="hidden" name="project" value={sample.projectId} />
      {!again && (
        <p className="rounded-md border bg-code px-3 py-2 font-mono text-sm">
          <span className="text-muted-foreground">{sample.name}: </span>
          {samplePrompt}
        </p>
      )}
      <div>
        <Button type="submit" name="intent" value="submit-sample" disabled={busy} variant={again ? 'outline' : 'default'}>
          {busy ? <Spinner /> : <SparklesIcon aria-hidden />}
          {again ? 'Try again' : 'Make the failing test pass'}
        </Button>
      </div>
      {refused && <ErrorPanel problem={refused} />}
    </fetcher.Form>
  );
}
