-- baseline: the application's own tables, made by the role that owns them
SET ROLE postgres;
SET search_path = public, extensions;

CREATE FUNCTION public.update_updated_at_column() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END $$;

CREATE TABLE dsos (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    archived boolean DEFAULT false
);

CREATE TABLE doctors (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    dso_id uuid NOT NULL REFERENCES dsos (id) ON DELETE CASCADE,
    name text NOT NULL,
    email text,
    phone text,
    start_date date NOT NULL,
    status text DEFAULT 'active' CHECK (status IN ('active', 'inactive', 'completed')),
    notes text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);
CREATE INDEX idx_doctors_dso_id ON doctors (dso_id);

CREATE TABLE period_progress (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    doctor_id uuid NOT NULL REFERENCES doctors (id) ON DELETE CASCADE,
    period_number integer NOT NULL CHECK (period_number BETWEEN 1 AND 12),
    start_date date NOT NULL,
    end_date date NOT NULL,
    cases_submitted integer DEFAULT 0,
    courses_completed integer DEFAULT 0,
    notes text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    UNIQUE (doctor_id, period_number)
);
CREATE INDEX idx_period_progress_doctor_id ON period_progress (doctor_id);

CREATE TABLE activities (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    doctor_id uuid REFERENCES doctors (id) ON DELETE CASCADE,
    client_id uuid REFERENCES dsos (id) ON DELETE CASCADE,
    activity_type text NOT NULL CHECK (activity_type IN ('phone', 'email', 'text')),
    description text NOT NULL,
    outcome text,
    contact_name text,
    contact_email text,
    contact_phone text,
    created_by text,
    created_at timestamptz DEFAULT now()
);
CREATE INDEX idx_activities_doctor_id ON activities (doctor_id);
CREATE INDEX idx_activities_client_id ON activities (client_id);

CREATE TABLE task_groups (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL,
    order_index integer NOT NULL DEFAULT 0,
    created_at timestamptz DEFAULT now()
);

CREATE TABLE tasks (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    task_group_id uuid NOT NULL REFERENCES task_groups (id) ON DELETE CASCADE,
    doctor_id uuid NOT NULL REFERENCES doctors (id) ON DELETE CASCADE,
    title text NOT NULL,
    status text DEFAULT 'pending' CHECK (status IN ('pending', 'in_progress', 'completed', 'blocked')),
    due_date date,
    completed_at timestamptz,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);
CREATE INDEX idx_tasks_doctor_id ON tasks (doctor_id);

-- user_id is text and has no foreign key: rows of users that do not exist are legal.
CREATE TABLE user_dso_access (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id text NOT NULL,
    dso_id uuid NOT NULL REFERENCES dsos (id) ON DELETE CASCADE,
    role text NOT NULL DEFAULT 'viewer' CHECK (role IN ('admin', 'manager', 'viewer')),
    created_at timestamptz DEFAULT now(),
    UNIQUE (user_id, dso_id)
);
CREATE INDEX idx_user_dso_access_user_id ON user_dso_access (user_id);
CREATE INDEX idx_user_dso_access_dso_id ON user_dso_access (dso_id);

CREATE TABLE dashboard_metric_configs (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    dso_id uuid NOT NULL REFERENCES dsos (id) ON DELETE CASCADE,
    settings jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

CREATE TABLE client_terminology (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    dso_id uuid NOT NULL UNIQUE REFERENCES dsos (id) ON DELETE CASCADE,
    settings jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

CREATE TABLE data_templates (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    client_id uuid REFERENCES dsos (id) ON DELETE CASCADE,
    name text NOT NULL,
    data jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

CREATE TABLE data_tables (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    client_id uuid NOT NULL REFERENCES dsos (id) ON DELETE CASCADE,
    name text NOT NULL,
    data jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);
CREATE INDEX idx_data_tables_client_id ON data_tables (client_id);

CREATE TABLE data_columns (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    client_id uuid NOT NULL REFERENCES dsos (id) ON DELETE CASCADE,
    table_id uuid NOT NULL REFERENCES data_tables (id) ON DELETE CASCADE,
    name text NOT NULL,
    data jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

CREATE TABLE data_rows (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    client_id uuid NOT NULL REFERENCES dsos (id) ON DELETE CASCADE,
    table_id uuid NOT NULL REFERENCES data_tables (id) ON DELETE CASCADE,
    data jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

CREATE TABLE period_data (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    client_id uuid NOT NULL REFERENCES dsos (id) ON DELETE CASCADE,
    data jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

CREATE TABLE team_invites (
    id uuid PRIMARY KEY DEFAULT uuid_generate_v4(),
    email text NOT NULL,
    dso_id uuid NOT NULL REFERENCES dsos (id) ON DELETE CASCADE,
    role text NOT NULL DEFAULT 'viewer' CHECK (role IN ('admin', 'manager', 'viewer')),
    invited_by text NOT NULL,
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'accepted', 'expired', 'cancelled')),
    expires_at timestamptz DEFAULT now() + interval '7 days',
    accepted_at timestamptz,
    created_at timestamptz DEFAULT now()
);
CREATE INDEX idx_team_invites_email ON team_invites (email);
CREATE INDEX idx_team_invites_dso_id ON team_invites (dso_id);

-- A trigger on every table that has the column.
DO $$
DECLARE
    owner name;
BEGIN
    FOR owner IN
        SELECT table_name FROM information_schema.columns
        WHERE table_schema = 'public' AND column_name = 'updated_at' ORDER BY table_name
    LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE ON public.%I FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column()',
            'update_' || owner || '_updated_at', owner);
    END LOOP;
END $$;

-- RLS everywhere. A user sees their own access rows, and what hangs on the DSOs those name.
DO $$
DECLARE
    guarded record;
BEGIN
    FOR guarded IN
        SELECT * FROM (VALUES
            ('dsos', 'id'),
            ('doctors', 'dso_id'),
            ('activities', 'client_id'),
            ('dashboard_metric_configs', 'dso_id'),
            ('client_terminology', 'dso_id'),
            ('data_templates', 'client_id'),
            ('data_tables', 'client_id'),
            ('data_columns', 'client_id'),
            ('data_rows', 'client_id'),
            ('period_data', 'client_id'),
            ('team_invites', 'dso_id')
        ) AS tables (name, dso)
    LOOP
        EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', guarded.name);
        EXECUTE format(
            'CREATE POLICY %I ON public.%I FOR SELECT TO authenticated USING (EXISTS ('
            'SELECT 1 FROM public.user_dso_access a WHERE a.dso_id = %I.%I AND a.user_id = auth.uid()::text))',
            'Users can view ' || guarded.name || ' of their DSOs', guarded.name, guarded.name, guarded.dso);
        EXECUTE format(
            'CREATE POLICY %I ON public.%I FOR UPDATE TO authenticated USING (EXISTS ('
            'SELECT 1 FROM public.user_dso_access a WHERE a.dso_id = %I.%I AND a.user_id = auth.uid()::text AND a.role IN (''admin'', ''manager'')))',
            'Managers can update ' || guarded.name || ' of their DSOs', guarded.name, guarded.name, guarded.dso);
    END LOOP;
END $$;

ALTER TABLE user_dso_access ENABLE ROW LEVEL SECURITY;
CREATE POLICY "Users can view their own access" ON user_dso_access FOR SELECT TO authenticated
    USING (user_id = auth.uid()::text);

-- The sub-select runs under the policies of doctors.
ALTER TABLE period_progress ENABLE ROW LEVEL SECURITY;
CREATE POLICY "Users can view progress of their doctors" ON period_progress FOR SELECT TO authenticated
    USING (EXISTS (SELECT 1 FROM doctors d WHERE d.id = period_progress.doctor_id));

ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY "Users can view tasks of their doctors" ON tasks FOR SELECT TO authenticated
    USING (EXISTS (SELECT 1 FROM doctors d WHERE d.id = tasks.doctor_id));

ALTER TABLE task_groups ENABLE ROW LEVEL SECURITY;
CREATE POLICY "Users can view task groups" ON task_groups FOR SELECT TO authenticated USING (true);

-- Under the newer default privileges the application grants what it needs; under the older ones this changes nothing.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO authenticated, service_role;

RESET search_path;
RESET ROLE;
