import { useFetcher } from '@remix-run/react';
import { ErrorPanel } from '~/components/error-panel.tsx';
import { Button } from '~/components/ui/button.tsx';
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from '~/components/ui/dialog.tsx';
import { Input } from '~/components/ui/input.tsx';
import { Textarea } from '~/components/ui/textarea.tsx';
import { useDone } from '~/lib/form-outcome.ts';
import { Field } from './field.tsx';
import type { SecretResult } from './secrets-action.server.ts';
import { fieldErrors } from './settings-patch.ts';

interface SecretDialogProps {
  /** The secret that gets another value; null: a new one. */
  name: string | null;
  onClose: () => void;
}

/** Sets a secret; closes by itself when it is stored. */
export function SecretDialog({ name, onClose }: SecretDialogProps) {
  const fetcher = useFetcher<SecretResult>();
  const busy = fetcher.state !== 'idle';
  const result = busy ? undefined : fetcher.data;
  const errors = result && !result.ok ? fieldErrors(result.problem.errors) : {};
  useDone(fetcher, onClose);
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent className="max-w-xl">
        <DialogHeader>
          <DialogTitle>{name === null ? 'Add a secret' : 'Replace the value'}</DialogTitle>
          <DialogDescription>It is stored encrypted, and nobody can read it here again.</DialogDescription>
        </DialogHeader>
        <fetcher.Form method="post" className="flex flex-col gap-4">
          {result && !result.ok && Object.keys(errors).length === 0 && <ErrorPanel problem={result.problem} />}
          <Field label="Name" error={errors['name']} hint="Of the environment variable: capitals, digits and underscore.">
            {(control) => (
              <Input
                {...control}
                name="name"
                required
                maxLength={100}
                defaultValue={name ?? ''}
                readOnly={name !== null}
                autoComplete="off"
                autoCapitalize="characters"
                spellCheck={false}
                className="font-mono"
                placeholder="TEST_API_KEY"
              />
            )}
          </Field>
          <Field label="Value" error={errors['value']} hint="At least 6 characters, as they are; line breaks are kept.">
            {(control) => (
              <Textarea {...control} name="value" required rows={4} autoComplete="off" spellCheck={false} className="font-mono break-all" />
            )}
          </Field>
          <DialogFooter>
            <Button variant="ghost" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" name="intent" value="set-secret" disabled={busy}>
              {busy ? 'Saving' : name === null ? 'Add' : 'Replace'}
            </Button>
          </DialogFooter>
        </fetcher.Form>
      </DialogContent>
    </Dialog>
  );
}
