CREATE TABLE "activity" (
	"tenant_id" text NOT NULL,
	"activity_id" text PRIMARY KEY NOT NULL,
	"request_id" text,
	"actor" text NOT NULL,
	"verb" text NOT NULL,
	"detail" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "artifact_chunks" (
	"tenant_id" text NOT NULL,
	"artifact_id" text NOT NULL,
	"position" integer NOT NULL,
	"bytes" "bytea" NOT NULL,
	CONSTRAINT "artifact_chunks_artifact_id_position_pk" PRIMARY KEY("artifact_id","position")
);
--> statement-breakpoint
CREATE TABLE "artifacts" (
	"tenant_id" text NOT NULL,
	"artifact_id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"media_type" text NOT NULL,
	"sha256" text NOT NULL,
	"size_bytes" bigint NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "decisions" (
	"tenant_id" text NOT NULL,
	"decision_id" text PRIMARY KEY NOT NULL,
	"request_id" text NOT NULL,
	"gate_id" text NOT NULL,
	"subject_id" text NOT NULL,
	"decision" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "event_appends" (
	"tenant_id" text NOT NULL,
	"request_id" text NOT NULL,
	"dedupe_key" text NOT NULL,
	CONSTRAINT "event_appends_request_id_dedupe_key_pk" PRIMARY KEY("request_id","dedupe_key")
);
--> statement-breakpoint
CREATE TABLE "event_counters" (
	"tenant_id" text NOT NULL,
	"request_id" text PRIMARY KEY NOT NULL,
	"last_seq" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "events" (
	"tenant_id" text NOT NULL,
	"request_id" text NOT NULL,
	"seq" bigint NOT NULL,
	"run_id" text,
	"attempt" integer,
	"type" text NOT NULL,
	"data" jsonb NOT NULL,
	"emitted_at" timestamp with time zone NOT NULL,
	"partition_at" timestamp with time zone NOT NULL,
	CONSTRAINT "events_request_id_seq_partition_at_pk" PRIMARY KEY("request_id","seq","partition_at")
) PARTITION BY RANGE ("partition_at");
--> statement-breakpoint
CREATE TABLE "gates" (
	"tenant_id" text NOT NULL,
	"gate_id" text PRIMARY KEY NOT NULL,
	"request_id" text NOT NULL,
	"gate" jsonb NOT NULL,
	"status" text NOT NULL,
	"opened_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "hosts" (
	"host_id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"provisioner" text NOT NULL,
	"heartbeat_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"tenant_id" text NOT NULL,
	"principal_id" text NOT NULL,
	"key" text NOT NULL,
	"body_hash" text NOT NULL,
	"status" integer,
	"response" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_tenant_id_principal_id_key_pk" PRIMARY KEY("tenant_id","principal_id","key")
);
--> statement-breakpoint
CREATE TABLE "inbox" (
	"tenant_id" text NOT NULL,
	"inbox_id" text PRIMARY KEY NOT NULL,
	"source" text NOT NULL,
	"delivery_id" text NOT NULL,
	"request_id" text NOT NULL,
	"kind" text NOT NULL,
	"payload" jsonb NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"rejection" jsonb,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp with time zone DEFAULT now() NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "llm_calls" (
	"tenant_id" text NOT NULL,
	"call_id" text PRIMARY KEY NOT NULL,
	"request_id" text NOT NULL,
	"run_id" text,
	"workspace_id" text NOT NULL,
	"model" text NOT NULL,
	"upstream" text NOT NULL,
	"state" text NOT NULL,
	"status" integer,
	"error" text,
	"input_tokens" bigint,
	"cached_input_tokens" bigint,
	"output_tokens" bigint,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"first_byte_at" timestamp with time zone,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "merge_request_notes" (
	"tenant_id" text NOT NULL,
	"note_id" text PRIMARY KEY NOT NULL,
	"merge_request_id" text NOT NULL,
	"author" text NOT NULL,
	"fingerprint" text NOT NULL,
	"path" text,
	"line" integer,
	"body" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "merge_requests" (
	"tenant_id" text NOT NULL,
	"merge_request_id" text PRIMARY KEY NOT NULL,
	"request_id" text NOT NULL,
	"project_id" text NOT NULL,
	"forge" text NOT NULL,
	"number" integer NOT NULL,
	"title" text NOT NULL,
	"description" text NOT NULL,
	"ref" jsonb NOT NULL,
	"state" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"tenant_id" text NOT NULL,
	"message_id" text PRIMARY KEY NOT NULL,
	"request_id" text NOT NULL,
	"kind" text NOT NULL,
	"author_id" text,
	"body" text NOT NULL,
	"attachments" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"disposition" text DEFAULT 'accepted' NOT NULL,
	"run_id" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "principals" (
	"tenant_id" text NOT NULL,
	"principal_id" text NOT NULL,
	"name" text NOT NULL,
	"email" text NOT NULL,
	"roles" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "principals_tenant_id_principal_id_pk" PRIMARY KEY("tenant_id","principal_id")
);
--> statement-breakpoint
CREATE TABLE "projects" (
	"tenant_id" text NOT NULL,
	"project_id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"forge" text NOT NULL,
	"repository_kind" text NOT NULL,
	"repository_url" text NOT NULL,
	"default_branch" text NOT NULL,
	"settings" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "projects_name" UNIQUE("tenant_id","name")
);
--> statement-breakpoint
CREATE TABLE "requests" (
	"tenant_id" text NOT NULL,
	"request_id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"requester_id" text NOT NULL,
	"title" text NOT NULL,
	"stage" text NOT NULL,
	"awaiting" jsonb,
	"outcome" text,
	"epoch" integer DEFAULT 0 NOT NULL,
	"version" integer DEFAULT 0 NOT NULL,
	"snapshot" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"closed_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "reviews" (
	"tenant_id" text NOT NULL,
	"review_id" text PRIMARY KEY NOT NULL,
	"request_id" text NOT NULL,
	"commit" text NOT NULL,
	"status" text NOT NULL,
	"verdict" text,
	"summary" text DEFAULT '' NOT NULL,
	"findings" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"tenant_id" text NOT NULL,
	"run_id" text PRIMARY KEY NOT NULL,
	"request_id" text NOT NULL,
	"ordinal" integer NOT NULL,
	"purpose" text NOT NULL,
	"status" text NOT NULL,
	"reason" text,
	"message" text DEFAULT '' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"base_commit" text,
	"checkpoint" jsonb,
	"checks" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"input_tokens" bigint DEFAULT 0 NOT NULL,
	"output_tokens" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "slots" (
	"tenant_id" text NOT NULL,
	"holder" text PRIMARY KEY NOT NULL,
	"queued_at" timestamp with time zone DEFAULT now() NOT NULL,
	"granted_at" timestamp with time zone,
	"lease_until" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "tail_offsets" (
	"tenant_id" text NOT NULL,
	"workspace_id" text PRIMARY KEY NOT NULL,
	"next_offset" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tenants" (
	"tenant_id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"slots" integer DEFAULT 2 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "workspaces" (
	"tenant_id" text NOT NULL,
	"workspace_id" text PRIMARY KEY NOT NULL,
	"request_id" text NOT NULL,
	"run_id" text,
	"attempt" integer NOT NULL,
	"host_id" text NOT NULL,
	"provisioner" text NOT NULL,
	"purpose" text NOT NULL,
	"state" text NOT NULL,
	"base_commit" text NOT NULL,
	"save" jsonb,
	"egress_allow" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"model_allowed" boolean DEFAULT true NOT NULL,
	"lease_until" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "activity_recent" ON "activity" USING btree ("tenant_id","created_at" DESC NULLS LAST,"activity_id");--> statement-breakpoint
CREATE UNIQUE INDEX "artifacts_content" ON "artifacts" USING btree ("tenant_id","kind","sha256");--> statement-breakpoint
CREATE INDEX "events_run" ON "events" USING btree ("run_id","seq");--> statement-breakpoint
CREATE INDEX "gates_request" ON "gates" USING btree ("tenant_id","request_id");--> statement-breakpoint
CREATE UNIQUE INDEX "inbox_delivery" ON "inbox" USING btree ("tenant_id","source","delivery_id");--> statement-breakpoint
CREATE INDEX "inbox_pending" ON "inbox" USING btree ("next_attempt_at") WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX "llm_calls_run" ON "llm_calls" USING btree ("tenant_id","run_id");--> statement-breakpoint
CREATE UNIQUE INDEX "merge_request_notes_once" ON "merge_request_notes" USING btree ("merge_request_id","fingerprint");--> statement-breakpoint
CREATE UNIQUE INDEX "merge_requests_number" ON "merge_requests" USING btree ("tenant_id","project_id","number");--> statement-breakpoint
CREATE INDEX "merge_requests_request" ON "merge_requests" USING btree ("tenant_id","request_id");--> statement-breakpoint
CREATE INDEX "messages_request" ON "messages" USING btree ("tenant_id","request_id","created_at");--> statement-breakpoint
CREATE INDEX "requests_recent" ON "requests" USING btree ("tenant_id","created_at" DESC NULLS LAST,"request_id");--> statement-breakpoint
CREATE INDEX "requests_stage" ON "requests" USING btree ("tenant_id","stage");--> statement-breakpoint
CREATE INDEX "runs_request" ON "runs" USING btree ("tenant_id","request_id","ordinal");--> statement-breakpoint
CREATE INDEX "runs_recent" ON "runs" USING btree ("tenant_id","created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "slots_tenant" ON "slots" USING btree ("tenant_id","granted_at","queued_at");--> statement-breakpoint
CREATE INDEX "workspaces_run" ON "workspaces" USING btree ("tenant_id","run_id");--> statement-breakpoint
CREATE INDEX "workspaces_host" ON "workspaces" USING btree ("host_id","state");