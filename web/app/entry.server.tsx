import { RemixServer } from '@remix-run/react';
import type { AppLoadContext, EntryContext } from '@remix-run/server-runtime';
import { isbot } from 'isbot';
import { PassThrough, Readable } from 'node:stream';
import { renderToPipeableStream } from 'react-dom/server';
import { NonceContext } from './lib/nonce.ts';

export { connectApi } from './lib/api.server.ts';

/** Deferred data that is not there after this is shown as an error, in ms. */
export const streamTimeout = 10_000;

/** Renders a page as a stream; crawlers get it whole. The nonce that the response's content policy names comes in the load context. */
export default function handleRequest(
  request: Request,
  status: number,
  headers: Headers,
  context: EntryContext,
  loadContext: AppLoadContext,
): Promise<Response> {
  const nonce = loadContext.nonce ?? '';
  const awaitsAll = isbot(request.headers.get('user-agent'));
  return new Promise((resolve, reject) => {
    let shellSent = false;
    const begin = () => {
      shellSent = true;
      const body = new PassThrough();
      headers.set('Content-Type', 'text/html; charset=utf-8');
      resolve(new Response(Readable.toWeb(body) as ReadableStream<Uint8Array>, { headers, status }));
      pipe(body);
    };
    const { pipe, abort } = renderToPipeableStream(
      <NonceContext.Provider value={nonce}>
        <RemixServer context={context} url={request.url} abortDelay={streamTimeout} nonce={nonce} />
      </NonceContext.Provider>,
      {
        nonce,
        onShellReady: () => void (awaitsAll || begin()),
        onAllReady: () => void (awaitsAll && begin()),
        onShellError: reject,
        onError(error) {
          // Before the shell it is `onShellError` that speaks; after it nobody else would.
          if (shellSent) loadContext.reportError?.(error);
        },
      },
    );
    setTimeout(abort, streamTimeout + 1_000).unref();
  });
}

/** What a loader or action did not expect: into the API's log. Problems of the API are answers, not errors. */
export function handleError(error: unknown, { request, context }: { request: Request; context: AppLoadContext }): void {
  if (!request.signal.aborted) context.reportError?.(error);
}
