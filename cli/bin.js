#!/usr/bin/env node
// Plain JavaScript that any Node runs: it checks the version and hands over to the Node 24 that npm installed.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers';
import { fileURLToPath } from 'node:url';

const oldestMajor = 20;
const root = join(dirname(fileURLToPath(import.meta.url)), '..');

function findNode() {
  // The package is beside us in a checkout, further up when we are a dependency ourselves.
  for (let folder = root; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) return null;
  }
}

function fail(message) {
  process.stderr.write('astraforge: ' + message + '\n');
  process.exit(1);
}

const major = Number(process.versions.node.split('.')[0]);
const node = findNode();
if (major < oldestMajor)
  fail('Node ' + process.versions.node + ' is too old: install Node ' + oldestMajor + ' or newer and run npm ci again.');
else if (!node) fail('its own Node is not installed: run npm ci in ' + root + ' first.');
else run(node);

function run(program) {
  const main = join(root, 'cli', 'main.ts');
  // The channel tells the child when we vanish, killed -9 included.
  const child = spawn(program, [main, ...process.argv.slice(2)], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  child.on('error', (error) => fail('could not start ' + program + ': ' + error.message));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal sends these two to the whole group: the child has it already, and a second one would mean "at once".
      if (signal !== 'SIGTERM' && process.stdin.isTTY) return;
      child.kill(signal);
    });
  }
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code === null ? 1 : code);
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
    process.kill(process.pid, signal);
    // A signal that is ignored here: the exit code that a shell would show.
    setTimeout(() => process.exit(128 + (constants.signals[signal] || 0)), 200);
  });
}
