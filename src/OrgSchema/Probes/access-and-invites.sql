-- role: service_role
INSERT INTO user_dso_access (user_id, dso_id, role) VALUES ('11111111-0000-4000-8000-000000000006', 'd5000000-0000-4000-8000-000000000003', 'viewer');
INSERT INTO user_dso_access (user_id, dso_id, role) VALUES ('8a84898d-0266-4dc1-b97c-744d70d7a4ec', 'd5000000-0000-4000-8000-000000000001', 'manager') ON CONFLICT (user_id, dso_id) DO UPDATE SET role = excluded.role;
INSERT INTO team_invites (email, dso_id, role, invited_by) VALUES ('invited@example.com', 'd5000000-0000-4000-8000-000000000002', 'manager', '8a84898d-0266-4dc1-b97c-744d70d7a4ec');
UPDATE team_invites SET status = 'accepted', accepted_at = now() WHERE email = 'new@example.com';
DELETE FROM user_dso_access WHERE user_id = 'demo-user';
