import { runProcess } from './process.ts';

// Composition root of the process `worker`: the queue `control`.
await runProcess('worker', ['control']);
