import { lazy, Suspense, useEffect, useSyncExternalStore } from 'react';
import { useResolvedTheme } from '~/lib/theme.ts';
import { toastDemand } from '~/lib/toast.ts';

const Sonner = lazy(() => import('sonner').then((module) => ({ default: module.Toaster })));

/** Where `toast` of `~/lib/toast.ts` shows up; nothing until there is one. In the browser only: it places itself by style attributes. */
export function Toaster() {
  const theme = useResolvedTheme();
  const isWanted = useSyncExternalStore(toastDemand.subscribe, toastDemand.read, () => false);
  if (!isWanted) return null;
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
      <Answer />
    </Suspense>
  );
}

/** Its effect runs once Sonner, its elder sibling, listens. */
function Answer() {
  useEffect(() => toastDemand.answer(), []);
  return null;
}
