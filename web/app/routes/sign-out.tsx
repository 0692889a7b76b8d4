import { type ActionFunctionArgs, redirect } from '@remix-run/server-runtime';

/** Ends this browser's session. */
export function action({ request }: ActionFunctionArgs) {
  const secure = new URL(request.url).protocol === 'https:' ? '; Secure' : '';
  throw redirect('/sign-in', { headers: { 'Set-Cookie': `astraforge_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict${secure}` } });
}

/** Somebody who comes by a link stays signed in. */
export function loader() {
  throw redirect('/');
}
