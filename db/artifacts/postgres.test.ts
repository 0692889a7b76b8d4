import { openTestDatabase } from '../testing.ts';
import { artifactStoreContract } from './artifacts.contract.ts';
import { createPostgresArtifactStore } from './postgres.ts';

artifactStoreContract('postgres', async (capBytes) => {
  const { database, close } = await openTestDatabase();
  return { store: createPostgresArtifactStore(database, { capBytes }), close };
});
