/** Content-addressed bytes of a tenant: bundles, sessions, attachments, long event bodies. */
export interface ArtifactStore {
  /** Largest artifact, in bytes. */
  readonly capBytes: number;
  /** Stores once by content; `sizeBytes` over the cap is a DomainError `artifact-too-large`. */
  put(
    tenantId: string,
    input: { kind: string; mediaType: string; bytes: Uint8Array },
  ): Promise<{ artifactId: string; sha256: string; sizeBytes: number }>;
  /** Null when there is none in this tenant. */
  get(tenantId: string, artifactId: string): Promise<{ kind: string; mediaType: string; sha256: string; bytes: Uint8Array } | null>;
}
