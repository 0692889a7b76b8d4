import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { CoreV1Api, KubeConfig, NetworkingV1Api } from '@kubernetes/client-node';
import type { V1NetworkPolicy, V1Pod } from '@kubernetes/client-node';
import { messageOf } from '../../../workflows/contracts/errors.ts';

// `node netpol.ts KUBECONFIG`, within the node's network namespace: makes NetworkPolicies true with one nftables table, as a network
// plugin does. Knows policies that refuse everything to the Pods of some labels; any other ends it, rather than being half kept.

const pollMs = 250;

function selects(policy: V1NetworkPolicy, pod: V1Pod): boolean {
  if (policy.metadata?.namespace !== pod.metadata?.namespace) return false;
  const labels = pod.metadata?.labels ?? {};
  return Object.entries(policy.spec?.podSelector?.matchLabels ?? {}).every(([name, value]) => labels[name] === value);
}

function assertKnown({ metadata, spec }: V1NetworkPolicy): void {
  const rules = (spec?.ingress?.length ?? 0) + (spec?.egress?.length ?? 0) + (spec?.podSelector?.matchExpressions?.length ?? 0);
  if (rules > 0) throw new Error(`policy ${metadata?.name ?? ''} allows something: this helper only refuses`);
}

/** The table that holds for these policies and Pods. */
function render(policies: readonly V1NetworkPolicy[], pods: readonly V1Pod[]): string {
  const addresses = (type: string): string[] =>
    pods.flatMap((pod) => {
      const cut = policies.some((policy) => policy.spec?.policyTypes?.includes(type) && selects(policy, pod));
      return cut && pod.status?.podIP ? [pod.status.podIP] : [];
    });
  const drop = (field: string, found: string[]): string => (found.length === 0 ? '' : `ip ${field} { ${found.join(', ')} } counter drop\n`);
  const [out, into] = [drop('saddr', addresses('Egress')), drop('daddr', addresses('Ingress'))];
  return `table inet netpol
delete table inet netpol
table inet netpol {
chain forward { type filter hook forward priority 0; policy accept;
ct state established,related accept
${out}${into}}
chain input { type filter hook input priority 0; policy accept;
ct state established,related accept
${out}}
}
`;
}

async function apply(table: string): Promise<void> {
  const child = spawn('nft', ['-f', '-'], { stdio: ['pipe', 'inherit', 'inherit'] });
  child.stdin.end(table);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`nft ended with code ${code ?? 'none'}`);
}

const config = new KubeConfig();
config.loadFromFile(process.argv[2] ?? '');
const core = config.makeApiClient(CoreV1Api);
const networking = config.makeApiClient(NetworkingV1Api);
let last = '';
for (;;) {
  try {
    const [policies, pods] = await Promise.all([networking.listNetworkPolicyForAllNamespaces(), core.listPodForAllNamespaces()]);
    policies.items.forEach(assertKnown);
    const table = render(policies.items, pods.items);
    if (table !== last) await apply(table);
    last = table;
  } catch (error) {
    console.error(messageOf(error));
  }
  await sleep(pollMs);
}
