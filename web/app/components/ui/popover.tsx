import { Popover as PopoverPrimitive } from 'radix-ui';
import type { ComponentProps } from 'react';
import { cn } from '~/lib/cn.ts';

/** A small window at its trigger. */
export const Popover = PopoverPrimitive.Root;

/** What opens it. */
export const PopoverTrigger = PopoverPrimitive.Trigger;

/** Where it stands, when that is not its trigger. */
export const PopoverAnchor = PopoverPrimitive.Anchor;

/** The window; it needs an `aria-label` or a heading that names it. */
export function PopoverContent({ className, align = 'center', sideOffset = 4, ...props }: ComponentProps<typeof PopoverPrimitive.Content>) {
  return (
    <PopoverPrimitive.Portal>
      <PopoverPrimitive.Content
        data-slot="popover-content"
        align={align}
        sideOffset={sideOffset}
        className={cn(
          'z-50 w-72 animate-pop-in rounded-lg border bg-popover p-3 text-popover-foreground shadow-lg outline-none',
          className,
        )}
        {...props}
      />
    </PopoverPrimitive.Portal>
  );
}
