const refused = 1; // EPERM
const missing = 38; // ENOSYS

/** Socket families that no namespace confines: the kernel's cipher interface, and the way from a virtual machine to its host. */
const familiesOutside = { AF_ALG: 38, AF_VSOCK: 40 };

/**
 * What a workspace's container may not ask of the kernel. Docker's own profile cannot be kept: it forbids user namespaces, and the
 * sandbox around the agent inside is made of them (docs/adr/0050-a-container-with-a-sandbox-inside.md). So this one is written the
 * other way round: everything that an unprivileged process has no need of is refused by name. Inside the agent's own sandbox
 * user namespaces are off again.
 */
export function seccompProfile(): object {
  const deny = (errnoRet: number, names: string[]) => ({ names, action: 'SCMP_ACT_ERRNO', errnoRet });
  return {
    defaultAction: 'SCMP_ACT_ALLOW',
    archMap: [
      { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] },
      { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
    ],
    syscalls: [
      // The kernel itself: modules, another kernel, its log, its clocks.
      deny(refused, ['init_module', 'finit_module', 'delete_module', 'create_module', 'kexec_load', 'kexec_file_load', 'reboot']),
      deny(refused, ['syslog', 'acct', 'clock_settime', 'clock_adjtime', 'adjtimex', 'settimeofday', 'stime']),
      // Ports, swap, quotas, terminals.
      deny(refused, ['ioperm', 'iopl', 'swapon', 'swapoff', 'quotactl', 'quotactl_fd', 'vhangup', 'pciconfig_read', 'pciconfig_write']),
      // Keyrings belong to no namespace.
      deny(refused, ['add_key', 'keyctl', 'request_key']),
      // Looking into the kernel and into others, and the parts of it that most escapes went through.
      deny(refused, ['bpf', 'perf_event_open', 'kcmp', 'lookup_dcookie', 'userfaultfd', 'fanotify_init']),
      deny(refused, ['io_uring_setup', 'io_uring_enter', 'io_uring_register']),
      // Files by handle step over mounts; other namespaces are not to be entered.
      deny(refused, ['open_by_handle_at', 'name_to_handle_at', 'setns']),
      // bubblewrap uses mount(2); the newer interface is as if it were not there.
      deny(missing, ['fsopen', 'fsconfig', 'fsmount', 'fspick', 'open_tree', 'move_mount', 'mount_setattr']),
      // What no program has needed for long.
      deny(refused, ['uselib', 'ustat', 'sysfs', '_sysctl', 'nfsservctl', 'vm86', 'vm86old', 'query_module', 'get_kernel_syms']),
      ...Object.values(familiesOutside).map((value) => ({
        ...deny(refused, ['socket']),
        args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }],
      })),
    ],
  };
}
