import { doorPort, imageName } from '../../../../workflows/contracts/workspace.ts';
import type { Schemas } from '~/lib/api.ts';

type Service = NonNullable<Schemas['ProjectSettings']['services']>[number];

/** A word, parts of which may be quoted as in JSON. */
const word = /(?:[^\s"]|"(?:[^"\\]|\\.)*")+/g;
const wholeLine = /^\s*(?:(?:[^\s"]|"(?:[^"\\]|\\.)*")+(?:\s+|$))*$/;

/** A service as one line of text: name, image, port, and each variable as NAME=value, quoted where it must be. */
export function serviceLine({ name, image, port, env }: Service): string {
  const variables = Object.entries(env).map(([key, value]) => `${key}=${/^[^\s"\\]+$/.test(value) ? value : JSON.stringify(value)}`);
  return [name, image, port, ...variables].join(' ');
}

/** Reads such lines; `problem` says what is wrong with the first one that is none. */
export function readServices(lines: readonly string[]): { services: Service[]; problem: string | null } {
  const services: Service[] = [];
  for (const line of lines) {
    const read = readLine(line, services);
    if (typeof read === 'string') return { services, problem: read };
    services.push(read);
  }
  return { services, problem: null };
}

function readLine(line: string, before: readonly Service[]): Service | string {
  const [name = '', image = '', port = '', ...variables] = wholeLine.test(line) ? (line.match(word) ?? []) : [];
  if (port === '')
    return `"${line}" is no service: write its name, its image, its port and its variables, as in db postgres:16 5432 POSTGRES_PASSWORD=test.`;
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(name)) return `${name} is no name of a service: use small letters, digits and dashes.`;
  if (before.some((other) => other.name === name)) return `Another service is named ${name}.`;
  if (!imageName.test(image)) return `${image} is no image: write [registry/]name[:tag] or [registry/]name@sha256:digest.`;
  const number = Number(port);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) return `${port} is no port: ${name} needs a number from 1 to 65535.`;
  if (number === doorPort) return `Port ${doorPort} is the gateway's in every workspace: ${name} needs another one.`;
  if (before.some((other) => other.port === number)) return `Another service has the port ${port}: ${name} needs another one.`;
  const env: Record<string, string> = {};
  for (const variable of variables) {
    const [, key = '', text = ''] = /^([A-Za-z_][A-Za-z0-9_]{0,99})=(.*)$/s.exec(variable) ?? [];
    const value = valueOf(text);
    if (key === '' || value === null) return `${variable} is no variable of ${name}: write NAME=value or NAME="a value".`;
    env[key] = value;
  }
  return { name, image, port: number, env };
}

function valueOf(text: string): string | null {
  if (!text.includes('"')) return text;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}
