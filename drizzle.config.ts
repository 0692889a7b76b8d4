import { defineConfig } from 'drizzle-kit';

/** `npx drizzle-kit generate` writes the next migration from db/schema.ts; db/migrate.ts runs them at start. */
export default defineConfig({ dialect: 'postgresql', schema: './db/schema.ts', out: './db/migrations' });
