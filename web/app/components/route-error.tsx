import { isRouteErrorResponse, Link, useLocation, useRevalidator, useRouteError } from '@remix-run/react';
import { ErrorPanel } from '~/components/error-panel.tsx';
import { Button } from '~/components/ui/button.tsx';
import { isProblem, type Problem } from '~/lib/api.ts';
import { useTenantChanges } from '~/lib/live/index.ts';

/** What a route's ErrorBoundary shows: the API's problem, or our own words, with what to do next. */
export function RouteError() {
  const problem = describeRouteError(useRouteError());
  const revalidator = useRevalidator();
  const { pathname, search } = useLocation();
  // What could not be reached is tried again once the stream is back.
  useTenantChanges((changes) => {
    if (changes === null && problem.status === 503) revalidator.revalidate();
  });
  return (
    <ErrorPanel
      isPage
      problem={problem}
      actions={
        <>
          {problem.status !== 404 && (
            <Button variant="outline" disabled={revalidator.state !== 'idle'} onClick={() => revalidator.revalidate()}>
              Try again
            </Button>
          )}
          {problem.status === 401 && (
            <Button asChild>
              <Link to={`/sign-in?next=${encodeURIComponent(`${pathname}${search}`)}`}>Sign in</Link>
            </Button>
          )}
          <Button variant="outline" asChild>
            <Link to="/requests">All requests</Link>
          </Button>
          <Button variant="ghost" asChild>
            <Link to="/">Overview</Link>
          </Button>
        </>
      }
    />
  );
}

/** Whatever a route threw, as a problem that a person can act on. */
export function describeRouteError(error: unknown): Problem {
  if (isRouteErrorResponse(error)) {
    if (isProblem(error.data)) return error.data;
    if (error.status === 404) {
      return {
        title: 'There is no such page',
        status: 404,
        code: 'not-found',
        detail: 'The address leads nowhere. Go back to the overview, or look among the requests.',
      };
    }
    const detail = 'The page could not be shown. Try again; if it stays, the log of the API says why.';
    return { title: 'Something went wrong', status: error.status, code: `http-${error.status}`, detail };
  }
  if (error instanceof TypeError && /fetch|network|load/i.test(error.message)) {
    const detail = 'The browser cannot reach AstraForge. Check that it runs and try again; nothing that you sent before is lost.';
    return { title: 'No connection', status: 503, code: 'unreachable', detail };
  }
  const detail = 'The page could not be shown. Try again; if it stays, reload the page, and the log of the API says why.';
  return { title: 'Something went wrong', status: 500, code: 'page-failed', detail };
}
