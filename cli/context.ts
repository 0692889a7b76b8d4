import type { Command } from 'commander';
import type { Config } from '../config/env.ts';
import type { CliClient } from './client.ts';
import type { CliEnvironment, ConnectOptions } from './environment.ts';
import type { ExitCode } from './exit-codes.ts';
import type { StartSystemOptions, System } from './processes/types.ts';
import { createStyle, type Style, useColor } from './render/style.ts';

export interface OutputStream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

export interface InputStream extends AsyncIterable<unknown> {
  isTTY?: boolean;
}

export interface GlobalOptions extends ConnectOptions {
  json?: boolean;
  color?: boolean;
  /** Of `start` and `demo` alone. */
  unsafePlain?: boolean;
}

/** What every command is given: the terminal, the environment, the way to the API, and how to end. Replaced whole in tests. */
export interface CliContext {
  stdin: InputStream;
  stdout: OutputStream;
  stderr: OutputStream;
  env: CliEnvironment;
  /** Aborts at the first Ctrl-C. */
  signal: AbortSignal;
  now(): number;
  connect(options: ConnectOptions): Promise<CliClient>;
  exit(code: ExitCode): void;
  startSystem(options: StartSystemOptions): Promise<System>;
  /** The settings that `startSystem` will use. */
  systemConfig(): Config;
  runDoctor(options: DoctorOptions): Promise<{ ok: boolean }>;
}

export interface DoctorOptions {
  json: boolean;
  stdout: OutputStream;
  style: Style;
  stateDir: string | undefined;
}

/** One run of a command: its global options and how it speaks. */
export interface Session {
  json: boolean;
  options: GlobalOptions;
  client(): Promise<CliClient>;
  style: Style;
  /** Prints for people on stdout; nothing with `--json`. */
  print(text: string): void;
  /** Prints a hint for people on stderr, also with `--json`. */
  hint(text: string): void;
  /** Prints one JSON document on one line of stdout when `--json` was given. */
  data(value: unknown): void;
}

/** Reads the global options of a command that is being run. */
export function openSession(context: CliContext, command: Command): Session {
  const options = command.optsWithGlobals<GlobalOptions>();
  const json = options.json === true;
  let client: Promise<CliClient> | null = null;
  return {
    json,
    options,
    client: () => (client ??= context.connect(options)),
    style: createStyle(!json && options.color !== false && useColor(context.stdout, context.env)),
    print: (text) => void (json || context.stdout.write(text.endsWith('\n') ? text : `${text}\n`)),
    hint: (text) => void context.stderr.write(`${text}\n`),
    data: (value) => void (json && context.stdout.write(`${JSON.stringify(value)}\n`)),
  };
}

/** True when a person sits at the terminal and can be asked. */
export function canAsk(context: CliContext, session: Session): boolean {
  return !session.json && context.stdin.isTTY === true && context.stdout.isTTY === true;
}
