import { describe, expect, it } from '@jest/globals';
import { podLabels, podName, selectorOf, workspaceAnnotations, workspaceOf } from './names.ts';
import { workspacePod } from './pod.ts';
import { networkPolicy } from './policy.ts';

const mebibyte = 1024 ** 2;

function pod(change: { runtimeClass?: string } = {}) {
  return workspacePod({
    name: 'astraforge-w1',
    image: 'example.test/workspace:1',
    labels: podLabels('i1', 'workspace'),
    annotations: workspaceAnnotations('w1'),
    limits: { memoryBytes: 512 * mebibyte, diskBytes: 100 * mebibyte, processes: 64, outputBytes: mebibyte },
    cpus: 1.5,
    runtimeClass: change.runtimeClass,
    deadlineSeconds: 3600,
    supervisorBytes: 10,
    server: 'https://10.0.0.1:6443',
    services: [],
  });
}

describe('the Pod of a workspace', () => {
  it('has no privilege, no account and no secret: what Pod Security `restricted` asks, and a read-only root', () => {
    const { spec } = pod();

    expect(spec?.automountServiceAccountToken).toBe(false);
    expect(spec?.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } });
    expect(spec?.containers.map(({ name }) => name)).toEqual(['supervisor', 'agent', 'reader']);
    for (const container of spec?.containers ?? []) {
      expect(container.securityContext).toEqual({
        ...{ allowPrivilegeEscalation: false, privileged: false, readOnlyRootFilesystem: true },
        capabilities: { drop: ['ALL'] },
      });
      expect(container.envFrom).toBeUndefined();
      expect(container.env?.map(({ name }) => name)).toEqual(['PATH', 'HOME', 'LANG']);
    }
    for (const volume of spec?.volumes ?? []) expect(Object.keys(volume)).toEqual(['name', 'emptyDir']);
  });

  it('shows the agent neither the event file nor the gateway’s door, and lets it write in its checkout, HOME and /tmp alone', () => {
    const mounts = (name: string) =>
      pod()
        .spec?.containers.find((container) => container.name === name)
        ?.volumeMounts?.map(({ mountPath, readOnly }) => [mountPath, readOnly ?? false]);

    expect(mounts('agent')).toEqual([
      ['/workspace', false],
      ['/var/lib/astraforge/git/objects', true],
      ['/home/agent', false],
      ['/home/agent/attachments', true],
      ['/run/launch', true],
      ['/tmp', false],
    ]);
    expect(mounts('reader')?.[0]).toEqual(['/workspace', true]);
    expect(mounts('supervisor')).toContainEqual(['/run/astraforge', false]);
  });

  it('limits memory, processors, disk and life', () => {
    const { spec } = pod();

    expect(spec?.containers[1]?.resources?.limits).toEqual({
      ...{ cpu: '1500m', memory: String(512 * mebibyte) },
      'ephemeral-storage': String(457 * mebibyte),
    });
    expect(spec?.activeDeadlineSeconds).toBe(3600);
    for (const { emptyDir } of spec?.volumes ?? []) expect(Number(emptyDir?.sizeLimit)).toBeGreaterThan(0);
  });

  it('asks for a runtime class only when one is set', () => {
    expect(pod().spec).not.toHaveProperty('runtimeClassName');
    expect(pod({ runtimeClass: 'gvisor' }).spec?.runtimeClassName).toBe('gvisor');
  });

  it('asks no name server: its own loopback answers nothing', () => {
    expect(pod().spec).toMatchObject({ dnsPolicy: 'None', dnsConfig: { nameservers: ['127.0.0.1'] } });
  });
});

describe('the policy of all Pods', () => {
  it('names no peer, in or out', () => {
    expect(networkPolicy().spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'], ingress: [], egress: [] });
  });

  it('selects every Pod of ours', () => {
    const selected = networkPolicy().spec?.podSelector?.matchLabels ?? {};

    for (const role of ['workspace', 'probe'] as const) expect(podLabels('i1', role)).toMatchObject(selected);
    expect(Object.keys(selected)).toHaveLength(1);
  });
});

describe('the name of a Pod', () => {
  it('is the same for a workspace each time, another one for another installation, and one that a cluster takes', () => {
    const long = `Request_${'x'.repeat(100)}.1`;

    expect(podName('i1', long)).toBe(podName('i1', long));
    expect(podName('i2', long)).not.toBe(podName('i1', long));
    for (const id of [long, 'a', '_._', 'A.B_C']) expect(podName('i1', id)).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])$/);
  });

  it('tells ids apart that read the same', () => {
    expect(podName('i1', 'a.b')).not.toBe(podName('i1', 'a-b'));
  });

  it('leads back to its workspace by an annotation, to its owner by a label', () => {
    expect(workspaceOf(workspaceAnnotations('A.B_C'))).toBe('A.B_C');
    expect(workspaceOf(undefined)).toBeNull();
    expect(selectorOf('i1', 'workspace')).toContain('astraforge.dev/installation=i1');
  });
});
