import { Outlet, useLoaderData } from '@remix-run/react';
import type { LoaderFunctionArgs } from '@remix-run/server-runtime';
import { RouteError } from '~/components/route-error.tsx';
import { useCommands } from '~/features/shell/commands.tsx';
import { ConnectionBanner } from '~/features/shell/connection-banner.tsx';
import { InstallationWarning, warningOf } from '~/features/shell/installation-warning.tsx';
import { useNotify } from '~/features/shell/notifications.ts';
import { PendingPage, ProgressBar } from '~/features/shell/pending.tsx';
import { PhoneBar } from '~/features/shell/phone-bar.tsx';
import { RouteAnnouncer } from '~/features/shell/route-announcer.tsx';
import { Sidebar } from '~/features/shell/sidebar.tsx';
import { useTitleBadge } from '~/features/shell/title-badge.ts';
import { Topbar } from '~/features/shell/topbar.tsx';
import { useWaiting, waitingCounts, waitingOf } from '~/features/shell/waiting.ts';
import { unwrap } from '~/lib/api.ts';
import { apiOf } from '~/lib/api.server.ts';

/** Who is here, what waits for a person, and what all of them must keep in mind. */
export async function loader({ request }: LoaderFunctionArgs) {
  const api = apiOf(request);
  const [me, overview] = await Promise.all([
    api.GET('/api/me').then((answer) => ({ ...unwrap(answer), warning: warningOf(answer.response) })),
    api.GET('/api/overview', { params: { query: { days: 1 } } }).then(unwrap),
  ]);
  return { person: me.principal, warning: me.warning, waiting: waitingOf(overview) };
}

/** The frame of every page for people who are signed in: navigation, and `main` where the page goes. */
export default function AppLayout() {
  const { person, warning, waiting: loaded } = useLoaderData<typeof loader>();
  const waiting = useWaiting(loaded, useNotify());
  const counts = waitingCounts(waiting);
  const { openPalette, openShortcuts, dialogs } = useCommands();
  useTitleBadge(waiting.length);
  return (
    <div className="flex min-h-dvh flex-col md:flex-row">
      <a
        href="#main"
        className="sr-only z-50 rounded-md bg-primary px-3 py-2 text-primary-foreground focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the content
      </a>
      <ProgressBar />
      <Sidebar person={person} counts={counts} />
      <div className="flex min-w-0 flex-1 flex-col">
        <RouteAnnouncer />
        <InstallationWarning warning={warning} />
        <ConnectionBanner />
        <Topbar onSearch={openPalette} onShortcuts={openShortcuts} />
        <main id="main" tabIndex={-1} className="flex min-w-0 flex-1 flex-col outline-none">
          <PendingPage>
            <Outlet />
          </PendingPage>
        </main>
      </div>
      <PhoneBar person={person} counts={counts} />
      {dialogs}
    </div>
  );
}

export function ErrorBoundary() {
  return (
    <main className="mx-auto w-full max-w-xl px-4 py-16">
      <RouteError />
    </main>
  );
}
