import { data } from '@remix-run/react';
import { RouteError } from '~/components/route-error.tsx';

/** Any address that no page has. */
export function loader() {
  throw data(null, { status: 404 });
}

export default function NotFound() {
  return null;
}

export function ErrorBoundary() {
  return (
    <div className="mx-auto w-full max-w-xl px-4 py-16">
      <RouteError />
    </div>
  );
}
