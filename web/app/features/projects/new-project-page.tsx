import { Form, Link, useNavigation } from '@remix-run/react';
import { useState } from 'react';
import { ErrorPanel } from '~/components/error-panel.tsx';
import { PageHeader } from '~/components/page-header.tsx';
import { Page } from '~/components/page.tsx';
import { Button } from '~/components/ui/button.tsx';
import { Input } from '~/components/ui/input.tsx';
import { NativeSelect } from '~/components/ui/native-select.tsx';
import { Spinner } from '~/components/ui/spinner.tsx';
import type { Problem } from '~/lib/api.ts';
import { Field } from './field.tsx';
import { newProjectErrors, projectNameOf } from './new-project.ts';

interface NewProjectPageProps {
  forges: readonly string[];
  /** Why the last try was refused. */
  problem: Problem | null;
}

/** Adds a repository; it is looked at before anything is stored. */
export function NewProjectPage({ forges, problem }: NewProjectPageProps) {
  const busy = useNavigation().state !== 'idle';
  const [suggested, setSuggested] = useState('');
  const [kind, setKind] = useState<'git' | 'folder'>('git');
  const errors = problem ? newProjectErrors(problem) : {};
  return (
    <Page width="narrow">
      <PageHeader
        title="Add a project"
        description="A project is a repository that requests are about. AstraForge reads it now to find its branches."
      />
      <Form method="post" className="flex flex-col gap-5 rounded-lg border bg-card p-4 sm:p-5">
        {problem && errors[''] !== undefined && <ErrorPanel problem={problem} />}
        <RepositoryKind kind={kind} onChange={setKind} />
        <Field
          label={kind === 'git' ? 'Repository' : 'Folder'}
          error={errors['repositoryUrl']}
          hint={
            kind === 'git' ? (
              <>
                An <code className="font-mono">https://</code> address, or the absolute path of a repository on the machine that runs
                AstraForge.
              </>
            ) : (
              'The absolute path of a folder on the machine that runs AstraForge.'
            )
          }
        >
          {(control) => (
            <Input
              {...control}
              name="repositoryUrl"
              required
              autoFocus
              spellCheck={false}
              autoComplete="off"
              placeholder={kind === 'git' ? 'https://git.example.org/team/shop.git' : '/home/me/src/shop'}
              onChange={(event) => setSuggested(projectNameOf(event.currentTarget.value))}
            />
          )}
        </Field>
        <div className="grid gap-5 sm:grid-cols-2">
          <Field
            label="Name"
            error={errors['name']}
            hint={suggested === '' ? 'Left empty: that of the repository.' : `Left empty: ${suggested}`}
          >
            {(control) => <Input {...control} name="name" maxLength={100} spellCheck={false} autoComplete="off" placeholder={suggested} />}
          </Field>
          <Field label="Base branch" error={errors['defaultBranch']} hint="Left empty: the one that the repository names.">
            {(control) => (
              <Input {...control} name="defaultBranch" maxLength={250} spellCheck={false} autoComplete="off" placeholder="main" />
            )}
          </Field>
        </div>
        <Field
          label="Check command"
          error={errors['settings.checks.0.command'] ?? errors['checks.0.command']}
          hint="Runs on every change before it is put to a vote. More checks, and everything else, can be set afterwards."
        >
          {(control) => (
            <Input {...control} name="check" className="font-mono" spellCheck={false} autoComplete="off" placeholder="npm test" />
          )}
        </Field>
        {forges.length > 1 && <ForgeField forges={forges} error={errors['forge']} />}
        <div className="flex flex-wrap items-center gap-2">
          <Button type="submit" disabled={busy}>
            {busy && <Spinner />}
            {busy ? 'Looking at the repository' : 'Add project'}
          </Button>
          <Button asChild variant="ghost">
            <Link to="/projects">Cancel</Link>
          </Button>
        </div>
      </Form>
    </Page>
  );
}

function ForgeField({ forges, error }: { forges: readonly string[]; error: string | undefined }) {
  return (
    <Field label="Merge requests live on" error={error}>
      {(control) => (
        <NativeSelect {...control} name="forge">
          {forges.map((forge) => (
            <option key={forge}>{forge}</option>
          ))}
        </NativeSelect>
      )}
    </Field>
  );
}

const kinds = [
  { kind: 'git', label: 'Git repository', hint: 'Ends in a merge request.' },
  { kind: 'folder', label: 'Folder without git', hint: 'Ends in a patch to download.' },
] as const;

function RepositoryKind({ kind, onChange }: { kind: 'git' | 'folder'; onChange: (kind: 'git' | 'folder') => void }) {
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium">What is it?</legend>
      <div className="grid gap-2 sm:grid-cols-2">
        {kinds.map((one) => (
          <label
            key={one.kind}
            className="flex items-start gap-2 rounded-md border px-3 py-2 has-checked:border-primary has-checked:bg-primary/5"
          >
            <input
              type="radio"
              name="repositoryKind"
              value={one.kind}
              checked={kind === one.kind}
              onChange={() => onChange(one.kind)}
              className="mt-0.5 size-4 accent-primary"
            />
            <span>
              <span className="block text-sm font-medium">{one.label}</span>
              <span className="block text-xs text-muted-foreground">{one.hint}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
