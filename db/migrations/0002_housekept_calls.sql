CREATE INDEX "llm_calls_open" ON "llm_calls" USING btree ("started_at") WHERE state = 'started';--> statement-breakpoint
-- housekeeper: calls that a killed gateway left open; neither what they cost nor which model answered.
GRANT SELECT (tenant_id, call_id, workspace_id, state, started_at), UPDATE (state, error, ended_at) ON llm_calls TO astraforge_housekeeper;
--> statement-breakpoint
CREATE POLICY housekeeper_every_tenant ON llm_calls TO astraforge_housekeeper USING (true) WITH CHECK (true);
