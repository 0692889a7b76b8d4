import { SettingsCard } from '~/components/settings-card.tsx';
import { Checkbox } from '~/components/ui/checkbox.tsx';
import { Input } from '~/components/ui/input.tsx';
import { NativeSelect } from '~/components/ui/native-select.tsx';
import { Switch } from '~/components/ui/switch.tsx';
import { Textarea } from '~/components/ui/textarea.tsx';
import type { Schemas } from '~/lib/api.ts';
import { ChecksEditor } from './checks-editor.tsx';
import { Field, FieldError, ToggleField } from './field.tsx';
import { GateEditor } from './gate-editor.tsx';
import type { SettingsDraft } from './settings-draft.ts';
import type { FieldErrors } from './settings-patch.ts';

interface SectionProps {
  draft: SettingsDraft;
  errors: FieldErrors;
  onChange: (changes: Partial<SettingsDraft>) => void;
}

/** Every setting of a project, by what it is about. */
export function SettingsSections(props: SectionProps & { options: Schemas['Options']; warmReady: number }) {
  const { draft, errors, warmReady, onChange } = props;
  return (
    <>
      <SettingsCard
        title="Checks"
        about="Run on every change, in a clean workspace, before it is put to a vote. The repository's .astraforge.yml may add to them."
      >
        <ChecksEditor checks={draft.checks} errors={errors} onChange={(checks) => onChange({ checks })} />
        <Field label="Setup command" error={errors['setup']} hint="Prepares a fresh checkout before the agent and before the checks.">
          {(control) => (
            <CodeLines {...control} rows={2} placeholder="npm ci" value={draft.setup} onChange={(setup) => onChange({ setup })} />
          )}
        </Field>
      </SettingsCard>
      <PlaceSection draft={draft} errors={errors} warmReady={warmReady} onChange={onChange} />
      <SettingsCard title="Approvals" about="Who has to agree before anything is published.">
        <div className="grid gap-4 lg:grid-cols-2">
          <GateEditor
            title="Change"
            about="The commit that is published as a merge request."
            field="gates.patch"
            gate={draft.patchGate}
            errors={errors}
            onChange={(patchGate) => onChange({ patchGate })}
          />
          <GateEditor
            title="Plan"
            about="What the agent means to do, when a plan comes first."
            field="gates.plan"
            gate={draft.planGate}
            errors={errors}
            onChange={(planGate) => onChange({ planGate })}
          />
        </div>
        <Field label="A gate expires after (days)" error={errors['gateExpiryMs']} hint="Left empty: never.">
          {(control) => <NumberInput {...control} value={draft.gateExpiry} onChange={(gateExpiry) => onChange({ gateExpiry })} />}
        </Field>
      </SettingsCard>
      <AgentSection {...props} />
      <LimitsSection draft={draft} errors={errors} onChange={onChange} />
      <EgressSection {...props} />
      <CommitsSection draft={draft} errors={errors} onChange={onChange} />
    </>
  );
}

/** What a text control of these sections needs: it answers with the text itself. */
interface TextControlProps {
  id: string;
  value: string;
  onChange: (value: string) => void;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}

/** Lines of names and addresses, for a program to read. */
function CodeLines({ onChange, ...props }: TextControlProps & { rows: number; placeholder: string }) {
  return <Textarea {...props} spellCheck={false} className="font-mono" onChange={(event) => onChange(event.currentTarget.value)} />;
}

/** Text with a number pad: a number field swallows what it cannot read, and then nothing can be said about it. */
function NumberInput({ onChange, ...props }: TextControlProps) {
  return <Input {...props} inputMode="decimal" className="w-28" onChange={(event) => onChange(event.currentTarget.value)} />;
}

function AgentSection({ draft, errors, options, onChange }: SectionProps & { options: Schemas['Options'] }) {
  return (
    <SettingsCard title="Agent" about="What a request starts with; each may choose otherwise.">
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Base branch" error={errors['defaultBranch']}>
          {(control) => (
            <Input
              {...control}
              spellCheck={false}
              value={draft.defaultBranch}
              onChange={(event) => onChange({ defaultBranch: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label="Executor" error={errors['executor']}>
          {(control) => (
            <NativeSelect {...control} value={draft.executor} onChange={(event) => onChange({ executor: event.currentTarget.value })}>
              <option value="">Default ({options.defaultExecutor})</option>
              {withCurrent(options.executors, draft.executor).map((executor) => (
                <option key={executor}>{executor}</option>
              ))}
            </NativeSelect>
          )}
        </Field>
        <Field label="Model" error={errors['model']} hint="Left empty: that of the installation.">
          {(control) => (
            <>
              <Input
                {...control}
                list={`${control.id}-models`}
                spellCheck={false}
                value={draft.model}
                onChange={(event) => onChange({ model: event.currentTarget.value })}
              />
              <datalist id={`${control.id}-models`}>
                {options.models.map((model) => (
                  <option key={model} value={model} />
                ))}
              </datalist>
            </>
          )}
        </Field>
        <Field label="Effort" error={errors['effort']}>
          {(control) => (
            <NativeSelect {...control} value={draft.effort} onChange={(event) => onChange({ effort: event.currentTarget.value })}>
              <option value="">Default</option>
              {withCurrent(options.efforts, draft.effort).map((effort) => (
                <option key={effort}>{effort}</option>
              ))}
            </NativeSelect>
          )}
        </Field>
      </div>
      <ToggleField label="Plan first" hint="The agent writes a plan, which is approved before it changes anything.">
        {(control) => <Switch {...control} checked={draft.planFirst} onCheckedChange={(planFirst) => onChange({ planFirst })} />}
      </ToggleField>
      <ToggleField
        label="Automated review"
        hint="Each change is reviewed while it waits for its approvals, so that approvers see the remarks."
      >
        {(control) => <Switch {...control} checked={draft.review} onCheckedChange={(review) => onChange({ review })} />}
      </ToggleField>
    </SettingsCard>
  );
}

/** The choices, and what is set already even where it is no choice any more. */
function withCurrent(choices: readonly string[], current: string): readonly string[] {
  return current === '' || choices.includes(current) ? choices : [...choices, current];
}

function PlaceSection({ draft, errors, warmReady, onChange }: SectionProps & { warmReady: number }) {
  return (
    <SettingsCard
      title="Workspace"
      about="Where agent, checks and review work. The repository's .astraforge.yml comes first where it says otherwise."
    >
      <Field
        label="Image"
        error={errors['image']}
        hint="On Docker and Kubernetes: built on astraforge/codex-cli, with the tools of this project. Left empty: that of the installation. Workspaces of bubblewrap have none, and a request says so."
      >
        {(control) => (
          <Input
            {...control}
            spellCheck={false}
            className="font-mono"
            placeholder="registry.example.org/team/tools:1"
            value={draft.image}
            onChange={(event) => onChange({ image: event.currentTarget.value })}
          />
        )}
      </Field>
      <Field
        label="Services"
        error={errors['services']}
        hint="What the tests need beside the workspace, on Docker and Kubernetes, one a line: name, image, port, and variables as NAME=value. Each answers at localhost on its port, nobody else reaches it, and it reaches nothing outside. No secrets."
      >
        {(control) => (
          <CodeLines
            {...control}
            rows={2}
            placeholder="db postgres:16 5432 POSTGRES_PASSWORD=test"
            value={draft.services}
            onChange={(services) => onChange({ services })}
          />
        )}
      </Field>
      <Field
        label="Warm workspaces"
        error={errors['warmWorkspaces']}
        hint="How many each host keeps ready, with their setup done, so that a new request begins at once: 5 at most, and fewer where a host holds no more for all projects (WARM_WORKSPACES_MAX). Each takes memory and disk while it waits. 0: none."
      >
        {(control) => (
          <div className="flex flex-wrap items-center gap-3">
            <NumberInput {...control} value={draft.warmWorkspaces} onChange={(warmWorkspaces) => onChange({ warmWorkspaces })} />
            <p className="text-sm text-muted-foreground">{warmReady} ready now</p>
          </div>
        )}
      </Field>
    </SettingsCard>
  );
}

function LimitsSection({ draft, errors, onChange }: SectionProps) {
  return (
    <SettingsCard title="Limits" about="A run that goes beyond one of these ends, and says which.">
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Longest run (minutes)" error={errors['wallClockMs']}>
          {(control) => <NumberInput {...control} value={draft.wallClock} onChange={(wallClock) => onChange({ wallClock })} />}
        </Field>
        <Field label="Longest silence of the agent (minutes)" error={errors['inactivityMs']}>
          {(control) => <NumberInput {...control} value={draft.inactivity} onChange={(inactivity) => onChange({ inactivity })} />}
        </Field>
        <Field label="Longest check (minutes)" error={errors['checkTimeoutMs']}>
          {(control) => <NumberInput {...control} value={draft.checkTimeout} onChange={(checkTimeout) => onChange({ checkTimeout })} />}
        </Field>
        <Field
          label="Repair turns"
          error={errors['repairTurns']}
          hint="How often the agent may mend a change whose checks fail, before people are asked."
        >
          {(control) => <NumberInput {...control} value={draft.repairTurns} onChange={(repairTurns) => onChange({ repairTurns })} />}
        </Field>
        <Field
          label="Tokens of a request"
          error={errors['tokenBudget']}
          hint="Of all its model calls, input and output together. Left empty: any number."
        >
          {(control) => <NumberInput {...control} value={draft.tokenBudget} onChange={(tokenBudget) => onChange({ tokenBudget })} />}
        </Field>
      </div>
    </SettingsCard>
  );
}

function EgressSection({ draft, errors, options, onChange }: SectionProps & { options: Schemas['Options'] }) {
  return (
    <SettingsCard
      title="Network"
      about="Hosts that setup, checks and agent may reach, besides those of the installation. Everything else is refused, and the log says so."
    >
      <div role="group" aria-label="Presets" className="flex flex-col gap-2">
        <p className="text-sm font-medium">Presets</p>
        {withPresets(options.egressPresets, draft.presets).map((preset) => (
          <label key={preset} className="flex min-h-6 items-center gap-2 text-sm">
            <Checkbox
              checked={draft.presets.includes(preset)}
              onCheckedChange={(checked) =>
                onChange({ presets: checked ? [...draft.presets, preset] : draft.presets.filter((other) => other !== preset) })
              }
            />
            {preset}
          </label>
        ))}
        <FieldError error={errors['egress.presets']} />
      </div>
      <Field label="Further hosts" error={errors['egress.allow']} hint="One a line: a name or *.name, with :port unless it is 443.">
        {(control) => (
          <CodeLines {...control} rows={3} placeholder="*.example.org" value={draft.allow} onChange={(allow) => onChange({ allow })} />
        )}
      </Field>
      <Field
        label="Submodules"
        error={errors['submodules']}
        hint="Repositories of the same forge that a run may read, one a line: as .gitmodules names them, or their whole address."
      >
        {(control) => (
          <CodeLines
            {...control}
            rows={2}
            placeholder="../library.git"
            value={draft.submodules}
            onChange={(submodules) => onChange({ submodules })}
          />
        )}
      </Field>
    </SettingsCard>
  );
}

function withPresets(known: readonly string[], chosen: readonly string[]): string[] {
  return [...new Set([...known, ...chosen])];
}

function CommitsSection({ draft, errors, onChange }: SectionProps) {
  return (
    <SettingsCard title="Commits" about="How published commits are made.">
      <ToggleField label="Sign off" hint="Adds a Signed-off-by line of the requester.">
        {(control) => <Switch {...control} checked={draft.signOff} onCheckedChange={(signOff) => onChange({ signOff })} />}
      </ToggleField>
      <Field
        label="Signing key file"
        error={errors['signingKeyFile']}
        hint="Path of an SSH key on the gateway's machine. Left empty: commits are not signed."
      >
        {(control) => (
          <Input
            {...control}
            spellCheck={false}
            className="font-mono"
            value={draft.signingKeyFile}
            onChange={(event) => onChange({ signingKeyFile: event.currentTarget.value })}
          />
        )}
      </Field>
    </SettingsCard>
  );
}
