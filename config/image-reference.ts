import { isIP } from 'node:net';
import { z } from 'zod';
import { imageName } from '../workflows/contracts/workspace.ts';
import { isPublicAddress } from './public-address.ts';

/** What a daemon would take for the beginning of an id: of any image that it has, whoever that is for. */
const id = /^(?:[0-9a-f]{4,64}|sha256:[0-9a-f]+)$/;

/** The name of a container image, as a daemon or a cluster takes it; no id of one. */
export const ImageReference = z
  .string()
  .min(1)
  .max(300)
  .regex(imageName, 'not an image: write [registry/]name[:tag] or [registry/]name@sha256:digest')
  .refine((name) => !id.test(name), 'the id of an image, not its name: write name:tag');

/**
 * False for an image whose registry is named by an address of this machine or of a private or other special network, in any spelling:
 * whoever pulls it asks from where the daemon stands. Pure.
 */
export function hasPublicRegistry(image: string): boolean {
  const host = image.slice(0, Math.max(image.indexOf('/'), 0));
  // As daemons tell a registry from the first folder of a name.
  if (!/[.:A-Z]|^localhost$/.test(host)) return true;
  const name = URL.parse(`http://${host}`)?.hostname.replace(/\.+$/, '') ?? '';
  if (name === '' || /(?:^|\.)localhost$/.test(name)) return false;
  return isIP(name) === 0 || isPublicAddress(name);
}
