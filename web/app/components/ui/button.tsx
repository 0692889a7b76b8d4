import { cva, type VariantProps } from 'class-variance-authority';
import { Slot } from 'radix-ui';
import { type ComponentProps, forwardRef } from 'react';
import { cn } from '~/lib/cn.ts';

/** Classes of a button, for what is no button itself. */
export const buttonVariants = cva(
  "base:inline-flex shrink-0 items-center base:justify-center gap-1.5 base:rounded-md base:font-medium whitespace-nowrap transition-colors select-none disabled:pointer-events-none disabled:opacity-50 aria-disabled:pointer-events-none aria-disabled:opacity-50 [&_svg]:pointer-events-none [&_svg]:shrink-0 [&_svg:not([class*='size-'])]:size-4",
  {
    variants: {
      variant: {
        default: 'bg-primary text-primary-foreground base:shadow-xs hover:bg-primary/90',
        secondary: 'bg-secondary text-secondary-foreground hover:bg-secondary/75',
        outline: 'border bg-background base:shadow-xs hover:bg-accent base:hover:text-accent-foreground',
        ghost: 'hover:bg-accent base:hover:text-accent-foreground',
        destructive: 'bg-destructive text-destructive-foreground base:shadow-xs hover:bg-destructive/90',
        link: 'text-primary underline-offset-4 hover:underline',
      },
      size: {
        default: 'base:h-8 base:px-3 base:text-sm',
        sm: 'base:h-7 base:px-2.5 base:text-xs',
        lg: 'base:h-10 base:px-5 base:text-sm',
        icon: 'base:size-8 base:text-sm',
      },
    },
    defaultVariants: { variant: 'default', size: 'default' },
  },
);

export interface ButtonProps extends ComponentProps<'button'>, VariantProps<typeof buttonVariants> {
  /** Gives the looks to the only child, a link for instance. */
  asChild?: boolean;
}

/** A button; `type="button"` unless told otherwise, so that none submits a form by accident. */
export const Button = forwardRef<HTMLButtonElement, Omit<ButtonProps, 'ref'>>(function Button(
  { className, variant, size, asChild = false, type, ...props },
  ref,
) {
  const Root = asChild ? Slot.Root : 'button';
  return (
    <Root
      ref={ref}
      {...(asChild ? {} : { type: type ?? 'button' })}
      data-slot="button"
      className={cn(buttonVariants({ variant, size }), className)}
      {...props}
    />
  );
});
