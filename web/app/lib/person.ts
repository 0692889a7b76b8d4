import { useRouteLoaderData } from '@remix-run/react';
import type { loader } from '../routes/_app.tsx';

export type Person = Awaited<ReturnType<typeof loader>>['person'];

/** Who is signed in. Only below the frame of signed-in pages. */
export function usePerson(): Person {
  const data = useRouteLoaderData<typeof loader>('routes/_app');
  if (!data) throw new Error('usePerson is for pages of people who are signed in');
  return data.person;
}
