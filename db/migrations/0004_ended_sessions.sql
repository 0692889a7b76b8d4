CREATE TABLE "ended_sessions" (
	"tenant_id" text NOT NULL,
	"session_id" text PRIMARY KEY NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
SELECT astraforge_protect('ended_sessions');
--> statement-breakpoint
GRANT SELECT, INSERT, DELETE ON ended_sessions TO astraforge_app;
