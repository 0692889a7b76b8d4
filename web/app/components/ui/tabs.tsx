import { Tabs as TabsPrimitive } from 'radix-ui';
import { type ComponentProps, forwardRef } from 'react';
import { cn } from '~/lib/cn.ts';

/** A div that leaves out `style`: Radix would write it into server HTML, where the content policy forbids it. */
const Unstyled = forwardRef<HTMLDivElement, Omit<ComponentProps<'div'>, 'ref'>>(function Unstyled({ style: _style, ...props }, ref) {
  return <div ref={ref} {...props} />;
});

/** Panels of which one is shown. Panels with an address of their own are links in a nav instead. */
export function Tabs({ className, ...props }: ComponentProps<typeof TabsPrimitive.Root>) {
  return <TabsPrimitive.Root data-slot="tabs" className={cn('flex flex-col gap-3', className)} {...props} />;
}

/** The row of tabs. */
export function TabsList({ className, children, ...props }: ComponentProps<typeof TabsPrimitive.List>) {
  return (
    <TabsPrimitive.List
      asChild
      data-slot="tabs-list"
      className={cn('inline-flex h-8 w-fit items-center gap-0.5 rounded-md bg-muted p-0.5 text-muted-foreground outline-none', className)}
      {...props}
    >
      <Unstyled>{children}</Unstyled>
    </TabsPrimitive.List>
  );
}

/** One tab. */
export function TabsTrigger({ className, ...props }: ComponentProps<typeof TabsPrimitive.Trigger>) {
  return (
    <TabsPrimitive.Trigger
      data-slot="tabs-trigger"
      className={cn(
        "inline-flex h-7 items-center justify-center gap-1.5 rounded-sm px-2.5 text-sm font-medium whitespace-nowrap transition-colors hover:text-foreground disabled:pointer-events-none disabled:opacity-50 data-[state=active]:bg-background data-[state=active]:text-foreground data-[state=active]:shadow-xs [&_svg:not([class*='size-'])]:size-4",
        className,
      )}
      {...props}
    />
  );
}

/** What a tab shows. */
export function TabsContent({ className, children, ...props }: ComponentProps<typeof TabsPrimitive.Content>) {
  return (
    <TabsPrimitive.Content asChild data-slot="tabs-content" className={cn('flex-1', className)} {...props}>
      <Unstyled>{children}</Unstyled>
    </TabsPrimitive.Content>
  );
}
