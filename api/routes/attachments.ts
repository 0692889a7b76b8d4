import { raw, type NextFunction, type Request, type Response, type Router } from 'express';
import { attachmentKind } from '../../db/attachments.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { limits } from '../limits.ts';
import { mount } from '../mount.ts';
import { uploadAttachment } from '../operations/others.ts';
import { refuse } from '../problem.ts';
import { checkAttachmentName } from '../submit/attachments.ts';

const readBytes = raw({ type: () => true, limit: limits.attachmentBytes, inflate: false });
const mediaTypePattern = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,99}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,99}$/;

/** Uploads: the raw body becomes an artifact; the message that uses it names it. */
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
