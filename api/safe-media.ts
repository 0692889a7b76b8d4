import type { Response } from 'express';

/**
 * The media type of bytes that a browser may show as a picture, by their first bytes; null for everything else. Nobody's word is
 * taken for it, and SVG is not among them, since it may hold scripts.
 */
export function pictureType(bytes: Uint8Array): string | null {
  const head = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (head.startsWith('GIF87a') || head.startsWith('GIF89a')) return 'image/gif';
  if (head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP') return 'image/webp';
  if (head.slice(4, 8) === 'ftyp' && (head.slice(8, 12) === 'avif' || head.slice(8, 12) === 'avis')) return 'image/avif';
  return null;
}

/** Sends bytes that anybody may have written: pictures inline, all else as a file that no browser opens by itself. */
export function sendForeignBytes(response: Response, bytes: Uint8Array, name: string | null): void {
  const picture = pictureType(bytes);
  response.status(200);
  response.setHeader('Content-Security-Policy', "default-src 'none'; sandbox");
  response.setHeader('Content-Type', picture ?? 'application/octet-stream');
  // RFC 6266: the name in UTF-8, percent-encoded, so that it cannot leave its place in the header.
  const kind = picture === null ? 'attachment' : 'inline';
  response.setHeader('Content-Disposition', name === null ? kind : `${kind}; filename*=UTF-8''${encodeExtended(name)}`);
  response.end(bytes);
}

function encodeExtended(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}
