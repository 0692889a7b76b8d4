import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A cable between a browser and the API that a test can pull out: the browser sees a network that is gone. */
export interface Cable {
  /** What the browser asks instead of the API. */
  origin: string;
  /** Ends every connection and takes no new one. */
  cut(): void;
  /** Cuts as soon as the browser asks for a path that holds this. */
  cutAt(path: string): void;
  mend(): void;
  close(): Promise<void>;
}

/** Lays a cable to a server on this machine. */
export async function layCable(target: string): Promise<Cable> {
  const { port, hostname } = new URL(target);
  const open = new Set<Socket>();
  let isCut = false;
  let fatalPath: string | null = null;
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect({ port: Number(port), host: hostname });
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        open.delete(socket);
        (socket === near ? far : near).destroy();
      });
    }
    near.on('data', (chunk: Buffer) => {
      if (fatalPath !== null && chunk.toString('latin1').includes(fatalPath)) cut();
    });
    near.pipe(far);
    far.pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const drop = () => open.forEach((socket) => socket.destroy());
  const cut = () => {
    isCut = true;
    drop();
  };
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    cutAt(path) {
      fatalPath = path;
    },
    mend() {
      fatalPath = null;
      isCut = false;
    },
    async close() {
      server.close();
      drop();
      await once(server, 'close');
    },
  };
}
