ALTER TABLE "projects" ADD COLUMN "warm_workspaces" integer GENERATED ALWAYS AS (coalesce((settings ->> 'warmWorkspaces')::integer, 0)) STORED NOT NULL;--> statement-breakpoint
ALTER TABLE "workspaces" ALTER COLUMN "request_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "project_id" text;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "warm_key" text;--> statement-breakpoint
CREATE INDEX "workspaces_warm" ON "workspaces" USING btree ("tenant_id","warm_key") WHERE state = 'warm';--> statement-breakpoint
ALTER TABLE workspaces DROP CONSTRAINT workspaces_state;
--> statement-breakpoint
ALTER TABLE workspaces ADD CONSTRAINT workspaces_state CHECK (state IN ('active', 'idle', 'warm', 'ended'));
--> statement-breakpoint
-- Without a request a workspace is made, waits or has ended, of a known project, and no model is behind its token.
ALTER TABLE workspaces ADD CONSTRAINT workspaces_of_nobody CHECK (
  request_id IS NOT NULL OR (state <> 'idle' AND project_id IS NOT NULL AND warm_key IS NOT NULL AND NOT model_allowed)
);
--> statement-breakpoint
-- A warm one is of no request and of no run.
ALTER TABLE workspaces ADD CONSTRAINT workspaces_warm_alone CHECK (state <> 'warm' OR (request_id IS NULL AND run_id IS NULL));
--> statement-breakpoint
-- A host keeps workspaces ready for projects of every tenant; it reads no more of them than that.
GRANT SELECT (tenant_id, project_id, warm_workspaces) ON projects TO astraforge_housekeeper;
--> statement-breakpoint
CREATE POLICY housekeeper_every_tenant ON projects FOR SELECT TO astraforge_housekeeper USING (true);
