import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ownEtc } from '../provisioners/host-folder/etc.ts';

/** Debian's release below the image, and what is installed there. */
export const release = 'bookworm';
export const packages = ['ca-certificates', 'curl', 'git', 'less', 'make', 'patch', 'procps', 'python3', 'unzip', 'xz-utils'];

/** Where the image is known by name; the tag `latest` is what people and Dockerfiles refer to. */
export const repository = 'astraforge/codex-cli';
export const baseRepository = 'astraforge/base';
export const dockerfilePath = join(import.meta.dirname, 'Dockerfile');

/** Everything that the image is made of: the same inputs, the same tag, and no second build. */
export interface Recipe {
  /** Of all inputs. */
  hash: string;
  /** Of what a bootstrapped root file system is made of alone. */
  baseHash: string;
}

/** The recipe of this installation's image for this machine. */
export function imageRecipe(machine = `${process.platform}-${process.arch}`): Recipe {
  const codex = JSON.parse(readFileSync(createRequire(import.meta.url).resolve('@openai/codex/package.json'), 'utf8')) as {
    version: string;
  };
  const base = { machine, release, packages };
  const all = { ...base, dockerfile: readFileSync(dockerfilePath, 'utf8'), etc: ownEtc, node: process.version, codex: codex.version };
  return { hash: digest(all), baseHash: digest(base) };
}

function digest(inputs: object): string {
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16);
}
