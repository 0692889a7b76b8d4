/** Says to the compiler that every case was handled; throws when it was not. */
export function assertNever(value: never): never {
  throw new Error(`unexpected: ${JSON.stringify(value)}`);
}
