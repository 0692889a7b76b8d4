ALTER TABLE "llm_calls" ADD COLUMN "reserved_tokens" bigint;--> statement-breakpoint
ALTER TABLE "llm_calls" ADD COLUMN "lease_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "llm_calls" ADD COLUMN "counted_tokens" bigint;--> statement-breakpoint
CREATE INDEX "llm_calls_request" ON "llm_calls" USING btree ("tenant_id","request_id");