CREATE TABLE "prompt_templates" (
	"tenant_id" text NOT NULL,
	"template_id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"body" text NOT NULL,
	"project_id" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "remarks" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "subject_id" text;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "sent_at" timestamp with time zone;--> statement-breakpoint
CREATE UNIQUE INDEX "prompt_templates_name" ON "prompt_templates" USING btree ("tenant_id",coalesce("project_id", ''),"name");--> statement-breakpoint
CREATE INDEX "requests_changed" ON "requests" USING btree ("tenant_id","updated_at");--> statement-breakpoint
CREATE INDEX "requests_closed" ON "requests" USING btree ("tenant_id","closed_at");--> statement-breakpoint
CREATE INDEX "runs_ended" ON "runs" USING btree ("tenant_id","ended_at");--> statement-breakpoint
SELECT astraforge_protect('prompt_templates');
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON prompt_templates TO astraforge_app;
--> statement-breakpoint
ALTER TABLE messages DROP CONSTRAINT messages_disposition;
--> statement-breakpoint
ALTER TABLE messages ADD CONSTRAINT messages_disposition
  CHECK (disposition IN ('accepted', 'steered', 'queued', 'carried', 'rejected', 'withdrawn'));
