-- baseline: the rows of production, and the awkward ones that every live project has
SET ROLE postgres;
SET search_path = public, extensions;

INSERT INTO auth.users (id, instance_id, aud, role, email, email_confirmed_at, raw_user_meta_data, created_at, updated_at, last_sign_in_at, phone, is_sso_user, deleted_at, is_anonymous)
VALUES
    ('8a84898d-0266-4dc1-b97c-744d70d7a4ec', '00000000-0000-0000-0000-000000000000', 'authenticated', 'authenticated', 'alan@allsolutions.consulting', '2025-01-01Z', '{"name": "Alan Hsieh"}', '2025-01-01Z', '2025-06-01Z', '2026-02-25Z', NULL, false, NULL, false),
    ('6559957c-2ce6-4cea-aa15-f79fb401a685', '00000000-0000-0000-0000-000000000000', 'authenticated', 'authenticated', 'claudia@allsolutions.consulting', '2025-01-02Z', '{"full_name": "Claudia"}', '2025-01-02Z', '2025-06-01Z', '2026-02-25Z', NULL, false, NULL, false),
    ('d0134916-0f52-4556-9fa0-4c66cff3198e', '00000000-0000-0000-0000-000000000000', 'authenticated', 'authenticated', 'valentina@example.com', '2025-01-03Z', '{}', '2025-01-03Z', '2025-06-01Z', '2026-01-05Z', NULL, false, NULL, false),
    -- by phone: no e-mail
    ('11111111-0000-4000-8000-000000000001', '00000000-0000-0000-0000-000000000000', 'authenticated', 'authenticated', NULL, NULL, '{}', '2025-02-01Z', '2025-02-01Z', NULL, '15550001111', false, NULL, false),
    -- anonymous
    ('11111111-0000-4000-8000-000000000002', NULL, 'authenticated', 'authenticated', NULL, NULL, '{}', '2025-02-01Z', '2025-02-01Z', NULL, NULL, false, NULL, true),
    -- soft-deleted
    ('11111111-0000-4000-8000-000000000003', '00000000-0000-0000-0000-000000000000', 'authenticated', 'authenticated', 'gone@example.com', NULL, '{"name": "Gone"}', '2025-02-01Z', '2025-02-01Z', NULL, NULL, false, '2025-03-01Z', false),
    -- the same address twice, legal for SSO users
    ('11111111-0000-4000-8000-000000000004', NULL, 'authenticated', 'authenticated', 'dup@example.com', '2025-02-01Z', '{}', '2025-02-01Z', '2025-02-01Z', NULL, NULL, true, NULL, false),
    ('11111111-0000-4000-8000-000000000005', NULL, 'authenticated', 'authenticated', 'dup@example.com', '2025-02-01Z', '{}', '2025-02-01Z', '2025-02-01Z', NULL, NULL, true, NULL, false),
    -- quotes and a right-to-left override in the name
    ('11111111-0000-4000-8000-000000000006', NULL, 'authenticated', 'authenticated', 'odd@example.com', '2025-02-01Z', jsonb_build_object('name', E'Zoë O''Brien "Ωmega" \u202E; DROP TABLE dsos;--'), '2025-02-01Z', '2025-02-01Z', NULL, NULL, false, NULL, false);

-- Two of the same name, one archived, one that was never asked whether it is.
INSERT INTO dsos (id, name, created_at, updated_at, archived)
VALUES
    ('d5000000-0000-4000-8000-000000000001', 'Smile Dental Group', '2025-01-10Z', '2025-11-01Z', false),
    ('d5000000-0000-4000-8000-000000000002', 'Bright Teeth Partners', '2025-01-11Z', '2025-11-02Z', false),
    ('d5000000-0000-4000-8000-000000000003', 'Bright Teeth Partners', '2025-01-12Z', '2025-11-03Z', false),
    ('d5000000-0000-4000-8000-000000000004', E'Clínica Dental «Sonrisa» \u200F', '2025-01-13Z', '2025-11-04Z', true),
    ('d5000000-0000-4000-8000-000000000005', 'O''Hara & Sons', '2025-01-14Z', '2025-11-05Z', NULL);

INSERT INTO user_dso_access (user_id, dso_id, role, created_at)
SELECT access.user_id, dsos.id, access.role, '2025-01-20Z'
FROM dsos
CROSS JOIN (VALUES
    ('8a84898d-0266-4dc1-b97c-744d70d7a4ec', 'admin'),
    ('6559957c-2ce6-4cea-aa15-f79fb401a685', 'manager'),
    ('d0134916-0f52-4556-9fa0-4c66cff3198e', 'viewer')
) AS access (user_id, role);

-- Nobody has this id, and it is no uuid either. The second user is real, and sees one DSO only.
INSERT INTO user_dso_access (user_id, dso_id, role, created_at)
VALUES
    ('demo-user', 'd5000000-0000-4000-8000-000000000001', 'viewer', '2025-01-21Z'),
    ('11111111-0000-4000-8000-000000000006', 'd5000000-0000-4000-8000-000000000002', 'viewer', '2025-01-21Z');

INSERT INTO doctors (id, dso_id, name, email, start_date, status, created_at, updated_at)
VALUES
    ('d0c00000-0000-4000-8000-000000000001', 'd5000000-0000-4000-8000-000000000001', 'Dr. Amy Chen', 'amy@example.com', '2025-02-01', 'active', '2025-02-01Z', '2025-02-01Z'),
    ('d0c00000-0000-4000-8000-000000000002', 'd5000000-0000-4000-8000-000000000001', 'Dr. Luis Ortega', NULL, '2025-03-01', 'inactive', '2025-03-01Z', '2025-03-01Z'),
    ('d0c00000-0000-4000-8000-000000000003', 'd5000000-0000-4000-8000-000000000002', 'Dr. Nia O''Neil', 'nia@example.com', '2025-04-01', 'completed', '2025-04-01Z', '2025-04-01Z');

INSERT INTO period_progress (doctor_id, period_number, start_date, end_date, cases_submitted, created_at, updated_at)
VALUES
    ('d0c00000-0000-4000-8000-000000000001', 1, '2025-02-01', '2025-02-28', 3, '2025-02-01Z', '2025-02-28Z'),
    ('d0c00000-0000-4000-8000-000000000001', 2, '2025-03-01', '2025-03-31', 5, '2025-03-01Z', '2025-03-31Z');

INSERT INTO activities (doctor_id, client_id, activity_type, description, created_by, contact_name, created_at)
VALUES
    ('d0c00000-0000-4000-8000-000000000001', 'd5000000-0000-4000-8000-000000000001', 'phone', 'First call', '8a84898d-0266-4dc1-b97c-744d70d7a4ec', NULL, '2025-02-02Z'),
    (NULL, 'd5000000-0000-4000-8000-000000000002', 'email', 'Asked for the contract', '6559957c-2ce6-4cea-aa15-f79fb401a685', 'Front desk', '2025-04-02Z'),
    -- from before activities had a client
    ('d0c00000-0000-4000-8000-000000000003', NULL, 'text', 'Reminder', NULL, NULL, '2025-04-03Z');

INSERT INTO task_groups (id, name, order_index, created_at)
VALUES ('7a500000-0000-4000-8000-000000000001', 'Onboarding', 1, '2025-01-15Z');
INSERT INTO tasks (task_group_id, doctor_id, title, status, created_at, updated_at)
VALUES ('7a500000-0000-4000-8000-000000000001', 'd0c00000-0000-4000-8000-000000000001', 'Send the welcome kit', 'completed', '2025-02-01Z', '2025-02-03Z');

INSERT INTO dashboard_metric_configs (dso_id, settings, created_at, updated_at)
VALUES ('d5000000-0000-4000-8000-000000000001', '{"cases": true}', '2025-02-01Z', '2025-02-01Z');
INSERT INTO client_terminology (dso_id, settings, created_at, updated_at)
VALUES ('d5000000-0000-4000-8000-000000000001', '{"doctor": "clinician"}', '2025-02-01Z', '2025-02-01Z');

INSERT INTO data_templates (client_id, name, created_at, updated_at)
VALUES (NULL, 'Monthly report', '2025-02-01Z', '2025-02-01Z');
INSERT INTO data_tables (id, client_id, name, created_at, updated_at)
VALUES ('da7a0000-0000-4000-8000-000000000001', 'd5000000-0000-4000-8000-000000000001', 'Locations', '2025-02-01Z', '2025-02-01Z');
INSERT INTO data_columns (client_id, table_id, name, created_at, updated_at)
VALUES ('d5000000-0000-4000-8000-000000000001', 'da7a0000-0000-4000-8000-000000000001', 'City', '2025-02-01Z', '2025-02-01Z');
INSERT INTO data_rows (client_id, table_id, data, created_at, updated_at)
VALUES ('d5000000-0000-4000-8000-000000000001', 'da7a0000-0000-4000-8000-000000000001', '{"City": "Zürich"}', '2025-02-01Z', '2025-02-01Z');
INSERT INTO period_data (client_id, data, created_at, updated_at)
VALUES ('d5000000-0000-4000-8000-000000000001', '{"2025-02": 12}', '2025-02-28Z', '2025-02-28Z');

INSERT INTO team_invites (email, dso_id, role, invited_by, status, expires_at, accepted_at, created_at)
VALUES
    ('new@example.com', 'd5000000-0000-4000-8000-000000000001', 'viewer', '8a84898d-0266-4dc1-b97c-744d70d7a4ec', 'pending', '2026-03-01Z', NULL, '2026-02-22Z'),
    ('claudia@allsolutions.consulting', 'd5000000-0000-4000-8000-000000000002', 'manager', '8a84898d-0266-4dc1-b97c-744d70d7a4ec', 'accepted', '2025-01-09Z', '2025-01-03Z', '2025-01-02Z');

RESET search_path;
RESET ROLE;
