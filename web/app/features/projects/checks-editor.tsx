import { ArrowDownIcon, ArrowUpIcon, PlusIcon, Trash2Icon } from 'lucide-react';
import { useRef } from 'react';
import { Button } from '~/components/ui/button.tsx';
import { Input } from '~/components/ui/input.tsx';
import { FieldError } from './field.tsx';
import { type CheckDraft, moveRow } from './settings-draft.ts';
import type { FieldErrors } from './settings-patch.ts';

/** The API takes no more checks than this. */
const checksMax = 20;

interface ChecksEditorProps {
  checks: readonly CheckDraft[];
  errors: FieldErrors;
  onChange: (checks: CheckDraft[]) => void;
}

/** The check commands in the order in which they run. */
export function ChecksEditor({ checks, errors, onChange }: ChecksEditorProps) {
  const list = useRef<HTMLOListElement>(null);
  const nextKey = useRef(0);
  const focusRow = (index: number) =>
    // The row is there after React has drawn it.
    requestAnimationFrame(() => list.current?.children.item(index)?.querySelector('input')?.focus());
  const edit = (index: number, changes: Partial<CheckDraft>) =>
    onChange(checks.map((check, at) => (at === index ? { ...check, ...changes } : check)));
  const add = () => {
    onChange([...checks, { key: `new-${nextKey.current++}`, name: '', command: '' }]);
    focusRow(checks.length);
  };
  const remove = (index: number) => {
    onChange(checks.filter((_, at) => at !== index));
    if (checks.length > 1) focusRow(Math.max(0, index - 1));
  };
  return (
    <div className="flex flex-col gap-3">
      {checks.length === 0 && (
        <p className="text-sm text-muted-foreground">
          No checks: a change is put to a vote without having been tested. A check is a command that ends with 0 when all is well.
        </p>
      )}
      <ol ref={list} className="flex flex-col gap-2">
        {checks.map((check, index) => (
          <CheckRow
            key={check.key}
            check={check}
            place={{ index, count: checks.length }}
            errors={{ name: errors[`checks.${index}.name`], command: errors[`checks.${index}.command`] }}
            onEdit={(changes) => edit(index, changes)}
            onMove={(by) => onChange(moveRow(checks, index, by))}
            onRemove={() => remove(index)}
          />
        ))}
      </ol>
      <FieldError error={errors['checks']} />
      <div>
        <Button variant="outline" onClick={add} disabled={checks.length >= checksMax}>
          <PlusIcon aria-hidden /> Add a check
        </Button>
      </div>
    </div>
  );
}

interface CheckRowProps {
  check: CheckDraft;
  place: { index: number; count: number };
  errors: { name: string | undefined; command: string | undefined };
  onEdit: (changes: Partial<CheckDraft>) => void;
  onMove: (by: 1 | -1) => void;
  onRemove: () => void;
}

function CheckRow({ check, place, errors, onEdit, onMove, onRemove }: CheckRowProps) {
  const number = place.index + 1;
  const called = check.name.trim() || `check ${number}`;
  const nameError = `${check.key}-name-error`;
  const commandError = `${check.key}-command-error`;
  return (
    <li className="rounded-md border p-2.5">
      <div className="flex flex-wrap items-start gap-2">
        <Input
          aria-label={`Name of check ${number}`}
          aria-invalid={errors.name ? true : undefined}
          aria-describedby={errors.name ? nameError : undefined}
          placeholder="test"
          maxLength={100}
          className="w-full sm:w-36"
          value={check.name}
          onChange={(event) => onEdit({ name: event.currentTarget.value })}
        />
        <Input
          aria-label={`Command of check ${number}`}
          aria-invalid={errors.command ? true : undefined}
          aria-describedby={errors.command ? commandError : undefined}
          placeholder="npm test"
          maxLength={10_000}
          spellCheck={false}
          className="min-w-40 flex-1 font-mono"
          value={check.command}
          onChange={(event) => onEdit({ command: event.currentTarget.value })}
        />
        <div className="ml-auto flex">
          <Button variant="ghost" size="icon" aria-label={`Move ${called} up`} disabled={place.index === 0} onClick={() => onMove(-1)}>
            <ArrowUpIcon aria-hidden />
          </Button>
          <Button
            variant="ghost"
            size="icon"
            aria-label={`Move ${called} down`}
            disabled={number === place.count}
            onClick={() => onMove(1)}
          >
            <ArrowDownIcon aria-hidden />
          </Button>
          <Button variant="ghost" size="icon" aria-label={`Remove ${called}`} onClick={onRemove}>
            <Trash2Icon aria-hidden />
          </Button>
        </div>
      </div>
      <div className="mt-1 empty:hidden">
        <FieldError id={nameError} error={errors.name} />
        <FieldError id={commandError} error={errors.command} />
      </div>
    </li>
  );
}
