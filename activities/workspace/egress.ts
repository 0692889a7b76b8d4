import { expandEgress } from '../../workspace/gateway/egress/allowlist.ts';

/** Expands the installation's EGRESS_ALLOW: `registries` stands for the package registries, the rest are entries. */
export function installationEgress(entries: readonly string[]): string[] {
  const presets = entries.includes('registries') ? ['package-registries'] : [];
  return expandEgress({ presets, allow: entries.filter((entry) => entry !== 'registries') });
}

/** What one project's workspaces may reach: the installation's entries and the project's own. */
export function projectEgress(installation: readonly string[], project: { presets: string[]; allow: string[] }): string[] {
  return [...new Set([...installation, ...expandEgress(project)])];
}
