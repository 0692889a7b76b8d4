import * as others from './others.ts';
import * as people from './people.ts';
import * as projects from './projects.ts';
import * as projectSecrets from './project-secrets.ts';
import * as promptTemplates from './prompt-templates.ts';
import * as recovery from './recovery.ts';
import * as requests from './requests.ts';
import * as runs from './runs.ts';
import type { Operation } from './operation.ts';

/** Every operation of the API. */
export const operations = [
  ...Object.values(projects),
  ...Object.values(projectSecrets),
  ...Object.values(requests),
  ...Object.values(runs),
  ...Object.values(promptTemplates),
  ...Object.values(people),
  ...Object.values(recovery),
  ...Object.values(others),
] as unknown as readonly Operation[];
