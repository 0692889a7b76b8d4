import { type ReactNode, useId } from 'react';
import { Label } from '~/components/ui/label.tsx';
import { cn } from '~/lib/cn.ts';

/** What a field's control must carry so that its label, hint and error are heard with it. */
export interface ControlProps {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  className?: string;
  children: (control: ControlProps) => ReactNode;
}

/** A control with its label, a hint, and what is wrong with it. */
export function Field({ label, hint, error, className, children }: FieldProps) {
  const id = useId();
  const hintId = hint ? `${id}-hint` : null;
  const errorId = error ? `${id}-error` : null;
  const describedBy = [errorId, hintId].filter((one) => one !== null).join(' ');
  return (
    <div className={cn('flex min-w-0 flex-col gap-1.5', className)}>
      <Label htmlFor={id}>{label}</Label>
      {children({ id, 'aria-describedby': describedBy === '' ? undefined : describedBy, 'aria-invalid': error ? true : undefined })}
      <FieldError id={errorId ?? undefined} error={error} />
      {hintId !== null && (
        <p id={hintId} className="text-xs text-muted-foreground">
          {hint}
        </p>
      )}
    </div>
  );
}

/** What is wrong with a field, announced when it comes up; nothing without an error. */
export function FieldError({ id, error }: { id?: string | undefined; error: string | undefined }) {
  if (!error) return null;
  return (
    <p id={id} role="alert" className="text-xs text-destructive">
      {error}
    </p>
  );
}

interface ToggleFieldProps {
  label: string;
  hint?: ReactNode;
  children: (control: { id: string; 'aria-describedby': string | undefined }) => ReactNode;
}

/** A switch or checkbox with its label beside it and a hint below. */
export function ToggleField({ label, hint, children }: ToggleFieldProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-3">
      {children({ id, 'aria-describedby': hint ? `${id}-hint` : undefined })}
      <div className="min-w-0">
        <Label htmlFor={id}>{label}</Label>
        {hint && (
          <p id={`${id}-hint`} className="mt-0.5 text-xs text-muted-foreground">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
