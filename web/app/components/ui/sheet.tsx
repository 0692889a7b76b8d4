import { XIcon } from 'lucide-react';
import { Dialog as SheetPrimitive } from 'radix-ui';
import type { ComponentProps } from 'react';
import { cn } from '~/lib/cn.ts';

const sides = {
  left: 'inset-y-0 left-0 h-full base:w-[min(20rem,85vw)] animate-slide-right border-r',
  right: 'inset-y-0 right-0 h-full base:w-[min(28rem,92vw)] animate-slide-left border-l',
  bottom: 'inset-x-0 bottom-0 max-h-[85dvh] animate-slide-up rounded-t-xl border-t pb-[env(safe-area-inset-bottom)]',
};

/** A panel that comes from an edge: a dialog otherwise. */
export const Sheet = SheetPrimitive.Root;

/** What opens it. */
export const SheetTrigger = SheetPrimitive.Trigger;

/** Closes it. */
export const SheetClose = SheetPrimitive.Close;

/** The panel; it needs a SheetTitle. */
export function SheetContent({
  className,
  children,
  side = 'right',
  ...props
}: ComponentProps<typeof SheetPrimitive.Content> & { side?: keyof typeof sides }) {
  return (
    <SheetPrimitive.Portal>
      <SheetPrimitive.Overlay className="fixed inset-0 z-50 animate-fade-in bg-black/45 dark:bg-black/65" />
      <SheetPrimitive.Content
        data-slot="sheet-content"
        className={cn(
          'fixed z-50 flex flex-col gap-3 overflow-y-auto bg-popover p-4 text-popover-foreground shadow-xl outline-none',
          sides[side],
          className,
        )}
        {...props}
      >
        {children}
        <SheetPrimitive.Close className="absolute top-3 right-3 inline-flex size-7 items-center justify-center rounded-md text-muted-foreground hover:bg-accent hover:text-foreground">
          <XIcon className="size-4" aria-hidden />
          <span className="sr-only">Close</span>
        </SheetPrimitive.Close>
      </SheetPrimitive.Content>
    </SheetPrimitive.Portal>
  );
}

/** Title and description. */
export function SheetHeader({ className, ...props }: ComponentProps<'div'>) {
  return <div data-slot="sheet-header" className={cn('flex flex-col gap-1 pr-8', className)} {...props} />;
}

/** Buttons at the end. */
export function SheetFooter({ className, ...props }: ComponentProps<'div'>) {
  return <div data-slot="sheet-footer" className={cn('mt-auto flex flex-col gap-2', className)} {...props} />;
}

/** Names the panel. */
export function SheetTitle({ className, ...props }: ComponentProps<typeof SheetPrimitive.Title>) {
  return <SheetPrimitive.Title data-slot="sheet-title" className={cn('text-base font-semibold', className)} {...props} />;
}

/** Says what it is for. */
export function SheetDescription({ className, ...props }: ComponentProps<typeof SheetPrimitive.Description>) {
  return <SheetPrimitive.Description data-slot="sheet-description" className={cn('text-sm text-muted-foreground', className)} {...props} />;
}
