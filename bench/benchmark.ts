/** A benchmark: prints a human table through `print`, answers one JSON object with its figures and samples. */
export interface Benchmark {
  readonly name: string;
  readonly describes: string;
  run(options: { print: (line: string) => void; full: boolean }): Promise<Record<string, unknown>>;
}
