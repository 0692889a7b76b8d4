import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { findCodex } from '../workspace/executors/codex/binary.ts';
import { git } from '../e2e/harness/repository.ts';

/** The same Codex with the same model server, without AstraForge: clone, agent, commit, push. Answers milliseconds from start to pushed. */
export async function runByHand(input: { repository: string; prompt: string; modelUrl: string; branch: string }): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'by-hand-'));
  try {
    const home = join(folder, 'codex-home');
    await mkdir(home);
    await writeFile(join(home, 'config.toml'), configuration(input.modelUrl));
    const checkout = join(folder, 'checkout');
    const startedMs = performance.now();
    await git(folder, 'clone', '--quiet', input.repository, checkout);
    await execa(codexBinary(), ['exec', '--json', '--skip-git-repo-check', '-'], {
      cwd: checkout,
      input: input.prompt,
      env: { CODEX_HOME: home, ASTRAFORGE_DUMMY_KEY: 'dummy' },
    });
    await git(checkout, 'checkout', '--quiet', '-b', input.branch);
    await git(checkout, 'add', '--all');
    await git(checkout, 'commit', '--quiet', '-m', 'By hand');
    await git(checkout, 'push', '--quiet', 'origin', input.branch);
    return performance.now() - startedMs;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function codexBinary(): string {
  const codex = findCodex();
  if (!codex) throw new Error('npm did not install @openai/codex for this machine; run npm ci');
  return join(codex.root, codex.binary);
}

function configuration(modelUrl: string): string {
  return [
    'model = "demo"',
    'model_provider = "bench"',
    'approval_policy = "never"',
    'sandbox_mode = "danger-full-access"',
    'check_for_update_on_startup = false',
    '[analytics]',
    'enabled = false',
    '[features]',
    'plugins = false',
    '[otel]',
    'exporter = "none"',
    '[model_providers.bench]',
    'name = "bench"',
    `base_url = "${modelUrl}/v1"`,
    'env_key = "ASTRAFORGE_DUMMY_KEY"',
    'wire_api = "responses"',
    '',
  ].join('\n');
}
