CREATE TABLE "gateways" (
	"gateway_id" text PRIMARY KEY NOT NULL,
	"instance" text NOT NULL,
	"service_url" text NOT NULL,
	"door_socket" text NOT NULL,
	"folder_id" text NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"lease_until" timestamp with time zone NOT NULL
);
--> statement-breakpoint
-- Of no tenant, as hosts: each gateway writes its own row, and takes it away at its end.
GRANT SELECT, INSERT, UPDATE, DELETE ON gateways TO astraforge_app;
