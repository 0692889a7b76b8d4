import { useFetcher } from '@remix-run/react';
import { KeyRoundIcon, PencilIcon, Trash2Icon } from 'lucide-react';
import { useState } from 'react';
import { EmptyState } from '~/components/empty-state.tsx';
import { SettingsCard } from '~/components/settings-card.tsx';
import { TimeAgo } from '~/components/time-ago.tsx';
import {
  AlertDialog,
  AlertDialogAction,
  AlertDialogCancel,
  AlertDialogContent,
  AlertDialogDescription,
  AlertDialogFooter,
  AlertDialogHeader,
  AlertDialogTitle,
  AlertDialogTrigger,
} from '~/components/ui/alert-dialog.tsx';
import { Button } from '~/components/ui/button.tsx';
import type { Schemas } from '~/lib/api.ts';
import { useOutcomeToast } from '~/lib/form-outcome.ts';
import { SecretDialog } from './secret-dialog.tsx';
import type { SecretResult } from './secrets-action.server.ts';

type Secret = Schemas['ProjectSecretInfo'];

interface ProjectSecretsProps {
  secrets: readonly Secret[];
  mayEdit: boolean;
}

/** What the project's checks find in their environment: listed by name, set, replaced, removed. */
export function ProjectSecrets({ secrets, mayEdit }: ProjectSecretsProps) {
  const [shown, setShown] = useState<{ name: string | null } | null>(null);
  const remove = useRemoval();
  const add = mayEdit && (
    <Button variant="outline" onClick={() => setShown({ name: null })}>
      <KeyRoundIcon aria-hidden /> Add a secret
    </Button>
  );
  return (
    <SettingsCard
      title="Secrets"
      about="Environment variables of the checks, and of nothing else: the agent never has them. Values are masked in whatever checks print, and cannot be read back."
    >
      {secrets.length === 0 ? (
        <EmptyState icon={KeyRoundIcon} title="No secrets yet" className="py-6" action={add}>
          For checks that need a password or a key. Tests are code that the agent wrote: give them a key of a test account.
        </EmptyState>
      ) : (
        <>
          <ul className="divide-y rounded-md border" aria-label="Secrets">
            {secrets.map((secret) => (
              <SecretRow
                key={secret.name}
                secret={secret}
                mayEdit={mayEdit}
                onReplace={() => setShown({ name: secret.name })}
                onRemove={() => remove(secret.name)}
              />
            ))}
          </ul>
          <div>{add}</div>
        </>
      )}
      {shown !== null && <SecretDialog name={shown.name} onClose={() => setShown(null)} />}
    </SettingsCard>
  );
}

/** Removes a secret and says what came of it; kept by the list, since the row itself goes. */
function useRemoval(): (name: string) => void {
  const fetcher = useFetcher<SecretResult>();
  useOutcomeToast(fetcher);
  return (name) => fetcher.submit({ intent: 'remove-secret', name }, { method: 'post' });
}

interface SecretRowProps {
  secret: Secret;
  mayEdit: boolean;
  onReplace: () => void;
  onRemove: () => void;
}

function SecretRow({ secret, mayEdit, onReplace, onRemove }: SecretRowProps) {
  const { name, changedBy, changedAtMs } = secret;
  return (
    <li className="flex items-center gap-3 px-3 py-2.5">
      <div className="min-w-0 flex-1">
        <p className="font-mono text-sm break-all">{name}</p>
        <p className="mt-0.5 text-xs break-words text-muted-foreground">
          Set by {changedBy} <TimeAgo atMs={changedAtMs} />
        </p>
      </div>
      {mayEdit && (
        <div className="flex shrink-0">
          <Button variant="ghost" size="icon" aria-label={`Replace ${name}`} onClick={onReplace}>
            <PencilIcon aria-hidden />
          </Button>
          <RemoveSecret name={name} onRemove={onRemove} />
        </div>
      )}
    </li>
  );
}

function RemoveSecret({ name, onRemove }: { name: string; onRemove: () => void }) {
  return (
    <AlertDialog>
      <AlertDialogTrigger asChild>
        <Button variant="ghost" size="icon" aria-label={`Remove ${name}`}>
          <Trash2Icon aria-hidden />
        </Button>
      </AlertDialogTrigger>
      <AlertDialogContent>
        <AlertDialogHeader>
          <AlertDialogTitle>
            Remove <span className="font-mono break-all">{name}</span>?
          </AlertDialogTitle>
          <AlertDialogDescription>
            Checks that start from now on run without it. Its value cannot be brought back from here.
          </AlertDialogDescription>
        </AlertDialogHeader>
        <AlertDialogFooter>
          <AlertDialogCancel>Keep it</AlertDialogCancel>
          <AlertDialogAction onClick={onRemove}>Remove</AlertDialogAction>
        </AlertDialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  );
}
