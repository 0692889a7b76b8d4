import { runProcess } from './process.ts';

// Composition root of a laptop: worker and host in one process.
await runProcess('laptop', ['control', 'host']);
