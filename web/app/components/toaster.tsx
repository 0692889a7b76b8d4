import { lazy, Suspense } from 'react';
import { useHydrated } from '~/lib/hydrated.ts';
import { useResolvedTheme } from '~/lib/theme.ts';

const Sonner = lazy(() => import('sonner').then((module) => ({ default: module.Toaster })));

/** Where `toast` of `~/lib/toast.ts` shows up. In the browser only: it places itself by style attributes. */
export function Toaster() {
  const theme = useResolvedTheme();
  const hydrated = useHydrated();
  if (!hydrated) return null;
  return (
    <Suspense fallback={null}>
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
    </Suspense>
  );
}
