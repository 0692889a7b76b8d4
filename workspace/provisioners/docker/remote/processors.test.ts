import { describe, expect, it } from '@jest/globals';
import { processorProblem } from './processors.ts';

describe('processors of another machine', () => {
  it('are good for our image when they are of our kind', () => {
    expect(processorProblem('x86_64', 'x64')).toBeNull();
    expect(processorProblem('aarch64', 'arm64')).toBeNull();
  });

  it('of another kind need an image of their own', () => {
    expect(processorProblem('aarch64', 'x64')).toMatch(/are aarch64 and those of this machine x64.*set WORKSPACE_IMAGE/);
    expect(processorProblem('riscv64', 'x64')).not.toBeNull();
  });
});
