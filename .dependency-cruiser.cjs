const rooms = ['activities', 'workspace', 'forges', 'connectors', 'api', 'db', 'policies', 'web', 'cli', 'deploy', 'bench', 'e2e'];
const tests =
  '(\\.(test|contract)\\.tsx?$|(^|/)contract/|(^|/)testing[^/]*(/|\\.ts$)|(^|/)fake-[^/]*\\.ts$|^workflows/histories/record\\.ts$)';

/** A rule: files of `from` reach no room but their own and those in `to`. Everyone reaches workflows/contracts and config. */
function mayReach(name, comment, from, to) {
  const allowed = ['workflows/contracts', 'config', 'node_modules', from, ...to].map((path) => `^${path}(/|$)`);
  return {
    name,
    comment,
    severity: 'error',
    from: { path: `^${from}/`, pathNot: tests },
    to: { path: `^(workflows|config|${rooms.join('|')})/`, pathNot: allowed },
  };
}

/** Imports go one way (docs/adr/0002-rooms-and-import-rules.md). Tests may reach further: they run the real neighbours. */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'A cycle is one room with two names.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'workflows-are-deterministic',
      comment: 'A workflow imports contracts and Temporal only: no I/O, no Node.',
      severity: 'error',
      from: { path: '^workflows/', pathNot: tests },
      to: {
        pathNot: ['^workflows/', '^node_modules/@temporalio/(workflow|common)/', '^node_modules/zod/'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'contracts-import-nothing',
      comment: 'The shared language knows no room.',
      severity: 'error',
      from: { path: '^workflows/contracts/', pathNot: tests },
      to: { path: '^(workflows|config|' + rooms.join('|') + ')/', pathNot: '^workflows/contracts/' },
    },
    {
      name: 'config-imports-contracts-only',
      comment: 'Everyone imports config, so it imports nobody.',
      severity: 'error',
      from: { path: '^config/', pathNot: tests },
      to: { path: `^(workflows|${rooms.join('|')})/`, pathNot: '^workflows/contracts/' },
    },
    mayReach('activities-reach', 'activities -> workspace, forges, connectors, db, policies', 'activities', [
      'workspace',
      'forges',
      'connectors',
      'db',
      'policies',
    ]),
    mayReach('workspace-reach', 'workspace -> contracts, and db for what the gateway writes', 'workspace', ['db']),
    // The local forge keeps its rows in db and merges through the gateway's git port.
    mayReach('forges-reach', 'forges -> db and the git port, for the local forge', 'forges', ['db', 'workspace/gateway/git/port\\.ts$']),
    mayReach('db-reach', 'db -> contracts', 'db', []),
    mayReach('api-reach', "api -> db, Temporal's client, forges/*/webhook.ts, connectors/*/webhook.ts, the gateway's API", 'api', [
      'db',
      'forges/[^/]+/webhook\\.ts$',
      'connectors/[^/]+/webhook\\.ts$',
      // The gateway's API for diffs and trees: its port, the client of it and who serves it, nothing of the gateway itself.
      'workspace/gateway/git/(port|client|service-client)\\.ts$',
      'workspace/gateway/fleet/directory\\.ts$',
    ]),
    mayReach('web-reach', "web -> the API's typed client", 'web', ['api/client']),
    {
      name: 'cli-commands-reach',
      comment: 'A command speaks to the API; only start, demo and doctor know processes.',
      severity: 'error',
      from: { path: '^cli/(commands|render|demo|[^/]+\\.ts$)', pathNot: tests },
      to: { path: `^(workflows|${rooms.join('|')})/`, pathNot: ['^workflows/contracts/', '^cli/', '^api/client/'] },
    },
    {
      name: 'nobody-imports-composition-roots',
      comment: 'A main.ts reads the configuration and wires: nothing to import.',
      severity: 'error',
      from: { pathNot: tests },
      to: { path: '(^|/)(main|laptop)\\.ts$', pathNot: '^node_modules/' },
    },
    {
      name: 'no-tests-in-product',
      comment: 'Product code does not import test code.',
      severity: 'error',
      from: { path: `^(workflows|config|${rooms.filter((room) => !['bench', 'e2e'].includes(room)).join('|')})/`, pathNot: tests },
      to: { path: `(${tests}|^(e2e|bench)/)`, pathNot: '^node_modules/' },
    },
    {
      name: 'no-unresolvable',
      comment: 'Every import exists.',
      severity: 'error',
      from: {},
      // `?url` and `?sharedworker` are Vite's.
      to: { couldNotResolve: true, pathNot: ['^node:sqlite$', '\\?(url|sharedworker)$'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^web/(build|node_modules)|^cli/demo/sample/|\\.d\\.ts$)' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
