import { type ActionFunctionArgs, redirect } from '@remix-run/server-runtime';
import { endSession } from '~/features/shell/session.server.ts';

/** Ends this browser's session. */
export async function action({ request }: ActionFunctionArgs) {
  const cookie = await endSession(request);
  throw redirect('/sign-in', { headers: cookie === null ? {} : { 'Set-Cookie': cookie } });
}

/** Somebody who comes by a link stays signed in. */
export function loader() {
  throw redirect('/');
}
