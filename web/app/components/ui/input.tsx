import { type ComponentProps, forwardRef } from 'react';
import { cn } from '~/lib/cn.ts';

/** Looks that every field shares. */
export const fieldClasses =
  'base:w-full base:min-w-0 rounded-md border border-input bg-background text-sm shadow-xs outline-none transition-[border-color,box-shadow] focus-visible:border-ring focus-visible:ring-2 focus-visible:ring-ring/40 disabled:cursor-not-allowed disabled:opacity-60 aria-invalid:border-destructive aria-invalid:ring-destructive/30';

/** A one-line field; give it a Label. */
export const Input = forwardRef<HTMLInputElement, Omit<ComponentProps<'input'>, 'ref'>>(function Input({ className, ...props }, ref) {
  return <input ref={ref} data-slot="input" className={cn(fieldClasses, 'base:h-8 base:px-2.5', className)} {...props} />;
});
