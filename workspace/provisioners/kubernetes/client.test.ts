import { ApiException } from '@kubernetes/client-node';
import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubernetesFailure, openCluster } from './client.ts';
import type { Cluster } from './client.ts';

const cluster = { server: 'https://cluster.test:6443', namespace: 'workspaces' } as Cluster;

describe('a refusal of the API server', () => {
  it.each([
    [
      'a role that is missing',
      403,
      'pods is forbidden: User "x" cannot create resource "pods"',
      'kubernetes-forbidden',
      'deploy/kubernetes/rbac.yaml',
    ],
    ['a quota', 403, 'pods "x" is forbidden: exceeded quota: small', 'kubernetes-quota', 'raise it'],
    ['a token that has expired', 401, 'Unauthorized', 'kubernetes-forbidden', 'https://cluster.test:6443'],
    ['a namespace that is missing', 404, 'namespaces "workspaces" not found', 'kubernetes-namespace', 'KUBERNETES_NAMESPACE'],
    ['a server whose database is away', 503, 'etcd leader changed', 'kubernetes-unreachable', 'start it'],
    ['anything else', 500, 'etcdserver: request timed out', 'kubernetes', 'etcdserver: request timed out'],
  ])('tells %s', (_, status, message, code, text) => {
    const body = JSON.stringify({ kind: 'Status', message });

    const failure = kubernetesFailure('workspace', new ApiException(status, 'message', body, {}), cluster);

    expect(failure).toMatchObject({ code, message: expect.stringContaining(text) });
    expect(failure.message).toMatch(/^workspace: /);
  });

  it('tells a server that does not answer from one that refuses', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:6443'), { code: 'ECONNREFUSED' });

    const failure = kubernetesFailure('destroy', new TypeError('fetch failed', { cause }), cluster);

    expect(failure).toMatchObject({ code: 'kubernetes-unreachable', kind: 'transient' });
    expect(failure.message).toContain('ECONNREFUSED');
  });
});

describe('a kubeconfig', () => {
  it.each([
    ['that is not there', null],
    ['that names no cluster', 'apiVersion: v1\nkind: Config\nclusters: []\nusers: []\ncontexts: []\n'],
    ['that is no YAML', ': : :'],
  ])('%s is refused by its name', (_, content) => {
    const folder = mkdtempSync(join(tmpdir(), 'af-kubeconfig-'));
    const kubeconfig = join(folder, 'config');
    if (content !== null) writeFileSync(kubeconfig, content);

    try {
      expect(() => openCluster({ kubeconfig, namespace: 'x' })).toThrow(`${kubeconfig} cannot be used`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
