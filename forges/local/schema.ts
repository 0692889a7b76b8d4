import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { messageOf } from '../../workflows/contracts/errors.ts';

/** A project's `repositoryUrl` at the local forge: an absolute path or a file:// URL; becomes the path. */
export const LocalRepositoryPath = z
  .string()
  .transform((url, context) => {
    try {
      return url.startsWith('file://') ? fileURLToPath(url) : url;
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error), input: url });
      return z.NEVER;
    }
  })
  .refine((path) => isAbsolute(path), 'the local forge needs an absolute path or a file:// URL');
