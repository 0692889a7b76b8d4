import '@remix-run/server-runtime';

declare module '@remix-run/server-runtime' {
  /** What the server that carries the pages says about one request (api/web.ts). All of it is missing in the development server. */
  interface AppLoadContext {
    /** Of the response's content policy. */
    nonce?: string;
    reportError?: (error: unknown) => void;
  }
}
