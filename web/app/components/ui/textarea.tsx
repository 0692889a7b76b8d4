import { type ComponentProps, forwardRef } from 'react';
import { cn } from '~/lib/cn.ts';
import { fieldClasses } from './input.tsx';

/** A field of several lines that grows with its text, where the browser can. */
export const Textarea = forwardRef<HTMLTextAreaElement, Omit<ComponentProps<'textarea'>, 'ref'>>(function Textarea(
  { className, ...props },
  ref,
) {
  return (
    <textarea
      ref={ref}
      data-slot="textarea"
      className={cn(fieldClasses, 'field-sizing-content min-h-16 px-2.5 py-1.5 leading-relaxed', className)}
      {...props}
    />
  );
});
