import { UndoIcon } from 'lucide-react';
import { useState } from 'react';
import { toast } from '~/lib/toast.ts';
import { Button } from '~/components/ui/button.tsx';
import { useProblemToast, useReread } from '~/features/requests/act.ts';
import { browserApi } from '~/lib/api.ts';
import { attempt } from '~/lib/attempt.ts';

/** Takes a message back that no run has taken yet. One that the agent has got meanwhile is refused, in words. */
export function WithdrawButton({ requestId, messageId }: { requestId: string; messageId: string }) {
  const [isBusy, setBusy] = useState(false);
  const reread = useReread();
  const showProblem = useProblemToast();

  async function withdraw(): Promise<void> {
    setBusy(true);
    const params = { path: { requestId, messageId } };
    const result = await attempt(() => browserApi().DELETE('/api/requests/{requestId}/messages/{messageId}', { params }));
    setBusy(false);
    if (result.ok) toast.success('Message withdrawn', { description: 'The agent does not see it.' });
    else showProblem(result.problem);
    reread(result);
  }

  return (
    <Button variant="ghost" size="sm" disabled={isBusy} className="h-6 px-1.5" onClick={() => void withdraw()}>
      <UndoIcon aria-hidden />
      Withdraw
    </Button>
  );
}
