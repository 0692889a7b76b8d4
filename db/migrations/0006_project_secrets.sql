CREATE TABLE "project_secrets" (
	"tenant_id" text NOT NULL,
	"project_id" text NOT NULL,
	"name" text NOT NULL,
	"envelope" text NOT NULL,
	"changed_by" text NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "project_secrets_tenant_id_project_id_name_pk" PRIMARY KEY("tenant_id","project_id","name")
);
--> statement-breakpoint
SELECT astraforge_protect('project_secrets');
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON project_secrets TO astraforge_app;
