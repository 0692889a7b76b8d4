import { useFetcher } from '@remix-run/react';
import { useDone } from '~/lib/form-outcome.ts';
import { ErrorPanel } from '~/components/error-panel.tsx';
import { Button } from '~/components/ui/button.tsx';
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from '~/components/ui/dialog.tsx';
import { Input } from '~/components/ui/input.tsx';
import { NativeSelect } from '~/components/ui/native-select.tsx';
import { Textarea } from '~/components/ui/textarea.tsx';
import { Field } from '~/features/projects/field.tsx';
import { fieldErrors } from '~/features/projects/settings-patch.ts';
import type { Schemas } from '~/lib/api.ts';
import type { TemplateResult } from './templates-action.server.ts';

interface TemplateDialogProps {
  /** Null: a new one. */
  template: Schemas['PromptTemplate'] | null;
  projects: readonly { projectId: string; name: string }[];
  onClose: () => void;
}

/** Writes a new template or changes one; closes by itself when it is stored. */
export function TemplateDialog({ template, projects, onClose }: TemplateDialogProps) {
  const fetcher = useFetcher<TemplateResult>();
  const busy = fetcher.state !== 'idle';
  const result = busy ? undefined : fetcher.data;
  const errors = result && !result.ok ? fieldErrors(result.problem.errors) : {};
  useDone(fetcher, onClose);
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent className="max-w-xl">
        <DialogHeader>
          <DialogTitle>{template ? 'Edit the template' : 'Add a template'}</DialogTitle>
          <DialogDescription>The composer puts its text into the prompt, where it can still be changed.</DialogDescription>
        </DialogHeader>
        <fetcher.Form method="post" className="flex flex-col gap-4">
          {template && <input type="hidden" name="templateId" value={template.templateId} />}
          {result && !result.ok && Object.keys(errors).length === 0 && <ErrorPanel problem={result.problem} />}
          <Field label="Name" error={errors['name']}>
            {(control) => <Input {...control} name="name" required maxLength={100} defaultValue={template?.name} autoComplete="off" />}
          </Field>
          <Field label="Text" error={errors['body']}>
            {(control) => (
              <Textarea
                {...control}
                name="body"
                required
                rows={8}
                maxLength={100_000}
                defaultValue={template?.body}
                placeholder="Add a test for …"
              />
            )}
          </Field>
          {!template && (
            <Field label="For" error={errors['projectId']}>
              {(control) => (
                <NativeSelect {...control} name="projectId">
                  <option value="">Every project</option>
                  {projects.map(({ projectId, name }) => (
                    <option key={projectId} value={projectId}>
                      {name}
                    </option>
                  ))}
                </NativeSelect>
              )}
            </Field>
          )}
          <DialogFooter>
            <Button variant="ghost" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" name="intent" value={template ? 'change' : 'create'} disabled={busy}>
              {busy ? 'Saving' : template ? 'Save' : 'Add'}
            </Button>
          </DialogFooter>
        </fetcher.Form>
      </DialogContent>
    </Dialog>
  );
}
