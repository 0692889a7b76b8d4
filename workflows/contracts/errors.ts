/** `transient`: the same call may succeed later. `permanent`: it will not, without somebody changing something. */
export type ErrorKind = 'transient' | 'permanent';

/**
 * An expected failure of the domain. `code` is stable kebab-case and public; `message` names the stage, the reason and
 * the next action. Translated once at the activity boundary and once in the API.
 */
export class DomainError extends Error {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly details: Record<string, unknown>;

  constructor(kind: ErrorKind, code: string, message: string, options: { cause?: unknown; details?: Record<string, unknown> } = {}) {
    super(message, { cause: options.cause });
    this.name = 'DomainError';
    this.kind = kind;
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** Code of a change that is not stored for the value of a project's secret in it: the agent or a person takes it out. */
export const secretInChange = 'secret-in-change';

/** Code of a change that is not stored for its size: the agent or a person takes large files out. */
export const artifactTooLarge = 'artifact-too-large';

/** Codes of work that is refused until something is taken out of it. */
export const refusedChangeCodes = [secretInChange, artifactTooLarge] as const;

/** Makes a `switch` over a union exhaustive at compile time. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
