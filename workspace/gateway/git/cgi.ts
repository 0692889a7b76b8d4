/** Where a CGI answer's headers end and its body begins; null while they are incomplete (RFC 3875, 6.3). */
export function findEndOfHeaders(bytes: Buffer): { headers: number; body: number } | null {
  const crlf = bytes.indexOf('\r\n\r\n');
  const lf = bytes.indexOf('\n\n');
  if (crlf === -1 && lf === -1) return null;
  if (lf === -1 || (crlf !== -1 && crlf < lf)) return { headers: crlf, body: crlf + 4 };
  return { headers: lf, body: lf + 2 };
}

/** Parses a CGI header block; `Status` becomes the status, 200 without one. */
export function parseCgiHeaders(block: string): { status: number; headers: Record<string, string> } {
  const headers: Record<string, string> = {};
  let status = 200;
  for (const line of block.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'status') status = Number.parseInt(value, 10) || 500;
    else headers[name] = value;
  }
  return { status, headers };
}
