import { describe } from '@jest/globals';
import { describeDiff } from './contract/diff.contract.ts';
import { describeFinalise } from './contract/finalise.contract.ts';
import { GitServiceHarness } from './contract/harness.ts';
import type { MakeGitService } from './contract/harness.ts';
import { describePaths } from './contract/paths.contract.ts';
import { describePrepare } from './contract/prepare.contract.ts';
import { describePublish } from './contract/publish.contract.ts';

/** The behaviour of every GitService, over real repositories. */
export function describeGitService(name: string, make: MakeGitService): void {
  describe(`GitService: ${name}`, () => {
    const harness = new GitServiceHarness(make);
    describePrepare(harness);
    describeFinalise(harness);
    describeDiff(harness);
    describePaths(harness);
    describePublish(harness);
  });
}
