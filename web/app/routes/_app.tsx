import { Outlet, useLoaderData } from '@remix-run/react';
import type { LoaderFunctionArgs } from '@remix-run/server-runtime';
import { RouteError } from '~/components/route-error.tsx';
import { PhoneBar } from '~/features/shell/phone-bar.tsx';
import { Sidebar } from '~/features/shell/sidebar.tsx';
import { unwrap } from '~/lib/api.ts';
import { apiOf } from '~/lib/api.server.ts';
import { isForPerson } from '~/lib/stages.ts';

/** Who is here, and how much waits for a person. */
export async function loader({ request }: LoaderFunctionArgs) {
  const api = apiOf(request);
  const [me, open] = await Promise.all([
    api.GET('/api/me').then(unwrap),
    api.GET('/api/requests', { params: { query: { state: 'open', limit: 100 } } }).then(unwrap),
  ]);
  const waiting = open.items.filter(({ awaiting }) => awaiting !== null && isForPerson(awaiting.kind)).length;
  return { person: me.principal, waiting };
}

/** The frame of every page for people who are signed in: navigation, and `main` where the page goes. */
export default function AppLayout() {
  const { person, waiting } = useLoaderData<typeof loader>();
  return (
    <div className="flex min-h-dvh flex-col md:flex-row">
      <a
        href="#main"
        className="sr-only z-50 rounded-md bg-primary px-3 py-2 text-primary-foreground focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the content
      </a>
      <Sidebar person={person} waiting={waiting} />
      <main id="main" tabIndex={-1} className="flex min-w-0 flex-1 flex-col outline-none">
        <Outlet />
      </main>
      <PhoneBar person={person} waiting={waiting} />
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
