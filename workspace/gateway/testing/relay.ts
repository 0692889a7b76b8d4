import http from 'node:http';
import { connect, type AddressInfo } from 'node:net';

/** What a supervisor does in a workspace: listens on loopback and carries HTTP and CONNECT to the door, adding the token. */
export interface Relay {
  url: string;
  port: number;
  close(): Promise<void>;
}

/** A relay from a loopback port to a Unix socket; a door that is away is a broken connection, as in a workspace. */
export async function startRelay(socketPath: string, token: string): Promise<Relay> {
  const server = http.createServer((request, response) => {
    const headers = { ...request.headers, authorization: `Bearer ${token}` };
    const outgoing = http.request({ socketPath, method: request.method, path: request.url, headers }, (incoming) => {
      response.writeHead(incoming.statusCode ?? 502, incoming.headers);
      incoming.pipe(response);
      incoming.on('error', () => response.destroy());
      incoming.on('aborted', () => response.destroy());
    });
    outgoing.on('error', () => request.socket.destroy());
    response.on('close', () => outgoing.destroy());
    request.pipe(outgoing);
  });
  server.on('connect', (request, socket, head) => {
    const door = connect(socketPath);
    door.on('error', () => socket.destroy());
    socket.on('error', () => door.destroy());
    door.write(`CONNECT ${request.url} HTTP/1.1\r\nhost: ${request.url}\r\nproxy-authorization: Bearer ${token}\r\n\r\n`);
    door.write(head);
    door.pipe(socket);
    socket.pipe(door);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
