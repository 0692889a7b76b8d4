import type Docker from 'dockerode';
import { buildImage } from './images.ts';

const archive = '/srv/archive';

/** Makes packages again out of what is installed of them, lists them as an archive does, and removes them. */
const program = `#!/bin/sh
set -eu
archive=$1
shift
mkdir -p "$archive"
for package in "$@"; do
  root=$(mktemp -d)
  chmod 755 "$root"
  mkdir "$root/DEBIAN"
  dpkg-query --status "$package" | sed -e '/^Status:/d' -e '/^Conffiles:/,/^[^ ]/{/^Conffiles:/d;/^ /d}' >"$root/DEBIAN/control"
  for script in preinst postinst prerm postrm; do
    for kept in "/var/lib/dpkg/info/$package.$script" "/var/lib/dpkg/info/$package:"*".$script"; do
      if [ -f "$kept" ]; then cp -p "$kept" "$root/DEBIAN/$script"; fi
    done
  done
  dpkg-query --listfiles "$package" | while read -r path; do
    if [ -L "$path" ] || [ -f "$path" ]; then cp -a --parents "$path" "$root"; fi
  done
  dpkg-deb --build --root-owner-group "$root" "$archive/$package.deb"
  rm -r "$root"
  dpkg-deb --field "$archive/$package.deb" >>"$archive/Packages"
  printf 'Filename: ./%s.deb\nSize: %s\nSHA256: %s\n\n' "$package" "$(stat -c %s "$archive/$package.deb")" \
    "$(sha256sum "$archive/$package.deb" | cut -d ' ' -f 1)" >>"$archive/Packages"
done
dpkg --purge "$@"
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*
echo "deb [trusted=yes] file:$archive ./" >/etc/apt/sources.list
`;

/**
 * Makes an image of `base` that lacks these packages, and whose only source is an archive of exactly them in itself: what a
 * Dockerfile installs on it needs no network. Answers `tag`.
 */
export function buildLackingBase(docker: Docker, tag: string, base: string, packages: readonly string[]): Promise<string> {
  const lines = [`FROM ${base}`, 'COPY lack.sh /', `RUN sh /lack.sh ${archive} ${packages.join(' ')} && rm /lack.sh`];
  return buildImage(docker, tag, lines, { 'lack.sh': program });
}
