-- role: supabase_auth_admin
UPDATE auth.users SET last_sign_in_at = now() WHERE id = '8a84898d-0266-4dc1-b97c-744d70d7a4ec';
INSERT INTO auth.users (id, email, raw_user_meta_data) VALUES ('22222222-0000-4000-8000-000000000001', 'joined@example.com', '{"name": "Joined"}');
UPDATE auth.users SET email = 'changed@example.com' WHERE id = '22222222-0000-4000-8000-000000000001';
DELETE FROM auth.users WHERE id = '22222222-0000-4000-8000-000000000001';
