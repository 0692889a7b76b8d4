import { Toaster as Sonner } from 'sonner';
import { useHydrated } from '~/lib/hydrated.ts';
import { useResolvedTheme } from '~/lib/theme.ts';

/** Where `toast()` of sonner shows up. In the browser only: it places itself by style attributes. */
export function Toaster() {
  const theme = useResolvedTheme();
  const hydrated = useHydrated();
  if (!hydrated) return null;
  return (
    <Sonner
      theme={theme}
      position="bottom-right"
      closeButton
      toastOptions={{
        classNames: {
          toast: '!bg-popover !text-popover-foreground !border-border !rounded-lg !shadow-lg !font-sans',
          description: '!text-muted-foreground',
          success: '[&_[data-icon]]:!text-success',
          error: '[&_[data-icon]]:!text-destructive',
          warning: '[&_[data-icon]]:!text-warning',
          info: '[&_[data-icon]]:!text-info',
        },
      }}
    />
  );
}
