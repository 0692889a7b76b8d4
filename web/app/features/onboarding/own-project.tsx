import { Link } from '@remix-run/react';
import { ArrowRightIcon, FolderGit2Icon, PartyPopperIcon } from 'lucide-react';
import { Button } from '~/components/ui/button.tsx';

/** The end of the way: the change is merged. */
export function Finished({ requestId }: { requestId: string }) {
  return (
    <p role="status" className="mb-6 flex items-center gap-3 rounded-lg border border-success/30 bg-success/5 px-4 py-3 text-sm">
      <PartyPopperIcon className="size-5 shrink-0 text-success" aria-hidden />
      <span>
        Your first change is merged. That was the whole way; the{' '}
        <Link to={`/requests/${requestId}/timeline`} className="text-primary underline underline-offset-2">
          timeline
        </Link>{' '}
        shows how long each step took.
      </span>
    </p>
  );
}

/** What comes after the sample: a repository of one's own. */
export function OwnProject({
  own,
  emphasised,
  hasRequest,
}: {
  own: readonly { projectId: string; name: string }[];
  emphasised: boolean;
  hasRequest: boolean;
}) {
  const first = own[0];
  return (
    <section aria-labelledby="own-project" className="rounded-lg border bg-card p-4 sm:p-5">
      <h2 id="own-project" className="flex items-center gap-2 text-sm font-semibold">
        <FolderGit2Icon className="size-4 text-muted-foreground" aria-hidden /> Your own repository
      </h2>
      <ol className="mt-2 list-decimal space-y-1 pl-5 text-sm text-muted-foreground">
        <li>Add it by its address, or by its path on this machine. Nothing in it is touched yet.</li>
        <li>Name the command that tests it, so that every change is checked before you are asked.</li>
        <li>Write what should change.</li>
      </ol>
      <div className="mt-4 flex flex-wrap gap-2">
        <Button asChild variant={emphasised && !first ? 'default' : 'outline'}>
          <Link to="/projects/new">Add a repository</Link>
        </Button>
        {first && (
          <Button asChild variant={emphasised ? 'default' : 'outline'}>
            <Link to={`/requests/new?project=${encodeURIComponent(first.projectId)}`}>
              New request in {first.name} <ArrowRightIcon aria-hidden />
            </Link>
          </Button>
        )}
        {hasRequest && (
          <Button asChild variant="ghost">
            <Link to="/">Go to the overview</Link>
          </Button>
        )}
      </div>
    </section>
  );
}
