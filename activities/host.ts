import { runProcess } from './process.ts';

// Composition root of the process `host`, one a machine: the queues `watch` and `host/<HOST_ID>`.
await runProcess('host', ['host']);
