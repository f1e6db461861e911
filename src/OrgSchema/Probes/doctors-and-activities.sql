-- role: service_role
INSERT INTO doctors (dso_id, name, start_date) VALUES ('d5000000-0000-4000-8000-000000000004', 'Dr. New', '2026-03-01');
INSERT INTO activities (client_id, activity_type, description) VALUES ('d5000000-0000-4000-8000-000000000004', 'phone', 'Second call');
UPDATE doctors SET status = 'completed' WHERE dso_id = 'd5000000-0000-4000-8000-000000000001';
