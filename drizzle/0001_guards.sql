-- The role under which the node works: neither superuser nor owner. Where the owner may not make roles, an
-- administrator of the server makes it; until then the node works as the owner, and says so.
DO $$
BEGIN
  CREATE ROLE samendoen_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
EXCEPTION
  WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
END
$$;
--> statement-breakpoint
DO $$
BEGIN
  -- Also for whoever made it: since PostgreSQL 16 that alone does not let a role be taken.
  EXECUTE format('GRANT samendoen_app TO %I', current_user);
EXCEPTION
  WHEN undefined_object OR insufficient_privilege THEN NULL;
END
$$;
--> statement-breakpoint
DO $$
BEGIN
  GRANT USAGE ON SCHEMA public TO samendoen_app;
  GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO samendoen_app;
  ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO samendoen_app;
  -- History is neither changed nor removed.
  REVOKE UPDATE, DELETE ON events, audit_records, organisation_versions, mergers, merger_predecessors, charters,
    charter_decisions, knowledge_versions, initiative_stages, stances, commitment_steps, ownership_records, erasures
    FROM samendoen_app;
  REVOKE DELETE ON organisations, alliances, memberships, sponsorships, knowledge_items, knowledge_shares,
    knowledge_contributions, knowledge_adoptions, initiatives, participations, initiative_knowledge, commitments,
    date_offers, ownership_offers, professionals, affiliations FROM samendoen_app;
  REVOKE UPDATE ON processing_records FROM samendoen_app;
  REVOKE INSERT, DELETE ON event_counter FROM samendoen_app;
EXCEPTION
  WHEN undefined_object THEN NULL;
END
$$;
--> statement-breakpoint
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'object_not_in_prerequisite_state';
END
$$;
--> statement-breakpoint
-- The same, for whatever role the node works as.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['events', 'audit_records', 'organisation_versions', 'mergers', 'merger_predecessors',
    'charters', 'charter_decisions', 'knowledge_versions', 'initiative_stages', 'stances', 'commitment_steps',
    'ownership_records', 'erasures']
  LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', name);
  END LOOP;
END
$$;
--> statement-breakpoint
-- The processing log is not changed, and its records are removed after three years alone, whoever asks.
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON processing_records
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE FUNCTION refuse_early_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.started_at > now() - interval '3 years' THEN
    RAISE EXCEPTION 'rows of % are kept for three years', TG_TABLE_NAME USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  RETURN OLD;
END
$$;
--> statement-breakpoint
CREATE TRIGGER kept BEFORE DELETE ON processing_records FOR EACH ROW EXECUTE FUNCTION refuse_early_removal();
--> statement-breakpoint
-- The owners of a subject follow one another: each record is later than the one before, and names its receipt.
CREATE FUNCTION follow_record() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before record;
BEGIN
  IF NEW.number = 1 THEN
    IF NEW.previous_receipt_hash IS NULL THEN RETURN NEW; END IF;
  ELSE
    SELECT recorded_at, receipt_hash INTO before FROM ownership_records
      WHERE subject_type = NEW.subject_type AND subject_id = NEW.subject_id AND number = NEW.number - 1;
    -- Where there is none the foreign key refuses.
    IF NOT FOUND OR (before.recorded_at < NEW.recorded_at AND before.receipt_hash = NEW.previous_receipt_hash) THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'an ownership record follows the one before it' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'ownership_records_follow', TABLE = TG_TABLE_NAME;
END
$$;
--> statement-breakpoint
CREATE TRIGGER follow BEFORE INSERT ON ownership_records FOR EACH ROW EXECUTE FUNCTION follow_record();
--> statement-breakpoint
INSERT INTO event_counter (only_row, position) VALUES (true, 0);
