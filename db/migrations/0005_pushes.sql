CREATE TABLE "pushes" (
	"tenant_id" text NOT NULL,
	"request_id" text NOT NULL,
	"branch" text NOT NULL,
	"commit" text NOT NULL,
	"begun_at" timestamp with time zone DEFAULT now() NOT NULL,
	"pushed_at" timestamp with time zone,
	CONSTRAINT "pushes_tenant_id_request_id_branch_commit_pk" PRIMARY KEY("tenant_id","request_id","branch","commit")
);
--> statement-breakpoint
SELECT astraforge_protect('pushes');
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON pushes TO astraforge_app;
