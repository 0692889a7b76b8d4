-- Hand-written: row-level security, grants, partitions and checks. The roles themselves exist before (db/migrate.ts), since
-- they belong to the cluster. Everything here runs as astraforge_owner.

-- The tenant of this transaction; null outside of one, which no row equals.
CREATE FUNCTION astraforge_tenant() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('app.tenant', true), '');
--> statement-breakpoint
-- Every table with tenant_id: the app sees and writes its own tenant's rows only. Later migrations call this for their tables.
CREATE FUNCTION astraforge_protect(tenant_table regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tenant_table);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', tenant_table);
  EXECUTE format(
    'CREATE POLICY app_own_tenant ON %s TO astraforge_app USING (tenant_id = (SELECT astraforge_tenant())) WITH CHECK (tenant_id = (SELECT astraforge_tenant()))',
    tenant_table);
END $$;
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION astraforge_protect(regclass) FROM PUBLIC;
--> statement-breakpoint
DO $$
DECLARE t regclass;
BEGIN
  FOR t IN
    SELECT c.oid::regclass FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  LOOP
    PERFORM astraforge_protect(t);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO astraforge_app, astraforge_relay, astraforge_housekeeper;
--> statement-breakpoint
-- app: what is history is only added to.
GRANT SELECT, INSERT ON
  events, event_appends, artifacts, artifact_chunks, activity, merge_request_notes
  TO astraforge_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON
  tenants, principals, projects, requests, runs, workspaces, hosts, tail_offsets, event_counters, gates, decisions,
  merge_requests, reviews, llm_calls
  TO astraforge_app;
--> statement-breakpoint
-- A message is deleted only when the workflow refused it while its sender waited: nothing half-made stays.
GRANT SELECT, INSERT, UPDATE, DELETE ON slots, idempotency_keys, messages TO astraforge_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE (state, rejection, attempts, next_attempt_at) ON inbox TO astraforge_app;
--> statement-breakpoint
-- relay: the inbox of every tenant, nothing else.
GRANT SELECT, UPDATE (state, rejection, attempts, next_attempt_at) ON inbox TO astraforge_relay;
--> statement-breakpoint
CREATE POLICY relay_every_tenant ON inbox TO astraforge_relay USING (true) WITH CHECK (true);
--> statement-breakpoint
-- housekeeper: leases, workspaces, runs, slots and partitions of every tenant; of a request only where it stands.
GRANT SELECT, UPDATE (status, reason, message, ended_at) ON runs TO astraforge_housekeeper;
--> statement-breakpoint
GRANT SELECT, UPDATE (state, run_id, lease_until) ON workspaces TO astraforge_housekeeper;
--> statement-breakpoint
GRANT SELECT, UPDATE (granted_at, lease_until), DELETE ON slots TO astraforge_housekeeper;
--> statement-breakpoint
-- A row is locked while its slots are dealt, which takes an UPDATE privilege on some column.
GRANT SELECT, UPDATE (slots) ON tenants TO astraforge_housekeeper;
--> statement-breakpoint
GRANT SELECT (tenant_id, request_id, project_id, stage, epoch, version, created_at, updated_at, closed_at) ON requests
  TO astraforge_housekeeper;
--> statement-breakpoint
GRANT SELECT (tenant_id, principal_id, key, created_at), DELETE ON idempotency_keys TO astraforge_housekeeper;
--> statement-breakpoint
GRANT SELECT, DELETE ON hosts TO astraforge_housekeeper;
--> statement-breakpoint
CREATE POLICY housekeeper_every_tenant ON runs TO astraforge_housekeeper USING (true) WITH CHECK (true);
--> statement-breakpoint
CREATE POLICY housekeeper_every_tenant ON workspaces TO astraforge_housekeeper USING (true) WITH CHECK (true);
--> statement-breakpoint
CREATE POLICY housekeeper_every_tenant ON slots TO astraforge_housekeeper USING (true) WITH CHECK (true);
--> statement-breakpoint
CREATE POLICY housekeeper_every_tenant ON tenants TO astraforge_housekeeper USING (true) WITH CHECK (true);
--> statement-breakpoint
CREATE POLICY housekeeper_every_tenant ON requests FOR SELECT TO astraforge_housekeeper USING (true);
--> statement-breakpoint
CREATE POLICY housekeeper_every_tenant ON idempotency_keys TO astraforge_housekeeper USING (true) WITH CHECK (true);
--> statement-breakpoint
-- A safety net for a month that nobody made in time; the month takes its rows over when it is made.
CREATE TABLE events_default PARTITION OF events DEFAULT;
--> statement-breakpoint
ALTER TABLE events_default ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE events_default FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
-- Makes the partitions of this month and of `months_ahead` more; answers how many are new. The housekeeper calls it, and as it
-- owns no table, the function runs as its owner. Partitions have no grants and no policies: they are reached through `events` only.
CREATE FUNCTION astraforge_ensure_event_partitions(months_ahead integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  month timestamptz;
  partition_name text;
  made integer := 0;
BEGIN
  IF months_ahead NOT BETWEEN 0 AND 24 THEN RAISE EXCEPTION 'months_ahead must be between 0 and 24'; END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('astraforge.event-partitions', 0));
  FOR step IN 0..months_ahead LOOP
    month := date_trunc('month', now()) + make_interval(months => step);
    partition_name := 'events_' || to_char(month, 'YYYY_MM');
    CONTINUE WHEN to_regclass('public.' || partition_name) IS NOT NULL;
    EXECUTE format('CREATE TABLE public.%I (LIKE public.events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition_name);
    -- Not forced for a moment, since not even the owner sees rows of a table without a policy for it.
    ALTER TABLE public.events_default NO FORCE ROW LEVEL SECURITY;
    EXECUTE format(
      'WITH moved AS (DELETE FROM public.events_default WHERE partition_at >= %1$L AND partition_at < %2$L RETURNING *) INSERT INTO public.%3$I SELECT * FROM moved',
      month, month + interval '1 month', partition_name);
    ALTER TABLE public.events_default FORCE ROW LEVEL SECURITY;
    EXECUTE format('ALTER TABLE public.events ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
      partition_name, month, month + interval '1 month');
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', partition_name);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', partition_name);
    made := made + 1;
  END LOOP;
  RETURN made;
END $$;
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION astraforge_ensure_event_partitions(integer) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION astraforge_ensure_event_partitions(integer) TO astraforge_housekeeper;
--> statement-breakpoint
ALTER TABLE tenants ADD CONSTRAINT tenants_slots CHECK (slots BETWEEN 0 AND 10000);
--> statement-breakpoint
ALTER TABLE requests ADD CONSTRAINT requests_order CHECK (epoch >= 0 AND version >= 0);
--> statement-breakpoint
ALTER TABLE runs ADD CONSTRAINT runs_status CHECK (status IN ('waiting', 'working', 'succeeded', 'failed', 'cancelled'));
--> statement-breakpoint
ALTER TABLE workspaces ADD CONSTRAINT workspaces_state CHECK (state IN ('active', 'idle', 'ended'));
--> statement-breakpoint
ALTER TABLE workspaces ADD CONSTRAINT workspaces_purpose CHECK (purpose IN ('agent', 'checks', 'review'));
--> statement-breakpoint
ALTER TABLE messages ADD CONSTRAINT messages_disposition CHECK (disposition IN ('accepted', 'steered', 'queued', 'carried', 'rejected'));
--> statement-breakpoint
ALTER TABLE inbox ADD CONSTRAINT inbox_state CHECK (state IN ('pending', 'delivered', 'rejected'));
--> statement-breakpoint
ALTER TABLE slots ADD CONSTRAINT slots_lease CHECK ((granted_at IS NULL) = (lease_until IS NULL));
--> statement-breakpoint
ALTER TABLE events ADD CONSTRAINT events_seq CHECK (seq > 0);
--> statement-breakpoint
ALTER TABLE event_counters ADD CONSTRAINT event_counters_seq CHECK (last_seq >= 0);
--> statement-breakpoint
ALTER TABLE tail_offsets ADD CONSTRAINT tail_offsets_offset CHECK (next_offset >= 0);
--> statement-breakpoint
ALTER TABLE merge_requests ADD CONSTRAINT merge_requests_state CHECK (state IN ('open', 'merged', 'closed'));
--> statement-breakpoint
ALTER TABLE reviews ADD CONSTRAINT reviews_status CHECK (status IN ('working', 'completed', 'failed'));
--> statement-breakpoint
ALTER TABLE llm_calls ADD CONSTRAINT llm_calls_state CHECK (state IN ('started', 'completed', 'failed', 'aborted'));
--> statement-breakpoint
ALTER TABLE artifacts ADD CONSTRAINT artifacts_content CHECK (size_bytes >= 0 AND sha256 ~ '^[0-9a-f]{64}$');
--> statement-breakpoint
ALTER TABLE artifact_chunks ADD CONSTRAINT artifact_chunks_size CHECK (position >= 0 AND octet_length(bytes) <= 1048576);
