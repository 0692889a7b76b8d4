import { z } from 'zod';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { fetchChecked } from './fetch-checked.ts';
import type { FetchChecked } from './fetch-checked.ts';
import { missingWords } from './store.ts';
import type { LfsObject, LfsStore } from './store.ts';

const lfsJson = 'application/vnd.git-lfs+json';
const maxAnswerBytes = 4 * 1024 ** 2;
const notFound = new Set([404, 410]);

/** What a server answers to a batch: https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md */
const BatchAnswer = z.object({
  objects: z.array(
    z.object({
      oid: z.string(),
      actions: z
        .object({ download: z.object({ href: z.string(), header: z.record(z.string(), z.string()).optional() }).optional() })
        .optional(),
      error: z.object({ code: z.number(), message: z.string() }).optional(),
    }),
  ),
});
type BatchObject = z.infer<typeof BatchAnswer>['objects'][number];

/** The LFS server that belongs to a clone URL. Objects may lie elsewhere, but on the public internet or on the same host. */
export function createRemoteLfsStore(cloneUrl: string, fetch: FetchChecked = fetchChecked): LfsStore {
  const base = cloneUrl.replace(/\/+$/, '');
  const endpoint = `${base.endsWith('.git') ? base : `${base}.git`}/info/lfs/objects/batch`;
  const { hostname } = new URL(cloneUrl);

  async function batch(objects: readonly LfsObject[]): Promise<Map<string, BatchObject>> {
    const body = JSON.stringify({ operation: 'download', transfers: ['basic'], objects });
    const answer = await fetch(endpoint, {
      method: 'POST',
      body,
      headers: { accept: lfsJson, 'content-type': lfsJson },
      trustedHost: hostname,
    });
    const text = await readText(answer.body);
    if (answer.status !== 200)
      throw unreachable(`the LFS server at ${hostname} answered ${answer.status}; check that the repository has LFS and may be read`);
    const parsed = BatchAnswer.safeParse(parseJson(text));
    if (!parsed.success) throw unreachable(`the LFS server at ${hostname} answered something else than a batch; check its version`);
    return new Map(parsed.data.objects.map((object) => [object.oid, object]));
  }

  return {
    async missing(objects) {
      if (objects.length === 0) return new Map();
      const answered = await batch(objects);
      return new Map(
        objects.flatMap(({ oid }) => {
          const found = answered.get(oid);
          if (found?.actions?.download) return [];
          const said = found?.error && !notFound.has(found.error.code) ? `the LFS server says: ${found.error.message.slice(0, 300)}` : null;
          return [[oid, said ?? missingWords(oid)] as const];
        }),
      );
    },
    async open(object) {
      const download = (await batch([object])).get(object.oid)?.actions?.download;
      if (!download) return null;
      const answer = await fetch(download.href, { method: 'GET', headers: download.header ?? {}, trustedHost: hostname });
      if (answer.status === 200) return answer.body;
      answer.body.destroy();
      if (notFound.has(answer.status)) return null;
      throw unreachable(`the LFS store behind ${hostname} answered ${answer.status}; try again`);
    },
  };
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxAnswerBytes) throw unreachable('the LFS server answered more than allowed; ask for fewer objects');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function unreachable(message: string): DomainError {
  return new DomainError('transient', 'lfs-unreachable', `lfs: ${message}`);
}
