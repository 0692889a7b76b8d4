import { useRouteLoaderData } from '@remix-run/react';
import type { Schemas } from '~/lib/api.ts';

/** The person who is signed in, as the frame of every page loaded them. */
export type Person = Schemas['Me']['principal'];

/** Who is signed in; for components inside the frame only. */
export function useViewer(): Person {
  const frame = useRouteLoaderData('routes/_app') as { person: Person } | undefined;
  if (frame === undefined) throw new Error('useViewer is for pages inside the frame of _app');
  return frame.person;
}
