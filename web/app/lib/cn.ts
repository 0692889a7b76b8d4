import { type ClassValue, clsx } from 'clsx';

/**
 * Joins class names. Where a component takes `className`, its own classes stand under the variant `base:` (see `app.css`), which any
 * class of its caller overrides: nothing has to be worked out in the browser.
 */
export function cn(...classes: ClassValue[]): string {
  return clsx(classes);
}
