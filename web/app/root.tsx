import { Links, Meta, type MetaFunction, Outlet, Scripts, ScrollRestoration, useRouteLoaderData } from '@remix-run/react';
import type { LinksFunction, LoaderFunctionArgs } from '@remix-run/server-runtime';
import { Children, cloneElement, Fragment, isValidElement, type ReactElement, type ReactNode } from 'react';
import appCss from './app.css?url';
import { RouteError } from './components/route-error.tsx';
import { Toaster } from './components/toaster.tsx';
import { TooltipProvider } from './components/ui/tooltip.tsx';
import { useNonce } from './lib/nonce.ts';
import { parsePreferences } from './lib/preferences.ts';
import { systemThemeScript, useThemeClass } from './lib/theme.ts';

export const links: LinksFunction = () => [
  { rel: 'stylesheet', href: appCss },
  { rel: 'icon', href: '/favicon.svg', type: 'image/svg+xml' },
];

export const meta: MetaFunction = () => [{ title: 'AstraForge' }];

/** What the first paint needs to know about this browser. */
export function loader({ request }: LoaderFunctionArgs) {
  return { preferences: parsePreferences(request.headers.get('cookie')) };
}

/** The document around every page and every error. */
export function Layout({ children }: { children: ReactNode }) {
  const nonce = useNonce();
  const theme = useRouteLoaderData<typeof loader>('root')?.preferences.theme ?? 'system';
  return (
    <html lang="en" className={theme === 'dark' ? 'dark' : undefined} suppressHydrationWarning>
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={theme === 'system' ? 'light dark' : theme} />
        {theme === 'system' && <script nonce={nonce} suppressHydrationWarning dangerouslySetInnerHTML={{ __html: systemThemeScript }} />}
        <Meta />
        <Links />
      </head>
      <body>
        {children}
        <ScrollRestoration nonce={nonce} />
        <NoncedScripts nonce={nonce} />
      </body>
    </html>
  );
}

/** Remix gives the nonce to the scripts but not to the module preloads beside them, which the content policy asks it of too. */
function NoncedScripts({ nonce }: { nonce: string }) {
  return withNonce(Scripts({ nonce }), nonce);
}

function withNonce(node: ReactNode, nonce: string): ReactNode {
  return Children.map(node, (child) => {
    if (!isValidElement(child)) return child;
    const element = child as ReactElement<{ children?: ReactNode; nonce?: string; suppressHydrationWarning?: boolean }>;
    if (element.type === Fragment) return withNonce(element.props.children, nonce);
    return element.type === 'link' ? cloneElement(element, { nonce, suppressHydrationWarning: true }) : element;
  });
}

export default function App() {
  useThemeClass();
  return (
    <TooltipProvider>
      <Outlet />
      <Toaster />
    </TooltipProvider>
  );
}

export function ErrorBoundary() {
  return (
    <main className="mx-auto max-w-xl px-4 py-16">
      <RouteError />
    </main>
  );
}
