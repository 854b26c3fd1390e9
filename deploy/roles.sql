-- What the application may do in the database, and what nobody may undo through it.
--
-- portal_owner owns the tables and migrates them; portal_app is what web, worker and beat sign in as. Run whole, as often
-- as wanted: once by a superuser, who makes the roles, and by portal_owner after every migration (deploy/apply_roles.py).
-- Passwords are set apart: ALTER ROLE portal_app PASSWORD '…'.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_owner') THEN
        CREATE ROLE portal_owner LOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_app') THEN
        CREATE ROLE portal_app LOGIN;
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO portal_owner, portal_app', current_database());
    -- Only a superuser's to give, and asked for once.
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        ALTER SCHEMA public OWNER TO portal_owner;
        REVOKE ALL ON SCHEMA public FROM PUBLIC;
    END IF;
END $$;

GRANT USAGE ON SCHEMA public TO portal_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO portal_app;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM portal_app;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO portal_app;
DO $$
DECLARE
    each regclass;
BEGIN
    FOR each IN
        SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    LOOP
        IF each::text = 'django_migrations' THEN
            CONTINUE;  -- the owner's alone
        END IF;
        EXECUTE format('GRANT INSERT ON %s TO portal_app', each);
        -- Append-only are the tables that have the trigger of that name, whichever migration gave it to them; and
        -- what people did in the administration stays as it is written.
        IF each::text <> 'django_admin_log' AND NOT EXISTS (
            SELECT FROM pg_trigger WHERE tgrelid = each AND tgname LIKE '%\_is\_append\_only'
        ) THEN
            EXECUTE format('GRANT UPDATE ON %s TO portal_app', each);
            -- Of the portal's own rows none is ever removed; sessions, cache and sign-ins are.
            IF each::text !~ '^(awards|market|exercises)_' THEN
                EXECUTE format('GRANT DELETE ON %s TO portal_app', each);
            END IF;
        END IF;
    END LOOP;
END $$;
