import { CheckIcon } from 'lucide-react';
import { type ComponentProps, forwardRef } from 'react';
import { cn } from '~/lib/cn.ts';

export interface CheckboxProps extends Omit<ComponentProps<'input'>, 'type' | 'ref'> {
  onCheckedChange?: (checked: boolean) => void;
}

/** The browser's own checkbox in our looks: a form has it without script. */
export const Checkbox = forwardRef<HTMLInputElement, CheckboxProps>(function Checkbox(
  { className, onCheckedChange, onChange, ...props },
  ref,
) {
  return (
    <span className={cn('relative inline-flex size-4 shrink-0', className)}>
      <input
        ref={ref}
        type="checkbox"
        data-slot="checkbox"
        className="peer size-4 appearance-none rounded-[4px] border border-input bg-background shadow-xs before:absolute before:-inset-1 checked:border-primary checked:bg-primary disabled:opacity-50"
        onChange={(event) => {
          onChange?.(event);
          onCheckedChange?.(event.currentTarget.checked);
        }}
        {...props}
        {...(props.checked !== undefined && !onChange && !onCheckedChange ? { readOnly: true } : {})}
      />
      <CheckIcon
        className="pointer-events-none absolute inset-0.5 hidden size-3 text-primary-foreground peer-checked:block"
        strokeWidth={3}
        aria-hidden
      />
    </span>
  );
});
