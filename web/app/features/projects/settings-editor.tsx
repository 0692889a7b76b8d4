import { useBlocker, useFetcher } from '@remix-run/react';
import { useEffect, useState } from 'react';
import { toast } from '~/lib/toast.ts';
import { ErrorPanel } from '~/components/error-panel.tsx';
import {
  AlertDialog,
  AlertDialogAction,
  AlertDialogCancel,
  AlertDialogContent,
  AlertDialogDescription,
  AlertDialogFooter,
  AlertDialogHeader,
  AlertDialogTitle,
} from '~/components/ui/alert-dialog.tsx';
import { Button } from '~/components/ui/button.tsx';
import type { Schemas } from '~/lib/api.ts';
import { useShortcut } from '~/lib/shortcuts.ts';
import type { SaveResult } from './save.server.ts';
import { SettingsSections } from './settings-sections.tsx';
import { draftOf, isChanged, type SettingsDraft } from './settings-draft.ts';
import { type FieldErrors, fieldErrors, patchOf } from './settings-patch.ts';

interface SettingsEditorProps {
  project: Schemas['Project'];
  options: Schemas['Options'];
  /** False: everything is shown, nothing can be changed. */
  mayEdit: boolean;
}

/** The settings of a project as a draft that is saved as a whole; leaving with unsaved changes asks first. */
export function SettingsEditor({ project, options, mayEdit }: SettingsEditorProps) {
  const [draft, setDraft] = useState<SettingsDraft>(() => draftOf(project));
  // After a save that was refused here, what is wrong is told anew with every change.
  const [isChecked, setChecked] = useState(false);
  const fetcher = useFetcher<SaveResult>();
  const busy = fetcher.state !== 'idle';
  const changed = isChanged(draft, project);
  const refused = !busy && fetcher.data && !fetcher.data.ok ? fetcher.data.problem : null;
  const errors = isChecked ? ownErrors(draft) : fieldErrors(refused?.errors);

  useEffect(() => {
    if (fetcher.state === 'idle' && fetcher.data?.ok) {
      setDraft(draftOf(fetcher.data.data));
      toast.success('Settings saved');
    }
  }, [fetcher.state, fetcher.data]);

  const save = () => {
    const result = patchOf(draft);
    setChecked(!result.ok);
    if (!result.ok) {
      focusFirstError();
      return;
    }
    fetcher.submit(JSON.stringify(result.body), { method: 'post', encType: 'application/json' });
  };
  useShortcut('mod+s', 'Save the settings', save, { enabled: mayEdit && changed && !busy });

  return (
    <>
      <fieldset disabled={!mayEdit} className="flex min-w-0 flex-col gap-4">
        <legend className="sr-only">Settings of {project.name}</legend>
        <SettingsSections
          draft={draft}
          errors={errors}
          options={options}
          warmReady={project.warmReady}
          onChange={(changes) => setDraft((before) => ({ ...before, ...changes }))}
        />
      </fieldset>
      {refused && Object.keys(errors).length === 0 && <ErrorPanel problem={refused} className="mt-4" />}
      {changed && mayEdit && (
        <div
          role="region"
          aria-label="Unsaved changes"
          className="sticky bottom-3 z-20 mt-4 flex flex-wrap items-center gap-2 rounded-lg border bg-popover px-4 py-2.5 shadow-lg"
        >
          <p className="mr-auto text-sm" role="status">
            {Object.keys(errors).length > 0 ? 'Some fields need another look' : 'Unsaved changes'}
          </p>
          <Button
            variant="ghost"
            disabled={busy}
            onClick={() => {
              setDraft(draftOf(project));
              setChecked(false);
            }}
          >
            Discard
          </Button>
          <Button disabled={busy} onClick={save}>
            {busy ? 'Saving' : 'Save'}
          </Button>
        </div>
      )}
      <LeaveGuard active={changed && mayEdit && !busy} />
    </>
  );
}

function ownErrors(draft: SettingsDraft): FieldErrors {
  const result = patchOf(draft);
  return result.ok ? {} : result.errors;
}

function focusFirstError(): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}

/** Asks before unsaved changes are lost: by a link here, by closing or leaving the site through the browser's own question. */
function LeaveGuard({ active }: { active: boolean }) {
  const blocker = useBlocker(({ currentLocation, nextLocation }) => active && currentLocation.pathname !== nextLocation.pathname);
  useEffect(() => {
    if (!active) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [active]);
  return (
    <AlertDialog open={blocker.state === 'blocked'}>
      <AlertDialogContent>
        <AlertDialogHeader>
          <AlertDialogTitle>Leave without saving?</AlertDialogTitle>
          <AlertDialogDescription>The changes to these settings are not saved yet and would be lost.</AlertDialogDescription>
        </AlertDialogHeader>
        <AlertDialogFooter>
          <AlertDialogCancel onClick={() => blocker.reset?.()}>Stay</AlertDialogCancel>
          <AlertDialogAction onClick={() => blocker.proceed?.()}>Leave</AlertDialogAction>
        </AlertDialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  );
}
