import winston from 'winston';
import { redactDeep } from './redaction.ts';

/** What our code logs with: a static message and its data as fields. */
export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
  child(fields: Record<string, unknown>): Logger;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LoggerOptions {
  level?: LogLevel;
  /** Where the lines go; standard output by default. */
  stream?: NodeJS.WritableStream;
  silent?: boolean;
}

/** Splat is how winston keeps the fields; a symbol of its own keeps what it needs for transports. */
const redact = winston.format((info) => {
  const plain = redactDeep({ ...info });
  for (const name of Object.keys(info)) delete info[name];
  return Object.assign(info, plain);
});

/** Writes JSON lines `{timestamp, level, process, message, …fields}`, every field redacted. */
export function createLogger(process: string, options: LoggerOptions = {}): Logger {
  const stream = options.stream;
  return winston.createLogger({
    level: options.level ?? 'info',
    silent: options.silent ?? false,
    defaultMeta: { process },
    format: winston.format.combine(winston.format.timestamp(), redact(), winston.format.json()),
    transports: [stream ? new winston.transports.Stream({ stream }) : new winston.transports.Console({ stderrLevels: [] })],
  });
}
