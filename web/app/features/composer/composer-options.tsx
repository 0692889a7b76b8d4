import { useId } from 'react';
import { Input } from '~/components/ui/input.tsx';
import { NativeSelect } from '~/components/ui/native-select.tsx';
import { Switch } from '~/components/ui/switch.tsx';
import { Field, ToggleField } from '~/features/projects/field.tsx';
import type { Schemas } from '~/lib/api.ts';
import type { DraftChoices } from './draft.ts';
import type { FieldErrors } from './problem-fields.ts';
import { useBranches } from './use-branches.ts';

type Project = Schemas['Project'];

export interface ComposerOptionsProps {
  projects: readonly Project[];
  project: Project | null;
  options: Schemas['Options'];
  choices: DraftChoices;
  errors: FieldErrors['fields'];
  onChange: (change: Partial<DraftChoices>) => void;
}

/** Where the request goes: its project and the branch that it starts from. */
export function TargetFields({ projects, project, choices, errors, onChange }: Omit<ComposerOptionsProps, 'options'>) {
  const { branches, lookUp } = useBranches(project?.projectId ?? null);
  const list = useId();
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <Field label="Project" error={errors.project}>
        {(control) => (
          <NativeSelect
            {...control}
            name="project"
            value={project?.projectId ?? ''}
            onChange={(event) => onChange({ project: event.currentTarget.value, baseBranch: null })}
          >
            {projects.map(({ projectId, name }) => (
              <option key={projectId} value={projectId}>
                {name}
              </option>
            ))}
          </NativeSelect>
        )}
      </Field>
      <Field label="Base branch" error={errors.baseBranch}>
        {(control) => (
          <>
            <Input
              {...control}
              name="baseBranch"
              list={list}
              value={choices.baseBranch ?? ''}
              placeholder={project?.defaultBranch ?? ''}
              maxLength={250}
              autoComplete="off"
              spellCheck={false}
              onFocus={lookUp}
              onChange={(event) => onChange({ baseBranch: event.currentTarget.value })}
            />
            <datalist id={list}>
              {branches.map((branch) => (
                <option key={branch} value={branch} />
              ))}
            </datalist>
          </>
        )}
      </Field>
    </div>
  );
}

/** How the agent works on it; what is left alone is as the project's settings say. */
export function AgentFields({ project, options, choices, errors, onChange }: ComposerOptionsProps) {
  const settings = project?.settings;
  return (
    <fieldset className="grid gap-3 rounded-lg border p-3 sm:grid-cols-3">
      <legend className="px-1 text-xs font-medium text-muted-foreground">Agent</legend>
      <Choice
        name="model"
        label="Model"
        error={errors.model}
        value={choices.model}
        usual={settings?.model ?? null}
        options={options.models}
        onChange={(model) => onChange({ model })}
      />
      <Choice
        name="effort"
        label="Effort"
        error={errors.effort}
        value={choices.effort}
        usual={settings?.effort ?? null}
        options={options.efforts}
        onChange={(effort) => onChange({ effort })}
      />
      <Choice
        name="executor"
        label="Executor"
        error={errors.executor}
        value={choices.executor}
        usual={settings?.executor ?? options.defaultExecutor}
        options={options.executors}
        onChange={(executor) => onChange({ executor })}
      />
      <div className="grid gap-3 sm:col-span-3 sm:grid-cols-2">
        <ToggleField label="Plan first" hint="The agent writes a plan and waits for its approval.">
          {(control) => (
            <Switch
              {...control}
              name="planFirst"
              checked={choices.planFirst ?? settings?.planFirst ?? false}
              onCheckedChange={(planFirst) => onChange({ planFirst })}
            />
          )}
        </ToggleField>
        <ToggleField label="Review" hint="A second agent reads the change and notes what it finds.">
          {(control) => (
            <Switch
              {...control}
              name="review"
              checked={choices.review ?? settings?.review ?? true}
              onCheckedChange={(review) => onChange({ review })}
            />
          )}
        </ToggleField>
      </div>
    </fieldset>
  );
}

interface ChoiceProps {
  name: string;
  label: string;
  error: string | undefined;
  value: string | null;
  /** What holds when nothing is chosen; null when the system decides. */
  usual: string | null;
  options: readonly string[];
  onChange: (value: string | null) => void;
}

function Choice({ name, label, error, value, usual, options, onChange }: ChoiceProps) {
  const shown = value !== null && value !== '' && !options.includes(value) ? [...options, value] : options;
  return (
    <Field label={label} error={error}>
      {(control) => (
        <NativeSelect
          {...control}
          name={name}
          value={value ?? ''}
          onChange={(event) => onChange(event.currentTarget.value === '' ? null : event.currentTarget.value)}
        >
          <option value="">{usual === null ? 'Default' : `Default (${usual})`}</option>
          {shown.map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </NativeSelect>
      )}
    </Field>
  );
}
