-- role: service_role
UPDATE dsos SET name = 'Smile Dental Holding' WHERE id = 'd5000000-0000-4000-8000-000000000001';
UPDATE dsos SET archived = true WHERE id = 'd5000000-0000-4000-8000-000000000002';
