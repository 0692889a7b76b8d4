import type { V1NetworkPolicy } from '@kubernetes/client-node';
import { policyLabels, policyName } from './names.ts';

/**
 * Nothing in, nothing out, name servers included, for every Pod of ours: the gateway is reached through an exec stream, so that a Pod
 * has no peer at all (docs/adr/0052-a-pod-without-a-network.md). Pure.
 */
export function networkPolicy(): V1NetworkPolicy {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: policyName, labels: policyLabels },
    spec: { podSelector: { matchLabels: policyLabels }, policyTypes: ['Ingress', 'Egress'], ingress: [], egress: [] },
  };
}
