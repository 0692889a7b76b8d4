/** Named sets of hosts that a project may open at once; data only. Entries as in `parseAllowEntry`. */
export const egressPresets: Readonly<Record<string, readonly string[]>> = {
  'package-registries': [
    'registry.npmjs.org',
    'registry.yarnpkg.com',
    'pypi.org',
    'files.pythonhosted.org',
    'index.crates.io',
    'static.crates.io',
    'crates.io',
    'proxy.golang.org',
    'sum.golang.org',
    'repo.maven.apache.org',
    'repo1.maven.org',
    'plugins.gradle.org',
    'rubygems.org',
    'deb.debian.org',
    'deb.debian.org:80',
    'security.debian.org',
    'security.debian.org:80',
  ],
};
