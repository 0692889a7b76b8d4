import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type Docker from 'dockerode';
import { execa } from 'execa';
import { z } from 'zod';
import { archiveImage } from './kubernetes/archive.ts';

/** An image registry that can only be read. */
export interface Registry {
  /** `127.0.0.1:port`, which daemons of this machine ask without TLS. */
  name: string;
  /** What was asked for, as `GET /v2/…`, in order. */
  asked: string[];
  close(): Promise<void>;
}

/** What a registry answers with: a document, or a file. */
interface Blob {
  type: string;
  bytes: number;
  content: Buffer | { file: string };
}

/** What a registry has: documents of images by `repository:tag`, all by their digests. */
interface Shelf {
  tags: Map<string, string>;
  blobs: Map<string, Blob>;
}

const oci = 'application/vnd.oci.image';
const Saved = z.array(z.object({ Config: z.string(), Layers: z.array(z.string()) })).length(1);

/** Starts one that answers and has nothing, on a free port of this machine. */
export function startEmptyRegistry(): Promise<Registry> {
  return serve({ tags: new Map(), blobs: new Map() }, () => Promise.resolve());
}

/** Starts one that has an image of a daemon by each of these names (`repository:tag`). */
export async function startRegistry(docker: Docker, image: string, names: readonly string[]): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), 'af-registry-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const archive = join(folder, 'image.tar');
    await archiveImage(docker, image, archive);
    await execa('tar', ['-x', '-C', folder, '-f', archive]);
    await rm(archive);
    const blobs = new Map<string, Blob>();
    const digest = await shelve(folder, blobs);
    return await serve({ tags: new Map(names.map((name) => [name, digest])), blobs }, remove);
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Puts a saved image's documents and layers into `blobs`; the digest of its manifest. */
async function shelve(folder: string, blobs: Map<string, Blob>): Promise<string> {
  const [saved] = Saved.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));
  const config = document(blobs, `${oci}.config.v1+json`, await readFile(join(folder, saved?.Config ?? '')));
  const layers = await Promise.all(
    (saved?.Layers ?? []).map(async (path) => {
      const file = join(folder, path);
      const hash = createHash('sha256');
      await pipeline(createReadStream(file), hash);
      const blob = { type: `${oci}.layer.v1.tar`, bytes: (await stat(file)).size, content: { file } };
      return descriptor(blobs, `sha256:${hash.digest('hex')}`, blob);
    }),
  );
  const manifest = { schemaVersion: 2, mediaType: `${oci}.manifest.v1+json`, config, layers };
  return document(blobs, manifest.mediaType, Buffer.from(JSON.stringify(manifest))).digest;
}

function document(blobs: Map<string, Blob>, type: string, content: Buffer) {
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
  return descriptor(blobs, digest, { type, bytes: content.length, content });
}

function descriptor(blobs: Map<string, Blob>, digest: string, blob: Blob) {
  blobs.set(digest, blob);
  return { mediaType: blob.type, digest, size: blob.bytes };
}

async function serve(shelf: Shelf, remove: () => Promise<void>): Promise<Registry> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(shelf, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ name: `127.0.0.1:${port}`, asked },
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await remove();
    },
  };
}

async function answer({ tags, blobs }: Shelf, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://registry');
  const api = { 'docker-distribution-api-version': 'registry/2.0' };
  if (pathname === '/v2/') return void response.writeHead(200, { ...api, 'content-type': 'application/json' }).end('{}');
  const [, repository = '', kind = '', reference = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(pathname) ?? [];
  const digest = (kind === 'manifests' && tags.get(`${repository}:${reference}`)) || reference;
  const blob = blobs.get(digest);
  if (!blob) {
    response.writeHead(404, { ...api, 'content-type': 'application/json' });
    return void response.end(JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] }));
  }
  response.writeHead(200, { ...api, 'content-type': blob.type, 'content-length': blob.bytes, 'docker-content-digest': digest });
  if (request.method === 'HEAD') return void response.end();
  if (Buffer.isBuffer(blob.content)) return void response.end(blob.content);
  await pipeline(createReadStream(blob.content.file), response);
}
