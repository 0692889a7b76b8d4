import { z } from 'zod';

const part = '[a-z0-9]+(?:[._-]+[a-z0-9]+)*';
const shape = new RegExp(
  `^(?:[A-Za-z0-9][A-Za-z0-9.-]*(?::\\d{1,5})?/)?${part}(?:/${part})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`,
);

/** The name of a container image, as a daemon or a cluster takes it. */
export const ImageReference = z
  .string()
  .min(1)
  .max(300)
  .regex(shape, 'not an image: write [registry/]name[:tag] or [registry/]name@sha256:digest');
