import { unwrap } from '../../api/client/index.ts';
import { amend } from '../harness/people.ts';
import type { TestSystem } from '../harness/system.ts';

/** Requests in every state that a page can show, by what they are for. */
export interface Scenes {
  projectId: string;
  /** At its gate, checks passed, reviewed. */
  atGate: string;
  /** At the gate of its plan. */
  planned: string;
  /** Waits for an answer of a person. */
  asking: string;
  /** Its checks failed and its agent ended. */
  blocked: string;
  /** Merged, after a follow-up. */
  merged: string;
  cancelled: string;
}

const files: Record<string, string> = {
  'README.md': '# Shop\n\nA small shop.\n',
  'src/cart.js': Array.from({ length: 80 }, (_, line) => `export function price${line}(cents) {\n  return cents * ${line};\n}\n`).join(
    '\n',
  ),
  'src/old-name.js': 'export const name = "a file that is renamed";\nexport const more = 1;\n',
  'src/gone.js': 'export const gone = true;\n',
};

const change = `
- say: 'I look at the cart first, then I change how prices are computed.'
- run: 'printf "\\033[32mok\\033[0m 12 tests\\n\\033[31mwarning\\033[0m: one is slow\\n"; ls src'
- run: "sed -i 's/cents [*] 7;/Math.round(cents * 7);/' src/cart.js && git mv src/old-name.js src/new-name.js && git rm -q src/gone.js"
- write: { path: src/rounding.js, content: "export const round = Math.round;\\n" }
- run: 'printf "\\211PNG\\r\\n\\032\\n\\000\\000" > logo.bin'
- say: 'Prices are **rounded** now. See \`src/cart.js\`.'
`;

/** Brings a system into a state in which every page has something to show. Takes about a minute. */
export async function prepareScenes(system: TestSystem): Promise<Scenes> {
  const checks = [{ name: 'test', command: 'echo 12 passed' }];
  const shop = await system.project(files, { checks });
  const failing = await system.project(files, { checks: [{ name: 'test', command: 'echo 1 failed; exit 1' }], repairTurns: 0 });
  const { projectId } = shop;
  const secret = { params: { path: { projectId, name: 'TEST_API_KEY' } }, body: { value: 'a key of a test account' } };
  await unwrap(system.client.PUT('/api/projects/{projectId}/secrets/{name}', secret));
  const planned = await system.submit(projectId, 'Plan how prices could be kept in cents', { planFirst: true });
  const atGate = await system.submit(projectId, 'Round prices in the cart', { script: change });
  const ask = "- ask: { question: 'Which currency do prices have?', options: [EUR, USD] }\n- write: { path: currency.txt, content: EUR }";
  const asking = await system.submit(projectId, 'Add a currency', { script: ask });
  const merged = await system.submit(projectId, 'Say hello in the README', { script: "- write: { path: HELLO.md, content: 'hello' }" });
  const blocked = await system.submit(failing.projectId, 'Change something', { script: '- fail: the agent gave up' });
  const cancelled = await system.submit(projectId, 'Not needed any more', { script: "- run: 'sleep 600'" });
  await system.event(cancelled, 'command.started');
  await unwrap(
    system.client.POST('/api/requests/{requestId}/cancel', { params: { path: { requestId: cancelled } }, body: { reason: 'not needed' } }),
  );
  const first = await system.reach(merged, 'PATCH_READY');
  await amend(system, merged, first.gate?.subject.id ?? '', 'Add a changelog line "Hello."');
  await system.event(merged, 'checkpoint.created', (event) => event.data.commit !== first.checkpoint?.commit);
  await system.reach(merged, 'PATCH_READY');
  await system.approve(merged);
  const opened = await system.reach(merged, 'MR_OPENED', 'REVIEWED');
  await system.event(merged, 'review.completed', () => true);
  await unwrap(
    system.client.POST('/api/requests/{requestId}/merge', {
      params: { path: { requestId: merged } },
      body: { subjectId: opened.mergeRequest?.commit ?? '' },
    }),
  );
  await system.reach(merged, 'DONE');
  await system.reach(planned, 'PLAN_READY');
  await system.reach(atGate, 'PATCH_READY');
  await system.event(atGate, 'review.completed');
  await untilBlocked(system, asking);
  await untilBlocked(system, blocked);
  return { projectId, atGate, planned, asking, blocked, merged, cancelled };
}

async function untilBlocked(system: TestSystem, requestId: string): Promise<void> {
  await system.reach(requestId, 'BLOCKED');
}
