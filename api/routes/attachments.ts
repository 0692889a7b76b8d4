import { raw, type NextFunction, type Request, type Response, type Router } from 'express';
import { attachmentKind, getArtifactKind } from '../../db/attachments.ts';
import { eventBodyKind } from '../../db/run-log/postgres.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { limits } from '../limits.ts';
import { mount, mountRaw } from '../mount.ts';
import { getAttachment, uploadAttachment } from '../operations/others.ts';
import { notFound, refuse } from '../problem.ts';
import { sendForeignBytes } from '../safe-media.ts';
import { checkAttachmentName } from '../submit/attachments.ts';

const readBytes = raw({ type: () => true, limit: limits.attachmentBytes, inflate: false });
/** Bundles and sessions of runs are nobody's to download. */
const readableKinds = [attachmentKind, eventBodyKind];
const mediaTypePattern = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,99}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,99}$/;

/** Uploads: the raw body becomes an artifact; the message that uses it names it. Downloads of the same, and of long event bodies. */
export function attachmentRoutes(router: Router, deps: ApiDependencies): void {
  // The name is looked at before ten megabytes are read.
  router.post(uploadAttachment.path, checkName, readBytes, explainSize);

  mount(router, uploadAttachment, async ({ query, principal, request }) => {
    const bytes: unknown = request.body;
    if (!Buffer.isBuffer(bytes) || bytes.length === 0)
      throw refuse('attachment-empty', 'The attachment has no bytes; send the file as the body.');
    const mediaType = mediaTypeOf(request);
    const { artifactId, sizeBytes } = await deps.artifacts.put(principal.tenantId, { kind: attachmentKind, mediaType, bytes });
    return { status: 201, body: { artifactId, name: query.name, mediaType, sizeBytes } };
  });

  mountRaw(router, getAttachment, async ({ params, query, principal, response }) => {
    if (query.name !== undefined) checkAttachmentName(query.name);
    const { artifactId } = params;
    const kind = await deps.database.withTenant(principal.tenantId, (tx) => getArtifactKind(tx, artifactId));
    const artifact = kind !== null && readableKinds.includes(kind) ? await deps.artifacts.get(principal.tenantId, artifactId) : null;
    if (!artifact) throw notFound('attachment', artifactId);
    sendForeignBytes(response, artifact.bytes, query.name ?? null);
  });
}

function checkName(request: Request, _response: Response, next: NextFunction): void {
  const { name } = request.query;
  // A missing or repeated name is the schema's to refuse.
  if (typeof name === 'string') checkAttachmentName(name);
  next();
}

function explainSize(error: unknown, _request: Request, _response: Response, next: NextFunction): void {
  const isTooLarge = error instanceof Error && 'type' in error && error.type === 'entity.too.large';
  next(isTooLarge ? refuse('attachment-too-large', `An attachment may have ${limits.attachmentBytes} bytes; send a smaller file.`) : error);
}

function mediaTypeOf(request: Request): string {
  const given = (request.get('Content-Type') ?? 'application/octet-stream').split(';')[0]?.trim().toLowerCase() ?? '';
  if (!mediaTypePattern.test(given))
    throw refuse('unsupported-media-type', 'The Content-Type is not a media type; send one like image/png.');
  return given;
}
