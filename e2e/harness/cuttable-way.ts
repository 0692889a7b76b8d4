import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A way to a server that can be cut, as a network can. */
export interface CuttableWay {
  /** `host:port` to connect to instead. */
  address: string;
  /** Ends every connection that goes this way now, and answers how many there were. */
  cut(): number;
  close(): Promise<void>;
}

/** Carries connections to a port of loopback, byte for byte. */
export async function startCuttableWay(port: number): Promise<CuttableWay> {
  const ends = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => ends.delete(socket));
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): number => {
    const cutNow = ends.size / 2;
    for (const socket of ends) socket.resetAndDestroy();
    return cutNow;
  };
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
