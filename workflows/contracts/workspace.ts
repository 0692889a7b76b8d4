/** Port of the gateway's door on the loopback of every workspace. */
export const doorPort = 8787;

const part = '[a-z0-9]+(?:[._-]+[a-z0-9]+)*';

/** Name of a container image, as a daemon or a cluster takes it: [registry/]name[:tag][@sha256:digest]. */
export const imageName = new RegExp(
  `^(?:[A-Za-z0-9][A-Za-z0-9.-]*(?::\\d{1,5})?/)?${part}(?:/${part})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`,
);
