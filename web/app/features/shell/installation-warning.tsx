import { ShieldAlertIcon } from 'lucide-react';

/** Header with what people of this installation must keep in mind; every answer of the API carries it. */
const warningHeader = 'astraforge-warning';

/** What an answer of the API says that people must keep in mind; null when all is as it should be. */
export function warningOf({ headers }: Pick<Response, 'headers'>): string | null {
  return headers.get(warningHeader);
}

/** Says it above the page for as long as it is so; it cannot be closed. Nothing when there is nothing to say. */
export function InstallationWarning({ warning }: { warning: string | null }) {
  if (warning === null) return null;
  return (
    <section
      aria-label="Warning about this installation"
      data-slot="installation-warning"
      className="flex min-h-9 items-center justify-center gap-2 border-b border-destructive/30 bg-destructive/10 px-4 py-1.5 text-destructive"
    >
      <ShieldAlertIcon className="size-4 shrink-0" aria-hidden />
      <p className="min-w-0">{warning}</p>
    </section>
  );
}
