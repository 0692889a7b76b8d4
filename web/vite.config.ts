import { vitePlugin as remix } from '@remix-run/dev';
import tailwindcss from '@tailwindcss/vite';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { processEnvironment } from '../config/env.ts';

declare module '@remix-run/server-runtime' {
  interface Future {
    v3_singleFetch: true;
  }
}

/** Where the development server finds the API; the built pages are told by the process that carries them. */
const apiUrl = processEnvironment()['ASTRAFORGE_URL'] ?? 'http://127.0.0.1:8080';

/** Remix wants to find package.json in Vite's root. */
const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Sonner puts its styles into the page by a script, which the content policy forbids; `app/app.css` imports the same styles as a
 * file. This takes the call out, and fails the build when a new version has none.
 */
function withoutInjectedStyles(): Plugin {
  return {
    name: 'without-injected-styles',
    enforce: 'pre',
    transform(code, id) {
      if (!/[\\/]sonner[\\/]dist[\\/]index\.mjs/.test(id)) return null;
      const without = code.replace(/^__insertCSS\(".*"\);$/m, '');
      if (without === code) this.error('sonner: the call that injects its styles has changed; look at withoutInjectedStyles');
      return { code: without, map: null };
    },
  };
}

/** Files that travel together: what every page needs, in two of them, and what every page of a request needs. The first that fits. */
const sharedChunks: Readonly<Record<string, readonly RegExp[]>> = {
  framework: [/\/node_modules\/(react|react-dom|scheduler|@remix-run\/(react|router)|react-router(-dom)?|turbo-stream)\//],
  frame: [
    /\/node_modules\/(radix-ui|@radix-ui|lucide-react|clsx|class-variance-authority)\//,
    /\/api\/client\//,
    /\/web\/app\/features\/shell\//,
    /\/web\/app\/lib\/(api|cn|crumbs|format|hydrated|keymap|live\/\w+|now|preferences|shortcuts|stages|theme|toast)\.ts$/,
    /\/web\/app\/components\/ui\/(button|badge|card|dialog|dropdown-menu|kbd|sheet|skeleton|tooltip)\.tsx$/,
    /\/web\/app\/components\/(empty-state|error-panel|live-region|page|page-header|route-error|stage-badge|time-ago|toaster)\.tsx$/,
  ],
  request: [/\/web\/app\/features\/(conversation\/|requests\/request-(header|tabs|frame)\.tsx$)/],
};

/** What only some pages need stays with them: Rollup shares that by itself. */
function sharedChunk(id: string): string | undefined {
  return Object.entries(sharedChunks).find(([, modules]) => modules.some((module) => module.test(id)))?.[0];
}

/** Builds the page: `web/build.ts` calls it and says where to; `npm run dev` serves it beside a running system. */
export default defineConfig(({ isSsrBuild }) => ({
  root,
  publicDir: 'web/public',
  plugins: [
    withoutInjectedStyles(),
    tailwindcss(),
    remix({
      appDirectory: 'web/app',
      buildDirectory: processEnvironment()['WEB_BUILD_DIR'] ?? 'web/build',
      future: {
        v3_fetcherPersist: true,
        v3_relativeSplatPath: true,
        v3_throwAbortReason: true,
        v3_routeConfig: true,
        v3_singleFetch: true,
        v3_lazyRouteDiscovery: true,
      },
    }),
  ],
  resolve: { alias: { '~': fileURLToPath(new URL('app', import.meta.url)) } },
  define: { 'import.meta.env.VITE_API_URL': JSON.stringify(apiUrl) },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    cssMinify: true,
    // What the server draws pages with stays readable, for its stack traces.
    ...(isSsrBuild
      ? {}
      : {
          minify: 'terser' as const,
          terserOptions: { ecma: 2020 as const, module: true, compress: { passes: 2 } },
          rollupOptions: { output: { manualChunks: sharedChunk } },
        }),
  },
  server: {
    port: 5173,
    strictPort: true,
    // The browser's Host is kept, so that the API sees one origin.
    proxy: { '^/(api|healthz|readyz)(/|$)': { target: apiUrl, changeOrigin: false } },
  },
}));
