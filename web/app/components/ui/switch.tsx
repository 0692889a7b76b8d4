import { forwardRef } from 'react';
import { cn } from '~/lib/cn.ts';
import type { CheckboxProps } from './checkbox.tsx';

/** On or off, at once: a checkbox to forms, a switch to people. */
export const Switch = forwardRef<HTMLInputElement, CheckboxProps>(function Switch({ className, onCheckedChange, onChange, ...props }, ref) {
  return (
    <span className={cn('relative inline-flex h-5 w-9 shrink-0', className)}>
      <input
        ref={ref}
        type="checkbox"
        role="switch"
        data-slot="switch"
        className="peer h-5 w-9 appearance-none rounded-full bg-input transition-colors before:absolute before:-inset-0.5 checked:bg-primary disabled:opacity-50"
        onChange={(event) => {
          onChange?.(event);
          onCheckedChange?.(event.currentTarget.checked);
        }}
        {...props}
      />
      <span
        className="pointer-events-none absolute top-0.5 left-0.5 size-4 rounded-full bg-background shadow-sm transition-transform peer-checked:translate-x-4"
        aria-hidden
      />
    </span>
  );
});
