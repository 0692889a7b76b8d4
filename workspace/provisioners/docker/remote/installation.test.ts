import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { installationIn } from './installation.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'af-installation-'));
});
afterEach(() => rmSync(root, { recursive: true }));

describe('the id of an installation', () => {
  it('is the same each time, and of another state folder another one', () => {
    const id = installationIn(join(root, 'a', 'containers'));

    expect(id).toMatch(/^[0-9a-f]{12}$/);
    expect(installationIn(join(root, 'a', 'containers'))).toBe(id);
    expect(installationIn(join(root, 'b', 'containers'))).not.toBe(id);
    expect(readdirSync(join(root, 'a', 'containers'))).toEqual(['installation']);
  });

  it('is another one where a folder of the same name is made anew, as on another machine', () => {
    const folder = join(root, 'containers');
    const id = installationIn(folder);
    rmSync(folder, { recursive: true });

    expect(installationIn(folder)).not.toBe(id);
  });
});
