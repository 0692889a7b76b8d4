import { isIP } from 'node:net';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { egressPresets } from '../../../config/egress-presets.ts';

/** A host that egress allows: exactly `name`, or with `subdomains` everything below it (not itself). */
export interface AllowEntry {
  name: string;
  subdomains: boolean;
  port: number;
}

/** Where a tunnel is asked to go. */
export interface Target {
  host: string;
  port: number;
}

const label = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const hostname = new RegExp(`^${label}(?:\\.${label})*$`);

/** Reads `name`, `*.name`, each with `:port` or 443; DomainError `egress-entry-invalid` for anything else (addresses too). */
export function parseAllowEntry(entry: string): AllowEntry {
  const match = /^(\*\.)?([^:*]+)(?::(\d{1,5}))?$/.exec(entry.trim().toLowerCase());
  const name = match?.[2] ?? '';
  const port = match?.[3] === undefined ? 443 : Number(match[3]);
  if (!match || !isHostname(name) || port < 1 || port > 65_535) {
    throw new DomainError(
      'permanent',
      'egress-entry-invalid',
      `"${entry.slice(0, 200)}" is not an egress entry. Write a name or *.name, with :port unless it is 443.`,
    );
  }
  return { name, subdomains: match[1] !== undefined, port };
}

/** The entries of a project's egress settings: its presets, then its own. DomainError `egress-preset-unknown` names the valid ones. */
export function expandEgress(settings: { presets: readonly string[]; allow: readonly string[] }): string[] {
  const fromPresets = settings.presets.flatMap((preset) => {
    const entries = Object.hasOwn(egressPresets, preset) ? egressPresets[preset] : undefined;
    if (entries) return entries;
    const known = Object.keys(egressPresets).join(', ');
    throw new DomainError('permanent', 'egress-preset-unknown', `There is no egress preset "${preset.slice(0, 100)}". Known: ${known}.`);
  });
  settings.allow.forEach(parseAllowEntry);
  return [...new Set([...fromPresets, ...settings.allow])];
}

/** Reads the target of a CONNECT (`host:port`); null when it is malformed. Brackets of IPv6 are taken off. */
export function parseTarget(target: string | undefined): Target | null {
  const match = /^(\[[0-9a-f:.%a-z]+\]|[^:\s/@[\]]+):(\d{1,5})$/i.exec(target ?? '');
  if (!match) return null;
  const port = Number(match[2]);
  if (port < 1 || port > 65_535) return null;
  const host = (match[1] ?? '')
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
  return { host, port };
}

/** Why this target is not allowed; null when it is. A numeric host in any spelling is an address, never a name. */
export function refuseTarget(target: Target, entries: readonly AllowEntry[]): { code: string; reason: string } | null {
  if (isIP(target.host) !== 0 || /^(0x[0-9a-f]*|\d+)(\.(0x[0-9a-f]*|\d+)){0,3}$/i.test(target.host)) {
    return { code: 'egress-address', reason: 'Addresses are refused: egress goes to allowed names only.' };
  }
  if (!isHostname(target.host)) return { code: 'egress-malformed', reason: 'The host is not a name.' };
  if (entries.some((entry) => matches(entry, target))) return null;
  return {
    code: 'egress-not-allowed',
    reason: `${target.host}:${target.port} is not on this project's egress allowlist. A maintainer may add it to the project's settings.`,
  };
}

function matches(entry: AllowEntry, target: Target): boolean {
  if (entry.port !== target.port) return false;
  return entry.subdomains ? target.host.endsWith(`.${entry.name}`) : target.host === entry.name;
}

function isHostname(name: string): boolean {
  return name.length <= 253 && hostname.test(name) && isIP(name) === 0;
}
