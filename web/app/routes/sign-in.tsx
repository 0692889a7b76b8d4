import { Form, type MetaFunction, useActionData, useLoaderData, useNavigation, useSearchParams } from '@remix-run/react';
import { type ActionFunctionArgs, data, type LoaderFunctionArgs, redirect } from '@remix-run/server-runtime';
import { ErrorPanel } from '~/components/error-panel.tsx';
import { Button } from '~/components/ui/button.tsx';
import { Input } from '~/components/ui/input.tsx';
import { Label } from '~/components/ui/label.tsx';
import { Spinner } from '~/components/ui/spinner.tsx';
import { InstallationWarning } from '~/features/shell/installation-warning.tsx';
import { installationWarning, openSession, visitorIsSignedIn } from '~/features/shell/session.server.ts';
import { localPath } from '~/lib/local-path.ts';

export const meta: MetaFunction = () => [{ title: 'Sign in · AstraForge' }];

/** Somebody who is signed in has nothing to do here. */
export async function loader({ request }: LoaderFunctionArgs) {
  if (await visitorIsSignedIn(request)) throw redirect(localPath(new URL(request.url).searchParams.get('next')));
  return { warning: await installationWarning() };
}

/** Takes the start-up token, sets the session's cookie and goes on to `next`. */
export async function action({ request }: ActionFunctionArgs) {
  const form = await request.formData();
  const token = form.get('token');
  const result = await openSession(typeof token === 'string' ? token.trim() : '');
  if (!result.ok) return data({ problem: result.problem }, { status: result.problem.status });
  throw redirect(localPath(form.get('next')), { headers: { 'Set-Cookie': result.data } });
}

const staleLink = {
  title: 'This link is not valid any more',
  detail: 'Open the link that the last start printed, or paste its token here.',
};

export default function SignIn() {
  const [search] = useSearchParams();
  const { warning } = useLoaderData<typeof loader>();
  const result = useActionData<typeof action>();
  const isBusy = useNavigation().state !== 'idle';
  return (
    <main className="flex min-h-dvh flex-col bg-sidebar">
      <InstallationWarning warning={warning} />
      <div className="flex flex-1 flex-col items-center justify-center px-4 py-10">
        <div className="w-full max-w-sm">
          <div className="mb-6 flex flex-col items-center gap-3 text-center">
            <img src="/favicon.svg" alt="" width={40} height={40} />
            <h1 className="text-lg font-semibold">Sign in to AstraForge</h1>
          </div>
          <Form method="post" className="flex flex-col gap-4 rounded-xl border bg-card p-5 shadow-xs">
            <input type="hidden" name="next" value={search.get('next') ?? '/'} />
            {/* Password managers file the token under a name. */}
            <input type="text" name="username" autoComplete="username" value="astraforge" readOnly hidden />
            <div className="flex flex-col gap-1.5">
              <Label htmlFor="token">Start-up token</Label>
              <Input
                id="token"
                name="token"
                type="password"
                autoComplete="current-password"
                required
                autoFocus
                className="h-9 font-mono"
                aria-invalid={result ? true : undefined}
                aria-describedby="token-hint"
              />
              <p id="token-hint" className="text-xs text-muted-foreground">
                Printed by <code className="font-mono">npm start</code>, beside a link that signs you in as well. It is also in{' '}
                <code className="font-mono">.astraforge/keys/startup-token</code>.
              </p>
            </div>
            {result && <ErrorPanel problem={result.problem} />}
            {!result && search.has('stale') && <ErrorPanel problem={staleLink} />}
            <Button type="submit" className="h-9" disabled={isBusy}>
              {isBusy && <Spinner />}
              Sign in
            </Button>
          </Form>
        </div>
      </div>
    </main>
  );
}
