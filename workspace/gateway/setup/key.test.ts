import { expect, it } from '@jest/globals';
import { setupKey } from './key.ts';
import type { SetupKeyInput } from './key.ts';

const input: SetupKeyInput = {
  setup: 'npm ci',
  branch: 'main',
  provisioner: 'docker',
  image: 'node:24',
  machine: 'linux-x64',
  egress: ['a.test', 'b.test'],
  inputs: 'a'.repeat(64),
};

it('the key of a setup is the same for the same inputs', () => {
  expect(setupKey({ ...input, egress: ['b.test', 'a.test'] })).toBe(setupKey(input));
  expect(setupKey(input)).toMatch(/^[0-9a-f]{64}$/);
});

it.each<[string, Partial<SetupKeyInput>]>([
  ['command', { setup: 'npm ci --omit=dev' }],
  ['base branch', { branch: 'next' }],
  ['kind of place', { provisioner: 'kubernetes' }],
  ['image', { image: 'node:22' }],
  ['machine', { machine: 'linux-arm64' }],
  ['network', { egress: ['a.test'] }],
  ['content of the lock files', { inputs: 'b'.repeat(64) }],
  ['words that moved from one field to the next', { setup: 'npm ci","main', branch: '' }],
])('the key of a setup is another for another %s', (_, change) => {
  expect(setupKey({ ...input, ...change })).not.toBe(setupKey(input));
});
