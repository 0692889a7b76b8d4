import { Checkbox } from '~/components/ui/checkbox.tsx';
import { Input } from '~/components/ui/input.tsx';
import { Switch } from '~/components/ui/switch.tsx';
import { roles } from '~/lib/roles.ts';
import { Field, FieldError, ToggleField } from './field.tsx';
import type { GateDraft } from './settings-draft.ts';
import type { FieldErrors } from './settings-patch.ts';

interface GateEditorProps {
  title: string;
  /** What the gate is about, in a sentence. */
  about: string;
  /** The gate's name in the API's errors. */
  field: string;
  gate: GateDraft;
  errors: FieldErrors;
  onChange: (gate: GateDraft) => void;
}

/** How many approvals a gate needs, of whom, and whether the requester's own counts. */
export function GateEditor({ title, about, field, gate, errors, onChange }: GateEditorProps) {
  return (
    <fieldset className="min-w-0 rounded-md border p-3.5">
      <legend className="sr-only">{title}</legend>
      <p className="text-sm font-medium" aria-hidden>
        {title}
      </p>
      <p className="text-xs text-muted-foreground">{about}</p>
      <div className="mt-3 flex flex-col gap-4">
        <Field
          label="Approvals needed"
          error={errors[`${field}.required`]}
          hint={Number(gate.required) === 0 ? 'None: the gate approves by itself, and the log says so.' : undefined}
        >
          {(control) => (
            <Input
              {...control}
              type="number"
              min={0}
              max={20}
              className="w-24"
              value={gate.required}
              onChange={(event) => onChange({ ...gate, required: event.currentTarget.value })}
            />
          )}
        </Field>
        <div role="group" aria-label={`${title}: roles that may vote`}>
          <p className="mb-1.5 text-sm font-medium">Who may vote</p>
          <div className="flex flex-wrap gap-x-5 gap-y-2">
            {roles.map(({ role }) => (
              <label key={role} className="flex min-h-6 items-center gap-2 text-sm">
                <Checkbox
                  checked={gate.roles.includes(role)}
                  onCheckedChange={(checked) =>
                    onChange({ ...gate, roles: checked ? [...gate.roles, role] : gate.roles.filter((other) => other !== role) })
                  }
                />
                {role}
              </label>
            ))}
          </div>
          <FieldError error={errors[`${field}.roles`]} />
        </div>
        <ToggleField label="The requester may vote too" hint="Off: nobody approves their own request.">
          {(control) => (
            <Switch
              {...control}
              checked={gate.requesterMayVote}
              onCheckedChange={(requesterMayVote) => onChange({ ...gate, requesterMayVote })}
            />
          )}
        </ToggleField>
      </div>
    </fieldset>
  );
}
