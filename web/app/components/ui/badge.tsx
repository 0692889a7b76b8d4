import { cva, type VariantProps } from 'class-variance-authority';
import { Slot } from 'radix-ui';
import type { ComponentProps } from 'react';
import { cn } from '~/lib/cn.ts';

const badgeVariants = cva(
  'base:inline-flex base:h-5 w-fit shrink-0 items-center gap-1 rounded-full border base:px-2 text-xs font-medium base:whitespace-nowrap [&>svg]:size-3 [&>svg]:shrink-0',
  {
    variants: {
      variant: {
        default: 'border-transparent bg-primary/10 text-primary',
        secondary: 'border-transparent bg-secondary text-secondary-foreground',
        outline: 'text-muted-foreground',
        destructive: 'border-transparent bg-destructive/10 text-destructive',
        success: 'border-transparent bg-success/10 text-success',
        warning: 'border-transparent bg-warning/10 text-warning',
        info: 'border-transparent bg-info/10 text-info',
      },
    },
    defaultVariants: { variant: 'default' },
  },
);

export type BadgeVariant = NonNullable<VariantProps<typeof badgeVariants>['variant']>;

/** A short word about a thing; colour never says it alone. */
export function Badge({
  className,
  variant,
  asChild = false,
  ...props
}: ComponentProps<'span'> & { variant?: BadgeVariant; asChild?: boolean }) {
  const Root = asChild ? Slot.Root : 'span';
  return <Root data-slot="badge" className={cn(badgeVariants({ variant }), className)} {...props} />;
}
