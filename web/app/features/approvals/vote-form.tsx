import { CheckIcon, GitCompareIcon, XIcon } from 'lucide-react';
import { Link } from '@remix-run/react';
import { useId, useState } from 'react';
import { Button } from '~/components/ui/button.tsx';
import { Input } from '~/components/ui/input.tsx';
import { Label } from '~/components/ui/label.tsx';
import { useAct } from './use-act.ts';
import type { VoteView } from './vote.ts';

interface VoteFormProps {
  requestId: string;
  subjectId: string;
  vote: VoteView;
  /** Where the change or plan is looked at. */
  lookPath: string;
  /** Posts to this route's action. */
  action: string;
}

/** What a vote means, and the vote itself: approve with a comment if one likes, reject with a reason. */
export function VoteForm({ requestId, subjectId, vote, lookPath, action }: VoteFormProps) {
  const act = useAct(requestId);
  const [rejecting, setRejecting] = useState(false);
  const id = useId();
  const look = (
    <Button asChild variant="outline">
      <Link to={lookPath}>
        <GitCompareIcon aria-hidden /> Open
      </Link>
    </Button>
  );
  if (vote.refusal !== null || vote.mine !== null) {
    return (
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <p className="min-w-48 flex-1 text-sm text-muted-foreground">{vote.refusal ?? vote.statement}</p>
        {look}
      </div>
    );
  }
  return (
    <act.Form method="post" action={action} className="flex flex-col gap-2">
      <input type="hidden" name="requestId" value={requestId} />
      <input type="hidden" name="subjectId" value={subjectId} />
      <p id={`${id}-statement`} className="text-sm text-muted-foreground">
        {vote.statement}
      </p>
      {rejecting && (
        <div className="flex flex-col gap-1">
          <Label htmlFor={`${id}-reason`}>Why is it rejected?</Label>
          <Input id={`${id}-reason`} name="comment" required autoFocus maxLength={10_000} />
        </div>
      )}
      <div className="flex flex-wrap items-center gap-2">
        {rejecting ? (
          <>
            <Button type="submit" name="intent" value="reject" variant="destructive" disabled={act.busy}>
              <XIcon aria-hidden /> Reject
            </Button>
            <Button variant="ghost" onClick={() => setRejecting(false)}>
              Back
            </Button>
          </>
        ) : (
          <>
            <Button type="submit" name="intent" value="approve" disabled={act.busy} aria-describedby={`${id}-statement`}>
              <CheckIcon aria-hidden /> Approve
            </Button>
            {look}
            <Button variant="ghost" onClick={() => setRejecting(true)}>
              Reject…
            </Button>
          </>
        )}
      </div>
    </act.Form>
  );
}
