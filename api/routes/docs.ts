import type { Router } from 'express';
import swaggerUi from 'swagger-ui-dist';
import { docsPolicy } from '../auth/headers.ts';
import { mountRaw } from '../mount.ts';
import { openApiDocument } from '../openapi.ts';
import { getDocs, getDocsAsset, getOpenApi } from '../operations/others.ts';
import { notFound } from '../problem.ts';

const assets = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'] as const;
const starter = 'start.js';

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>AstraForge API</title>
<link rel="icon" type="image/png" href="/api/docs/favicon-32x32.png">
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/${starter}"></script>
</body>
</html>
`;

const script = `window.SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null });\n`;

/** The OpenAPI document and its page; the page's files come from the package on disk, nothing from elsewhere. */
export function docsRoutes(router: Router): void {
  const document = JSON.stringify(openApiDocument());
  const folder = swaggerUi.getAbsoluteFSPath();

  mountRaw(router, getOpenApi, ({ response }) => void response.type('application/json').send(document));
  mountRaw(router, getDocs, ({ response }) => {
    response.setHeader('Content-Security-Policy', docsPolicy);
    response.type('text/html').send(page);
  });
  mountRaw(router, getDocsAsset, ({ params, response }) => {
    if (params.asset === starter) return void response.type('text/javascript').send(script);
    const asset = assets.find((name) => name === params.asset);
    if (!asset) throw notFound('file', params.asset);
    response.sendFile(asset, { root: folder, cacheControl: false });
  });
}
