import { describe, expect, it } from '@jest/globals';
import { containers } from './layout.ts';
import { uncountedMounts } from './mounts.ts';
import { workspacePod } from './pod.ts';

const pod = workspacePod({
  ...{ name: 'pod', image: 'example.test/workspace:1', labels: {}, annotations: {}, cpus: 1, runtimeClass: undefined },
  ...{ deadlineSeconds: 60, supervisorBytes: 1, server: 'https://10.0.0.1:6443', services: [] },
  limits: { memoryBytes: 1024 ** 3, diskBytes: 1024 ** 3, processes: 64, outputBytes: 0 },
});

/** As the kernel writes it of a Pod of ours, with the optional field that some mounts have. */
const usual = `174 89 0:58 / / ro,relatime - overlay overlay rw,lowerdir=/snapshots/5/fs:/snapshots/4/fs,upperdir=/snapshots/378/fs
175 174 0:60 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw
176 174 0:61 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
177 176 0:62 / /dev/pts rw,nosuid,noexec,relatime - devpts devpts rw,gid=5,mode=620,ptmxmode=666
178 176 0:42 / /dev/mqueue rw,nosuid,nodev,noexec,relatime - mqueue mqueue rw
179 174 0:47 / /sys ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro
180 179 0:63 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw,mode=755
181 180 0:29 /kubepods/pod3 /sys/fs/cgroup/cpu ro,nosuid,nodev,noexec,relatime master:9 - cgroup cgroup rw,cpu
190 174 254:0 /pods/3/empty-dir/work /workspace rw,relatime - ext4 /dev/vda rw,discard
191 174 254:0 /pods/3/empty-dir/scratch/agent /tmp rw,relatime - ext4 /dev/vda rw,discard
192 174 254:0 /pods/3/empty-dir/home /home/agent rw,relatime - ext4 /dev/vda rw,discard
193 174 254:0 /pods/3/empty-dir/launch-writing /run/launch ro,relatime - ext4 /dev/vda rw,discard
194 174 254:0 /pods/3/etc-hosts /etc/hosts rw,relatime - ext4 /dev/vda rw,discard
195 176 254:0 /pods/3/containers/agent/686e25e5 /dev/termination-log rw,relatime - ext4 /dev/vda rw,discard
196 174 254:0 /sandboxes/5/hostname /etc/hostname rw,relatime - ext4 /dev/vda rw,discard
197 174 254:0 /sandboxes/5/resolv.conf /etc/resolv.conf rw,relatime - ext4 /dev/vda rw,discard
198 176 0:39 / /dev/shm rw,nosuid,nodev,noexec,relatime - tmpfs shm rw,size=65536k
199 192 254:0 /pods/3/empty-dir/attachments /home/agent/attachments ro,relatime - ext4 /dev/vda rw,discard
93 175 0:60 /sys /proc/sys ro,nosuid,nodev,noexec,relatime - proc proc rw
94 175 0:64 / /proc/acpi ro,relatime - tmpfs tmpfs ro
95 175 0:61 /null /proc/keys rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
`;

function judge(line: string): string[] {
  return uncountedMounts(`${usual}${line}\n`, pod, containers.writing);
}

describe('the mounts of a container of a Pod', () => {
  it('are counted where nobody added any', () => {
    expect(uncountedMounts(usual, pod, containers.writing)).toEqual([]);
  });

  it.each([
    ['a folder of its own', '/data'],
    ['a folder inside one of the Pod', '/home/agent/deep'],
    ['a folder where another container of the Pod has one', '/run/launch-writing'],
    ['a folder among the devices', '/dev/more'],
    ['a folder whose name begins like that of a kernel interface', '/process'],
    ['a name with a blank', String.raw`/my\040data`],
  ])('are not, with a volume in %s', (_what, path) => {
    expect(judge(`248 174 254:0 /containers/8/volumes/9b ${path} rw,relatime - ext4 /dev/vda rw,discard`)).toEqual([path]);
    expect(judge(`248 174 254:0 /containers/8/volumes/9b ${path} rw,relatime shared:7 master:1 - xfs /dev/sda1 rw`)).toEqual([path]);
  });

  it.each([
    ['that nobody can write', '/opt/driver ro,relatime - ext4 /dev/vda rw'],
    ['of a file system that nobody can write', '/opt/driver rw,relatime - squashfs /dev/loop0 ro'],
    ['of memory', '/run/secrets rw,relatime - tmpfs tmpfs rw,size=64k'],
    ['over what the kernel tells', '/proc/meminfo rw,relatime - fuse.lxcfs lxcfs rw'],
    ['of a root that can be written', '/ rw,relatime - overlay overlay rw'],
  ])('are counted with one %s', (_what, rest) => {
    expect(judge(`248 174 254:0 /x ${rest}`)).toEqual([]);
  });

  it('are counted where the cluster added a volume to the Pod', () => {
    const added = structuredClone(pod);
    const agent = added.spec?.containers.find(({ name }) => name === containers.writing);
    agent?.volumeMounts?.push({ name: 'added', mountPath: '/var/added files/' });
    const line = String.raw`248 174 254:0 /pods/3/added /var/added\040files rw,relatime - ext4 /dev/vda rw`;

    expect(uncountedMounts(`${usual}${line}\n`, added, containers.writing)).toEqual([]);
    expect(judge(line)).toEqual([String.raw`/var/added\040files`]);
  });
});
