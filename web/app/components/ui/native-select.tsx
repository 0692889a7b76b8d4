import { ChevronDownIcon } from 'lucide-react';
import type { ComponentProps } from 'react';
import { cn } from '~/lib/cn.ts';
import { fieldClasses } from './input.tsx';

/** The browser's own choice of one (children: `option`): works in forms without script and is a wheel on a phone. */
export function NativeSelect({ className, children, ...props }: ComponentProps<'select'>) {
  return (
    <div className={cn('relative base:w-full', className)}>
      <select data-slot="native-select" className={cn(fieldClasses, 'h-8 appearance-none pr-8 pl-2.5')} {...props}>
        {children}
      </select>
      <ChevronDownIcon
        className="pointer-events-none absolute top-1/2 right-2.5 size-4 -translate-y-1/2 text-muted-foreground"
        aria-hidden
      />
    </div>
  );
}
